"""functools.singledispatch and singledispatchmethod: implementations come and go.

The dispatcher that others hold stays the same object. What a text registered and no
longer does is taken away, what it registers anew arrives, in its own dispatchers and in
those of other modules; what was registered at run time stays.

A library's dispatcher is known when a module of the game holds it or the library.
"""

from __future__ import annotations

import functools
from contextlib import contextmanager
from functools import partial
from itertools import chain
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any
from weakref import WeakSet, ref

from gameserver.reload.adapter import Adapter
from gameserver.reload.kinds import is_of
from gameserver.reload.registrations import Registrations, is_staged
from gameserver.reload.translate import cells_of, contents_of
from gameserver.reload.verdict import MISSING
from gameserver.reload.walk import walk_module

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gameserver.reload.adapter import Desk, Same, Translate, Versions

    Registries = dict[FunctionType, dict[type, Any]]

_CODE = functools.singledispatch(repr).__code__  # type: ignore[attr-defined]  # a function
"""The code that all dispatchers share."""

_Method = functools.singledispatchmethod


class _Implementations(Registrations):
    """Keys are (dispatcher, class); values are implementations."""

    def _own(self, module: ModuleType) -> dict[tuple[Any, ...], Any]:
        """Give what a module that nobody saw running probably registered."""
        return {
            key: value
            for key, value in self._now().items()
            if getattr(value, "__module__", None) == module.__name__
        }


class SingleDispatch(Adapter):
    """Notes what texts register, and lays down the difference."""

    def __init__(self) -> None:
        self._known: WeakSet[FunctionType] = WeakSet()
        self._staged: WeakSet[FunctionType] = WeakSet()
        self._entries = _Implementations(self._now)
        self._around: list[Registries] = []

    def claims(self, value: object) -> bool:
        """Claim dispatchers, functions and methods."""
        return _is_dispatcher(value) or is_of(value, _Method)

    def parts(self, value: Any) -> Iterable[object]:  # noqa: ANN401 - a method; functions are walked
        """Give a method's dispatcher and function."""
        return (value.dispatcher, value.func)

    def translated(self, value: Any, translate: Translate) -> object:  # noqa: ANN401 - as above
        """Mend a method in place."""
        value.dispatcher = translate(value.dispatcher)
        value.func = translate(value.func)
        return value

    def same(self, old: Any, new: Any, same: Same) -> bool:  # noqa: ANN401 - as above
        """Compare by dispatcher."""
        return bool(is_of(old, _Method) and same(old.dispatcher, new.dispatcher))

    def pairs(self, live: Any, staged: Any) -> Iterable[tuple[object, object]]:  # noqa: ANN401 - dispatchers
        """Have the live dispatcher stand for the staged one wherever that is held."""
        then, now = _dispatcher(live), _dispatcher(staged)
        if then is None or now is None or now not in self._staged:
            return
        if type(live) is type(staged) and then.__module__ == now.__module__:
            yield live, staged
            if then is not live:
                yield then, now

    @contextmanager
    def staging(self) -> Iterator[None]:
        """Let the entries of one release know of each other."""
        with self._entries.staging():
            yield

    @contextmanager
    def running(self, module: ModuleType) -> Iterator[None]:
        """Note what the text registers; if it is only staged, take it back."""
        before = {one: dict(one.registry) for one in list(self._known)}  # type: ignore[attr-defined]  # a dispatcher's
        self._around.append(before)
        try:
            with self._entries.running(module):
                try:
                    yield
                finally:
                    self._note(module, before)
        finally:
            # By identity: what two modules found may be equal.
            self._around[:] = [one for one in self._around if one is not before]

    def merge_modules(self, modules: Sequence[Versions], translate: Translate) -> None:
        """Lay down what the texts register now, and take away what they did before."""
        changes = self._entries.changes(modules, translate)
        desk = modules[0].desk
        for (one, key), value in changes.items():
            if value is not MISSING:
                desk.put(_registry(one), key, value)
            elif changes.get((one, object)) is not MISSING:  # else: all of it goes
                desk.drop(_registry(one), key)
        for version in modules:
            if version.staged is not None:
                inside = version.inside(version.staged)
                self._renew(version.staged, inside, translate, desk)
                _renew_methods(inside, translate, desk)
        others = {one for one, _ in changes}
        for one in list(self._known):
            _forget_dispatches(one, desk, is_other=one in others)

    def _renew(
        self,
        module: ModuleType,
        inside: Iterable[object],
        translate: Translate,
        desk: Desk,
    ) -> None:
        found = _dispatchers(module, inside)
        for fresh in [one for one in found if one in self._staged]:
            live = translate(fresh)
            _renew(live, fresh, translate, desk)
            if live is fresh:  # a new one: from the commit on it is a live one
                staged, one = self._staged.data, ref(fresh)  # type: ignore[attr-defined]  # the set inside
                desk.do(
                    partial(set.discard, staged, one), partial(set.add, staged, one)
                )

    def _note(self, module: ModuleType, before: Registries) -> None:
        for one in _dispatchers(module, walk_module(module)):
            self._known.add(one)
            if one not in before and is_staged(module) and _is_own(module, one):
                self._staged.add(one)
        for one in list(self._known):
            for key, value in one.registry.items():  # type: ignore[attr-defined]  # as above
                if before.get(one, {}).get(key, MISSING) is value:
                    continue
                if one in before or _is_own(module, one) or _is_from(module, value):
                    self._entries.note((one, key), value)
                    for around in () if is_staged(module) else self._around:
                        around.setdefault(one, {})[key] = value
        if is_staged(module):
            self._take_back(module, before)

    def _take_back(self, module: ModuleType, before: Registries) -> None:
        for one in list(self._known):
            then = before.get(one)
            if then is None:  # the module's own, or a library's that is new to us
                then = dict(one.registry)  # type: ignore[attr-defined]  # as above
                if not _is_own(module, one):
                    then = {k: v for k, v in then.items() if not _is_from(module, v)}
            registry = _registry(one)
            if [*registry.items()] != [*then.items()]:
                registry.clear()
                registry.update(then)
                one._clear_cache()  # type: ignore[attr-defined]  # noqa: SLF001 - its one face

    def _now(self) -> dict[tuple[Any, ...], Any]:
        return {
            (one, key): value
            for one in list(self._known)
            if one not in self._staged
            for key, value in one.registry.items()  # type: ignore[attr-defined]  # as above
        }


