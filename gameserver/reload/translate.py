"""Carry staged objects into the live world.

Staged functions look up their globals in a scratch namespace, so they are built again
on the live one; staged containers, cells and instances are ours alone and are mended
in place; whatever has a live counterpart is replaced by it.
"""

from __future__ import annotations

import operator
import sys
from collections import deque
from types import (
    CellType,
    FunctionType,
    MappingProxyType,
    MethodType,
    ModuleType,
)
from typing import TYPE_CHECKING, Any

from gameserver.errors import ReleaseRefused
from gameserver.reload.adapter import adapter_for
from gameserver.reload.contents import kind_of, run
from gameserver.reload.fields import named_fields
from gameserver.reload.kinds import bases_of, fields_of, is_of, members_of, set_class
from gameserver.reload.likeness import bare_like
from gameserver.reload.newborn import Newborn
from gameserver.reload.same import ATOMS, content
from gameserver.reload.views import live_of
from gameserver.reload.walk import MANY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Namespaces = Callable[[Mapping[str, Any]], dict[str, Any] | None]


class Translation:
    """From staged object to live object; ``pair`` first, then ``__call__``.

    ``namespaces``: the live dict for a scratch dict, None for any other dict.
    Live objects that staged ones refer to are not looked into, so a walk never strays
    into the game's world.
    """

    def __init__(self, namespaces: Namespaces) -> None:
        self._namespaces = namespaces
        self._known: dict[int, Any] = {}
        self._kept: list[object] = []  # staged objects, so that no id is used twice
        self._staged: set[int] = set()
        self.late: list[tuple[object, str, object]] = []
        """Instance, name and value of slots that a class gains at the commit only."""
        self.newborn = Newborn()
        """Staged instances of classes that live on."""
        self.doubles: dict[tuple[int, Any], Any] = {}
        """By container and key, what a text made where a live object stays."""

    def made(self, owner: object) -> None:
        """Say that a class is staged: it and its instances are looked into.

        Or that an instance of a library's class is: a decorator made it.
        """
        self._staged.add(id(owner))
        self._kept.append(owner)

    def pair(self, staged: object, live: object) -> None:
        """Say which live object a staged one is a new version of."""
        if staged is not live:
            self._known[id(staged)] = live
            self._kept.append(staged)

    def unpair(self, staged: object) -> None:
        """Take back what ``pair`` said."""
        self._known.pop(id(staged), None)

    def counterpart(self, staged: object) -> object | None:
        """Give the live object a staged one was paired with, if it was."""
        return self._known.get(id(staged))

    def __call__(self, value: Any) -> Any:  # noqa: ANN401 - any value of a game
        """Give the live counterpart of a staged value, or the value, mended."""
        if id(value) in self._known:
            return self._known[id(value)]
        if is_of(value, ATOMS) and id(type(value)) not in self._staged:
            return value
        return self._mended(value)

    def _enter(self, value: object, live: object) -> None:
        self._known[id(value)] = live
        self._kept.append(value)

    def _mended(self, value: Any) -> Any:  # noqa: ANN401, PLR0911 - one line per kind of value
        if is_of(value, FunctionType):
            return self._function(value)
        if is_of(value, ModuleType):
            return live_of(value) or value
        if is_of(value, type):
            return self._class(value)
        if is_of(value, (tuple, frozenset)):
            return self._frozen(value)
        if is_of(value, (staticmethod, classmethod)):
            inner = self(value.__func__)
            return value if inner is value.__func__ else type(value)(inner)
        if is_of(value, MethodType):
            return self._method(value)
        if is_of(value, property):
            return self._property(value)
        if is_of(value, MappingProxyType):
            return self._view(value)
        adapter = adapter_for(value)
        if adapter is not None:
            self._enter(value, value)
            live = adapter.translated(value, self)
            self._enter(value, live)
            return live
        self._enter(value, value)
        self._in_place(value)
        return self._known[id(value)]

    def _in_place(self, value: Any) -> None:  # noqa: ANN401 - a container or instance
        if is_of(value, dict):
            self._dict(value)
        elif is_of(value, (list, deque)):
            plain: Any = list if is_of(value, list) else deque
            for index, item in enumerate(plain.__iter__(value)):
                if (live := self(item)) is not item:
                    plain.__setitem__(value, index, live)
        elif is_of(value, set):
            for item in [one for one in set.__iter__(value) if self(one) is not one]:
                set.remove(value, item)
                set.add(value, self(item))
        elif is_of(value, CellType):
            self._cell(value)
        if id(type(value)) in self._staged or id(value) in self._staged:
            self._instance(value)

    def _dict(self, table: dict[Any, Any]) -> None:
        if dict.__len__(table) > MANY:
            return
        if any(self(key) is not key for key in dict.keys(table)):
            kind: Any = kind_of(type(table))
            items = kind.copy(table).items()
            run(kind.fill(table, {self(key): self(one) for key, one in items}))
            return
        for key, one in dict.items(table):
            if (live := self(one)) is not one:
                dict.__setitem__(table, key, live)

    def _cell(self, cell: CellType) -> None:
        try:
            inner = cell.cell_contents
        except ValueError:
            return
        if (live := self(inner)) is not inner:
            cell.cell_contents = live

    def _instance(self, value: object) -> object:
        owner = self(type(value))
        if owner is not type(value):
            try:
                set_class(value, owner)
            except TypeError:  # its memory is laid out in another way
                return self._remade(value, owner)
            self.newborn.add(value)
        self._dict(fields_of(value))
        return value

    def _remade(self, value: object, owner: type) -> object:
        """Make an instance of the live class that holds what a staged one does."""
        try:
            live = bare_like(value, owner)
        except TypeError:  # made by C; the merge refuses such classes
            return value
        self._enter(value, live)
        self.newborn.add(live)
        for name, one in named_fields(value).items():
            try:
                object.__setattr__(live, name, self(one))
            except AttributeError:
                self.late.append((live, name, self(one)))
        return live

    def _function(self, function: FunctionType) -> FunctionType:
        namespace = self._namespaces(function.__globals__)
        live = function
        if namespace is not None and namespace is not function.__globals__:
            live = FunctionType(
                function.__code__,
                namespace,
                function.__name__,
                None,
                function.__closure__,
            )
            live.__kwdefaults__ = function.__kwdefaults__
            live.__defaults__ = function.__defaults__
            live.__dict__.update(function.__dict__)
            for name in ("__doc__", "__annotations__", "__qualname__", "__module__"):
                setattr(live, name, getattr(function, name))
            if hasattr(function, "__type_params__"):
                live.__type_params__ = function.__type_params__  # type: ignore[attr-defined]  # 3.12
        self._enter(function, live)
        self._enter(live, live)
        for cell in live.__closure__ or ():
            self(cell)
        if (
            live.__defaults__
            and (fresh := self(live.__defaults__)) is not live.__defaults__
        ):
            live.__defaults__ = fresh
        if live.__kwdefaults__:
            self._dict(live.__kwdefaults__)
        self._dict(live.__dict__)
        self._dict(live.__annotations__)
        return live

    def _class(self, owner: type) -> type:
        self._enter(owner, owner)
        if id(owner) not in self._staged:
            return owner
        meta = self(type(owner))
        if meta is not type(owner):
            type.__setattr__(owner, "__class__", meta)
        bases = self(bases_of(owner))
        if bases is not bases_of(owner):
            _set_bases(owner, bases)
        for name, member in list(members_of(owner).items()):
            if name not in {"__dict__", "__weakref__"}:
                live = self(member)
                if live is not member:
                    type.__setattr__(owner, name, live)
        return owner

    def _frozen(self, value: Any) -> Any:  # noqa: ANN401 - a tuple or frozenset
        base: Any = tuple if is_of(value, tuple) else frozenset
        items = [self(one) for one in base.__iter__(value)]
        kind = self(type(value))
        if kind is type(value) and all(map(operator.is_, items, base.__iter__(value))):
            return value
        live = base.__new__(kind, items)  # past a namedtuple's own __new__
        self._enter(value, live)
        return live

    def _view(self, value: MappingProxyType[Any, Any]) -> MappingProxyType[Any, Any]:
        """Give a view of a table that cannot be reached, so of a mended copy of it."""
        table = dict(value)
        live = {self(key): self(one) for key, one in table.items()}
        if all(
            a is b
            for one, other in zip(live.items(), table.items(), strict=True)
            for a, b in zip(one, other, strict=True)
        ):
            return value
        found = MappingProxyType(live)
        self._enter(value, found)
        return found

    def _method(self, value: MethodType) -> MethodType:
        function, owner = self(value.__func__), self(value.__self__)
        if function is value.__func__ and owner is value.__self__:
            return value
        return MethodType(function, owner)

    def _property(self, value: property) -> property:
        parts = (value.fget, value.fset, value.fdel)
        live = tuple(self(one) for one in parts)
        if all(map(lambda a, b: a is b, live, parts)):
            return value
        return type(value)(*live, value.__doc__)  # type: ignore[call-arg]  # a subclass too


def _set_bases(owner: type, bases: tuple[type, ...]) -> None:
    """Give a staged class its live bases; refuse if a base has another layout now."""
    try:
        type.__setattr__(owner, "__bases__", bases)
    except TypeError as error:
        module = sys.modules.get(owner.__module__)  # not there if it is new
        place = getattr(module, "__file__", None) or owner.__module__
        text = f"{owner.__qualname__}: {error}; give the base a successor(), or restart"
        raise ReleaseRefused(place, text, owner.__module__, "plan") from error


def cells_of(function: FunctionType) -> dict[str, CellType]:
    """Give a function's cells by the name of the variable in each."""
    return dict(
        zip(function.__code__.co_freevars, function.__closure__ or (), strict=False)
    )


def contents_of(function: FunctionType) -> dict[str, object]:
    """Give what is in a function's cells, by name."""
    return {name: content(cell) for name, cell in cells_of(function).items()}
