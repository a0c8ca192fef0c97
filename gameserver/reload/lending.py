"""An instance's containers, lent to migration steps as copies, and given back.

A step may change what it is given. Where it did not, the instance keeps the very list,
dict or set that it had, so that others who hold the same one still do.
"""

from __future__ import annotations

import operator
from collections import Counter, OrderedDict, defaultdict, deque
from typing import TYPE_CHECKING, Any

from gameserver.reload.contents import is_same
from gameserver.reload.holdings import Holdings
from gameserver.reload.keepsake import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

Fields = dict[Any, Any]

_ROWS = frozenset({list, deque})
_TABLES = frozenset({dict, OrderedDict, defaultdict, Counter})
CONTAINERS = _ROWS | _TABLES | {set, bytearray}
_NESTING = CONTAINERS | {tuple}
_DEEPEST = 50  # containers in containers; those below are not copied


def holds_containers(fields: Fields) -> bool:
    """Say whether a field is a container, or a tuple, which may have some in it."""
    return not _NESTING.isdisjoint(map(type, fields.values()))


class Loan:
    """Copies of the containers in some fields; what is in them stays itself.

    One container that two fields share is one copy, too.
    """

    def __init__(self, fields: Fields) -> None:
        self._copies: dict[int, tuple[Any, Any]] = {}
        self.fields: Fields = {
            name: self._copied(one, 0) if type(one) in _NESTING else one
            for name, one in fields.items()
        }

    def given_back(self, fields: Fields) -> Fields:
        """Give fields with the originals in place of copies that did not change."""
        originals = {id(copy): one for one, copy in self._copies.values()}
        if originals.keys().isdisjoint(map(id, fields.values())):
            return fields
        found = dict(fields)
        for name, one in fields.items():
            original = originals.get(id(one), one)
            if original is not one and is_unchanged(original, one):
                found[name] = original
        return found

    def _copied(self, value: Any, depth: int) -> Any:  # noqa: ANN401 - any value of a game
        if id(value) in self._copies:
            return self._copies[id(value)][1]
        kind = type(value)
        is_row = kind in _ROWS or kind is tuple
        is_nested = is_row and not _NESTING.isdisjoint(map(type, value))
        if kind is tuple:
            if not is_nested:
                return value
            found: Any = tuple(self._part(one, depth) for one in value)
            if all(map(operator.is_, found, value)):
                return value
        else:
            found = value.copy()
        self._copies[id(value)] = (value, found)
        if is_nested and kind is not tuple:
            for place, one in enumerate(value):
                if type(one) in _NESTING:
                    found[place] = self._part(one, depth)
        elif kind in _TABLES and holds_containers(value):
            self._fill(found, depth)
        return found

    def _fill(self, table: Any, depth: int) -> None:  # noqa: ANN401 - a dict
        try:
            for key, one in list(table.items()):
                if type(one) in _NESTING:
                    table[key] = self._part(one, depth)
        except Exception:  # noqa: BLE001 - a key's __hash__ may raise anything by now
            return

    def _part(self, one: Any, depth: int) -> Any:  # noqa: ANN401 - as above
        if type(one) not in _NESTING or depth >= _DEEPEST:
            return one
        return self._copied(one, depth + 1)


def copied(fields: Fields) -> Fields | None:
    """Copy the fields, with their containers; None if there are none."""
    return Loan(fields).fields if holds_containers(fields) else None


class Shown:
    """The containers in some fields, which a hook is shown and may change in place."""

    def __init__(self, fields: Fields) -> None:
        holdings = Holdings(_nobody)
        self._tables = [
            Table(one, kind)
            for one, _ in holdings.walk_from(("", "", one) for one in fields.values())
            if (kind := holdings.kind(type(one))) is not None
        ]
        self._left: list[Table] = []

    def has_changed(self) -> bool:
        """Say whether the hook has changed any; the others are given up."""
        self._tables = [one for one in self._tables if one.changed()]
        self._left = [one.now() for one in self._tables]
        return bool(self._left)

    def is_touched(self) -> bool:
        """Say whether somebody has changed those since."""
        return any(one.changed() for one in self._left)

    def put_back(self) -> None:
        """Make them what they were."""
        for one in self._tables:
            one.put_back()


def _nobody(owner: object) -> bool:
    del owner
    return False


def is_unchanged(one: Any, copy: Any) -> bool:  # noqa: ANN401 - any values of a game
    """Say whether a container and its copy hold the same objects, copies for copies."""
    if type(one) is list is type(copy) and is_same(one, copy):
        return True  # in short: most are lists of plain things
    waiting, seen = [(one, copy)], set()
    while waiting:
        here, there = waiting.pop()
        if here is there or (id(here), id(there)) in seen:
            continue
        seen.add((id(here), id(there)))
        kind = type(here)
        if kind is not type(there) or kind not in _NESTING or len(here) != len(there):
            return False
        if kind in _TABLES:
            if not all(map(operator.is_, here, there)):
                return False
            waiting += zip(here.values(), there.values(), strict=True)
        elif kind in _ROWS or kind is tuple:
            waiting += zip(here, there, strict=True)
        elif not is_same(here, there):
            return False
    return True


def inside(fields: Fields) -> Iterator[object]:
    """Give what lies in the containers of some fields, at any depth."""
    waiting: list[Any] = [fields]
    seen = set()
    while waiting:
        one = waiting.pop()
        kind = type(one)
        if kind in _NESTING and kind is not bytearray and id(one) not in seen:
            seen.add(id(one))
            waiting += one.values() if kind in _TABLES else one
        else:
            yield one
