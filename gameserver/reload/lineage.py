"""Which functions of one name and scope are which in the next version of the text.

First those that are under the same thing (see ``labels.py``), then those with equal
code, then, between two that are matched, one after the other, unless they are under
different things: those are a removed one and a new one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from gameserver.reload.labels import Label


@dataclass(frozen=True, slots=True)
class Sibling:
    """One of several codes of a name: what it is under, and what it does."""

    label: Label
    meaning: Hashable


def matched(old: Sequence[Sibling], new: Sequence[Sibling]) -> dict[int, int]:
    """Give, by the index of a new one, the index of the old one that it is."""
    match = _Match(old, new)
    match.by(lambda one: one.label.full)
    match.by(lambda one: one.label.firm)
    match.within(range(len(old)), range(len(new)))
    return match.found


@dataclass(slots=True)
class _Match:
    old: Sequence[Sibling]
    new: Sequence[Sibling]
    found: dict[int, int] = field(default_factory=dict)
    """The old ones, by new ones."""
    back: dict[int, int] = field(default_factory=dict)

    def by(self, key: Callable[[Sibling], Hashable]) -> None:
        """Match what is left and has one key."""
        before = _grouped(self._left(range(len(self.old)), self.back), self.old, key)
        now = _grouped(self._left(range(len(self.new)), self.found), self.new, key)
        for one in now:
            if one in before:
                self.within(before[one], now[one])

    def within(self, old: Sequence[int], new: Sequence[int]) -> None:
        """Match what is left of two rows: equal ones, then by order."""
        self._equal(self._left(old, self.back), self._left(new, self.found))
        gaps: dict[tuple[int, int], list[int]] = {}
        for one, gap in _gaps(old, {n: n for n in self.back}):
            gaps.setdefault(gap, []).append(one)
        for one, gap in _gaps(new, self.found):
            self._next(one, gaps.get(gap, []))

    def _left(self, row: Iterable[int], taken: dict[int, int]) -> list[int]:
        return [n for n in row if n not in taken]

    def _equal(self, old: Iterable[int], new: Iterable[int]) -> None:
        before = _grouped(old, self.old, lambda one: one.meaning)
        for one, now in _grouped(new, self.new, lambda one: one.meaning).items():
            waiting = before.get(one, [])
            is_sure = len(waiting) == len(now) == 1
            for n in now:
                self._next(n, waiting, is_sure=is_sure)

    def _next(self, new: int, waiting: list[int], *, is_sure: bool = False) -> None:
        """Match with the first of those that wait and may be it."""
        for n, old in enumerate(waiting):
            if is_sure or not self.old[old].label.contradicts(self.new[new].label):
                self.found[new], self.back[old] = old, new
                del waiting[n]
                return


def _grouped(
    indices: Iterable[int],
    row: Sequence[Sibling],
    key: Callable[[Sibling], Hashable],
) -> dict[Hashable, list[int]]:
    groups: dict[Hashable, list[int]] = {}
    for n in indices:
        groups.setdefault(key(row[n]), []).append(n)
    return groups


def _gaps(
    row: Sequence[int], names: dict[int, int]
) -> list[tuple[int, tuple[int, int]]]:
    """Give what is left of a row, each with the names of the matched around it."""
    behind, after = [], -1
    for one in reversed(row):
        behind.append(after)
        after = names.get(one, after)
    found, before = [], -1
    for one, last in zip(row, reversed(behind), strict=True):
        if one not in names:
            found.append((one, (before, last)))
        before = names.get(one, before)
    return found
