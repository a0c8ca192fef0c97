"""Hostile arguments, as jelly expressions, each as large as limits let through; pure.

A shape is a function of a number to expressions; ``largest`` finds the highest number
with which a call of them is still read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gameserver.bench import canned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gameserver.wire.limits import Limits

    Shape = Callable[[int], list[Any]]

PRIME: Final = (1 << 61) - 1
"""The hash of an integer is its remainder by this: of a multiple, 0."""

MOST_KEYS: Final = 1_000
"""So many keys that are no text are let through in one place; ``wire.plain``."""

_LONGEST: Final = (1 << 448) - 1
_AROUND: Final = 4  # lists around an argument: the message, and the tuple; and a spare
_FEW: Final = 31
_EQUAL: Final = 300  # no small integer, which Python has but once


def largest(shape: Shape, limits: Limits, target: object, method: str) -> bytes:
    """Give the longest call with such arguments that is within the limits."""
    low, high = 0, limits.size
    while low < high:
        middle = (low + high + 1) // 2
        if _fits(shape(middle), limits, target, method):
            low = middle
        else:
            high = middle - 1
    return canned.call(canned.FIRST_REQUEST, target, method, shape(low))


def _fits(given: list[Any], limits: Limits, target: object, method: str) -> bool:
    if entries(given) + 9 > limits.items:  # of the call itself
        return False
    if longest(given) > min(limits.string, limits.size):
        return False
    sent = canned.call(canned.FIRST_REQUEST, target, method, given)
    return len(sent) <= limits.size


def entries(expression: list[Any]) -> int:
    """Count the entries of all lists."""
    return sum(len(one) for one in _lists(expression))


def longest(expression: list[Any]) -> int:
    """Give the length of the longest string."""
    texts = (x for one in _lists(expression) for x in one if isinstance(x, bytes))
    return max(map(len, texts), default=0)


def _lists(expression: list[Any]) -> Iterator[list[Any]]:
    waiting = [expression]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += [x for x in one if type(x) is list]


def towers(depth: int) -> Shape:
    """Give lists in lists, as deep as may be, as many as fit."""

    def shape(number: int) -> list[Any]:
        return [_tower(depth - _AROUND) for _ in range(number)]

    return shape


def _tower(depth: int) -> list[Any]:
    found: list[Any] = [b"list"]
    for _ in range(depth - 1):
        found = [b"list", found]
    return found


def small_lists(number: int) -> list[Any]:
    """Give many lists with nothing in them."""
    return [[b"list", *([b"list"] for _ in range(number))]]


def long_numbers(number: int) -> list[Any]:
    """Give numbers of 64 bytes, the longest that are read."""
    return [_LONGEST] * number


def text(number: int) -> list[Any]:
    """Give one long text."""
    return [[b"unicode", b"x" * number]]


def broken_text(number: int) -> list[Any]:
    """Give one long text that is no UTF-8."""
    return [[b"unicode", b"\xff" * number]]


def broken_texts(number: int) -> list[Any]:
    """Give many short texts that are no UTF-8, but for the first."""
    return [[b"list", *([b"unicode", b"\xff"] for _ in range(number))]]


def zalgo(number: int) -> list[Any]:
    """Give a letter with very many marks, in the order that costs most to mend."""
    marks = "\u0301\u0323" * number  # above, below: to be sorted below, above
    return [("a" + marks).encode()]


def colliding_table(number: int) -> list[Any]:
    """Give dictionaries of which all keys have the hash 0."""
    return _several(b"dictionary", number, lambda at: [at * PRIME, 0])


def colliding_set(number: int) -> list[Any]:
    """Give sets of which all members have the hash 0."""
    return _several(b"set", number, lambda at: at * PRIME)


def colliding_tuples(number: int) -> list[Any]:
    """Give a set of tuples with the same hash, which differ at their ends only."""
    return _several(b"set", number, _tuple)


def _tuple(at: int) -> list[Any]:
    return [b"tuple", *[_EQUAL] * 12, at * PRIME]


def sets_of_sets(number: int) -> list[Any]:
    """Give sets of sets of sets, all of one hash on each level, few enough on each."""
    return [[b"set", *(_set_of_sets(at) for at in range(number))]]


def _set_of_sets(at: int) -> list[Any]:
    others = [at, *range(_FEW, 2 * _FEW - 1)]
    return [b"frozenset", *(_set_of_alike(one) for one in others)]


def _set_of_alike(at: int) -> list[Any]:
    numbers = [at, *range(2 * _FEW, 3 * _FEW - 1)]
    return [b"frozenset", *((one + 1) * PRIME for one in numbers)]


def _several(kind: bytes, number: int, one: Callable[[int], Any]) -> list[Any]:
    """Spread so many members over as many containers as they need."""
    starts = range(0, number, MOST_KEYS)
    return [
        [kind, *(one(at + 1) for at in range(min(MOST_KEYS, number - start)))]
        for start in starts
    ]


def shared(size: int) -> Shape:
    """Give references, each for as much as two of the last one: twice, twice, twice.

    ``size``: how much they may be in all; as many as come to that.
    """

    def shape(number: int) -> list[Any]:
        doubled: Any = [b"reference", 1, [b"list", 1, 1]]
        at, whole = 1, 4
        while 4 * whole < size and at < number:
            at += 1
            again = [b"dereference", at - 1]
            doubled = [b"reference", at, [b"list", doubled, again]]
            whole = 2 * whole + 3
        more = max(0, min(number - at, size // whole - 2))
        return [[b"list", doubled, *([b"dereference", at] for _ in range(more))]]

    return shape


def within_itself(number: int) -> list[Any]:
    """Give a list that holds itself, often."""
    inner = [[b"dereference", 1] for _ in range(number)]
    return [[b"reference", 1, [b"list", *inner]]]


def many_arguments(number: int) -> list[Any]:
    """Give many more arguments than are taken."""
    return [1] * number


def wrong_type(number: int) -> list[Any]:
    """Give a list of texts where one text is taken."""
    return [[b"list", *([b"unicode", b"\x00" * 40] for _ in range(number))]]


def foreign(number: int) -> list[Any]:
    """Give what is no plain value: decimals, which go Twisted's own way."""
    return [[b"list", *([b"decimal", 12345, -2] for _ in range(number))]]
