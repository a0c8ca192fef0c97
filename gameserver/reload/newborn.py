"""Instances that the new texts made, of classes that live on.

They come from the new text, so they need no migration and no hook. Those that a release
brings into the game are entered where their class's instances are known; the others,
doubles of live singletons that stay, are dropped with the staged modules.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING
from weakref import ref

from gameserver.reload.instances import enter, is_known
from gameserver.reload.kinds import fields_of
from gameserver.reload.walk import parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Newborn:
    """The staged instances of one release."""

    def __init__(self) -> None:
        self._instances: dict[int, object] = {}

    def add(self, instance: object) -> None:
        """Say that the new text made an instance."""
        self._instances[id(instance)] = instance

    def __contains__(self, instance: object) -> bool:
        return id(instance) in self._instances

    def weakly(self) -> list[Callable[[], object]]:
        """Give what gives them, or None; holds those that no weak reference can."""
        found = self._instances.values()
        return [
            ref(one) if type(one).__weakrefoffset__ else partial(_itself, one)
            for one in found
        ]

    def among(self, values: Iterable[object]) -> list[object]:
        """Give those in some values, and those that they hold."""
        found: list[object] = []
        waiting = deque(values)
        seen: set[int] = set()
        while waiting and len(found) < len(self._instances):
            one = waiting.popleft()
            if id(one) in seen:
                continue
            seen.add(id(one))
            if one in self:
                found.append(one)
                waiting.extend(fields_of(one).values())
            waiting.extend(parts(one, _nobody))
        return found

    def enter(self, values: Iterable[object]) -> None:
        """Enter those in some values, and those that they hold; no others."""
        for one in self.among(values):
            if is_known(type(one)):
                enter(one)


def _itself(instance: object) -> object:
    return instance


def _nobody(owner: type) -> bool:
    """Say of every class that it is not looked into: live objects are left alone."""
    del owner
    return False
