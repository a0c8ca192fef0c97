"""A made-up game that runs, and a deep snapshot of all that it is.

A snapshot names each object by the way to it, with its identity and what it holds.
Two snapshots that are equal hold the same objects with the same contents; ``changes``
says in lines which do not.
"""

from __future__ import annotations

import functools
import gc
import importlib
import linecache
import sys
from collections import deque
from contextlib import suppress
from types import (
    CellType,
    FunctionType,
    MappingProxyType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)
from typing import TYPE_CHECKING, Any, Self

from gameserver.reload import Engine, Texts
from gameserver.reload.making import passes_on
from tests.reload.generated import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tests.reload.generated import Game, Meddling

ATOMS = (int, float, complex, str, bytes, type(None), type(...))
GIVEN = frozenset({"__builtins__", "__spec__", "__loader__", "__cached__"})
"""What the import system keeps in a module, for its own use."""


class World:
    """One running game: its texts, its engine, its modules; ``with`` ends it.

    ``runs``: the names of the modules whose bodies ran, in order.
    """

    def __init__(
        self, texts: Mapping[str, str | bytes], first: Iterable[str] = ()
    ) -> None:
        self.texts = Texts(texts)
        self.engine = Engine(self.texts)
        self.tally = ModuleType("law_tally")
        self.runs: list[str] = []
        self.tally.runs = self.runs
        self._first = tuple(first)

    def __enter__(self) -> Self:
        forget()
        gc.freeze()  # scans for instances and closures leave out what tests hold
        sys.modules["law_tally"] = self.tally
        self.engine.install()
        try:
            for name in [*self._first, *sorted(self.texts.names())]:
                importlib.import_module(name)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.uninstall()
        forget()
        gc.unfreeze()

    def module(self, name: str) -> Any:
        return sys.modules[f"{ROOT}.{name}"]

    def put(self, game: Game | Mapping[str, str | bytes]) -> None:
        """Make the source hold a game, and no more than it."""
        texts = game if hasattr(game, "items") else game.texts()
        for key in [one for one in self.texts if one not in texts]:
            del self.texts[key]
        self.texts.update(texts)

    def meddle(self, changes: Iterable[Meddling]) -> list[object]:
        """Change the live game as players and authors do; give the instances made."""
        made: list[object] = []
        for step, one in enumerate(changes):
            modules = [module for name, module in ours().items() if name != ROOT]
            namespace = vars(modules[one.module % len(modules)])
            names = sorted(
                name for name in namespace if name[:1] in "acdep" and "_" in name
            )
            if one.act == "inject":
                namespace[f"injected{step}"] = [step]
            elif names:
                name = names[one.name % len(names)]
                made += _meddle(namespace, name, one.act, step)
        return made

    def snapshot(self, *held: object) -> Snapshot:
        return Snapshot(held)


def ours() -> dict[str, ModuleType]:
    """Give the game's modules."""
    return {
        name: module
        for name, module in sorted(sys.modules.items())
        if name == ROOT or name.startswith(f"{ROOT}.")
    }


def forget() -> None:
    """Take every trace of a game out of the interpreter."""
    for name in [*ours(), "law_tally"]:
        sys.modules.pop(name, None)
    for origin in [one for one in linecache.cache if f"/{ROOT}" in one]:
        del linecache.cache[origin]


def _meddle(
    namespace: dict[str, Any], name: str, act: str, step: int
) -> Iterator[object]:
    value = namespace[name]
    if act == "rebind":
        namespace[name] = ("live", step)
    elif act == "delete":
        del namespace[name]
    elif act == "mutate":
        _mutate(value, step)
    elif act == "patch" and isinstance(value, type):
        value.act = lambda *_: ("patched", step)
    elif act == "patch" and isinstance(value, FunctionType):
        namespace[name] = lambda *_: ("patched", step)
    elif act == "instance" and isinstance(value, type):
        with suppress(TypeError):  # abstract, or an enum
            yield value()


def _mutate(value: Any, step: int) -> None:
    if isinstance(value, list):
        value.append(step)
    elif isinstance(value, dict):
        value["live"] = step
    elif isinstance(value, set):
        value.add(step)
    elif isinstance(value, type):
        value.size = ("live", step)
    elif isinstance(value, FunctionType):
        value.tag = ("live", step)


