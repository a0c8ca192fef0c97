"""functools.lru_cache and cache: the held object stays, stale results go.

The C object keeps the function it calls; that function is patched, so whoever holds
the object runs the new text. Its results go when the function (or one in its closure)
means something else, after commit and after undo. A change in what the function looks
up by name does not empty the cache: rooms kept in one would be lost for a changed log
line. A call that is under way at the commit may still leave an old result. Other
limits (``maxsize``, ``typed``) need a new object; importers follow.
"""

from __future__ import annotations

import functools
from contextlib import contextmanager
from types import FunctionType
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from gameserver.reload.adapter import Adapter
from gameserver.reload.foresight import Foresight
from gameserver.reload.kinds import is_of
from gameserver.reload.meaning import CACHED, will_change
from gameserver.reload.results import drop
from gameserver.reload.walk import walk_module

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import ModuleType

    from gameserver.reload.adapter import Desk, Same, Translate, Versions

_SHOWN = ("__doc__", "__name__", "__qualname__", "__annotations__")
"""What the object shows of its function, as ``functools.update_wrapper`` copies it."""


class LruCache(Adapter):
    """Functions that keep their results; also as static and class methods."""

    def __init__(self) -> None:
        self._known: WeakSet[Any] = WeakSet()

    def claims(self, value: object) -> bool:
        """Claim cached functions, bare or in a ``staticmethod`` or ``classmethod``."""
        bare = _bare(value)
        return is_of(bare, CACHED) and "__wrapped__" in vars(bare)

    def parts(self, value: Any) -> Iterable[object]:  # noqa: ANN401 - a cached function
        """Give its function and its attributes."""
        return tuple(vars(_bare(value)).values())

    def translated(self, value: Any, translate: Translate) -> object:  # noqa: ANN401 - as above
        """Make a new one around the live function: the C object cannot take it."""
        function = translate(value.__wrapped__)
        if function is value.__wrapped__:
            return value  # a live one, in a table that a text has at hand
        fresh = functools.lru_cache(**value.cache_parameters())(function)
        shown = {name: translate(one) for name, one in vars(value).items()}
        vars(fresh).clear()
        vars(fresh).update(shown)
        return fresh

    def same(self, old: Any, new: Any, same: Same) -> bool:  # noqa: ANN401 - as above
        """Compare limits and functions."""
        return bool(
            old.cache_parameters() == new.cache_parameters()
            and _stands_for(old.__wrapped__, new.__wrapped__, same)
        )

    def merge(self, live: Any, staged: Any, initial: Any, desk: Desk) -> bool:  # noqa: ANN401 - as above
        """Keep the live object if its function and limits stay."""
        if live is not initial or not desk.same(live, staged):
            return False
        then, now = vars(_bare(live)), vars(_bare(staged))
        for name in _SHOWN:
            if name in now and not desk.same(then.get(name), now[name]):
                desk.put(then, name, now[name])
        return True

    @contextmanager
    def running(self, module: ModuleType) -> Iterator[None]:
        """Take note of the cached functions that a text makes."""
        yield
        self._find(walk_module(module))

    def merge_modules(self, modules: Sequence[Versions], translate: Translate) -> None:
        """See to all that are known: a function may be cached in another module."""
        del translate
        if not modules:
            return
        for one in modules:
            self._find(one.inside(one.live))
        desk = modules[0].desk
        foresight = Foresight.of(desk)
        for cached in list(self._known):
            if will_change(cached, foresight):
                drop(cached, cached.cache_clear, desk)

    def _find(self, inside: Iterable[object]) -> None:
        for value in inside:
            if is_of(value, CACHED):
                self._known.add(value)


def _bare(value: Any) -> Any:  # noqa: ANN401 - any value of a game
    return value.__func__ if is_of(value, (staticmethod, classmethod)) else value


def _stands_for(old: Any, new: Any, same: Same) -> bool:  # noqa: ANN401 - two callables
    """Say whether the old function is the new one, or will pass its calls on to it."""
    if old is new or same(old, new):
        return True
    return is_of(old, FunctionType) and any(
        one is new for one in old.__code__.co_consts
    )


ADAPTER = LruCache()
