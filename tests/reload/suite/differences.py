"""What a refused reload must leave alone, noted before it and compared after."""

from __future__ import annotations

import sys
from types import FunctionType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

UNSTABLE = frozenset(
    {
        "__doc__",
        "__dict__",
        "__weakref__",
        "__module__",
        "__firstlineno__",
        "__static_attributes__",
        "__annotations__",
        "__slotnames__",
        "__abstractmethods__",
        "_abc_impl",
    }
)
"""Names in a class that Python or a library may make or replace at any time."""


def observed(mods, classes, objs, funcs) -> dict:
    """Note identity and state of everything given, by place."""
    places = {}
    for name in mods:
        places |= module_places(name)
    for number, cls in enumerate(classes):
        places |= class_places(number, cls)
    for number, obj in enumerate(objs):
        state = repr(vars(obj)) if hasattr(obj, "__dict__") else None
        places["obj", number] = (id(type(obj)), state)
    for number, fn in enumerate(funcs):
        places["fn", number] = (
            id(fn.__code__),
            repr(fn.__defaults__),
            repr(fn.__kwdefaults__),
        )
    return places


def module_places(name: str) -> dict:
    """Note a module: its entry, its public names, its parent's attribute."""
    places = {("sys", name): id(sys.modules.get(name))}
    if name not in sys.modules:
        return places
    places["mod", name] = {
        key: id(value)
        for key, value in vars(sys.modules[name]).items()
        if not (key.startswith("__") and key.endswith("__"))
    }
    parent, _, child = name.rpartition(".")
    if parent:
        places["attr", name] = id(getattr(sys.modules[parent], child, None))
    return places


def class_places(number: int, cls: type) -> dict:
    """Note a class: its names, its bases, its functions' code and defaults."""
    places: dict = {
        ("cls", number): {
            key: id(value) for key, value in vars(cls).items() if key not in UNSTABLE
        },
        ("bases", number): cls.__bases__,
    }
    for key, value in vars(cls).items():
        if isinstance(value, FunctionType):
            code = (id(value.__code__), repr(value.__defaults__))
            places["clscode", number, key] = code
    return places


def differences(before: dict, after: dict) -> Iterator[tuple]:
    """Name the places that are not as they were."""
    for place, value in before.items():
        if value != after.get(place):
            yield place
