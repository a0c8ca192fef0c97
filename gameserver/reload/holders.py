"""Where references to instances are looked for when an instance gets a successor."""

from __future__ import annotations

import weakref
from collections import deque
from typing import TYPE_CHECKING, Any

from gameserver.reload.kinds import is_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gameserver.reload.memento import Memento

    Replaced = dict[int, tuple[object, object]]

_CONTAINERS = (dict, list, set, deque)


class Holders:
    """Objects and containers that authors registered, and what is looked at anyway."""

    def __init__(self) -> None:
        self._objects: list[weakref.ref[Any]] = []
        self._containers: list[Any] = []

    def register(self, holder: Any) -> None:  # noqa: ANN401 - any object of a game
        """Register an object whose fields, or a container whose items, may refer.

        An object is held weakly, a plain container strongly.
        """
        if is_of(holder, _CONTAINERS):
            self._containers.append(holder)
        else:
            self._objects.append(weakref.ref(holder))

    def tables(self) -> list[Any]:
        """Give the containers to look at: those registered, and objects' fields."""
        objects = (one() for one in self._objects)
        fields = (getattr(one, "__dict__", None) for one in objects)
        return [*self._containers, *(one for one in fields if one is not None)]

    def with_tables(self, tables: Iterable[Any]) -> Holders:
        """Give holders that look into further containers, too."""
        found = Holders()
        found._objects = self._objects
        found._containers = [*self._containers, *tables]
        return found

    def replace(self, replaced: Replaced, memento: Memento) -> int:
        """Replace references, containers in containers too; give how many."""
        waiting = self.tables()
        seen: set[int] = set()
        found = 0
        while waiting:
            table = waiting.pop()
            if id(table) in seen:
                continue
            seen.add(id(table))
            items = list(table.values()) if is_of(table, dict) else list(table)
            waiting += [one for one in items if is_of(one, _CONTAINERS)]
            keys = list(table) if is_of(table, dict) else []
            hits = sum(id(one) in replaced for one in [*items, *keys])
            if hits:
                memento.keep_table(table)
                _replace(table, replaced)
                found += hits
        return found


def _replace(table: Any, replaced: Replaced) -> None:  # noqa: ANN401 - a container
    def new(one: object) -> object:
        return replaced.get(id(one), (one, one))[1]

    if is_of(table, dict):
        items = [(new(key), new(value)) for key, value in table.items()]
        table.clear()
        table.update(items)
    elif is_of(table, list):
        table[:] = [new(one) for one in table]
    else:
        fresh = [new(one) for one in table]
        table.clear()
        add = table.extend if is_of(table, deque) else table.update
        add(fresh)
