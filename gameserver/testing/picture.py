"""What a world is at one moment, to be compared after a release that left nothing."""

from __future__ import annotations

import sys
from types import FunctionType
from typing import TYPE_CHECKING, Any

from gameserver.model.stateful import snapshot_of

if TYPE_CHECKING:
    from gameserver.testing.world import World

_LATER = ("__memos__", "__signatures__", "__state_shape__", "__annotations__")
"""What is made anew whenever somebody asks for it."""
_ABSENT = object()


class Picture:
    """Texts, names, code, live state and timers. Keeps all of them alive."""

    def __init__(self, world: World) -> None:
        self._parts: dict[str, object] = {}
        """By title, what must be equal."""
        self._same: dict[str, object] = {}
        """By full name, what must be the same object."""
        for module, text in world.texts.items():
            self._parts[f"the text of {module}"] = text
            self._names(module, vars(sys.modules[module]), module)
        for one in (*world.game.roster, *world.game.troupe):
            title = f"{one.subject.kind} {one.subject.name}"
            self._parts[f"the state of {title}"] = _state(one.subject)
            self._parts[f"the windows of {title}"] = [id(x) for x in one.clients]
        due = sorted(call.getTime() for call in world.clock.getDelayedCalls())
        self._parts["when timers are due"] = due

    def unlike(self, other: Picture) -> tuple[str, object, object] | None:
        """Give the first thing that is another there: title, here, there."""
        for mine, theirs, differs in (
            (self._parts, other._parts, _is_unequal),
            (self._same, other._same, _is_another),
        ):
            for title in dict.fromkeys([*mine, *theirs]):
                here, there = mine.get(title, _ABSENT), theirs.get(title, _ABSENT)
                if differs(here, there):
                    return title, _said(here), _said(there)
        return None

    def _names(self, title: str, names: Any, module: str) -> None:  # noqa: ANN401 - a namespace
        for name, value in list(names.items()):
            if name in _LATER or name == "__builtins__":
                continue
            full = f"{title}.{name}"
            self._same[full] = value
            if isinstance(value, FunctionType):
                self._same[f"the code of {full}"] = value.__code__
            elif title == module and _is_class_of(module, value):
                self._names(full, vars(value), module)


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
