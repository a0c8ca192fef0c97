"""What is inside a value: the functions, classes and containers that it holds.

Walks stay small: they begin at what a module's text made, follow no module and no
foreign class, and end after ``MANY`` objects.
"""

from __future__ import annotations

import builtins
import functools
from collections import deque
from types import (
    BuiltinFunctionType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)
from typing import TYPE_CHECKING

from gameserver.reload.adapter import adapter_for
from gameserver.reload.kinds import (
    fields_of,
    is_of,
    items_of,
    length_of,
    members_of,
    module_of,
)
from gameserver.reload.same import ATOMIC_IDS, ATOMS, content

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator

MANY = 20_000
NEAR = 1_000
"""As ``MANY``, for the game's own state at a commit: nobody should wait for it."""
_CONTAINERS = (dict, list, tuple, set, frozenset, deque)
_CLOSED = (GetSetDescriptorType, MemberDescriptorType, BuiltinFunctionType)
_PYTHONS = {id(one): one for one in vars(builtins).values()}
"""By id, what Python has put into every namespace's builtins: no text made it."""
_BUILTINS = vars(builtins)
_WHOLE = (*ATOMS, ModuleType, *_CLOSED)


def parts(
    value: object, is_own: Callable[[type], bool], most: int = MANY
) -> Iterable[object]:
    """Give what a value holds directly; ``is_own`` tells the game's classes.

    ``most``: containers of so many entries, or more, are not looked into.
    """
    if type(value) is FunctionType:  # it has no subclasses
        return function_parts(value)
    if is_of(value, _WHOLE):
        return ()
    if is_of(value, type):
        return _class_parts(value) if is_own(value) else ()
    if is_of(value, _CONTAINERS):
        return items_of(value) if length_of(value) < most else ()
    return _special_parts(value, is_own)


def _special_parts(value: object, is_own: Callable[[type], bool]) -> Iterable[object]:
    if is_of(value, MethodType):
        return (value.__func__, value.__self__)
    if is_of(value, (staticmethod, classmethod)):
        return (value.__func__,)
    if is_of(value, property):
        return (value.fget, value.fset, value.fdel)
    adapter = adapter_for(value)
    if adapter is not None:
        return adapter.parts(value)
    if is_own(type(value)) or is_of(value, functools.partialmethod):
        return tuple(fields_of(value).values())
    return ()


def function_parts(function: FunctionType) -> Iterable[object]:
    """Give what a function holds: cells, defaults, attributes."""
    cells, named, own = function.__closure__, function.__kwdefaults__, function.__dict__
    if not (cells or named or own):
        return function.__defaults__ or ()  # most are so
    held = map(content, cells or ())
    return (
        *held, *(function.__defaults__ or ()), *(named or {}).values(), *own.values()
    )  # fmt: skip


def _class_parts(owner: type) -> Iterator[object]:
    yield type(owner)
    yield from tuple(members_of(owner).values())


def walk(
    roots: Iterable[object],
    is_own: Callable[[type], bool],
    most: int = MANY,
    without: Iterable[int] = (),
) -> Iterator[object]:
    """Give each object that is reachable from the roots, once, nearest first."""
    look = functools.partial(parts, is_own=is_own, most=most)
    return walk_by(roots, look, most, without)


def walk_by(
    roots: Iterable[object],
    look: Callable[[object], Iterable[object]],
    most: int = MANY,
    without: Iterable[int] = (),
) -> Iterator[object]:
    """Give the same; ``look`` gives what a value holds directly.

    ``without``: ids of values that are passed by.
    """
    waiting = deque(roots)
    seen = set(without)
    most += len(seen)
    while waiting and len(seen) < most:
        value = waiting.popleft()
        if id(type(value)) in ATOMIC_IDS or id(value) in seen:
            continue
        if type(value) is not FunctionType and is_of(value, ATOMS):
            continue
        seen.add(id(value))
        yield value
        waiting.extend(look(value))


def walk_module(
    module: ModuleType | None,
    most: int = MANY,
    without: Container[int] = (),
    bare: Iterable[int] = (),
) -> tuple[object, ...]:
    """Give everything within reach of a module's namespace; nothing for None.

    ``without``: ids of values of the namespace that are passed by; ``bare``: of such
    that are, wherever they are.
    """
    if module is None:
        return ()
    name = module.__name__
    values = [one for one in vars(module).values() if id(one) not in without]
    if any(one is _BUILTINS for one in values):
        values = [one for one in values if one is not _BUILTINS]
        values += [one for one in _BUILTINS.values() if id(one) not in _PYTHONS]
    return tuple(walk(values, lambda one: module_of(one) == name, most, bare))
