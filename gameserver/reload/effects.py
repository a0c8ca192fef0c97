"""What bodies do to modules that are not theirs: seen, and taken back.

A body may register its class in another module's table, count itself, or set another
module's attribute. While it is staged that must change nothing, so the namespaces,
class dicts, functions, containers and slots within reach are compared before and after,
and restored. What was done comes with the commit (``elsewhere.py``).

Within reach: the game's own modules that the staged ones import, near or far, the
tables that adapters name, and the names of libraries that they import. Containers
of more than ``MANY`` entries are not watched. While bodies run, no other thread should
write there.
"""

from __future__ import annotations

from collections import deque
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from gameserver.reload.contents import is_same
from gameserver.reload.fields import slots_of
from gameserver.reload.kinds import is_of, items_of
from gameserver.reload.libraries import is_by_a_text
from gameserver.reload.record import RUNTIME, classes_of, made_in
from gameserver.reload.verdict import MISSING
from gameserver.reload.watched import (
    Effect,
    Watched,
    attributes_of,
    content_of,
    differences_of,
    entries_of,
    key_mark,
    length_in,
    restore,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gameserver.reload.hosts import Host
    from gameserver.reload.libraries import Library
    from gameserver.reload.record import Record

MANY = 10_000
DEEPEST = 3  # containers in containers, from a module's names on
_TABLES = (dict, list, set, deque)
_HOLDING = (MethodType, staticmethod, classmethod)


class Effects:
    """Watches from when it is made; ``take_back`` ends the watch.

    ``names``: modules whose objects are looked into, besides those of ``records``.
    """

    def __init__(
        self,
        records: Iterable[Record | Host],
        tables: Iterable[object],
        names: Iterable[str] = (),
        libraries: Iterable[Library] = (),
    ) -> None:
        self._watched: dict[int, Watched] = {}
        self._later: list[Effects] = []
        self._first_seen: dict[int, Watched] = {}
        self.found: list[Effect] = []
        records = tuple(records)
        self._names = frozenset([*names, *(record.name for record in records)])
        self._is_own = made_in(*self._names)
        self._namespaces = {id(record.namespace) for record in records}
        self._fields: set[int] = set()
        """Ids of the dicts that are objects' fields: watched, but no tables."""
        self._now: dict[int, Any] = {}
        self._makers: dict[tuple[int, object, int], str] = {}
        for record in records:
            self._watch_module(record)
        for table in tables:
            self._watch(table, "a library's table")
        for library in libraries:
            self._watch_library(library)

    def extend(self, later: Effects) -> None:
        """Count as watched what another watch, of a moment later, saw first."""
        self._later.append(later)

    def _seen_later(self) -> dict[int, Watched]:
        """Give what later watches saw, by id; what was seen first counts."""
        for later in self._later:
            for key, watched in later._watched.items():  # noqa: SLF001 - one of us
                if key not in self._watched:
                    self._first_seen.setdefault(key, watched)
        self._later = []
        return self._first_seen

    def _watch_module(self, record: Record | Host) -> None:
        self._watch(record.namespace, record.name)
        for path, owner in classes_of(record.namespace, record.name):
            self._watch_class(owner, f"{record.name}.{path}")

    def _watch_library(self, library: Library) -> None:
        table, name = library.namespace, library.name
        if id(table) not in self._watched:
            self._namespaces.add(id(table))
            self._watched[id(table)] = Watched(
                table,
                table.copy(),
                where=name,
                is_table=False,
                is_namespace=True,
                library=library,
            )

    def watch_names(self, module: str, names: Mapping[str, Any]) -> None:
        """Watch the containers that some names mean, from now on."""
        for name, value in names.items():
            if is_of(value, _TABLES):
                self._watch(value, f"{module}.{name}")

    def functions(self) -> Iterator[FunctionType]:
        """Give the functions that watched tables held: callbacks, lambdas."""
        for watched in self._watched.values():
            before = watched.before
            values = before.values() if is_of(before, dict) else before
            for value in values:
                inner = value.__func__ if is_of(value, _HOLDING) else value
                if is_of(inner, FunctionType) and not (
                    watched.is_library and inner.__globals__ is watched.target
                ):
                    yield inner

    def is_table(self, table: object) -> bool:
        """Say whether a container is watched, and no namespace or object's fields."""
        found = self._watched.get(id(table))
        if found is None or found.owner is not None:
            return False
        return id(table) not in self._namespaces and id(table) not in self._fields

    def places(self) -> list[Any]:
        """Give what is watched, class dicts, slots and libraries left out."""
        return [
            one.target
            for one in self._watched.values()
            if one.owner is None and not one.is_library
        ]

    def content(self, table: object) -> Any:  # noqa: ANN401 - a container
        """Give what was in it when the watch began; None if it was not watched."""
        found = self._watched.get(id(table)) or self._seen_later().get(id(table))
        return None if found is None or found.owner is not None else found.before

    def mark(self, module: str) -> None:
        """Say that what was entered since the last mark is a module's doing."""
        for watched in self._watched.values():
            table = watched.target
            before = self._now.get(id(table), watched.before)
            now = content_of(table) if watched.owner is None else attributes_of(table)
            if is_same(before, now):
                continue
            self._now[id(table)] = now
            known = {(key_mark(key), id(value)) for key, value in entries_of(before)}
            for key, value in entries_of(now):
                if (key_mark(key), id(value)) not in known:
                    self._makers[id(table), key_mark(key), id(value)] = module

    def maker_at(self, table: int, key: object, value: object) -> str:
        """Name the module whose body made an entry; "" if no mark says so.

        ``table``: the id of the container.
        """
        return self._makers.get((table, key_mark(key), id(value)), "")

    def sees(self, table: object) -> bool:
        """Say whether a container is watched."""
        return id(table) in self._watched or id(table) in self._seen_later()

    def written(self) -> Iterator[tuple[Any, object, Any]]:
        """Give table, key and staged value of each entry that the bodies made."""
        for one in self.found:
            if one.watched.owner is not None:
                continue
            table = one.watched.target
            if is_of(one.watched.before, dict):
                if one.new is not MISSING:
                    yield table, one.key, one.new
            else:
                before = {id(item) for item in one.old}
                yield from ((table, None, x) for x in one.new if id(x) not in before)

    def differences(self) -> Iterator[Effect]:
        """Give what was done until now; it stays done."""
        for watched in [*self._watched.values(), *self._seen_later().values()]:
            yield from _differences_of(watched)

    def take_back(self) -> None:
        """Find what was done and restore what was; ``found`` keeps the difference."""
        for watched in self._watched.values():
            found = list(_differences_of(watched))
            if found:
                restore(watched, found)
                self.found += found

    def _watch_class(self, owner: type, where: str) -> None:
        before = attributes_of(owner)
        self._watched[id(owner)] = Watched(owner, before, owner, where)
        self._watch_inside([(f"{where}.{name}", x) for name, x in before.items()], 0)

    def _watch(self, target: Any, where: str, depth: int = 0) -> None:  # noqa: ANN401 - any container
        if id(target) in self._watched or depth > DEEPEST or length_in(target) > MANY:
            return
        before = content_of(target)
        is_named = id(target) in self._namespaces or id(target) in self._fields
        is_namespace = id(target) in self._namespaces
        watched = Watched(
            target,
            before,
            None,
            where,
            is_table=not is_named,
            is_namespace=is_namespace,
        )
        self._watched[id(target)] = watched
        self._watch_inside(
            [
                (f"{where}.{key}" if is_named else f"{where}[{_shown(key)}]", one)
                for key, one in entries_of(before)
                if not (is_named and key in RUNTIME)
            ],
            depth,
        )

    def _watch_inside(self, values: Iterable[tuple[str, object]], depth: int) -> None:
        """Watch containers and the fields of the game's objects among values."""
        for where, value in values:
            if is_of(value, _TABLES):
                self._watch(value, where, depth + 1)
            elif is_of(value, FunctionType):
                if type(value.__module__) is str and value.__module__ in self._names:
                    # Not its cells: what a closure keeps there, other threads change.
                    self._fields.add(id(value.__dict__))
                    self._watch(value.__dict__, where, depth + 1)
                    before = attributes_of(value)
                    self._watched[id(value)] = Watched(value, before, value, where)
            elif is_of(value, tuple):
                if depth < DEEPEST:
                    items = [(f"{where}[...]", one) for one in items_of(value)]
                    self._watch_inside(items, depth + 1)
            elif self._is_own(type(value)) and not is_of(value, type):
                self._watch_object(value, where, depth)

    def _watch_object(self, subject: object, where: str, depth: int) -> None:
        fields = _fields(subject)
        if fields is not None:
            self._fields.add(id(fields))
            self._watch(fields, where, depth + 1)
        if slots_of(type(subject)) and id(subject) not in self._watched:
            before = attributes_of(subject)
            self._watched[id(subject)] = Watched(subject, before, subject, where)
            if depth < DEEPEST:
                inside = [(f"{where}.{name}", one) for name, one in before.items()]
                self._watch_inside(inside, depth + 1)


def _differences_of(watched: Watched) -> Iterator[Effect]:
    found = differences_of(watched)
    return filter(is_by_a_text, found) if watched.is_library else found


def _shown(key: object) -> str:
    return repr(key) if type(key) in (str, int, bytes, type(None)) else "..."


def _fields(subject: object) -> dict[str, Any] | None:
    """Give an object's dict past its class's own ``__getattribute__``."""
    try:
        found = object.__getattribute__(subject, "__dict__")
    except Exception:  # noqa: BLE001 - it has none, or a property of an author's
        return None
    return found if is_of(found, dict) else None