def _is_dispatcher(value: object) -> bool:
    return is_of(value, FunctionType) and value.__code__ is _CODE


def _dispatcher(value: Any) -> FunctionType | None:  # noqa: ANN401 - any value of a game
    found: Any = value.dispatcher if is_of(value, _Method) else value
    return found if _is_dispatcher(found) else None


def _dispatchers(
    module: ModuleType, inside: Iterable[object]
) -> Iterator[FunctionType]:
    """Give those that a module holds, and those of the libraries it holds."""
    libraries = [one for one in vars(module).values() if is_of(one, ModuleType)]
    held = (one for library in libraries for one in vars(library).values())
    for value in chain(inside, held):
        if is_of(value, FunctionType) and _is_dispatcher(value):
            yield value


def _registry(one: FunctionType) -> dict[type, Any]:
    found: dict[type, Any] = contents_of(one.dispatch)["registry"]  # type: ignore[attr-defined, assignment]  # a dispatcher's
    return found


def _forget_dispatches(one: FunctionType, desk: Desk, *, is_other: bool) -> None:
    """Lay down that nothing remembered holds: it may rest on old bases, too.

    A dispatch that is under way in another thread remembers what it found by then. If
    registrations are others (``is_other``), the cache is made to look as if a class had
    been registered with an abstract one, so that this goes as well.
    """
    cache: Any = contents_of(one.dispatch)["dispatch_cache"]  # type: ignore[attr-defined]  # a dispatcher's
    desk.do(cache.data.clear, cache.data.clear)
    if is_other:
        token = cells_of(one.dispatch)["cache_token"]  # type: ignore[attr-defined]  # as above
        act = partial(setattr, token, "cell_contents", object())
        desk.do(act, act)


def _is_own(module: ModuleType, one: FunctionType) -> bool:
    return one.__module__ == module.__name__


def _is_from(module: ModuleType, value: object) -> bool:
    function = getattr(value, "__func__", value)
    return getattr(function, "__globals__", None) is vars(module)


def _renew(
    live: FunctionType, fresh: FunctionType, translate: Translate, desk: Desk
) -> None:
    """Lay down what a dispatcher shows of its function."""
    cells, staged = cells_of(live.dispatch), contents_of(fresh.dispatch)  # type: ignore[attr-defined]  # dispatchers'
    if live is fresh:
        staged["dispatch_cache"].clear()  # type: ignore[attr-defined]  # the text may have used it
        return
    for name in ("__doc__", "__annotations__"):
        now = translate(getattr(fresh, name))
        if not desk.same(getattr(live, name), now):
            desk.set(live, name, now)
    inside = translate(fresh.__wrapped__)  # type: ignore[attr-defined]  # as above
    if vars(live).get("__wrapped__") is not inside:
        desk.put(vars(live), "__wrapped__", inside)
    if cells["cache_token"].cell_contents is None:
        desk.set(cells["cache_token"], "cell_contents", staged["cache_token"])


def _renew_methods(inside: Iterable[object], translate: Translate, desk: Desk) -> None:
    for value in inside:
        if is_of(value, _Method):
            live, function = translate(value), translate(value.func)
            if live.func is not function:
                desk.set(live, "func", function)


ADAPTER = SingleDispatch()
