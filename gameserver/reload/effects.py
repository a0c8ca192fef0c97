"""What bodies do to modules that are not theirs: seen, and taken back.

A body may register its class in another module's table, count itself, or set another
module's attribute. While it is staged that must change nothing, so the namespaces,
class dicts, containers and slots within reach are compared before and after, and
restored. What was done comes with the commit (``elsewhere.py``).

Within reach: the game's own modules that the staged ones import, near or far, and the
tables that adapters name. Containers of more than ``MANY`` entries are not watched.
While bodies run, no other thread should write there.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from gameserver.reload.contents import kind_of, run
from gameserver.reload.fields import slots_of
from gameserver.reload.kinds import is_of, members_of, plain_of
from gameserver.reload.record import RUNTIME, classes_of, made_in
from gameserver.reload.verdict import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gameserver.reload.record import Record

MANY = 10_000
DEEPEST = 3  # containers in containers, from a module's names on
_TABLES = (dict, list, set, deque)
_HOLDING = (MethodType, staticmethod, classmethod)


@dataclass(frozen=True, slots=True)
class Watched:
    """A namespace or container, and what was in it.

    ``owner``: the class or the object with slots, if it is attributes that are watched.
    """

    target: Any
    before: Any
    owner: Any = None


@dataclass(frozen=True, slots=True)
class Effect:
    """One difference: ``key`` of a dict or class dict, or a whole list or set."""

    watched: Watched
    key: object
    old: Any
    new: Any


class Effects:
    """Watches from when it is made; ``take_back`` ends the watch."""

    def __init__(self, records: Iterable[Record], tables: Iterable[object]) -> None:
        self._watched: dict[int, Watched] = {}
        self.found: list[Effect] = []
        records = tuple(records)
        self._is_own = made_in(*(record.name for record in records))
        self._namespaces = {id(record.namespace) for record in records}
        self._fields: set[int] = set()
        """Ids of the dicts that are objects' fields: watched, but no tables."""
        for record in records:
            self._watch(record.namespace)
            for _, owner in classes_of(record.namespace, record.name):
                self._watch_class(owner)
        for table in tables:
            self._watch(table)

    def functions(self) -> Iterator[FunctionType]:
        """Give the functions that watched tables held: callbacks, lambdas."""
        for watched in self._watched.values():
            before = watched.before
            values = before.values() if is_of(before, dict) else before
            for value in values:
                inner = value.__func__ if is_of(value, _HOLDING) else value
                if is_of(inner, FunctionType):
                    yield inner

    def sees(self, table: object) -> bool:
        """Say whether a table is watched, and so put back."""
        return id(table) in self._watched

    def tables(self) -> list[Any]:
        """Give the containers that are watched, namespaces and class dicts left out."""
        return [
            one.target
            for key, one in self._watched.items()
            if one.owner is None
            and key not in self._namespaces
            and key not in self._fields
        ]

    def written(self) -> Iterator[tuple[Any, object, Any]]:
        """Give table, key and staged value of each entry that the bodies made."""
        for one in self.found:
            table = one.watched.target
            if one.watched.owner is not None or id(table) in self._namespaces:
                continue
            if id(table) in self._fields:
                continue
            if is_of(one.watched.before, dict):
                if one.new is not MISSING:
                    yield table, one.key, one.new
            else:
                before = {id(item) for item in one.old}
                yield from ((table, None, x) for x in one.new if id(x) not in before)

    def entered(self) -> Iterator[tuple[list[Any], list[Any]]]:
        """Give, for each table that the bodies changed, what was and what they put."""
        for one in self.found:
            table = one.watched.target
            if one.watched.owner is not None or id(table) in self._fields:
                continue
            if is_of(one.watched.before, dict):
                yield (
                    [x for x in (one.old,) if x is not MISSING],
                    [x for x in (one.new,) if x is not MISSING],
                )
            else:
                before = {id(item) for item in one.old}
                yield list(one.old), [x for x in one.new if id(x) not in before]

    def take_back(self) -> None:
        """Find what was done and restore what was; ``found`` keeps the difference."""
        for watched in self._watched.values():
            found = list(_differences(watched))
            if found:
                _restore(watched, found)
                self.found += found

    def _watch_class(self, owner: type) -> None:
        before = dict(members_of(owner))
        self._watched[id(owner)] = Watched(owner, before, owner)
        self._watch_inside(before.values(), 0)

    def _watch(self, target: Any, depth: int = 0) -> None:  # noqa: ANN401 - any container
        if id(target) in self._watched or depth > DEEPEST or _length(target) > MANY:
            return
        before = _content(target)
        self._watched[id(target)] = Watched(target, before)
        values = before
        if is_of(before, dict):
            values = [one for name, one in before.items() if name not in RUNTIME]
        self._watch_inside(values, depth)

    def _watch_inside(self, values: Iterable[object], depth: int) -> None:
        """Watch containers and the fields of the game's objects among values."""
        for value in list(values):
            if is_of(value, _TABLES):
                self._watch(value, depth + 1)
            elif self._is_own(type(value)) and not is_of(value, type):
                self._watch_object(value, depth)

    def _watch_object(self, subject: object, depth: int) -> None:
        fields = _fields(subject)
        if fields is not None:
            self._fields.add(id(fields))
            self._watch(fields, depth + 1)
        if slots_of(type(subject)) and id(subject) not in self._watched:
            before = _attributes(subject)
            self._watched[id(subject)] = Watched(subject, before, subject)
            if depth < DEEPEST:
                self._watch_inside(before.values(), depth + 1)


