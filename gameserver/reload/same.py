"""When two values are the same initial value, and how one is remembered.

A value is *plain* (numbers, text, containers of plain values), *worth* what it equals
(a pattern, a date, a frozen dataclass: its type defines equality and hash), or *one of
a kind* (a lock, a singleton, a context variable: equal to itself alone). What is one
of a kind is made afresh by each run of the text, and the live one is never given up
for a fresh one; two of the same type therefore count as the same initial value.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from itertools import zip_longest
from types import (
    BuiltinFunctionType,
    CellType,
    FunctionType,
    GetSetDescriptorType,
    MappingProxyType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)
from typing import TYPE_CHECKING, Any

from gameserver.reload.adapter import adapter_for
from gameserver.reload.equality import (
    can_compare,
    compared,
    is_equal,
    is_made_of_fields,
    is_row,
    is_worth,
    same_atom,
)
from gameserver.reload.kinds import is_of, items_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gameserver.reload.record import Initial

    SameCode = Callable[[Any, Any], bool]

ATOMS = (int, float, complex, str, bytes, bool, type(None), type(...), range)
ATOMIC_IDS = frozenset(map(id, ATOMS))
"""For a quick look at a value's type that asks no metaclass for a hash."""
_ATOMIC = frozenset(ATOMS) | {FunctionType}
_KINDS = frozenset({OrderedDict, defaultdict, Counter, deque})
CONTAINERS = _KINDS | {
    dict, list, tuple, set, frozenset, bytearray, MappingProxyType
}  # fmt: skip
DEEPEST = 50  # containers in containers; below that the live value stays


def remember(value: object, depth: int = 0) -> object:
    """Copy the plain containers of a value; what is in them stays itself."""
    kind = type(value)
    is_plain = type(kind) is type  # another metaclass may hash by an author's code
    if (is_plain and kind in _ATOMIC) or depth > DEEPEST:
        return value
    if is_plain and kind in CONTAINERS:
        return _remembered(value, depth)
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):  # a named one
        make: Any = tuple.__new__  # past its own __new__
        return make(kind, [remember(one, depth + 1) for one in items_of(value)])
    if issubclass(kind, (*ATOMS, type, *_BY_NAME)):
        return value
    adapter = adapter_for(value)
    return value if adapter is None else adapter.remembered(value)


def _remembered(value: Any, depth: int) -> object:  # noqa: ANN401, PLR0911 - one line per kind; one of CONTAINERS
    kind = type(value)
    if kind is list or kind is tuple:
        return kind([remember(one, depth + 1) for one in value])
    if kind is set or kind is bytearray:
        return value.copy()
    if kind is frozenset:
        return value
    if kind is deque:
        return deque((remember(one, depth + 1) for one in value), value.maxlen)
    try:
        if kind is MappingProxyType:
            inner: Any = _remembered(dict(value), depth)
            return MappingProxyType(inner)
        found = {} if kind is dict else value.copy()
        for key, one in value.items():
            found[key] = remember(one, depth + 1)
    except Exception:  # noqa: BLE001 - a key's __hash__ may raise anything by now
        return value.copy()
    return found


def is_one_of_a_kind(value: object) -> bool:
    """Say whether a value equals nothing but itself, and is no definition or alias.

    One whose ``==`` raises is, too: nobody can tell it from another.
    """
    kind = type(value)
    is_plain = type(kind) is type
    if issubclass(kind, ATOMS):
        return not (is_plain and kind in _ATOMIC) and not can_compare(value)
    if issubclass(kind, _NEVER) or (is_plain and kind in CONTAINERS):
        return False
    if adapter_for(value) is not None:
        return False
    return not is_worth(kind) or not can_compare(value)


_BY_NAME = (FunctionType, BuiltinFunctionType, ModuleType)
_NEVER = (type, *_BY_NAME, staticmethod, classmethod, property, MethodType)


