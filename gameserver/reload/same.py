"""When two values are the same initial value, and how one is remembered.

A value is *plain* (numbers, text, containers of plain values), *worth* what it equals
(a pattern, a date, a frozen dataclass: its type defines equality and hash), or *one of
a kind* (a lock, a singleton, a context variable: equal to itself alone). What is one
of a kind is made afresh by each run of the text, and the live one is never given up
for a fresh one; two of the same type therefore count as the same initial value.
"""

from __future__ import annotations

import dataclasses
from collections import Counter, OrderedDict, defaultdict, deque
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

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gameserver.reload.record import Initial

    SameCode = Callable[[Any, Any], bool]

ATOMS = (int, float, complex, str, bytes, bool, type(None), type(...), range)
_ATOMIC = frozenset(ATOMS) | {FunctionType}
_KINDS = frozenset({OrderedDict, defaultdict, Counter, deque})
_CONTAINERS = _KINDS | {
    dict, list, tuple, set, frozenset, bytearray, MappingProxyType
}  # fmt: skip
DEEPEST = 50  # containers in containers; below that the live value stays


def remember(value: object, depth: int = 0) -> object:  # noqa: PLR0911 - one line per kind
    """Copy the plain containers of a value; what is in them stays itself."""
    kind = type(value)
    if kind in _ATOMIC or depth > DEEPEST:
        return value
    if kind in _KINDS:
        return _remembered(value, depth)
    if kind is dict:
        return {k: remember(v, depth + 1) for k, v in value.items()}  # type: ignore[attr-defined]  # exactly a dict
    if kind in (list, tuple):
        return kind([remember(one, depth + 1) for one in value])  # type: ignore[attr-defined]  # exactly these
    if kind in (set, bytearray):
        return value.copy()  # type: ignore[attr-defined]  # exactly these
    if kind is MappingProxyType:
        inner: Any = remember(dict(value), depth)  # type: ignore[call-overload]  # exactly this
        return MappingProxyType(inner)
    if isinstance(value, tuple) and hasattr(kind, "_fields"):  # a named one
        make: Any = tuple.__new__  # past its own __new__
        return make(kind, [remember(one, depth + 1) for one in value])
    if isinstance(value, (*ATOMS, type, *_BY_NAME)):
        return value
    adapter = adapter_for(value)
    return value if adapter is None else adapter.remembered(value)


def _remembered(value: Any, depth: int) -> object:  # noqa: ANN401 - one of _KINDS
    found = value.copy()
    if isinstance(found, deque):
        return deque((remember(one, depth + 1) for one in value), value.maxlen)
    for key, one in value.items():
        found[key] = remember(one, depth + 1)
    return found


def is_one_of_a_kind(value: object) -> bool:
    """Say whether a value equals nothing but itself, and is no definition or alias."""
    kind = type(value)
    if isinstance(value, (*ATOMS, type, *_BY_NAME)):
        return False
    if kind in _CONTAINERS:
        return False
    if isinstance(value, (staticmethod, classmethod, property, MethodType)):
        return False
    return adapter_for(value) is None and not _is_worth(kind)


_BY_NAME = (FunctionType, BuiltinFunctionType, ModuleType)


def _is_row(kind: Any) -> bool:  # noqa: ANN401 - a class of tuples
    """Say whether tuples of a class compare as tuples do."""
    return bool(kind.__eq__ is tuple.__eq__)


def _is_worth(kind: Any) -> bool:  # noqa: ANN401 - a class; its methods are compared
    own_hash = kind.__hash__ is not None and kind.__hash__ is not object.__hash__
    return kind.__eq__ is not object.__eq__ and own_hash


