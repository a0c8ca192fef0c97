"""What CPython lays down in memory: slots and bases, as far as they can change.

A new slot on a class whose instances can be weakly referenced is kept beside the
instances until the next start. Anything else that needs other memory is refused.
"""

from __future__ import annotations

import operator
import weakref
from collections import deque
from functools import partial
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any

from gameserver.reload.kinds import bases_of, is_of, members_of

if TYPE_CHECKING:
    from gameserver.reload.desk import ModuleDesk
    from gameserver.reload.record import ClassRecord
    from gameserver.reload.translate import Translation


class SideSlot:
    """A slot that a live class gained: its values lie in a table beside.

    Reads cost a lookup more than a real slot, until the next start makes it one. An
    instance of a subclass that has a dict keeps the value there, as any other field:
    what puts, copies and takes back fields knows it, and so does a commit in C.
    """

    def __init__(self, owner: type, name: str) -> None:
        self.__objclass__ = owner
        self.__name__ = name
        self._values: dict[int, tuple[weakref.ref[Any], object]] = {}

    def __get__(self, subject: object, owner: type | None = None) -> Any:  # noqa: ANN401 - what was set
        if subject is None:
            return self
        try:
            if type(subject).__dictoffset__:
                return _dict_of(subject)[self.__name__]
            return self._values[id(subject)][1]
        except KeyError:
            raise AttributeError(self.__name__) from None

    def beside(self, subject: object) -> Any:  # noqa: ANN401 - what was set
        """Give what lies beside an instance, and not in a dict of its own."""
        try:
            return self._values[id(subject)][1]
        except KeyError:
            raise AttributeError(self.__name__) from None

    def __set__(self, subject: object, value: object) -> None:
        if type(subject).__dictoffset__:
            _dict_of(subject)[self.__name__] = value
            return
        key, values = id(subject), self._values
        self._values[key] = (
            weakref.ref(subject, lambda _: values.pop(key, None)),
            value,
        )

    def __delete__(self, subject: object) -> None:
        there = type(subject).__dictoffset__
        table: Any = _dict_of(subject) if there else self._values
        key = self.__name__ if there else id(subject)
        if table.pop(key, _NOTHING) is _NOTHING:
            raise AttributeError(self.__name__)


_NOTHING = object()


def _dict_of(subject: object) -> dict[str, Any]:
    found: dict[str, Any] = object.__getattribute__(subject, "__dict__")
    return found


def slots_of(owner: type) -> frozenset[str]:
    """Give the names of the slots that this very class adds."""
    return frozenset(
        name
        for name, member in members_of(owner).items()
        if is_of(member, (MemberDescriptorType, SideSlot))
    )


def merge_slots(path: str, live: type, staged: type, desk: ModuleDesk) -> None:
    """Lay down side slots for new ones, and remove the descriptors of old ones."""
    before, after = slots_of(live), slots_of(staged)
    for name in sorted(after - before) if not live.__dictoffset__ else ():
        desk.set(live, name, SideSlot(live, name))
        desk.note("added", f"{path}.{name}", "a slot beside the instances")
    for name in sorted(before - after):
        if name in members_of(staged):
            continue
        desk.delete(live, name)
        desk.note("removed", f"{path}.{name}", "a slot")
    if "__slots__" in members_of(staged) and "__slots__" in members_of(live):
        desk.set(live, "__slots__", members_of(staged)["__slots__"])


def problem(
    live: type, staged: type, bases: tuple[type, ...], known: tuple[type, ...]
) -> str:
    """Say why a class cannot change in place, by its slots or bases; "" if it can."""
    if staged.__dictoffset__ and not live.__dictoffset__:
        return "instances would need a __dict__, which their memory lacks"
    kinds = (type(live), type(staged))
    if kinds[0] is not kinds[1] and type in kinds:
        return f"metaclass {kinds[1].__name__} in place of {kinds[0].__name__}"
    new = sorted(slots_of(staged) - slots_of(live))
    if new and not live.__dictoffset__ and not live.__weakrefoffset__:
        return f"slots {', '.join(new)} need other memory"
    if bases in (bases_of(live), known) or bases_of(live) != known:
        return ""
    why = why_not(live, bases)
    return f"bases {_names(bases)}: {why}" if why else ""


def merge_bases(
    path: str,
    live: type,
    staged: type,
    known: ClassRecord,
    translation: Translation,
    desk: ModuleDesk,
) -> None:
    """Lay down other bases and another metaclass, if CPython can take them."""
    meta = translation(type(staged))
    if meta is not type(live):
        desk.set(live, "__class__", meta)
        desk.note("patched", path, f"metaclass {meta.__name__}")
    bases = translation(bases_of(staged))
    if bases in (bases_of(live), known.bases):
        return
    if bases_of(live) != known.bases:
        desk.note("conflict", path, "bases were changed at run time; those stay")
        return
    desk.set(live, "__bases__", bases)
    desk.note("patched", path, f"bases {_names(bases)}")


def why_not(live: type, bases: tuple[type, ...]) -> str:
    """Say why a class cannot take other bases; tries it, and back, in one C pass."""
    here = bases_of(live)
    tries = [
        partial(type.__setattr__, live, "__bases__", bases),
        partial(type.__setattr__, live, "__bases__", here),
    ]
    try:
        deque(map(operator.call, tries), maxlen=0)
    except TypeError as error:
        return str(error)
    return ""


def _names(bases: tuple[type, ...]) -> str:
    return ", ".join(one.__name__ for one in bases)