class Comparison:
    """Compares values; ``same_code`` says which code objects correspond."""

    def __init__(self, same_code: SameCode) -> None:
        self._same_code = same_code
        self.former: dict[type, type] = {}
        """By class, the one it succeeds: their instances are one kind."""
        self.leaving: set[int] = set()
        """Ids of the succeeded classes whose instances get successors."""
        self.initials: list[Mapping[FunctionType, Initial]] = []
        """What texts put into functions; what a closure has counted since is state."""

    def is_one_kind(self, old: object, new: object) -> bool:
        """Say whether two objects are of one class, or of one and its successor."""
        kind, fresh = type(old), type(new)
        return kind is fresh or (bool(self.former) and self.former.get(fresh) is kind)

    def is_leaving(self, value: object) -> bool:
        """Say whether an instance gives way to a successor."""
        return id(type(value)) in self.leaving

    def same(self, old: Any, new: Any, depth: int = 0) -> bool:  # noqa: ANN401, PLR0911 - one line per kind; any value of a game
        """Say whether two values are the same initial value."""
        if old is new:
            return True
        kind, fresh = type(old), type(new)
        if kind is not fresh and (
            not self.former or kind is not self.former.get(fresh, fresh)
        ):
            return False
        if depth > DEEPEST:
            return True
        if issubclass(kind, ATOMS):
            return same_atom(old, new)
        if issubclass(kind, tuple):
            same = self._same_row if is_row(kind) else self._special
            return same(old, new, depth)
        if type(kind) is not type:
            return self._special(old, new, depth)
        if kind in (list, deque):
            return self._same_row(old, new, depth)
        if kind in (dict, MappingProxyType) or kind in _KINDS:
            return self._same_table(old, new, depth)
        if kind in (set, frozenset):
            return self._same_set(old, new, depth)
        return self._special(old, new, depth)

    def _same_row(self, old: Any, new: Any, depth: int) -> bool:  # noqa: ANN401 - lists, tuples, deques
        if type(old) is deque and old.maxlen != new.maxlen:
            return False
        if issubclass(type(old), tuple):
            old, new = tuple.__iter__(old), tuple.__iter__(new)
        mark = EMPTY  # where one is longer
        return all(
            one is not mark and other is not mark and self.same(one, other, depth + 1)
            for one, other in zip_longest(old, new, fillvalue=mark)
        )

    def _same_table(self, old: Any, new: Any, depth: int) -> bool:  # noqa: ANN401 - mappings
        one, other = (getattr(each, "default_factory", None) for each in (old, new))
        if not self.same(one, other, depth + 1):
            return False
        return len(old) == len(new) and all(
            self.same(a, b, depth + 1) and self.same(x, y, depth + 1)
            for (a, x), (b, y) in zip(old.items(), new.items(), strict=True)
        )

    def _same_set(self, old: Any, new: Any, depth: int) -> bool:  # noqa: ANN401 - sets
        """Compare without an order: first by what is equal, then each with each."""
        if len(old) != len(new):
            return False
        try:
            equals = {one: one for one in new}
            pairs = [(one, equals.pop(one, EMPTY)) for one in old]
        except Exception:  # noqa: BLE001 - an author's __eq__ may raise anything
            equals, pairs = dict(enumerate(new)), [(one, EMPTY) for one in old]
        if any(b is not EMPTY and not self.same(a, b, depth + 1) for a, b in pairs):
            return False
        left = list(equals.values())
        for one in (a for a, b in pairs if b is EMPTY):
            like = (i for i, b in enumerate(left) if self.same(one, b, depth + 1))
            if (index := next(like, None)) is None:
                return False
            left[index] = left[-1]
            left.pop()
        return True

    def _special(self, old: Any, new: Any, depth: int) -> bool:  # noqa: ANN401, PLR0911 - as above
        if is_of(old, FunctionType):
            return self.same_function(old, new, depth)
        if is_of(old, (staticmethod, classmethod)):
            return self.same(old.__func__, new.__func__, depth)
        if is_of(old, property):
            return all(
                self.same(getattr(old, part), getattr(new, part), depth)
                for part in ("fget", "fset", "fdel", "__doc__")
            )
        if is_of(old, (type, ModuleType)):
            return False
        if is_of(old, (GetSetDescriptorType, MemberDescriptorType)):
            return True  # a class's own storage; the layout says whether it changed
        adapter = adapter_for(old)
        if adapter is not None:
            return adapter.same(old, new, lambda a, b: self.same(a, b, depth + 1))
        kind = type(old)
        if not is_worth(kind) and kind is not bytearray:
            return True  # each one of a kind, both made by the text
        try:
            if is_made_of_fields(kind):
                return self._same_fields(old, new, depth)
        except Exception:  # noqa: BLE001 - an author's __getattr__ may raise anything
            return True
        return is_equal(old, new)

    def _same_fields(self, old: Any, new: Any, depth: int) -> bool:  # noqa: ANN401 - dataclasses
        return all(
            self.same(getattr(old, name), getattr(new, name), depth + 1)
            for name in compared(old)
            if hasattr(old, name) and hasattr(new, name)
        )

    def same_function(self, old: FunctionType, new: FunctionType, depth: int) -> bool:
        """Say whether two function objects do the same with the same cells."""
        if old.__code__ is not new.__code__ and not self._same_code(
            old.__code__, new.__code__
        ):
            return False
        before, after = self._holds(old), self._holds(new)
        cells, fresh = before[-1], after[-1]
        if cells.keys() != fresh.keys() and not (depth and holds_state(old)):
            return False  # inside a table a closure stays, with its state
        pairs = list(zip(before[:-1], after[:-1], strict=True))
        pairs += [(cells[name], fresh[name]) for name in cells.keys() & fresh.keys()]
        return all(self.same(a, b, depth + 1) for a, b in pairs)

    def _holds(self, function: FunctionType) -> tuple[Any, Any, Any, dict[str, Any]]:
        """Give what the text put into a function, else what is in it now."""
        for one in self.initials:
            if (known := one.get(function)) is not None:
                return known.defaults, known.kwdefaults, known.attributes, known.cells
        names = function.__code__.co_freevars
        cells = map(content, function.__closure__ or ())
        return (
            function.__defaults__,
            function.__kwdefaults__,
            function.__dict__,
            dict(zip(names, cells, strict=False)),
        )


EMPTY = ("empty cell",)
"""Stands for what is not in a cell; compared by identity."""


def content(cell: CellType) -> Any:  # noqa: ANN401 - any value of a game
    """Give what is in a cell; a mark of its own if nothing is yet."""
    try:
        return cell.cell_contents
    except ValueError:
        return EMPTY


def holds_state(function: FunctionType) -> bool:
    """Say whether a function's cells hold anything but definitions."""
    held = (content(cell) for cell in function.__closure__ or ())
    return any(one is not EMPTY and not is_of(one, _DEFINITIONS) for one in held)


_DEFINITIONS = (FunctionType, type, ModuleType)
