"""What the game's modules hold, near or far, with the way that leads to each.

The walk goes through containers, the fields and slots of the game's own objects, its
classes, and the cells and attributes of its functions. Objects of other classes are
named and not looked into. It runs no code of the game.
"""

from __future__ import annotations

import functools
import gc
from collections import UserDict, UserList, deque
from types import (
    BuiltinFunctionType,
    CellType,
    CodeType,
    FunctionType,
    MappingProxyType,
    MethodType,
    ModuleType,
    SimpleNamespace,
)
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from gameserver.reload.contents import Kind, kind_of
from gameserver.reload.fields import Slot, dict_of, slots_in, storage_of
from gameserver.reload.kinds import is_of
from gameserver.reload.record import RUNTIME
from gameserver.reload.same import ATOMS, EMPTY, content

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    Look = Callable[[Any], bool]
    Way = tuple[Any, str, object]
    Part = tuple[str, object, object]

_CLOSED = frozenset({*ATOMS, BuiltinFunctionType, CodeType, ModuleType})
_OPEN = frozenset({SimpleNamespace, UserDict, UserList, WeakSet})
"""Containers of the library that are written in Python, or are all fields."""

_PLAIN_KEYS = (str, int, bytes, type(None))


class Holdings:
    """One walk; each object found is given with its way, which ``named`` writes out.

    ``look``: says of a class or function whether it is the game's. ``without``:
    entries, by id of their dict and key, that are passed by.
    """

    def __init__(
        self, look: Look, without: Collection[tuple[int, object]] = ()
    ) -> None:
        self._look = look
        self._without = without
        self._kinds: dict[type, Kind | None] = {}
        self._storage: dict[type, tuple[Slot, ...]] = {}
        self._seen: dict[int, object] = {}  # the objects: so that no id is used twice
        self._namespaces: set[int] = set()
        self.fields: set[int] = set()
        """Ids of the containers that are objects' dicts."""

    def looks_into(self, owner: type) -> bool:
        """Say whether the objects of a class are looked into."""
        return owner in _OPEN or self._look(owner)

    def kind(self, owner: type) -> Kind | None:
        """Give the kind of container that a type is."""
        if owner not in self._kinds:
            self._kinds[owner] = kind_of(owner)
        return self._kinds[owner]

    def storage(self, owner: type) -> tuple[Slot, ...]:
        """Give the slots of a class."""
        if owner not in self._storage:
            self._storage[owner] = storage_of(owner)
        return self._storage[owner]

    def walk(
        self, namespaces: Mapping[str, dict[str, Any]]
    ) -> Iterator[tuple[Any, Way]]:
        """Give what some namespaces hold, themselves first, the near before the far."""
        self._namespaces.update(map(id, namespaces.values()))
        roots: list[Part] = [("", name, one) for name, one in namespaces.items()]
        return self.walk_from(roots)

    def walk_from(self, roots: Iterable[Part]) -> Iterator[tuple[Any, Way]]:
        """Give some objects and what they hold: how they are named, name, object."""
        waiting: deque[tuple[object, Way]] = deque(
            (one, (None, how, name)) for how, name, one in roots
        )
        while waiting:
            one, way = waiting.popleft()
            if id(one) in self._seen:
                continue
            self._seen[id(one)] = one
            parts = self._parts(one)
            if parts is None:
                continue
            yield one, way
            for how, name, part in parts:
                if type(part) not in _CLOSED:
                    waiting.append((part, (way, how, name)))

    def _parts(self, one: Any) -> list[Part] | None:  # noqa: ANN401 - any object
        """Give what an object holds; None if it is not looked into."""
        owner = type(one)  # isinstance() would ask the object for its __class__
        if issubclass(owner, type):
            members = vars(one).items() if self._look(one) else None
            return members and [(".", name, part) for name, part in members]
        if owner is FunctionType:
            return _in_function(one) if self._look(one) else None
        found = self._in_container(one)
        if self.looks_into(owner):
            return [*(found or ()), *self.in_object(one)]
        return _in_other(one) if found is None else found

    def _in_container(self, one: Any) -> list[Part] | None:  # noqa: ANN401 - as above
        kind = self.kind(type(one))
        if kind is None:
            return None
        items = kind.copy(one)
        if not is_of(items, dict):
            is_bytes = is_of(items, (bytes, bytearray))
            return [] if is_bytes else [("[]", n, part) for n, part in enumerate(items)]
        is_module = id(one) in self._namespaces
        how = "." if is_module or id(one) in self.fields else "[]"
        parts = [(how, key, part) for key, part in items.items()]
        if self._without:
            parts = [part for part in parts if (id(one), part[1]) not in self._without]
        if is_module:
            return [part for part in parts if part[1] not in RUNTIME]
        return [*parts, *(("[]", key, key) for key in items)]

    def in_object(self, one: object) -> list[Part]:
        """Give what is in an object's slots, and its dict."""
        slots = slots_in(one, self.storage(type(one)))
        parts: list[Part] = [(".", slot.__name__, part) for slot, part in slots.items()]
        fields = dict_of(one)
        if fields is not None:
            self.fields.add(id(fields))
            parts.append(("", "", fields))
        return parts


def _in_function(one: FunctionType) -> list[Part]:
    parts: list[Part] = [("", "", one.__dict__)] if one.__dict__ else []
    cells = zip(one.__code__.co_freevars, one.__closure__ or (), strict=False)
    parts += [(" ", name, cell) for name, cell in cells]
    defaults = (one.__defaults__, one.__kwdefaults__)
    return parts + [(" ", "defaults", part) for part in defaults if part]


def _in_other(one: Any) -> list[Part] | None:  # noqa: ANN401 - any object
    owner = type(one)
    if owner is CellType:
        inner = content(one)
        return [] if inner is EMPTY else [("", "", inner)]
    if owner is MappingProxyType:
        return [("", "", part) for part in gc.get_referents(one)]
    for base, names in _INSIDE.items():
        if issubclass(owner, base):
            members = [vars(base)[name] for name in names]
            return [("", "", member.__get__(one)) for member in members]
    for base in (tuple, frozenset):
        if issubclass(owner, base):
            return [("[]", n, part) for n, part in enumerate(base.__iter__(one))]
    return None


_INSIDE: dict[Any, tuple[str, ...]] = {
    staticmethod: ("__func__",),
    classmethod: ("__func__",),
    property: ("fget", "fset", "fdel"),
    MethodType: ("__self__", "__func__"),
    functools.partial: ("func", "args", "keywords"),
}


def named(way: Way) -> str:
    """Write a way as an author would: ``plugins.keep.GAME.rooms['hall']``."""
    above, how, name = way
    shown = repr(name) if type(name) in _PLAIN_KEYS else "..."
    step = {"": "", ".": f".{name}", "[]": f"[{shown}]", " ": f" ({name})"}[how]
    return f"{named(above)}{step}" if above is not None else str(name)
