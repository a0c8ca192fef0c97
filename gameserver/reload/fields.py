"""The fields of an instance: its dict and its slots, read and written.

All reads and writes here go past the author's ``__getattribute__`` and past the
interceptors of instances that wait for a migration, unless they say otherwise.
"""

from __future__ import annotations

from itertools import starmap
from operator import call, ior
from types import MemberDescriptorType
from typing import Any

from gameserver.reload.kinds import flags_of, is_of, members_of, mro_of
from gameserver.reload.layout import SideSlot

Fields = dict[Any, Any]
"""Name to value; where an object has slots, their descriptors to values, too."""

Slot = MemberDescriptorType | SideSlot

_HEAP = 1 << 9  # Py_TPFLAGS_HEAPTYPE: made by a class statement
_read = object.__getattribute__
_clear = dict.clear


def slots_of(owner: type) -> tuple[str, ...]:
    """Give the names of the slots of a class and its bases, those of C left out."""
    return tuple(
        name
        for base in mro_of(owner)
        if flags_of(base) & _HEAP
        for name, member in members_of(base).items()
        if is_of(member, MemberDescriptorType)
    )


def storage_of(owner: type) -> tuple[Slot, ...]:
    """Give the descriptors of those slots, and of slots beside the instances."""
    return tuple(
        member
        for base in mro_of(owner)
        if flags_of(base) & _HEAP
        for member in members_of(base).values()
        if is_of(member, (MemberDescriptorType, SideSlot))
    )


def dict_of(subject: object) -> Fields | None:
    """Give an instance's dict; None if it has none."""
    try:
        found = _read(subject, "__dict__")
    except Exception:  # noqa: BLE001 - it has none, or a property of an author's
        return None
    is_dict = type(found) is dict or issubclass(type(found), dict)
    return found if is_dict else None


def slots_in(subject: object, storage: tuple[Slot, ...]) -> Fields:
    """Give what is in an instance's slots, by descriptor; empty ones are left out."""
    found: Fields = {}
    for slot in storage:
        # A slot beside the instances may make its default: not by our asking.
        get = SideSlot.beside if isinstance(slot, SideSlot) else type(slot).__get__
        try:
            found[slot] = get(slot, subject)  # type: ignore[arg-type]  # each its own
        except (AttributeError, TypeError):  # empty; or another class's by now
            continue
    return found


def fill_slots(subject: object, content: Fields, storage: tuple[Slot, ...]) -> None:
    """Give an instance's slots other content; those not in it become empty."""
    now = slots_in(subject, storage)
    for slot in storage:
        if slot not in content:
            if slot in now:
                slot.__delete__(subject)
        elif slot not in now or now[slot] is not content[slot]:
            slot.__set__(subject, content[slot])


def named_fields(subject: object) -> dict[str, Any]:
    """Give the values in an instance's slots and dict, by name."""
    slots = slots_in(subject, storage_of(type(subject)))
    named = {slot.__name__: value for slot, value in slots.items()}
    return named | (dict_of(subject) or {})


def all_fields(subject: Any) -> list[str]:  # noqa: ANN401 - any object of a game
    """Give the names that an instance has in its dict and its slots; as a touch."""
    slots = [slot.__name__ for slot in storage_of(type(subject))]
    there = [name for name in slots if hasattr(subject, name)]
    return list(dict.fromkeys([*there, *getattr(subject, "__dict__", ())]))


def put_fields(subject: Any, content: Fields) -> None:  # noqa: ANN401 - as above
    """Give an instance other fields, as its class's own methods do; others go."""
    for name in all_fields(subject):
        if name not in content:
            delattr(subject, name)
    for name, value in content.items():
        setattr(subject, name, value)


def same_fields(one: Fields, other: Fields) -> bool:
    """Say whether two hold the same objects."""
    return one.keys() == other.keys() and all(one[key] is other[key] for key in one)


def refill(fields: Fields, content: Fields) -> None:
    """Give an instance's dict other content; no thread sees it empty.

    It makes reads fast again, too: to ask an instance for its dict makes CPython keep
    one of a kind whose reads are slow (3.11: 14 ns, refilled 3.7 ns, never asked 2.7).
    """
    # any(): the first gives None, so it runs both, in C alone. Not dict.update: that
    # would make a tuple in between, and so perhaps begin a collection.
    any(starmap(call, ((_clear, fields), (ior, fields, content))))


def has_names(fields: Fields) -> bool:
    """Say whether all keys are strings, and so may be the names of fields."""
    try:
        {}.update(**fields)  # type: ignore[call-overload]  # the quickest way to ask
    except TypeError:
        return all(isinstance(one, str) for one in fields)
    return True
