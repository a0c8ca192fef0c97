"""The order of keys in dicts that a release drops items from, for the way back.

An item that is put back comes last. So the order is remembered when the item's drop is
laid down, and taken up again in the pass that takes the writes back.
"""

from __future__ import annotations

from functools import partial
from types import FunctionType
from typing import TYPE_CHECKING, Any

from gameserver.reload.contents import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, MutableMapping

_PLAIN = frozenset(map(id, (str, int, bytes, type(None), type, FunctionType)))
"""Ids of the types of keys that C looks up alone; others may raise by now."""


class Orders:
    """By id of a dict: the dict, and its keys in order before the first drop."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Any, list[object]]] = {}

    def keep(self, table: MutableMapping[Any, Any]) -> None:
        """Remember a dict's order, as it is before anything is written."""
        if type(table) is dict and id(table) not in self._known:
            self._known[id(table)] = (table, list(table))

    def acts(self) -> Iterator[Callable[[], object]]:
        """Give the calls of C that take the orders up; keys that came since go last.

        They read the tables when they are called: after the writes are taken back.
        """
        for table, keys in self._known.values():
            if not _PLAIN.issuperset(map(id, map(type, [*keys, *table]))):
                yield partial(_take_up, table, keys)
                continue
            held: dict[object, object] = {}
            there = partial(filter, held.__contains__, keys)
            items = zip(there(), map(held.get, there()), strict=False)
            yield partial(held.update, table)
            yield partial(dict.clear, table)
            yield partial(dict.update, table, items)
            yield partial(dict.update, table, held)


def _take_up(table: dict[Any, Any], keys: list[object]) -> None:
    """Take up the order where keys run code of the game; none of it may be lost."""
    try:
        now = table.copy()
        ordered = {key: now[key] for key in keys if key in now} | now
    except Exception:  # noqa: BLE001 - a key's __eq__ may raise anything by now
        return
    run([partial(dict.clear, table), partial(dict.update, table, ordered)])
