"""Carry staged objects into the live world.

Staged functions look up their globals in a scratch namespace, so they are built again
on the live one; staged containers, cells and instances are ours alone and are mended
in place (``mending.py``); whatever has a live counterpart is replaced by it. What is
inside a value waits on a list of work, so a chain of objects may be of any length.
"""

from __future__ import annotations

import sys
from collections import deque
from types import CellType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from gameserver.errors import ReleaseRefused
from gameserver.reload import mending
from gameserver.reload.adapter import adapter_for
from gameserver.reload.frozen import FROZEN, built, inner_first
from gameserver.reload.kinds import bases_of, is_of, set_class
from gameserver.reload.likeness import bare_like
from gameserver.reload.newborn import Newborn
from gameserver.reload.same import ATOMIC_IDS, ATOMS, content
from gameserver.reload.views import live_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Namespaces = Callable[[Mapping[str, Any]], dict[str, Any] | None]
    Mend = Callable[[Any, "Translation"], None]

SHALLOW = 40  # tuples in tuples by plain calls; deeper ones are built inside first


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
        self._replaced: set[int] = set()  # ids of staged objects that were paired
        self._paired: set[int] = set()  # ids of the live ones, which stay as they are
        self._depth = 0
        self._waiting: list[tuple[Mend, Any]] = []  # whose insides are to be mended
        self._hashed: list[Any] = []  # sets and dicts to fill anew once all is mended
        self._mended: list[tuple[Mend, Any]] = []  # what has been waiting
        self._built: list[tuple[object, object]] = []  # values made anew from parts
        self._is_outdated = False  # something mended was paired later
        self._late: dict[tuple[int, str], tuple[object, str, object]] = {}
        self.newborn = Newborn()
        """Staged instances of classes that live on."""
        self.doubles: dict[tuple[int, Any], Any] = {}
        """By container and key, what a text made where a live object stays."""

    @property
    def late(self) -> list[tuple[object, str, object]]:
        """Instance, name and value of slots that a class gains at the commit only."""
        return list(self._late.values())

    def made(self, owner: object) -> None:
        """Say that a class is staged: it and its instances are looked into.

        Or that an instance of a library's class is: a decorator made it.
        """
        self._staged.add(id(owner))
        self._kept.append(owner)

    def is_made(self, value: object) -> bool:
        """Say whether a class or a value was named to ``made``."""
        return id(value) in self._staged

    def pair(self, staged: object, live: object) -> None:
        """Say which live object a staged one is a new version of."""
        if staged is live:
            return
        former = self._known.get(id(staged), live)
        if id(former) not in self._paired and former is not live:
            self._is_outdated = True  # something mended holds it
            self._known[id(former)] = live
        self._known[id(staged)] = live
        self._replaced.add(id(staged))
        self._paired.add(id(live))
        self._kept += (staged, live)

    def unpair(self, staged: object) -> None:
        """Take back what ``pair`` said."""
        self._known.pop(id(staged), None)
        self._replaced.discard(id(staged))

    def counterpart(self, staged: object) -> object | None:
        """Give the live object a staged one was paired with, if it was."""
        return self._known.get(id(staged))

    def is_paired(self, staged: object) -> bool:
        """Say whether ``pair`` said what a staged object is a new version of."""
        return id(staged) in self._replaced

    def __call__(self, value: Any) -> Any:  # noqa: ANN401 - any value of a game
        """Give the live counterpart of a staged value, or the value, mended."""
        if id(value) in self._known:
            return self._known[id(value)]
        if id(value) in self._paired:
            return value
        if id(type(value)) in ATOMIC_IDS:
            return value
        if is_of(value, ATOMS) and id(type(value)) not in self._staged:
            return value
        if type(value) is tuple and ATOMIC_IDS.issuperset(map(id, map(type, value))):
            return value
        self._depth += 1
        try:
            live = self._entered(value)
            if self._depth == 1:
                self._mend()
        finally:
            self._depth -= 1
        return live

    def again(self) -> None:
        """Mend once more what was mended before all pairs were known."""
        if not self._is_outdated:
            return
        self._is_outdated = False
        self._depth += 1
        try:
            self._build_again()
            self._waiting += self._mended
            self._mended = []
            self._mend()
        finally:
            self._depth -= 1

    def _build_again(self) -> None:
        former, self._built = self._built, []
        former = [pair for pair in former if self._known.get(id(pair[0])) is pair[1]]
        for value, _ in former:
            del self._known[id(value)]
        for value, live in former:
            self._enter(value, self(live))

    def _mend(self) -> None:
        """Mend all insides; what hashes comes last, when its content is itself."""
        while self._waiting or self._hashed:
            if not self._waiting:
                mending.rehash(self._hashed.pop(), self)
                continue
            mend, value = job = self._waiting.pop()
            self._mended.append(job)
            mend(value, self)

    def rehash_later(self, value: Any) -> None:  # noqa: ANN401 - a set or dict
        """Say that a container's items or keys may have other counterparts."""
        self._hashed.append(value)

    def settle_later(self, subject: object, name: str, value: object) -> None:
        """Say what a slot holds that the class gains at the commit only."""
        self._late[id(subject), name] = (subject, name, value)

    def _enter(self, value: object, live: object) -> None:
        self._known[id(value)] = live
        self._kept.append(value)

    def _entered(self, value: Any) -> Any:  # noqa: ANN401 - any value of a game
        if is_of(value, FunctionType):
            return self._function(value)
        if is_of(value, ModuleType):
            return live_of(value) or value
        if is_of(value, type):
            return self._class(value)
        if is_of(value, FROZEN):
            return self._frozen(value)
        adapter = adapter_for(value)
        if adapter is None:
            return self._in_place(value)
        self._enter(value, value)
        live = adapter.translated(value, self)
        self._enter(value, live)
        self._built.append((value, live))
        return live

    def _in_place(self, value: Any) -> Any:  # noqa: ANN401 - a container or instance
        self._enter(value, value)
        for kind, mend in _INSIDES:
            if is_of(value, kind):
                self._waiting.append((mend, value))
                break
        if id(type(value)) in self._staged or id(value) in self._staged:
            return self._instance(value)
        return value

    def _instance(self, value: object) -> object:
        owner = self(type(value))
        if owner is not type(value):
            try:
                set_class(value, owner)
            except TypeError:  # its memory is laid out in another way
                return self._remade(value, owner)
            self.newborn.add(value)
        self._waiting.append((mending.fields, value))
        return value

    def _remade(self, value: object, owner: type) -> object:
        """Make an instance of the live class that holds what a staged one does."""
        try:
            live = bare_like(value, owner)
        except TypeError:  # made by C; the merge refuses such classes
            return value
        self._enter(value, live)
        self.newborn.add(live)
        self._waiting.append((mending.remade, (value, live)))
        return live

    def _function(self, function: FunctionType) -> FunctionType:
        namespace = self._namespaces(function.__globals__)
        live = function
        if namespace is not None and namespace is not function.__globals__:
            live = mending.function_on(namespace, function)
        self._enter(function, live)
        self._enter(live, live)
        self._waiting.append((mending.function, live))
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
        self._waiting.append((mending.members, owner))
        return owner

    def _frozen(self, value: Any) -> Any:  # noqa: ANN401 - one of FROZEN
        if self._depth < SHALLOW:
            return self._build(value)
        for one in inner_first(value):
            if id(one) not in self._known:
                live = self._build(one)
                self._enter(one, live)
                self._built.append((one, live))
        return self._known[id(value)]

    def _build(self, value: Any) -> Any:  # noqa: ANN401 - as above
        live = built(value, self)
        if live is not value:
            self._enter(value, live)
            self._built.append((value, live))
        return live


_INSIDES: tuple[tuple[Any, Mend], ...] = (
    (dict, mending.table),
    ((list, deque), mending.row),
    (set, mending.members_of_set),
    (CellType, mending.cell),
)


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
