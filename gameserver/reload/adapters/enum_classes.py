"""Enumerations: members keep their identity, the class's tables follow the text.

A member is paired with its new version by name. What the text says about it (value,
attributes made from the value) changes on the same object. A member whose value is the
object's own memory (``IntEnum``, ``StrEnum``: an int, a str) cannot change in place: a
new object takes the name, and the plan says that held ones keep the old value.
"""

from __future__ import annotations

import enum
from enum import Enum, EnumType, Flag
from types import FunctionType
from typing import TYPE_CHECKING, Any

from gameserver.reload.adapter import Adapter
from gameserver.reload.kinds import is_of
from gameserver.reload.tree import means_the_same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gameserver.reload.adapter import Desk, Same, Translate

_MEMBERS, _NAMES, _VALUES = "_member_map_", "_member_names_", "_value2member_map_"
_PLAIN = (
    "_unhashable_values_", "_unhashable_values_map_", "_hashable_values_",
    "_flag_mask_", "_singles_mask_", "_all_bits_", "_inverted_", "_boundary_",
)  # fmt: skip
"""Tables of the class beside; which of them there are depends on the Python version."""
_TABLES = frozenset({_MEMBERS, _NAMES, _VALUES, *_PLAIN})
_OF_ENUM = frozenset({"_value_", "_name_", "_sort_order_", "__objclass__"})
_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE


class Enumerations(Adapter):
    """Claims members; pairs them; keeps the tables of their classes."""

    def claims(self, value: object) -> bool:
        """Say whether a value is a member."""
        return issubclass(type(value), Enum)

    def translated(self, value: Any, translate: Translate) -> object:  # noqa: ANN401 - see Adapter
        """Make a new member one of the live class."""
        owner = translate(type(value))
        if _memory(owner) is not _memory(type(value)):
            return value  # the merge of the class refuses, and knows the line
        if owner is not type(value):
            object.__setattr__(value, "__class__", owner)
        fields = vars(value)
        for name, one in fields.items():
            if (live := translate(one)) is not one:
                fields[name] = live
        return value

    def same(self, old: Any, new: Any, same: Same) -> bool:  # noqa: ANN401 - see Adapter
        """Say that a member is the same as itself, and as no other."""
        del same
        return old is new

    def pairs(self, live: Any, staged: Any) -> Iterator[tuple[object, object]]:  # noqa: ANN401 - see Adapter
        """Give the members that stay the same object."""
        if is_of(live, EnumType) and is_of(staged, EnumType):
            yield from _pairs(live, staged)

    def owned(self, live: type, staged: type) -> frozenset[str]:
        """See to tables and members, not to methods."""
        if not _are_enums(live, staged):
            return frozenset()
        return _TABLES.union(vars(live)[_MEMBERS], vars(staged)[_MEMBERS])

    def merge_class(self, live: type, staged: type, desk: Desk) -> None:
        """Lay down members and tables."""
        if _are_enums(live, staged):
            _EnumMerge(live, staged, desk).lay_down()


ADAPTER = Enumerations()


def _are_enums(live: type, staged: type) -> bool:
    return is_of(live, EnumType) and is_of(staged, EnumType)


def _pairs(live: type, staged: type) -> Iterator[tuple[object, object]]:
    taken: set[int] = set()
    before, now = vars(live)[_MEMBERS], vars(staged)[_MEMBERS]
    for name, new in now.items():
        old = before.get(name)
        if new._name_ == name and _can_become(old, new, taken):
            taken.add(id(old))
            yield old, new
    if issubclass(live, Flag):
        known = vars(live)[_VALUES]
        for value, new in vars(staged)[_VALUES].items():
            old = known.get(value)
            is_named = old is not None and before.get(old._name_) is old
            if not is_named and _can_become(old, new, taken):
                taken.add(id(old))  # a combination that play has made before
                yield old, new


def _can_become(old: Any, new: Any, taken: set[int]) -> bool:  # noqa: ANN401 - members
    if old is None or id(old) in taken:
        return False
    kind = _memory(type(new))
    if kind is not _memory(type(old)):
        return False
    equal: Any = kind.__eq__
    return kind is object or equal(old, new) is True


def _memory(owner: type) -> type:
    """Give the builtin type that a member's value is memory of, or ``object``."""
    return next(one for one in owner.__mro__ if not one.__flags__ & _HEAP_TYPE)


