"""Who still holds on to what a release removed.

Asked after ``make_permanent``, for until then the release itself keeps the way back.
It runs a full collection and looks at the whole heap: a question for people.
"""

from __future__ import annotations

import gc
import sys
import weakref
from dataclasses import dataclass
from types import CellType, FrameType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

from gameserver.reload.record import classes_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gameserver.reload.record import Record


@dataclass(frozen=True, slots=True)
class Leftover:
    """One removed object that lives on: its name, and what refers to it."""

    name: str
    held_by: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name}: held by {', '.join(self.held_by) or 'nothing seen'}"


class Removed:
    """What a release took out of the world, weakly."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._refs = [
            (name, weakref.ref(value))
            for record in records
            for name, value in _objects(record)
        ]

    def leftovers(self) -> list[Leftover]:
        """Name what is alive yet, and who holds it."""
        gc.collect()
        alive = [(name, one) for name, ref in self._refs if (one := ref()) is not None]
        own = {id(one) for _, one in alive} | {id(vars(one)) for _, one in alive}
        return [
            Leftover(name, tuple(dict.fromkeys(_holders(one, own))))
            for name, one in alive
        ]


def _objects(record: Record) -> Iterator[tuple[str, Any]]:
    yield record.name, record.module
    for path, owner in classes_of(record.namespace, record.name):
        yield f"{record.name}.{path}", owner
    for name, value in record.namespace.items():
        if isinstance(value, FunctionType) and value.__module__ == record.name:
            yield f"{record.name}.{name}", value


def _holders(subject: object, own: set[int]) -> Iterator[str]:
    """Say who refers to an object, other than what was removed with it."""
    for one in gc.get_referrers(subject):
        if id(one) in own or isinstance(one, (FrameType, weakref.ref)):
            continue
        if isinstance(one, (dict, tuple, list, CellType)) and _is_inside(one, own):
            continue
        said = _said(one)
        if said:
            yield said


def _is_inside(container: object, own: set[int]) -> bool:
    """Say whether only removed objects refer to a container."""
    outer = [
        one
        for one in gc.get_referrers(container)
        if not isinstance(one, FrameType) and id(one) not in own
    ]
    return not any(gc.is_tracked(one) and _said(one) for one in outer)


def _said(one: object) -> str:
    """Describe a holder for people; "" for what is no news."""
    if isinstance(one, ModuleType):
        return f"module {one.__name__}"
    if isinstance(one, (FunctionType, type)):
        return f"{type(one).__name__} {one.__module__}.{one.__qualname__}"
    if isinstance(one, MethodType):
        return f"bound method {one.__func__.__qualname__}"
    if isinstance(one, dict):
        return _said_of_dict(one)
    kind = type(one)
    return f"a {kind.__module__}.{kind.__qualname__}".replace(" builtins.", " ")


def _said_of_dict(table: dict[Any, Any]) -> str:
    module = sys.modules.get(str(table.get("__name__", "")))
    if module is not None and vars(module) is table:
        return f"module {module.__name__}"
    for one in gc.get_referrers(table):
        if getattr(one, "__dict__", None) is table and not isinstance(one, FrameType):
            return _said(one)
    return "a dict"
