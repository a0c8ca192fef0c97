"""Plain values, read: what Jelly's lists stand for, in one pass.

``decode`` gives what Twisted gives for all that ``encoder`` writes. What is not plain,
or is no Jelly, is not read here: ``NotPlain``.
"""

from __future__ import annotations

from operator import eq
from typing import TYPE_CHECKING, Any, Final

from gameserver.wire.encoder import NotPlain

if TYPE_CHECKING:
    from collections.abc import Callable

    from gameserver.wire.decoder import Expression

DEEPEST: Final = 100  # as in ``encoder``
MOST_KEYS: Final = 1_000
"""Keys of one dict or set that are neither text nor bytes. Of those alone Python draws
the hashes; a peer can make all others equal, and then each costs a look at all."""
FEW_KEYS: Final = 32
"""So many may be anything but sets; of more it is looked at how many are alike. Each
comparison of two sets may compare every member of one with some of the other."""
MOST_ALIKE: Final = 8
"""Keys of the same hash among those. Good ones differ: numbers, and tuples of such."""

_BOOLEANS: Final = {b"true": True, b"false": False}


def decode(expression: Expression, depth: int = 0) -> Any:  # noqa: ANN401 - any plain value
    """Give the value that an expression stands for."""
    if type(expression) is not list:
        return expression
    try:
        read = _READERS[expression[0]]
        return read(expression, depth + 1)
    except (LookupError, TypeError, ValueError) as error:
        raise NotPlain(f"{type(error).__name__}: {error}"[:200]) from None


def _text(expression: list[Any], depth: int) -> str:
    del depth
    _, content = expression
    return str(content, "utf-8")


def _list(expression: list[Any], depth: int) -> list[Any]:
    return [
        decode(one, depth) if type(one) is list else one
        for one in _entries(expression, depth)
    ]


def _tuple(expression: list[Any], depth: int) -> tuple[Any, ...]:
    return tuple(_list(expression, depth))


def check_keys(expression: list[Any]) -> None:
    """Refuse a dictionary or set with keys whose hashes a peer can make equal.

    A thousand tuples of one hash took 165 ms to put into a set; 15 sets of 31 sets of
    31 numbers, alike on each level, 1.5 seconds.
    """
    keys = expression[1:]
    if expression[0] == b"dictionary":
        keys = [one[0] for one in keys if type(one) is list and one]
    odd = [one for one in keys if type(one) is not bytes and not _is_text(one)]
    if len(odd) > MOST_KEYS:
        raise NotPlain(f"{len(odd)} keys that are no text, of at most {MOST_KEYS}")
    if len(odd) > FEW_KEYS or any(_holds_set(one, 0) for one in odd):
        # Sorted, because a peer can make integers meet in a table of hashes as well.
        hashes = sorted(hash(_key(one, 0)) for one in odd)
        if any(map(eq, hashes, hashes[MOST_ALIKE:])):
            raise NotPlain(f"more than {MOST_ALIKE} keys of the same hash")


def _holds_set(expression: Expression, depth: int) -> bool:
    """Say whether a key is a set, or a tuple with one in it."""
    if type(expression) is not list or not expression:
        return False
    head, *parts = expression
    if head == b"tuple" and depth < DEEPEST:
        return any(_holds_set(one, depth + 1) for one in parts)
    return bool(head == b"frozenset")


def _key(expression: Expression, depth: int) -> Any:  # noqa: ANN401 - what has a hash
    """Give what has the hash of a key.

    Text has a hash that nobody can choose, so its bytes do as well.
    """
    if type(expression) is not list:
        return expression
    head, *parts = expression or [None]
    if head == b"tuple" and depth < DEEPEST:
        return tuple([_key(one, depth + 1) for one in parts])
    if head == b"boolean" and parts:
        return parts[0] == b"true"
    if head == b"unicode" and parts and type(parts[0]) is bytes:
        return parts[0]
    if head == b"None":
        return None
    if head == b"frozenset" and not any(_holds_set(one, depth) for one in parts):
        check_keys(expression)
        return frozenset([_key(one, depth + 1) for one in parts])
    raise NotPlain("many keys, or sets among them, and not all of simple values")


def _is_text(expression: Expression) -> bool:
    return type(expression) is list and expression[:1] == [b"unicode"]


def _set(expression: list[Any], depth: int) -> set[Any]:
    check_keys(expression)
    return set(_list(expression, depth))


def _frozenset(expression: list[Any], depth: int) -> frozenset[Any]:
    check_keys(expression)
    return frozenset(_list(expression, depth))


def _table(expression: list[Any], depth: int) -> dict[Any, Any]:
    check_keys(expression)
    found = {}
    for pair in _entries(expression, depth):
        if type(pair) is not list:
            raise NotPlain("an entry of a dictionary is no list")
        key, value = pair
        if type(key) is list:
            key = decode(key, depth)
        found[key] = decode(value, depth) if type(value) is list else value
    return found


def _entries(expression: list[Any], depth: int) -> list[Any]:
    if depth > DEEPEST:
        raise NotPlain(f"containers deeper than {DEEPEST}")
    return expression[1:]


def _nothing(expression: list[Any], depth: int) -> None:
    del depth
    if len(expression) > 1:
        raise NotPlain("None with something in it")


def _boolean(expression: list[Any], depth: int) -> bool:
    del depth
    _, content = expression
    return _BOOLEANS[content]


_READERS: Final[dict[bytes, Callable[[list[Any], int], Any]]] = {
    b"unicode": _text,
    b"list": _list,
    b"tuple": _tuple,
    b"dictionary": _table,
    b"None": _nothing,
    b"boolean": _boolean,
    b"set": _set,
    b"frozenset": _frozenset,
}
