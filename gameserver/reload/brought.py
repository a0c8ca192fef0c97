"""What a release brought and an undo takes away: state in it would be lost.

That is what new modules hold, and new objects in old modules and tables. What older
modules hold, too, is not lost: a new module may import a table of players.
"""

from __future__ import annotations

import sys
from types import CellType, FunctionType
from typing import TYPE_CHECKING, Any

from gameserver.reload.fields import dict_of
from gameserver.reload.holdings import Holdings
from gameserver.reload.journal import Journal
from gameserver.reload.kinds import is_of, module_of
from gameserver.reload.memento import Memento
from gameserver.reload.walk import walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from gameserver.reload.holdings import Look, Part
    from gameserver.reload.record import Record


class Brought:
    """``new``: the modules brought; ``born``: objects of living classes, likewise."""

    def __init__(
        self,
        journal: Journal | None = None,
        records: Mapping[str, Record] | None = None,
        new: Iterable[str] = (),
        born: Iterable[object] = (),
    ) -> None:
        self._journal = journal or Journal()
        self._memento = Memento()
        self._new: list[Record] = []
        self._own: set[int] = set()
        """Ids of the objects that only the release has brought, and of their dicts."""
        if journal is None or records is None:
            return
        self._new = [records[name] for name in new if name in records]
        look = made_by(records)
        self._memento.keep_namespaces(
            {one.name: one.namespace for one in self._new},
            look,
            {  # what it imports is others', and stays
                (id(one.namespace), name)
                for one in self._new
                for name in one.outline.imported_names
            },
        )
        for one in (*born, *self._of_new_classes()):
            self._keep(one, f"a new {type(one).__qualname__}")
        for value in journal.values:
            if is_of(value, FunctionType) and look(value):
                self._keep(value, value.__qualname__)

    def _keep(self, one: object, name: str) -> None:
        self._memento.keep_own(one, name)
        self._own.update((id(one), id(dict_of(one))))

    def _of_new_classes(self) -> Iterator[object]:
        """Give the objects of new classes that the release put elsewhere."""
        is_new = made_by({one.name: one for one in self._new})
        names = [one for one in self._journal.names if one[0] is not sys.modules]
        classes = {id(value) for _, _, value in names if is_of(value, type)}
        if not classes and not self._new:
            return

        def is_brought(owner: type) -> bool:
            return id(owner) in classes or is_new(owner)

        for one in walk(self._journal.values, is_brought):
            if not is_of(one, type) and is_brought(type(one)):
                yield one

    def changed(
        self,
        records: Mapping[str, Record],
        hooked: Iterable[tuple[int, object]],
        carried: Iterable[object],
    ) -> list[str]:
        """Name what is other now and would be lost; ``records``: all modules.

        ``hooked``, ``carried``: what an undo takes back besides the journal's writes:
        id of what holds something and key in it, and instances.
        """
        found = self._memento.changed_names()
        if not found:
            return []
        older = _Older(made_by(records), self._journal, hooked, carried)
        new = {one.name for one in self._new}
        spaces = {name: one.namespace for name, one in records.items()}
        left = {name: spaces[name] for name in spaces if name not in new}
        kept = {id(one) for one, _ in older.walk(left)}
        return self._memento.changed_names(kept - self._own)


class _Older(Holdings):
    """What the game holds beside what the release has put there."""

    def __init__(
        self,
        look: Look,
        journal: Journal,
        hooked: Iterable[tuple[int, object]],
        carried: Iterable[object],
    ) -> None:
        super().__init__(look)
        self._closed = {id(one) for one in (*journal.refilled, *carried)}
        self._places: dict[int, set[object]] = {}
        for number, key in hooked:
            self._close(number, key)
        for table, key, _ in journal.names:
            self._close(id(table), key)
        for owner, name, _ in journal.attributes:
            self._close(id(owner), name)
            self._close(id(dict_of(owner)), name)
            if is_of(owner, (CellType, FunctionType)):
                self._closed.add(id(owner))

    def _close(self, number: int, key: object) -> None:
        if key is None:  # in a container without keys
            self._closed.add(number)
        self._places.setdefault(number, set()).add(_plain(key))

    def _parts(self, one: Any) -> list[Part] | None:  # noqa: ANN401 - any object
        if id(one) in self._closed:
            return None
        parts, places = super()._parts(one), self._places.get(id(one))
        if not parts or not places:
            return parts
        return [part for part in parts if _plain(part[1]) not in places]


def _plain(key: object) -> object:
    """Give what stands for a key, and is compared without code of the game."""
    return key if type(key) in (str, int, bytes) else (id(key),)


def made_by(records: Iterable[str]) -> Callable[[Any], bool]:
    """Give what says of a class or function whether one of these modules made it."""
    names = frozenset(records)

    def is_made(one: Any) -> bool:  # noqa: ANN401 - a class or function
        found = module_of(one) if is_of(one, type) else getattr(one, "__module__", None)
        return found in names

    return is_made
