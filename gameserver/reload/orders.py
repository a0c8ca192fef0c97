"""The order of keys in dicts that a release drops items from, for the way back.

An item that is put back comes last. So the order is remembered when the item's drop is
laid down, and taken up again in the pass that takes the writes back.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, MutableMapping


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
            held: dict[object, object] = {}
            there = partial(filter, held.__contains__, keys)
            items = zip(there(), map(held.get, there()), strict=False)
            yield partial(held.update, table)
            yield partial(dict.clear, table)
            yield partial(dict.update, table, items)
            yield partial(dict.update, table, held)
