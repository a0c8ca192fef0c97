"""An instance's containers, lent to migration steps as copies, and given back.

A step may change what it is given. Where it did not, the instance keeps the very list,
dict or set that it had, so that others who hold the same one still do.

``lend`` and ``give_back`` are asked of every instance: take them from ``quick``, which
has a compiled twin of both.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from gameserver.reload.giving import (
    NESTING,
    ROWS,
    TABLES,
    Giving,
    Pairs,
    is_unchanged,
)
from gameserver.reload.holdings import Holdings
from gameserver.reload.keepsake import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

Fields = dict[Any, Any]
Lent = list[tuple[Any, Any]]
"""Containers, each with a copy of what it held."""

Loan = tuple[Fields, Lent | Pairs]
"""Fields with copies in them, and whose copies these are: in short, or by id."""

_is_apart = NESTING.isdisjoint
_is = operator.is_
_NO_PAIR: tuple[Any, Any] = (None, None)
_DEEPEST = 50  # containers in containers; those below are not copied


def holds_containers(fields: Fields) -> bool:
    """Say whether a field is a container, or a tuple, which may have some in it."""
    return not _is_apart(map(type, fields.values()))


def lend(fields: Fields) -> Loan:
    """Copy some fields and the containers in them; what is in those stays itself.

    One container that two fields share is one copy, too. Nobody else may change the
    fields meanwhile.
    """
    lent: Fields = fields.copy()
    row: Lent = []
    nesting, is_apart = NESTING, _is_apart  # local: this is asked of every instance
    for name, one in fields.items():
        if (kind := type(one)) in nesting:
            if kind is tuple and is_apart(map(type, one)):
                continue
            is_flat = kind is list and (not one or is_apart(map(type, one)))
            if not is_flat or (row and any(one is known for known, _ in row)):
                return lend_each(fields)
            lent[name] = copy = one.copy()
            row.append((one, copy))
    return lent, row


def lend_each(fields: Fields) -> Loan:
    """Do so where there are others than lists of plain things, or one is shared."""
    lent: Fields = fields.copy()
    pairs: Pairs = {}
    for name, one in fields.items():
        if type(one) in NESTING:
            lent[name] = _copied(one, pairs, 0)
    return lent, pairs


def give_back(fields: Fields, loan: Loan) -> tuple[Fields, Lent]:
    """Give fields with the originals in place of copies that did not change.

    And each container in them, with a copy of it as it is now: where nothing has
    changed, the one that was lent.
    """
    own, known = loan
    given = fields if fields is own else dict(fields)
    if isinstance(known, dict):
        return give_back_nested(given, known)
    row = iter(known)
    nesting, is_apart = NESTING, _is_apart
    for name, one in given.items():
        if (kind := type(one)) in nesting:
            if kind is tuple and is_apart(map(type, one)):
                continue
            former, copy = next(row, _NO_PAIR)
            if copy is not one:
                break
            if len(former) != len(copy) or not all(map(_is, former, copy)):
                break
            given[name] = former
    else:
        if next(row, None) is None:
            return given, known
    return give_back_changed(given, known)


def give_back_nested(given: Fields, pairs: Pairs) -> tuple[Fields, Lent]:
    """Do so where a copy holds others."""
    lent: Lent = []
    for name, one in given.items():
        if type(one) in NESTING:
            pair = pairs.get(id(one))
            if pair is None and type(one) is tuple and _is_apart(map(type, one)):
                continue
            if pair is None or pair[1] is not one or not is_unchanged(*pair, pairs):
                return _give_back_each(given, pairs)
            given[name] = pair[0]
            lent.append(pair)
    return given, lent


def give_back_changed(given: Fields, known: Lent) -> tuple[Fields, Lent]:
    """Do so where not each is the next of those lent, and as it was."""
    return _give_back_each(given, {id(one): pair for pair in known for one in pair})


def _give_back_each(given: Fields, pairs: Pairs) -> tuple[Fields, Lent]:
    """Do so where some have changed, or are held by others than before."""
    giving = Giving(given.values(), pairs)
    lent: Lent = []
    for name, one in list(given.items()):
        given[name] = value = giving.value(one)
        pair = giving.pair(value)
        lent += [pair] if pair is not None else copies_in({name: value})
    return given, lent


def copies_in(fields: Fields) -> Lent:
    """Give each container in some fields, with a copy; not tuples of plain things."""
    if not holds_containers(fields):
        return []
    copies, _ = lend(fields)
    return [
        (one, copies[name]) for name, one in fields.items() if copies[name] is not one
    ]


def _copied(value: Any, pairs: Pairs, depth: int) -> Any:  # noqa: ANN401 - any value of a game
    known = pairs.get(id(value))
    if known is not None:
        return known[1]
    kind = type(value)
    is_nested = (kind in ROWS or kind is tuple) and not _is_apart(map(type, value))
    if kind is tuple:
        if not is_nested:
            return value
        found: Any = tuple(_part(one, pairs, depth) for one in value)
        if all(map(operator.is_, found, value)):
            return value
    else:
        found = value.copy()
    pairs[id(value)] = pairs[id(found)] = value, found
    if is_nested and kind is not tuple:
        for place, one in enumerate(value):
            if type(one) in NESTING:
                found[place] = _part(one, pairs, depth)
    elif kind in TABLES and holds_containers(value):
        _fill(found, pairs, depth)
    return found


def _fill(table: Any, pairs: Pairs, depth: int) -> None:  # noqa: ANN401 - a dict
    try:
        for key, one in list(table.items()):
            if type(one) in NESTING:
                table[key] = _part(one, pairs, depth)
    except Exception:  # noqa: BLE001 - a key's __hash__ may raise anything by now
        return


def _part(one: Any, pairs: Pairs, depth: int) -> Any:  # noqa: ANN401 - as above
    if type(one) not in NESTING or depth >= _DEEPEST:
        return one
    return _copied(one, pairs, depth + 1)


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


def inside(fields: Fields) -> Iterator[object]:
    """Give what lies in the containers of some fields, at any depth."""
    waiting: list[Any] = [fields]
    seen = set()
    while waiting:
        one = waiting.pop()
        kind = type(one)
        if kind in NESTING and kind is not bytearray and id(one) not in seen:
            seen.add(id(one))
            waiting += one.values() if kind in TABLES else one
        else:
            yield one
