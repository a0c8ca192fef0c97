"""Where instances go that an undo cannot simply put back: changed, or made since.

What a carrier gave can be taken back through the inverses of its steps (``returned``).
All is computed while the new code is in force, for inverses are part of it; nothing is
changed until ``put``, which cannot fail.
"""

from __future__ import annotations

import gc
from collections import Counter
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any

from gameserver.errors import NoWayBack, PluginError
from gameserver.reload.fields import dict_of
from gameserver.reload.kinds import is_of, members_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gameserver.reload.carried import Carried
    from gameserver.reload.fields import Fields
    from gameserver.reload.tasks import Task

    Fresh = Callable[[], list[object]]
    TaskOf = Callable[[type], Task | None]

_MANY = 3  # reasons that a refusal lists
_NAMED = 5  # instances that it names


class WayBack:
    """The fields that some instances go back to, and those that have no way back.

    ``touched``, ``made``: how many of the latter were changed or made since; ``made``
    by class. ``task``: gives what serves an instance.
    """

    def __init__(self, task: TaskOf) -> None:
        self.touched = 0
        self.made: Counter[type] = Counter()
        self._task = task
        self._fields: list[tuple[object, Fields]] = []
        self._reasons: dict[str, None] = {}
        self._names: list[str] = []

    def add_touched(self, subjects: Iterable[object]) -> None:
        """Enter carried instances that have changed since."""
        self.add_lost(one for one in subjects if not self._has_found(one))

    def add_lost(self, subjects: Iterable[object]) -> None:
        """Enter such ones that no inverse leads back."""
        for one in subjects:
            self.touched += 1
            name = _name(one) if len(self._names) < _NAMED else None
            if name is not None:
                self._names.append(name)

    def add_made(self, subjects: Iterable[object]) -> None:
        """Enter instances that were made since."""
        for one in subjects:
            if not self._has_found(one):
                self.made[type(one)] += 1

    @property
    def found(self) -> set[int]:
        """Give the ids of those that have one, and of their dicts."""
        subjects = [subject for subject, _ in self._fields]
        return {id(one) for x in subjects for one in (x, dict_of(x))}

    def put(self, set_fields: Callable[[Any, Fields], object]) -> None:
        """Give those that have a way back their fields of before."""
        for subject, fields in self._fields:
            set_fields(subject, fields)

    @property
    def why(self) -> str:
        """Say what stands in the way; "" if nothing does."""
        if self.touched:
            text = self._who
        elif self.made:
            owner, number = next(iter(self.made.items()))
            name = f"{owner.__module__}.{owner.__qualname__}"
            text = f"{number} instances of {name} were made since, in the new version"
        else:
            return ""
        reasons = list(self._reasons)[:_MANY]
        return "; ".join([text, *reasons])

    @property
    def _who(self) -> str:
        """Say how many have changed, and who: the first that have a name."""
        number, names = self.touched, ", ".join(self._names)
        have = "instance has" if number == 1 else "instances have"
        text = f"{number} migrated {have} changed since"
        if not names:
            return text
        more = number - len(self._names)
        return f"{text}: {names}{f' and {more} more' if more else ''}"

    def _has_found(self, subject: object) -> bool:
        task = self._task(type(subject))
        returned = getattr(task.carrier, "returned", None) if task else None
        if returned is None:
            return False
        try:
            self._fields.append((subject, returned(subject)))
        except PluginError as error:
            self._reasons[_shown(error)] = None
            return False
        return True


def way_back(carried: Carried, fresh: Fresh, task: TaskOf) -> WayBack:
    """Find it for all of a release; nothing is changed.

    ``fresh``: gives those made since. Nothing but an inverse says what they would have
    been in the old version.
    """
    found = _way_back(carried, fresh(), task)
    if found.made:
        del found
        gc.collect()  # a scan finds the dead that nobody has collected, too
        found = _way_back(carried, fresh(), task)
    return found


def best_way_back(carried: Carried, fresh: Fresh, task: TaskOf) -> WayBack | None:
    """Find it for those who have one; it does not raise."""
    try:
        return _way_back(carried, fresh(), task)
    except Exception:  # noqa: BLE001 - an author's class; without it more is lost
        return None


def _way_back(carried: Carried, fresh: list[object], task: TaskOf) -> WayBack:
    found = WayBack(task)
    touched, shown = carried.touched(), carried.touched_in_containers()
    found.add_lost(shown.values())  # what a hook did in place has no inverse
    found.add_touched(one for key, one in touched.items() if key not in shown)
    found.add_made(fresh)
    return found


def _name(subject: object) -> str | None:
    """Give the name of an avatar or service, None for what has none.

    It is in the seat that the server gave it. The property ``name`` is not asked, for a
    class of an author may have one of its own: no author code runs here.
    """
    seat = dict.get(dict_of(subject) or {}, "_seat")
    slot = members_of(type(seat)).get("name")
    found = slot.__get__(seat) if is_of(slot, MemberDescriptorType) else None
    return found if type(found) is str else None


def _shown(error: PluginError) -> str:
    if isinstance(error, NoWayBack):
        return f"{error}; {error.remedy[0].lower()}{error.remedy[1:].rstrip('.')}"
    return str(error)