class Snapshot:
    """What is, by way: an identity, and for what is no object of ours its worth."""

    def __init__(self, held: Iterable[object] = ()) -> None:
        self.facts: dict[str, object] = {}
        self._ways: dict[int, str] = {}
        self._kept: list[object] = []  # so that no identity is used twice
        for name, module in ours().items():
            self._see(f"sys.modules[{name!r}]", module)
        for index, one in enumerate(held):
            self._see(f"held[{index}]", one)
        for origin, entry in sorted(linecache.cache.items()):
            if f"/{ROOT}" in origin:
                self.facts[f"linecache[{origin!r}]"] = entry

    def changes(self, other: Snapshot) -> list[str]:
        """Say what is otherwise in the other one, a line for each difference."""
        ways = [*self.facts, *(way for way in other.facts if way not in self.facts)]
        pairs = ((way, self.facts.get(way), other.facts.get(way)) for way in ways)
        return [f"{way}: {a} -> {b}" for way, a, b in pairs if a != b]

    def _see(self, way: str, root: object) -> None:
        waiting = deque([(way, root)])
        while waiting:
            here, value = waiting.popleft()
            if isinstance(value, ATOMS):
                self.facts[here] = f"{type(value).__name__} {value!r}"
                continue
            known = self._ways.get(id(value))
            if known is not None:
                self.facts[here] = f"is {known}"
                continue
            self._ways[id(value)] = here
            self._kept.append(value)
            self.facts[here] = f"{type(value).__qualname__} at {id(value):#x}"
            waiting.extend((f"{here}{step}", part) for step, part in parts(value))


def parts(value: Any) -> Iterator[tuple[str, object]]:
    """Give what an object consists of, each part with the step that leads to it."""
    if isinstance(value, ModuleType):
        if value.__name__ == ROOT or value.__name__.startswith(f"{ROOT}."):
            yield from _named(
                value, {k: v for k, v in vars(value).items() if k not in GIVEN}
            )
    elif isinstance(value, FunctionType):
        yield from _function(value)
    elif isinstance(value, type):
        if value.__module__.startswith(ROOT):
            yield from _class(value)
    elif isinstance(value, (dict, MappingProxyType)):
        yield "(keys)", repr(list(value))
        yield from ((f"[{key!r}]", one) for key, one in value.items())
    elif isinstance(value, (list, tuple, deque)):
        yield "(length)", len(value)
        yield from ((f"[{index}]", one) for index, one in enumerate(value))
    elif isinstance(value, (set, frozenset)):
        yield "(members)", repr(sorted(map(repr, value)))
    else:
        yield from _other(value)


def _named(owner: object, names: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    del owner
    yield "(names)", repr(sorted(names))
    yield from ((f".{name}", names[name]) for name in sorted(names))


def _function(value: FunctionType) -> Iterator[tuple[str, object]]:
    for name in (
        "__code__", "__defaults__", "__kwdefaults__", "__doc__", "__annotations__",
        "__name__", "__qualname__", "__module__", "__closure__",
    ):  # fmt: skip
        yield f".{name}", getattr(value, name)
    yield ".__globals__", id(value.__globals__)
    yield from _named(value, value.__dict__)


def _class(value: type) -> Iterator[tuple[str, object]]:
    yield ".__class__", type(value)
    yield ".__name__", value.__name__
    for name in ("__bases__", "__mro__"):
        yield (
            f".{name}",
            repr([f"{one} at {id(one):#x}" for one in getattr(value, name)]),
        )
    yield (
        ".__abstractmethods__",
        repr(sorted(getattr(value, "__abstractmethods__", ()))),
    )
    hidden = {"__dict__", "__weakref__", "__abstractmethods__", "_abc_impl"}
    members = {
        name: one
        for name, one in vars(value).items()
        if name not in hidden and not passes_on(one)  # as good as none, says making.py
    }
    yield from _named(value, members)


def _other(value: Any) -> Iterator[tuple[str, object]]:  # noqa: C901 - one branch per kind
    if isinstance(value, CellType):
        try:
            yield ".cell_contents", value.cell_contents
        except ValueError:
            yield ".cell_contents", "(empty)"
    elif isinstance(value, (staticmethod, classmethod)):
        yield ".__func__", value.__func__
    elif isinstance(value, property):
        yield from (
            (f".{one}", getattr(value, one)) for one in ("fget", "fset", "fdel")
        )
    elif isinstance(value, MethodType):
        yield ".__func__", value.__func__
        yield ".__self__", value.__self__
    elif isinstance(value, functools.partial):
        yield ".func", value.func
        yield ".args", value.args
    elif type(value).__module__.startswith(ROOT):
        yield ".__class__", type(value)
        yield from _named(value, getattr(value, "__dict__", {}))
        for base in type(value).__mro__:
            for name, member in vars(base).items():
                if isinstance(member, MemberDescriptorType):
                    yield f".{name}", getattr(value, name, "(unset)")
