"""What a world is at one moment, to be compared after a release that left nothing."""

from __future__ import annotations

import sys
from types import FunctionType
from typing import TYPE_CHECKING, Any

from gameserver.model.stateful import snapshot_of

if TYPE_CHECKING:
    from gameserver.server.resident import Resident
    from gameserver.store.memory import MemoryStore
    from gameserver.testing.world import World

_LATER = frozenset({
    "__memos__", "__msgspec_cache__", "__routes__", "__signatures__", "__state_shape__",
    "__annotations__",
})  # fmt: skip
"""What is made anew whenever somebody asks for it."""
_ABSENT = object()


class Picture:
    """What a world is: all that a release that left nothing must leave as it was.

    Texts, names and code; live objects, their fields, timers and windows; what is
    stored, and who serves. Keeps all of that alive.
    """

    def __init__(self, world: World) -> None:
        self._parts: dict[str, object] = {}
        """By title, what must be equal."""
        self._same: dict[str, object] = {}
        """By full name, what must be the same object."""
        for module, text in world.texts.items():
            self._parts[f"the text of {module}"] = text
            self._names(module, vars(sys.modules[module]), module)
        due = sorted(call.getTime() for call in world.clock.getDelayedCalls())
        self._parts["when timers are due"] = due
        for one in (*world.game.roster, *world.game.troupe):
            self._resident(one)
        self._same["the cast"] = world.game.cast
        self._stored(world.store)
        self._parts["the releases in force"] = len(world.releases_in_force)

    def unlike(
        self, other: Picture, but: frozenset[str] = frozenset()
    ) -> tuple[str, object, object] | None:
        """Give the first thing that is another there: title, here, there.

        ``but``: titles that may differ.
        """
        for mine, theirs, differs in (
            (self._parts, other._parts, _is_unequal),
            (self._same, other._same, _is_another),
        ):
            for title in [x for x in dict.fromkeys([*mine, *theirs]) if x not in but]:
                here, there = mine.get(title, _ABSENT), theirs.get(title, _ABSENT)
                if differs(here, there):
                    return title, _said(here), _said(there)
        return None

    def _stored(self, store: MemoryStore) -> None:
        """Keep all states; a revision more of the same is no change."""
        for (kind, name), one in store.snapshots.rows.items():
            title = f"the stored state of {kind} {name}"
            self._parts[title] = one.version, one.state

    def _names(self, title: str, names: Any, module: str) -> None:  # noqa: ANN401 - a namespace
        for name, value in list(names.items()):
            if name in _LATER or name == "__builtins__":
                continue
            full = f"{title}.{name}"
            self._same[full] = value
            if isinstance(value, FunctionType):
                self._function(full, value)
            elif _is_class_of(module, value):
                self._parts[f"the bases of {full}"] = value.__bases__
                if title == module:
                    self._names(full, vars(value), module)

    def _function(self, full: str, function: FunctionType) -> None:
        self._same[f"the code of {full}"] = function.__code__
        self._parts[f"the defaults of {full}"] = function.__defaults__
        self._parts[f"the keyword defaults of {full}"] = function.__kwdefaults__
        cells = function.__closure__ or ()
        self._parts[f"the cells of {full}"] = [id(cell) for cell in cells]

    def _resident(self, one: Resident[Any]) -> None:
        subject = one.subject
        title = f"{subject.kind} {subject.name}"
        self._same[f"the object of {title}"] = subject
        self._same[f"the class of {title}"] = type(subject)
        self._parts[f"the state of {title}"] = _state(subject)
        self._parts[f"the windows of {title}"] = [id(x) for x in one.clients]
        self._parts[f"the timers of {title}"] = one.timers.shown
        # After the state: whoever waits to be migrated has been, by now.
        for name, value in vars(subject).items():
            self._same[f"the field {name} of {title}"] = value


def _is_class_of(module: str, value: object) -> bool:
    return isinstance(value, type) and value.__module__ == module


def _state(subject: Any) -> object:  # noqa: ANN401 - an avatar or a service
    try:
        return snapshot_of(subject, 1).state
    except Exception as error:  # noqa: BLE001 - an author's field may be unfit for a while
        return repr(error)


def _is_unequal(here: object, there: object) -> bool:
    return here is not there and here != there


def _is_another(here: object, there: object) -> bool:
    return here is not there


def _said(value: object) -> object:
    return "nothing" if value is _ABSENT else value