class _EnumMerge:
    """The merge of one enumeration."""

    def __init__(self, live: Any, staged: Any, desk: Desk) -> None:  # noqa: ANN401 - enum classes
        self._live = live
        self._staged = staged
        self._desk = desk
        self._before: dict[str, Any] = vars(live)[_MEMBERS]
        self._now: dict[str, Any] = {
            name: desk.translated(one) for name, one in vars(staged)[_MEMBERS].items()
        }
        self._old: dict[int, Any] = {id(one): one for one in self._before.values()}
        self._old.update({id(one): one for one in vars(live)[_VALUES].values()})
        self._makes_alike = _same_makers(live, staged)

    def lay_down(self) -> None:
        """Lay down every write."""
        for staged in self._staged_members():
            member = self._desk.translated(staged)
            if id(member) in self._old and member is not staged:
                self._merge_member(member, staged)
        for name in {**self._before, **self._now}:
            self._bind(name)
        if list(self._before.items()) != list(self._now.items()):
            self._desk.refill(self._before, dict(self._now))
        names = vars(self._staged)[_NAMES]
        if vars(self._live)[_NAMES] != names:
            self._desk.refill(vars(self._live)[_NAMES], list(names))
        self._values()
        for name in _PLAIN:
            self._table(name)

    def _staged_members(self) -> list[Any]:
        found = {id(one): one for one in vars(self._staged)[_MEMBERS].values()}
        found.update({id(one): one for one in vars(self._staged)[_VALUES].values()})
        return list(found.values())

    def _merge_member(self, live: Any, staged: Any) -> None:  # noqa: ANN401 - members
        """Give a live member what its text says now.

        What the constructor made of an unchanged value may have been changed since,
        by the game: it stays.
        """
        desk, now = self._desk, vars(live)
        fresh = {name: desk.translated(one) for name, one in vars(staged).items()}
        is_same = desk.same(live._value_, fresh["_value_"])
        if not is_same:
            desk.note("patched", f"{live.__class__.__qualname__}.{staged._name_}")
        fresh["__objclass__"] = self._live
        fresh.pop("_inverted_", None)
        self._forget_inverse(live)
        for name, value in fresh.items():
            stays = is_same and self._makes_alike and name not in _OF_ENUM
            if name in now and (stays or desk.same(now[name], value)):
                continue
            desk.put(now, name, value)

    def _bind(self, name: str) -> None:
        """See to one name in the class dict, be it a member or one no more."""
        live, desk = self._live, self._desk
        path = f"{live.__qualname__}.{name}"
        member, old = self._now.get(name), self._before.get(name)
        entry = vars(self._staged).get(name)
        here = vars(live).get(name)
        if entry is None and member is None:
            if name in vars(live):
                desk.delete(live, name)
            desk.note("removed", path)
            return
        if member is None:
            desk.set(live, name, desk.translated(entry))
            return
        self._note(path, member, old)
        if is_of(entry, enum.property):
            if not (is_of(here, enum.property) and here.member is member):
                desk.set(live, name, _redirect(entry, member, desk))
        elif here is not member:
            desk.set(live, name, member)

    def _note(self, path: str, member: object, old: object) -> None:
        if old is None:
            self._desk.note("added", path)
        elif old is not member and id(member) not in self._old:
            why = "a new object: held ones keep the old value, which is their memory"
            self._desk.note("conflict", path, why)

    def _values(self) -> None:
        """Lay down the table by value; combinations of flags that are held stay."""
        desk, table = self._desk, vars(self._live)[_VALUES]
        wanted = {
            desk.translated(value): desk.translated(one)
            for value, one in vars(self._staged)[_VALUES].items()
        }
        if not issubclass(self._live, Flag):
            if list(wanted.items()) != list(table.items()):
                desk.set(self._live, _VALUES, wanted)  # its keys may hash in Python
            return
        wanted.update(
            (value, one)
            for value, one in table.items()
            if value not in wanted and self._stays(value, one)
        )
        for value in [one for one in table if one not in wanted]:
            desk.drop(table, value)
        for value, one in wanted.items():
            if table.get(value) is not one:
                desk.put(table, value, one)

    def _stays(self, value: int, member: Any) -> bool:  # noqa: ANN401 - a member
        """Say whether a combination made by play still is one; it is named anew."""
        if self._before.get(member._name_) is member:
            return False
        if value & vars(self._staged)["_flag_mask_"] != value:
            return vars(self._staged)["_boundary_"] is enum.KEEP
        names = [
            name
            for name in vars(self._staged)[_NAMES]
            if self._staged_value(name) & value
        ]
        name = "|".join(names) or None
        if name != member._name_:
            self._desk.put(vars(member), "_name_", name)
        self._forget_inverse(member)
        return True

    def _staged_value(self, name: str) -> int:
        return int(vars(self._staged)[_MEMBERS][name]._value_)

    def _forget_inverse(self, member: Any) -> None:  # noqa: ANN401 - a member
        """Drop what ``~member`` was found to be, if there are other bits now."""
        mask = "_flag_mask_"
        is_other = vars(self._live).get(mask) != vars(self._staged).get(mask)
        if is_other and vars(member).get("_inverted_") is not None:
            self._desk.put(vars(member), "_inverted_", None)

    def _table(self, name: str) -> None:
        live, staged, desk = self._live, self._staged, self._desk
        if name not in vars(staged):
            if name in vars(live):
                desk.delete(live, name)
            return
        value = desk.translated(vars(staged)[name])
        if name not in vars(live) or vars(live)[name] != value:
            desk.set(live, name, value)


def _same_makers(live: type, staged: type) -> bool:
    """Say whether the methods that make a member do the same in both versions."""
    return all(
        _means_the_same(vars(live).get(name), vars(staged).get(name))
        for name in ("__init__", "_new_member_", "__new_member__")
    )


def _means_the_same(old: object, new: object) -> bool:
    old, new = getattr(old, "__func__", old), getattr(new, "__func__", new)
    if is_of(old, FunctionType) and is_of(new, FunctionType):
        return means_the_same(old.__code__, new.__code__)
    return (old is None) == (new is None)


def _redirect(entry: Any, member: object, desk: Desk) -> object:  # noqa: ANN401 - an enum.property
    """Give the descriptor that stands before a member named like a property."""
    fields = vars(entry)
    for name, value in list(fields.items()):
        fields[name] = desk.translated(value)
    entry.member = member
    return entry
