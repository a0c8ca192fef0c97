"""What a step has made of the containers that it was lent: the originals again, or not.

A copy that the step has left alone gives way to its original, wherever it is held by
now. One that has changed, or holds one that has, stays, and so does what the step made
itself; each holds the originals of the others from then on. So two fields that held one
container hold one, whatever became of what was around it.
"""

from __future__ import annotations

import operator
from collections import Counter, OrderedDict, defaultdict, deque
from typing import TYPE_CHECKING, Any

from gameserver.reload.contents import is_same

if TYPE_CHECKING:
    from collections.abc import Iterable

Pairs = dict[int, tuple[Any, Any]]
"""Containers and their copies, by the id of either; both live meanwhile."""

ROWS = frozenset({list, deque})
TABLES = frozenset({dict, OrderedDict, defaultdict, Counter})
NESTING = ROWS | TABLES | {set, bytearray, tuple}
_NO_PAIR: tuple[Any, Any] = (None, None)


def makes_others(one: Any, other: Any) -> bool:  # noqa: ANN401 - two tables
    """Say whether two tables give something else for a key that is missing."""
    return type(one) is defaultdict and one.default_factory is not other.default_factory


def is_unchanged(one: Any, copy: Any, pairs: Pairs | None = None) -> bool:  # noqa: ANN401 - any values of a game
    """Say whether a container and its copy hold the same objects, copies for copies.

    ``pairs``: each copy has to stand where its very original does.
    """
    is_list = type(one) is list is type(copy)
    if is_list and len(one) == len(copy) and all(map(operator.is_, one, copy)):
        return True  # in short: most are lists of plain things
    waiting, seen = [(one, copy)], set()
    while waiting:
        here, there = waiting.pop()
        if here is there or (id(here), id(there)) in seen:
            continue
        seen.add((id(here), id(there)))
        kind = type(here)
        if kind is not type(there) or kind not in NESTING or len(here) != len(there):
            return False
        if pairs is not None and pairs.get(id(there), _NO_PAIR)[0] is not here:
            return False
        if kind in TABLES:
            if not all(map(operator.is_, here, there)) or makes_others(here, there):
                return False
            waiting += zip(here.values(), there.values(), strict=True)
        elif kind in ROWS or kind is tuple:
            waiting += zip(here, there, strict=True)
        elif not is_same(here, there):
            return False
    return True


def _parts(one: Any) -> list[Any]:  # noqa: ANN401 - a container or tuple
    kind = type(one)
    if kind in TABLES:
        return list(one.values())
    return list(one) if kind in ROWS or kind is tuple else []


class Giving:
    """What is given for the values of an instance's fields, once a step has run."""

    def __init__(self, values: Iterable[Any], pairs: Pairs) -> None:
        self._pairs = pairs
        self._reached: dict[int, Any] = {}
        """Copies, and what the step made, within reach of the fields; by id."""
        self._holders: dict[int, list[int]] = {}
        """Who holds each of them."""
        self._rows: dict[int, tuple[Any, ...]] = {}
        """What is given for a tuple that holds a copy."""
        self._reach(values)
        self._stays = self._staying()
        for key in self._stays:
            if type(self._reached[key]) is not tuple:
                self._put_originals(self._reached[key])

    def pair(self, value: object) -> tuple[Any, Any] | None:
        """Give an original and its copy, if the step has left that alone."""
        pair = self._pairs.get(id(value))
        if pair is None or pair[0] is not value or id(pair[1]) in self._stays:
            return None
        # A step may have the original from elsewhere, and have left its copy aside.
        is_aside = id(pair[1]) not in self._reached
        return None if is_aside and not is_unchanged(*pair, self._pairs) else pair

    def value(self, one: Any) -> Any:  # noqa: ANN401 - any value of a game
        """Give a value, or the original that it is a copy of."""
        key = id(one)
        if key not in self._reached:
            return one  # no container, or an original
        if key not in self._stays:
            return self._pairs[key][0]
        return self._row(one) if type(one) is tuple else one

    def _row(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        if id(row) not in self._rows:
            given = tuple(map(self.value, row))
            is_same_row = all(map(operator.is_, row, given))
            self._rows[id(row)] = row if is_same_row else given
        return self._rows[id(row)]

    def _is_copy(self, one: object) -> bool:
        pair = self._pairs.get(id(one))
        return pair is not None and pair[1] is one

    def _is_original(self, one: object) -> bool:
        pair = self._pairs.get(id(one))
        return pair is not None and pair[0] is one

    def _reach(self, values: Iterable[Any]) -> None:
        waiting = list(values)
        while waiting:
            one = waiting.pop()
            if type(one) not in NESTING or id(one) in self._reached:
                continue
            if self._is_original(one):
                continue
            self._reached[id(one)] = one
            for part in _parts(one):
                if type(part) in NESTING:
                    self._holders.setdefault(id(part), []).append(id(one))
                    waiting.append(part)

    def _staying(self) -> set[int]:
        """Find what is no copy, has changed, or holds what has, at any depth."""
        copies = [one for one in self._reached.values() if self._is_copy(one)]
        found = self._reached.keys() - set(map(id, copies))
        waiting = [id(one) for one in copies if self._differs(one)]
        found.update(waiting)
        while waiting:
            for holder in self._holders.get(waiting.pop(), ()):
                if holder not in found:
                    found.add(holder)
                    waiting.append(holder)
        return found

    def _differs(self, one: Any) -> bool:  # noqa: ANN401 - a container or tuple
        """Say whether a copy is not what was lent, what is in it left aside."""
        original = self._pairs[id(one)][0]
        kind = type(one)
        if type(original) is not kind or len(original) != len(one):
            return True
        if kind in TABLES:
            if not all(map(operator.is_, original, one)) or makes_others(original, one):
                return True
        elif kind not in ROWS and kind is not tuple:
            return not is_same(original, one)
        return not all(map(self._stands, _parts(original), _parts(one)))

    def _stands(self, original: object, part: object) -> bool:
        """Say whether a part is, or is a copy of, what was there."""
        if part is original:
            return True
        return self._is_copy(part) and self._pairs[id(part)][0] is original

    def _put_originals(self, one: Any) -> None:  # noqa: ANN401 - a container
        kind = type(one)
        if kind in ROWS:
            for place, part in enumerate(one):
                if self.value(part) is not part:
                    one[place] = self.value(part)
        elif kind in TABLES:
            for key, part in list(one.items()):
                if self.value(part) is not part:
                    one[key] = self.value(part)
