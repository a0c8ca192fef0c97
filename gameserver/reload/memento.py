"""What an object or namespace holds, so that it can be put back exactly."""

from __future__ import annotations

import operator
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any

from gameserver.reload.instances import enter, is_known
from gameserver.reload.record import classes_of, own_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MANY = 100_000
_PLAIN = (dict, list, set)
_MISSING = object()


class Memento:
    """The class, fields and plain containers of some objects, at one moment."""

    def __init__(self) -> None:
        self._tables: dict[int, tuple[Any, Any]] = {}
        self._objects: dict[int, tuple[Any, type, Any, dict[str, Any]]] = {}
        self._names: dict[int, list[object]] = {}
        self._slots: dict[type, list[str]] = {}
        self._classes: dict[int, tuple[type, dict[str, Any]]] = {}
        self._attributes: list[tuple[type, dict[str, Any]]] = []
        """Classes, and what those of their attributes were that have changed."""

    def keep_namespace(
        self, namespace: dict[str, Any], is_own: Callable[[type], bool]
    ) -> None:
        """Remember a module's names, and what is in its classes and objects."""
        self.keep_table(namespace)
        names = own_names(namespace)
        for _, owner in classes_of(names, namespace["__name__"]):
            members = dict(vars(owner))
            self._classes.setdefault(id(owner), (owner, members))
            for one in members.values():
                if type(one) in _PLAIN:
                    self.keep_table(one)
        for value in names.values():
            if is_own(type(value)) and not isinstance(value, type):
                self.keep(value)

    def keep_table(self, table: Any) -> None:  # noqa: ANN401 - a dict, list or set
        """Remember a container and the plain containers in it."""
        waiting = [table]
        while waiting and len(self._tables) < MANY:
            one = waiting.pop()
            if id(one) in self._tables:
                continue
            self._tables[id(one)] = (one, one.copy())
            inner: Iterable[Any] = one.values() if isinstance(one, dict) else one
            waiting += [each for each in inner if type(each) in _PLAIN]

    def keep(self, subject: Any) -> None:  # noqa: ANN401 - any object of a game
        """Remember an object's class, fields and slots."""
        if id(subject) in self._objects:
            return
        fields = _slot(subject, "__dict__")  # past an interceptor: it may be waiting
        if fields is not _MISSING:
            self.keep_table(fields)
        owner = type(subject)
        if owner not in self._slots:
            self._slots[owner] = _slots(owner)
        slots = {name: _slot(subject, name) for name in self._slots[owner]}
        self._objects[id(subject)] = (subject, type(subject), fields, slots)

    def put_back(self) -> None:
        """Make everything what it was."""
        for subject, owner, fields, slots in self._objects.values():
            if type(subject) is not owner:
                object.__setattr__(subject, "__class__", owner)
                if is_known(owner):
                    enter(subject)
            if _slot(subject, "__dict__") is not fields:
                object.__setattr__(subject, "__dict__", fields)
            for name, value in slots.items():
                if value is not _MISSING:
                    object.__setattr__(subject, name, value)
                elif _slot(subject, name) is not _MISSING:
                    object.__delattr__(subject, name)
        for owner, changed in [*self._attributes, *self._class_changes()]:
            _set_back(owner, changed)
        for table, content in self._tables.values():
            _restore(table, content)

    def differences(self) -> Memento:
        """Remember, as they are now, the containers that have changed since."""
        found = Memento()
        for key, (table, content) in self._tables.items():
            if not _is_same(table, content):
                found._tables[key] = (table, table.copy())
                found._names[key] = _changed_keys(content, table)
        return found

    def forget_unchanged(self) -> None:
        """Give up the containers that are as they were; only changes are put back."""
        self._tables = {
            key: (table, content)
            for key, (table, content) in self._tables.items()
            if not _is_same(table, content)
        }
        self._attributes += self._class_changes()
        self._classes = {}

    def _class_changes(self) -> list[tuple[type, dict[str, Any]]]:
        found = (
            (owner, _changed_members(owner, members))
            for owner, members in self._classes.values()
        )
        return [one for one in found if one[1]]

    def tables(self) -> set[tuple[int, object]]:
        """Give, by id of the container, the keys found different by ``differences``."""
        return {(key, name) for key, names in self._names.items() for name in names}

    def changed_names(self) -> list[str]:
        """Name what is other now in the containers remembered."""
        return [
            str(name)
            for table, content in self._tables.values()
            if not _is_same(table, content)
            for name in _changed_keys(content, table) or ["a container"]
        ]


def _is_same(table: Any, content: Any) -> bool:  # noqa: ANN401 - a container and what was in it
    if len(table) != len(content):
        return False
    if isinstance(table, dict):
        return all(map(operator.is_, table, content)) and all(
            map(operator.is_, table.values(), content.values())
        )
    if isinstance(table, set):
        return set(map(id, table)) == set(map(id, content))
    return all(map(operator.is_, table, content))


def _changed_keys(before: Any, after: Any) -> list[object]:  # noqa: ANN401 - as above
    if not isinstance(before, dict):
        return []
    names = [*before, *(name for name in after if name not in before)]
    return [
        name
        for name in names
        if before.get(name, _MISSING) is not after.get(name, _MISSING)
    ]


def _restore(table: Any, content: Any) -> None:  # noqa: ANN401 - as above
    if _is_same(table, content):
        return
    if isinstance(table, list):
        table[:] = content
        return
    # In one pass of C: no thread may see a module without its names.
    add = table.extend if isinstance(table, deque) else table.update
    steps = [table.clear, partial(add, content)]
    deque(map(operator.call, steps), maxlen=0)


def _changed_members(owner: type, members: dict[str, Any]) -> dict[str, Any]:
    """Give the attributes of a class that are other now, as they were before."""
    now = vars(owner)
    names = [*members, *(name for name in now if name not in members)]
    return {
        name: members.get(name, _MISSING)
        for name in names
        if members.get(name, _MISSING) is not now.get(name, _MISSING)
    }


def _set_back(owner: type, changed: dict[str, Any]) -> None:
    for name, value in changed.items():
        if value is _MISSING:
            type.__delattr__(owner, name)
        else:
            type.__setattr__(owner, name, value)


def _slots(owner: type) -> list[str]:
    return [
        name
        for base in owner.__mro__
        for name, member in vars(base).items()
        if type(member).__name__ == "member_descriptor"
    ]


def _slot(subject: object, name: str) -> Any:  # noqa: ANN401 - any value of a game
    try:
        return object.__getattribute__(subject, name)
    except AttributeError:
        return _MISSING
