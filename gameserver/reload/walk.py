"""What is inside a value: the functions, classes and containers that it holds.

Walks stay small: they begin at what a module's text made, follow no module and no
foreign class, and end after ``MANY`` objects.
"""

from __future__ import annotations

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
from gameserver.reload.same import ATOMS, content

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

MANY = 20_000
_CLOSED = (GetSetDescriptorType, MemberDescriptorType, BuiltinFunctionType)


def parts(value: object, is_own: Callable[[type], bool]) -> Iterable[object]:
    """Give what a value holds directly; ``is_own`` tells the game's classes."""
    if isinstance(value, (*ATOMS, ModuleType, *_CLOSED)):
        return ()
    if isinstance(value, FunctionType):
        return function_parts(value)
    if isinstance(value, type):
        return _class_parts(value) if is_own(value) else ()
    if isinstance(value, dict):
        return (*value, *value.values()) if len(value) < MANY else ()
    if isinstance(value, (list, tuple, set, frozenset, deque)):
        return value if len(value) < MANY else ()
    return _special_parts(value, is_own)


def _special_parts(value: object, is_own: Callable[[type], bool]) -> Iterable[object]:
    if isinstance(value, MethodType):
        return (value.__func__, value.__self__)
    if isinstance(value, (staticmethod, classmethod)):
        return (value.__func__,)
    if isinstance(value, property):
        return (value.fget, value.fset, value.fdel)
    adapter = adapter_for(value)
    if adapter is not None:
        return adapter.parts(value)
    if is_own(type(value)) or isinstance(value, functools.partialmethod):
        return tuple(getattr(value, "__dict__", {}).values())
    return ()


def function_parts(function: FunctionType) -> Iterator[object]:
    """Give what a function holds: cells, defaults, attributes."""
    for cell in function.__closure__ or ():
        yield content(cell)
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()
    yield from function.__dict__.values()


def _class_parts(owner: type) -> Iterator[object]:
    yield type(owner)
    yield from tuple(vars(owner).values())


def walk(roots: Iterable[object], is_own: Callable[[type], bool]) -> Iterator[object]:
    """Give each object that is reachable from the roots, once, nearest first."""
    waiting = deque(roots)
    seen: set[int] = set()
    while waiting and len(seen) < MANY:
        value = waiting.popleft()
        if isinstance(value, ATOMS) or id(value) in seen:
            continue
        seen.add(id(value))
        yield value
        waiting.extend(parts(value, is_own))


def walk_module(module: ModuleType | None) -> tuple[object, ...]:
    """Give everything within reach of a module's namespace; nothing for None."""
    if module is None:
        return ()
    name = module.__name__
    values = list(vars(module).values())
    return tuple(walk(values, lambda one: getattr(one, "__module__", None) == name))
