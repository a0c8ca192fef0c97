"""Values in which a part occurs several times, read as copies of that part.

Jelly sends such a part once, with a number, and refers to it by that number from then
on. A few bytes can so stand for an object that takes for ever to print, compare or
hash. Here each reference counts for all that it stands for, against a bound, before
anything is made of it; a part within itself is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gameserver.wire.encoder import NotPlain
from gameserver.wire.plain import DEEPEST, check_keys

if TYPE_CHECKING:
    from gameserver.wire.decoder import Expression

REFERENCE: Final = b"reference"
DEREFERENCE: Final = b"dereference"
REMOTE: Final = b"remote"
_KEYED: Final = (b"dictionary", b"set", b"frozenset")


def expanded(
    expression: Expression, most: int, entries: int | None = None
) -> Expression:
    """Give an expression with what its references stand for in their place.

    ``most``: how much that may be in all, in bytes of strings and numbers of entries;
    ``entries``: how many these may be alone, each of which takes as long to read.
    ``NotPlain`` if it is more, or has keys that ``plain.check_keys`` refuses.
    """
    try:
        return _Expansion(most, most if entries is None else entries).of(expression, 0)
    except ValueError:
        raise NotPlain("a reference without number or part") from None


def is_remote(expression: list[Expression]) -> bool:
    """Say whether it is a reference, and whole; Twisted takes anything as number."""
    match expression:
        case [head, number]:
            return head == REMOTE and type(number) is int
    return False


class _Expansion:
    """One expression without its references."""

    def __init__(self, most: int, entries: int) -> None:
        self._left, self._entries = most, entries
        self._parts: dict[int, Expression] = {}
        self._sizes: dict[int, tuple[int, int]] = {}

    def of(self, expression: Expression, depth: int) -> Expression:
        """Give an expression with what its references stand for in their place."""
        if type(expression) is not list or not expression:
            self._count(len(expression) if type(expression) is bytes else 1)
            return expression
        if depth > 2 * DEEPEST:
            raise NotPlain("containers too deep")
        head = expression[0]
        if head == REFERENCE:
            return self._part(expression, depth)
        if head == DEREFERENCE:
            return self._again(expression)
        if head == REMOTE and not is_remote(expression):
            raise NotPlain("a reference without a number")
        self._count(1)
        read = self._pair if head == b"dictionary" else self.of
        alone = [head, *(read(one, depth + 1) for one in expression[1:])]
        if head in _KEYED:
            check_keys(alone)
        return alone

    def _pair(self, pair: Expression, depth: int) -> Expression:
        """Expand a key and its value; the key may be a word that means something."""
        if type(pair) is not list:
            return pair
        self._count(1)
        return [self.of(one, depth) for one in pair]

    def _part(self, expression: list[Any], depth: int) -> Expression:
        _, number, inner = expression
        if type(number) is not int or number in self._parts:
            raise NotPlain("a part without number, or two with the same")
        left, entries = self._left, self._entries
        part = self.of(inner, depth + 1)
        self._sizes[number] = left - self._left, entries - self._entries
        self._parts[number] = part
        return part

    def _again(self, expression: list[Any]) -> Expression:
        _, number = expression
        if type(number) is not int or number not in self._parts:
            raise NotPlain("a reference to no part before, or to one that holds it")
        size, entries = self._sizes[number]
        self._count(1 + size, 1 + entries)
        return self._parts[number]

    def _count(self, size: int, entries: int = 1) -> None:
        self._left -= size
        self._entries -= entries
        if self._left < 0 or self._entries < 0:
            raise NotPlain("too large, with what its references stand for")