class Comparison:
    """Compares values; ``same_code`` says which code objects correspond."""

    def __init__(self, same_code: SameCode) -> None:
        self._same_code = same_code
        self.former: dict[type, type] = {}
        """By class, the one it succeeds: their instances are one kind."""
        self.initials: list[Mapping[FunctionType, Initial]] = []
        """What texts put into functions; what a closure has counted since is state."""

    def same(self, old: Any, new: Any, depth: int = 0) -> bool:  # noqa: ANN401, PLR0911 - one line per kind; any value of a game
        """Say whether two values are the same initial value."""
        if old is new:
            return True
        kind = type(old)
        if kind is not self.former.get(type(new), type(new)):
            return False
        if depth > DEEPEST:
            return True
        if isinstance(old, ATOMS):
            return _same_atom(old, new)
        if isinstance(old, tuple) and not _is_row(kind):
            return self._special(old, new, depth)
        if isinstance(old, tuple) or kind in (list, deque):
            return self._same_row(old, new, depth)
        if kind in (dict, MappingProxyType) or kind in _KINDS:
            return self._same_table(old, new, depth)
        if kind in (set, frozenset):
            return self._same_set(old, new, depth)
        return self._special(old, new, depth)

    def _same_row(self, old: Any, new: Any, depth: int) -> bool:  # noqa: ANN401 - lists, tuples, deques
        if getattr(old, "maxlen", None) != getattr(new, "maxlen", None):
            return False
        return len(old) == len(new) and all(
            self.same(one, other, depth + 1)
            for one, other in zip(old, new, strict=True)
        )

    def _same_table(self, old: Any, new: Any, depth: int) -> bool:  # noqa: ANN401 - mappings
        one, other = (getattr(each, "default_factory", None) for each in (old, new))
        if not self.same(one, other, depth + 1):
            return False
        return len(old) == len(new) and all(
            self.same(a, b, depth + 1) and self.same(old[a], new[b], depth + 1)
            for a, b in zip(old, new, strict=True)
        )

    def _same_set(self, old: Any, new: Any, depth: int) -> bool:  # noqa: ANN401 - sets
        """Compare without an order: first by what is equal, then each with each."""
        if len(old) != len(new):
            return False
        try:
            equals = {one: one for one in new}
            pairs = [(one, equals.pop(one, EMPTY)) for one in old]
        except Exception:  # noqa: BLE001 - an author's __eq__ may raise anything
            return False
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
        if isinstance(old, FunctionType):
            return self.same_function(old, new, depth)
        if isinstance(old, (staticmethod, classmethod)):
            return self.same(old.__func__, new.__func__, depth)
        if isinstance(old, property):
            return all(
                self.same(getattr(old, part), getattr(new, part), depth)
                for part in ("fget", "fset", "fdel", "__doc__")
            )
        if isinstance(old, (type, ModuleType)):
            return False
        if isinstance(old, (GetSetDescriptorType, MemberDescriptorType)):
            return True  # a class's own storage; the layout says whether it changed
        adapter = adapter_for(old)
        if adapter is not None:
            return adapter.same(old, new, lambda a, b: self.same(a, b, depth + 1))
        kind = type(old)
        if not _is_worth(kind) and kind is not bytearray:
            return True  # each one of a kind, both made by the text
        if _is_made_of_fields(kind):
            return all(
                self.same(getattr(old, name), getattr(new, name), depth + 1)
                for name in _compared(old)
                if hasattr(old, name) and hasattr(new, name)
            )
        return _is_equal(old, new)

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


def _same_atom(old: Any, new: Any) -> bool:  # noqa: ANN401 - of ATOMS or derived from one
    if type(old) in _ALIKE_IF_EQUAL:  # no repr: an int may have too many digits
        return bool(old == new)
    return _is_equal(old, new) and repr(old) == repr(new)


_ALIKE_IF_EQUAL = frozenset({int, str, bytes, bool})


def _is_equal(old: Any, new: Any) -> bool:  # noqa: ANN401 - any value of a game
    """Ask the values; what is not equal to itself is equal to what it reads like."""
    try:
        if old != old and new != new:  # noqa: PLR0124 - not-a-number, and its like
            return bool(repr(old) == repr(new))
        return bool(old == new)
    except Exception:  # noqa: BLE001 - an author's __eq__ may raise anything
        return False


def _is_made_of_fields(kind: type) -> bool:
    """Say whether a class compares by its fields: a dataclass that is a value."""
    made = getattr(kind, "__dataclass_params__", None)
    return bool(made is not None and made.eq and made.frozen)


def _compared(value: Any) -> list[str]:  # noqa: ANN401 - a dataclass's instance
    return [one.name for one in dataclasses.fields(value) if one.compare]


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
    return any(one is not EMPTY and not isinstance(one, _DEFINITIONS) for one in held)


_DEFINITIONS = (FunctionType, type, ModuleType)