def _fields(subject: object) -> dict[str, Any] | None:
    """Give an object's dict past its class's own ``__getattribute__``."""
    try:
        found = object.__getattribute__(subject, "__dict__")
    except Exception:  # noqa: BLE001 - it has none, or a property of an author's
        return None
    return found if is_of(found, dict) else None


def _length(table: Any) -> int:  # noqa: ANN401 - a container
    plain = plain_of(table)
    return len(table) if plain is None else int(plain.__len__(table))


def _content(table: Any) -> Any:  # noqa: ANN401 - a container
    kind = kind_of(type(table))
    return table.copy() if kind is None else kind.copy(table)


def _attributes(owner: object) -> dict[str, Any]:
    """Give a class's own attributes, or what is in an object's slots."""
    if is_of(owner, type):
        return dict(members_of(owner))
    found = {}
    for name in slots_of(type(owner)):
        with suppress(AttributeError):
            found[name] = object.__getattribute__(owner, name)
    return found


def _differences(watched: Watched) -> Iterator[Effect]:
    before, target = watched.before, watched.target
    if watched.owner is not None:
        target = _attributes(watched.owner)
    elif type(target) is not type(before):
        target = _content(target)
    if not is_of(before, dict):
        if len(before) != len(target) or any(
            one is not other for one, other in zip(before, target, strict=True)
        ):
            yield Effect(watched, None, before, _content(target))
        return
    for key in [*before, *(key for key in target if key not in before)]:
        old, new = before.get(key, MISSING), target.get(key, MISSING)
        if old is not new:
            yield Effect(watched, key, old, new)


def _restore(watched: Watched, found: list[Effect]) -> None:
    target, before = watched.target, watched.before
    if watched.owner is not None:
        base = type if is_of(watched.owner, type) else object
        for one in found:
            if one.old is MISSING:
                base.__delattr__(watched.owner, str(one.key))
            else:
                base.__setattr__(watched.owner, str(one.key), one.old)
        return
    kind = kind_of(type(target))
    if kind is None:  # a library's own
        run([target.clear, partial(target.update, before)])
        return
    if is_of(before, dict):
        _restore_items(target, found)
        if [*map(id, kind.copy(target))] == [*map(id, before)]:
            return  # else a key that was deleted is at the end now
    run(kind.fill(target, before))


def _restore_items(table: dict[Any, Any], found: list[Effect]) -> None:
    plain = plain_of(table)
    for one in found:
        if one.old is MISSING:
            plain.__delitem__(table, one.key)
        else:
            plain.__setitem__(table, one.key, one.old)
