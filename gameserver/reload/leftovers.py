"""Who still holds on to what a release removed.

Asked after ``make_permanent``, for until then the release itself keeps the way back.
It runs a full collection and looks at the whole heap: a question for people.
"""

from __future__ import annotations

import gc
import weakref
from dataclasses import dataclass
from types import FunctionType
from typing import TYPE_CHECKING, Any

from gameserver.reload.kinds import is_of
from gameserver.reload.record import classes_of
from gameserver.reload.referrers import Referrers

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
        records = tuple(records)
        self._modules = [record.name for record in records]
        found = [one for record in records for one in _objects(record)]
        self._names = [name for name, _ in found]
        self._refs = [weakref.ref(value) for _, value in found]

    def leftovers(self) -> list[Leftover]:
        """Name what is alive yet, and who holds it."""
        gc.collect()
        alive = [one for ref in self._refs if (one := ref()) is not None]
        if not alive:
            return []
        referrers = Referrers(alive, self._modules)
        return [
            Leftover(name, tuple(referrers.of(one)))
            for name, ref in zip(self._names, self._refs, strict=True)
            if (one := ref()) is not None
        ]


def _objects(record: Record) -> Iterator[tuple[str, Any]]:
    yield record.name, record.module
    for path, owner in classes_of(record.namespace, record.name):
        yield f"{record.name}.{path}", owner
    for name, value in record.namespace.items():
        if is_of(value, FunctionType) and value.__module__ == record.name:
            yield f"{record.name}.{name}", value
