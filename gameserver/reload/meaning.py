"""What a function does, as far as its text says: to see whether a release changed it.

Libraries keep results of functions; when the function means something else, those are
stale. Compared are code, defaults and cells, also of the functions in its cells: a
decorated function means what the function inside means. What it looks up by name while
it runs is not part of it.
"""

from __future__ import annotations

import functools
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, TypeAlias

from gameserver.reload.foresight import NOW
from gameserver.reload.kinds import is_of
from gameserver.reload.tree import means_the_same

if TYPE_CHECKING:
    from types import CodeType

    from gameserver.reload.foresight import Foresight

Meaning: TypeAlias = "list[tuple[CodeType, tuple[object, ...]]]"

CACHED = type(functools.lru_cache(int))
"""The type of functions with a cache of results."""


def will_change(function: object, foresight: Foresight) -> bool:
    """Say whether a function will mean something else than it does now."""
    return not is_alike(meaning(function), meaning(function, foresight))


def meaning(function: object, world: Foresight = NOW) -> Meaning:
    """Give what a callable does: each function in it, with what it was given."""
    found: Meaning = []
    waiting = [function]
    seen: set[int] = set()
    while waiting:
        one = _bare(waiting.pop(), world)
        if is_of(one, FunctionType) and id(one) not in seen:
            seen.add(id(one))
            code = world.part(one, "__code__")
            cells = [world.content(cell) for cell in one.__closure__ or ()]
            named = (world.part(one, "__kwdefaults__") or {}).values()
            given = (*(world.part(one, "__defaults__") or ()), *named, *cells)
            found.append((code, given))
            waiting += [*cells, *code.co_consts]  # there: what it passes on to
    return found


def _bare(value: Any, world: Foresight) -> object:  # noqa: ANN401 - any value of a game
    """Take off what only carries a function."""
    while True:
        if is_of(value, (MethodType, staticmethod, classmethod)):
            value = value.__func__
        elif is_of(value, (functools.partial, functools.cached_property)):
            value = world.part(value, "func")
        elif is_of(value, CACHED):
            value = world.item(vars(value), "__wrapped__")
        else:
            return value


def is_alike(one: Meaning, other: Meaning) -> bool:
    """Say whether two meanings are the same; what was given is compared by identity."""
    return len(one) == len(other) and all(
        means_the_same(code, code_then)
        and len(given) == len(given_then)
        and all(a is b for a, b in zip(given, given_then, strict=True))
        for (code, given), (code_then, given_then) in zip(one, other, strict=True)
    )
