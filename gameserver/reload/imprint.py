"""What a release has set, as it left it: what is other now would be lost by an undo."""

from __future__ import annotations

from types import CellType, FunctionType
from typing import TYPE_CHECKING, Any

from gameserver.reload.contents import is_same, kind_of
from gameserver.reload.journal import GONE
from gameserver.reload.kinds import is_of
from gameserver.reload.same import EMPTY, Comparison, content, remember
from gameserver.reload.translate import cells_of
from gameserver.reload.verdict import is_descriptor

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from gameserver.reload.journal import Journal


class Imprint:
    """The items, data of classes, and containers that the writes of a journal left.

    ``hooked``: id of a dict and key of what hooks changed after the writes; others see
    to those. ``functions``: the game's, for cells of others are a library's affair.
    Without a journal there is nothing.
    """

    def __init__(
        self,
        journal: Journal | None = None,
        hooked: Collection[tuple[int, object]] = (),
        functions: Iterable[FunctionType] = (),
    ) -> None:
        self._items: list[tuple[Any, object, object, object]] = []
        self._attributes: list[tuple[type, str, object, object]] = []
        self._containers: list[tuple[Any, Any]] = []
        self._cells: list[tuple[str, CellType, object, object]] = []
        if journal is None:
            return
        self._items = [
            (table, key, value, remember(value))
            for table, key, value in journal.names
            if (id(table), key) not in hooked
        ]
        self._attributes = [
            (owner, name, value, remember(value))
            for owner, name, value in journal.attributes
            if is_of(owner, type) and _is_data(name, value)
            if (id(owner), name) not in hooked
        ]
        for one in journal.refilled:
            kind = kind_of(type(one))
            if kind is not None and (id(one), None) not in hooked:
                self._containers.append((one, kind.copy(one)))
        self._cells = list(_cells(journal, hooked, functions))

    def changed(self) -> list[str]:
        """Name what somebody has changed since."""
        return [
            *self._changed_items(),
            *self._changed_attributes(),
            *self._refilled(),
            *self._changed_cells(),
        ]

    def _changed_items(self) -> Iterator[str]:
        for table, key, value, before in self._items:
            if not _is_as_left(_item(table, key, value), value, before):
                yield key if is_of(key, str) else f"an item of a {type(table).__name__}"

    def _changed_attributes(self) -> Iterator[str]:
        for owner, name, value, before in self._attributes:
            if not _is_as_left(vars(owner).get(name, GONE), value, before):
                yield f"{owner.__qualname__}.{name}"

    def _refilled(self) -> Iterator[str]:
        for one, before in self._containers:
            kind = kind_of(type(one))
            if kind is not None and not is_same(before, kind.copy(one)):
                yield f"a {type(one).__name__} that the text fills"

    def _changed_cells(self) -> Iterator[str]:
        for name, cell, value, before in self._cells:
            if not _is_as_left(content(cell), value, before):
                yield name


def _cells(
    journal: Journal,
    hooked: Collection[tuple[int, object]],
    functions: Iterable[FunctionType],
) -> Iterator[tuple[str, CellType, object, object]]:
    """Give the functions' cells that were written: name, cell, value, a copy of it."""
    written = {
        id(cell): (cell, EMPTY if value is GONE else value)
        for cell, _, value in journal.attributes
        if is_of(cell, CellType) and not is_of(value, (type, FunctionType))
        if (id(cell), None) not in hooked
    }
    for function in functions if written else ():
        for name, cell in cells_of(function).items():
            if id(cell) in written:
                shown = f"{function.__qualname__} ({name})"
                yield shown, *written[id(cell)], remember(written[id(cell)][1])


def _item(table: Any, key: object, default: object) -> object:  # noqa: ANN401 - a dict
    try:
        return table.get(key, GONE)
    except Exception:  # noqa: BLE001 - a key's __eq__ may raise anything by now
        return default


def _is_data(name: str, value: object) -> bool:
    """Say whether an attribute of a class is data, and not a definition."""
    # _abc_impl: what an abstract class has cached; its adapter sees to it
    is_own = not (name.startswith("__") and name.endswith("__")) and name != "_abc_impl"
    return is_own and not is_of(value, type) and not is_descriptor(value)


def _is_as_left(now: object, value: object, before: object) -> bool:
    if now is not value:
        return False
    return value is GONE or _comparison.same(before, remember(value))


_comparison = Comparison(lambda one, other: one is other)
