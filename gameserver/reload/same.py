"""When two values are the same initial value, and how one is remembered.

A value is *plain* (numbers, text, containers of plain values), *worth* what it equals
(a pattern, a date, a frozen dataclass: its type defines equality and hash), or *one of
a kind* (a lock, a singleton, a context variable: equal to itself alone). What is one
of a kind is made afresh by each run of the text, and the live one is never given up
for a fresh one; two of the same type therefore count as the same initial value.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from types import (
    BuiltinFunctionType,
    CellType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)
from typing import TYPE_CHECKING, Any

from gameserver.reload.adapter import adapter_for

if TYPE_CHECKING:
    from collections.abc import Callable

    SameCode = Callable[[Any, Any], bool]

ATOMS = (int, float, complex, str, bytes, bool, type(None), type(...), range)
_ATOMIC = frozenset(ATOMS) | {FunctionType}
_KINDS = frozenset({OrderedDict, defaultdict, Counter, deque})
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
    if kind in (dict, list, tuple, set, frozenset, bytearray, *_KINDS):
        return False
    if isinstance(value, (staticmethod, classmethod, property, MethodType)):
        return False
    return adapter_for(value) is None and not _is_worth(kind)


_BY_NAME = (FunctionType, BuiltinFunctionType, ModuleType)


def _is_worth(kind: Any) -> bool:  # noqa: ANN401 - a class; its methods are compared
    own_hash = kind.__hash__ is not None and kind.__hash__ is not object.__hash__
    return kind.__eq__ is not object.__eq__ and own_hash


class Comparison:
    """Compares values; ``same_code`` says which code objects correspond."""

    def __init__(self, same_code: SameCode) -> None:
        self._same_code = same_code
        self.former: dict[type, type] = {}
        """By class, the one it succeeds: their instances are one kind."""

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
            return bool(old == new) and repr(old) == repr(new)
        if kind in (list, tuple, deque):
            return len(old) == len(new) and all(
                self.same(one, other, depth + 1)
                for one, other in zip(old, new, strict=True)
            )
        if kind is dict or kind in _KINDS:
            return len(old) == len(new) and all(
                self.same(a, b, depth + 1) and self.same(old[a], new[b], depth + 1)
                for a, b in zip(old, new, strict=True)
            )
        return self._special(old, new, depth)

    def _special(self, old: Any, new: Any, depth: int) -> bool:  # noqa: ANN401, PLR0911 - as above
        if isinstance(old, FunctionType):
            return self.same_function(old, new, depth)
        if isinstance(old, (staticmethod, classmethod)):
            return self.same(old.__func__, new.__func__, depth + 1)
        if isinstance(old, property):
            return all(
                self.same(getattr(old, part), getattr(new, part), depth + 1)
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
        if not _is_worth(kind) and kind not in (set, frozenset, bytearray):
            return True  # each one of a kind, both made by the text
        try:
            return bool(old == new)
        except Exception:  # noqa: BLE001 - an author's __eq__ may raise anything
            return False

    def same_function(self, old: FunctionType, new: FunctionType, depth: int) -> bool:
        """Say whether two function objects do the same with the same cells."""
        if old.__code__ is not new.__code__ and not self._same_code(
            old.__code__, new.__code__
        ):
            return False
        pairs = [
            (old.__defaults__, new.__defaults__),
            (old.__kwdefaults__, new.__kwdefaults__),
            (old.__dict__, new.__dict__),
        ]
        cells = zip(old.__closure__ or (), new.__closure__ or (), strict=False)
        pairs += [(content(a), content(b)) for a, b in cells]
        return all(self.same(a, b, depth + 1) for a, b in pairs)


EMPTY = ("empty cell",)
"""Stands for what is not in a cell; compared by identity."""


def content(cell: CellType) -> Any:  # noqa: ANN401 - any value of a game
    """Give what is in a cell; a mark of its own if nothing is yet."""
    try:
        return cell.cell_contents
    except ValueError:
        return EMPTY
