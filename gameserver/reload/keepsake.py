"""One thing as it was: a container, an object, a class or a cell; put back exactly."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Protocol

from gameserver.reload.contents import Kind, are_found_alike, is_same, run
from gameserver.reload.fields import Slot, dict_of, fill_slots, slots_in, storage_of
from gameserver.reload.instances import enter, is_known
from gameserver.reload.kinds import members_of, memos_of, set_class
from gameserver.reload.same import EMPTY, content

if TYPE_CHECKING:
    from types import CellType, FunctionType

_MISSING = object()
FACTORY: Slot = vars(defaultdict)["default_factory"]
"""Where a ``defaultdict`` keeps its factory: a slot like any other."""


class Keepsake(Protocol):
    """What something was. All compare by identity, and run no code of the game."""

    @property
    def subject(self) -> Any:  # noqa: ANN401 - any object of a game
        """Give what it is about."""
        ...

    def changed(self) -> list[object]:
        """Give the keys that are other now; one that says little if there are none."""
        ...

    def put_back(self) -> object:
        """Make it what it was; give what was there, to be held until all is done."""
        ...

    def now(self) -> Keepsake:
        """Give what it is now, of the keys that are other."""
        ...


class Table:
    """A container's content."""

    __slots__ = ("_content", "_kind", "subject")

    def __init__(self, subject: Any, kind: Kind) -> None:  # noqa: ANN401 - a container
        self.subject = subject
        self._kind = kind
        self._content = kind.copy(subject)

    def changed(self) -> list[object]:
        """Give the keys that are other now; None for what has none, or their order."""
        now = self._kind.copy(self.subject)
        if self._is_as(now):
            return []
        if isinstance(now, dict):
            return changed_keys(self._content, now) or [None]
        return [None]

    def put_back(self) -> object:
        """Fill it as it was, in one pass."""
        now = self._kind.copy(self.subject)
        if not self._is_as(now):
            run(self._kind.fill(self.subject, self._content))
        return now

    def _is_as(self, now: Any) -> bool:  # noqa: ANN401 - a copy of the content
        return is_same(self._content, now) and are_found_alike(self._content, now)

    def now(self) -> Table:
        """Give all that is in it now."""
        return Table(self.subject, self._kind)

    def reads_fast(self) -> None:
        """Make reads of an object fast again; see ``fields.refill``."""
        run(self._kind.fill(self.subject, self._content))


class Fielded:
    """An object's class, its slots, and which dict it has; not what is in the dict."""

    __slots__ = ("_fields", "_owner", "_slots", "_storage", "subject")

    def __init__(self, subject: Any, storage: tuple[Slot, ...]) -> None:  # noqa: ANN401 - any object of a game
        self.subject = subject
        self._owner = type(subject)
        self._fields = dict_of(subject)
        self._storage = storage
        self._slots = slots_in(subject, storage)

    def changed(self) -> list[object]:
        """Give the slots that are other, and names for the class and the dict."""
        if type(self.subject) is not self._owner:
            return ["__class__"]
        slots = slots_in(self.subject, self._storage)
        found: list[object] = [
            slot.__name__ for slot in changed_keys(self._slots, slots)
        ]
        return found + ["__dict__"] * (dict_of(self.subject) is not self._fields)

    def put_back(self) -> object:
        """Give it its class and dict, then its slots."""
        held = [dict_of(self.subject)]
        if type(self.subject) is not self._owner:
            set_class(self.subject, self._owner)
            if is_known(self._owner):
                enter(self.subject)
        if dict_of(self.subject) is not self._fields:
            object.__setattr__(self.subject, "__dict__", self._fields)
        now = slots_in(self.subject, self._storage)
        fill_slots(self.subject, self._slots, self._storage)
        return held, now

    def now(self) -> Fielded:
        """Give what it is now; its class may be another, with slots of its own."""
        owner = type(self.subject)
        if owner is self._owner:
            return Fielded(self.subject, self._storage)
        return Fielded(self.subject, storage_of(owner))


class Members:
    """A class's attributes, name and bases; of ``names`` only, if they are given."""

    __slots__ = ("_members", "_names", "subject")

    def __init__(self, subject: type, names: list[str] | None = None) -> None:
        self.subject = subject
        self._names = names
        now = _members(subject)
        wanted = now if names is None else names
        self._members = {name: now[name] for name in wanted if name in now}

    def changed(self) -> list[object]:
        """Give the attributes that are other now."""
        return list(self._others())

    def _others(self) -> list[str]:
        now = _members(self.subject)
        names = self._names
        if names is None:
            return changed_keys(self._members, now)
        return [
            name
            for name in names
            if self._members.get(name, _MISSING) is not now.get(name, _MISSING)
        ]

    def put_back(self) -> object:
        """Set back those that are other."""
        held = []
        for name in self._others():
            held.append(_members(self.subject).get(name))
            if name in self._members:
                type.__setattr__(self.subject, name, self._members[name])
            else:
                type.__delattr__(self.subject, name)
        return held

    def now(self) -> Members:
        """Give what those that are other are now."""
        return Members(self.subject, self._others())

    def narrow(self) -> None:
        """Keep only those that are other now."""
        self._names = self._others()
        self._members = {
            name: self._members[name] for name in self._names if name in self._members
        }


class Working:
    """What a function runs, and what it is given when a call does not give it."""

    __slots__ = ("_parts", "subject")

    def __init__(self, subject: FunctionType) -> None:
        self.subject = subject
        self._parts = _working(subject)

    def changed(self) -> list[object]:
        """Give the parts that are other now, attributes among them."""
        return [*changed_keys(self._parts, _working(self.subject))]

    def put_back(self) -> object:
        """Set back those that are other."""
        now = _working(self.subject)
        for name in changed_keys(self._parts, now):
            if name in self._parts:
                setattr(self.subject, name, self._parts[name])
            else:
                delattr(self.subject, name)
        return now

    def now(self) -> Working:
        """Give what it is now."""
        return Working(self.subject)


class Celled:
    """What is in a function's cell."""

    __slots__ = ("_content", "subject")

    def __init__(self, subject: CellType) -> None:
        self.subject = subject
        self._content = content(subject)

    def changed(self) -> list[object]:
        """Say whether it is other now."""
        return [] if content(self.subject) is self._content else [None]

    def put_back(self) -> object:
        """Put it back, or make the cell empty."""
        now = content(self.subject)
        if self._content is not EMPTY:
            self.subject.cell_contents = self._content
        elif now is not EMPTY:
            del self.subject.cell_contents
        return now

    def now(self) -> Celled:
        """Give what is in it now."""
        return Celled(self.subject)


_OF_CLASSES = ("__name__", "__qualname__", "__bases__")
_OF_FUNCTIONS = ("__code__", "__defaults__", "__kwdefaults__", "__doc__")


def _members(subject: type) -> dict[str, Any]:
    named = {name: type.__getattribute__(subject, name) for name in _OF_CLASSES}
    found = {**named, **members_of(subject)}
    for name in memos_of(subject):  # anybody may make them anew
        found.pop(name, None)
    return found


def _working(subject: FunctionType) -> dict[str, Any]:
    return {name: getattr(subject, name) for name in _OF_FUNCTIONS} | vars(subject)


def changed_keys(before: Any, after: Any) -> list[Any]:  # noqa: ANN401 - mappings
    """Give the keys of which two mappings hold different objects, or only one holds."""
    names = [*before, *(name for name in after if name not in before)]
    return [
        name
        for name in names
        if before.get(name, _MISSING) is not after.get(name, _MISSING)
    ]
