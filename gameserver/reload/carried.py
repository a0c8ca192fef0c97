"""The instances that a release has carried: as they were, and as it left them."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from gameserver.reload.fields import (
    Fields,
    Slot,
    dict_of,
    fill_slots,
    same_fields,
    slots_in,
    storage_of,
)
from gameserver.reload.giving import is_unchanged
from gameserver.reload.lending import Lent, Shown, inside
from gameserver.reload.quick import refill
from gameserver.reload.verdict import MISSING

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

    Find = Callable[[], Any]
    _Kept = tuple[Find, Fields, Fields, Lent]


class Carried:
    """Per instance: what gives it, or None; its fields before, and after.

    Containers are compared with copies of their own, and put back if a hook has changed
    them in place.
    """

    def __init__(self) -> None:
        # Deques: a long list may have to be moved to grow, amid one slice. They are
        # walked as copies, made in one C step, for other threads may carry meanwhile.
        self._kept: deque[_Kept] = deque()
        self.add: Callable[[_Kept], None] = self._kept.append
        """Enter one: what gives it, its fields before and after, their containers."""
        self._shown: deque[tuple[Find, Shown]] = deque()
        self._storage: dict[type, tuple[Slot, ...]] = {}

    def show(self, find: Find, shown: Shown) -> None:
        """Enter the containers of one, if none else remembers that a hook had them."""
        if shown.has_changed():
            self._shown.append((find, shown))

    def let_go(self, clock: Callable[[], float], limit: float) -> int:
        """Forget a few until ``clock`` gives ``limit``; give how many are left."""
        # After each: 20 with containers of 5,000 others took 20 ms, where a look at the
        # clock is a fiftieth of the price of a small one.
        for remembered in (self._shown, self._kept):
            while remembered:
                remembered.popleft()
                if clock() >= limit:
                    return len(self._shown) + len(self._kept)
        return 0

    def alive(self) -> Iterator[object]:
        """Give those that still live."""
        return (one for find, *_ in self._kept.copy() if (one := find()) is not None)

    def held(self) -> set[int]:
        """Give the ids of what lay in their fields, and in the containers in these."""
        return {
            id(part)
            for *_, after, lent in self._kept.copy()
            for part in inside(_as_left(after, lent))
        }

    def touched(self) -> dict[int, object]:
        """Give those whose fields have changed since, by id."""
        found = {
            id(subject): subject
            for find, _, after, lent in self._kept.copy()
            if (subject := find()) is not None
            and not self._is_as_left(subject, after, lent)
        }
        return found | self.touched_in_containers()

    def touched_in_containers(self) -> dict[int, object]:
        """Give those with containers that a hook changed, and somebody since."""
        return {
            id(subject): subject
            for find, shown in self._shown.copy()
            if (subject := find()) is not None and shown.is_touched()
        }

    def _is_as_left(self, subject: object, after: Fields, lent: Lent) -> bool:
        if not same_fields(self.fields(subject), after):
            return False
        return all(is_unchanged(one, copy) for one, copy in lent)

    def losing(self, settled: Container[int] = ()) -> int:
        """Count those that a late ``put_back`` takes something from.

        ``settled``: ids of those who lose nothing.
        """
        found = {
            id(subject)
            for find, before, after, lent in self._kept.copy()
            if (subject := find()) is not None
            and id(subject) not in settled
            and self._loses(subject, before, after, lent)
        }
        for find, shown in self._shown.copy():
            subject = find()
            if subject is not None and shown.is_touched():
                found.add(id(subject))
        return len(found)

    def _loses(
        self, subject: object, before: Fields, after: Fields, lent: Lent
    ) -> bool:
        now = self.fields(subject)
        made = _made(before, after)
        if any(_value(now, name) is not _value(after, name) for name in made):
            return True
        own = {id(after[name]) for name in made if name in after}
        return any(id(x) in own and not is_unchanged(x, copy) for x, copy in lent)

    def put_back(self, *, is_late: bool = False) -> None:
        """Give each the fields it had.

        ``is_late``: a field that the carry left alone keeps what it holds by now, and
        one that came since stays.
        """
        for find, before, after, _ in reversed(self._kept):
            subject = find()
            if subject is None:
                continue
            fields = before
            if is_late:
                fields = _late(before, after, self.fields(subject))
            self.set_fields(subject, fields)
        for _, shown in reversed(self._shown):
            shown.put_back()
        self._kept.clear()
        self._shown.clear()

    def fields(self, subject: Any) -> Fields:  # noqa: ANN401 - any object of a game
        """Copy an instance's fields."""
        table = dict_of(subject)
        storage = self._storage.get(type(subject))
        if storage is None:
            storage = self.storage_of(type(subject))
        if not storage:
            return {} if table is None else table.copy()
        return (table or {}) | slots_in(subject, storage)

    def set_fields(self, subject: Any, fields: Fields) -> None:  # noqa: ANN401 - as above
        """Give an instance such fields."""
        if same_fields(self.fields(subject), fields):
            return
        storage = self.storage_of(type(subject))
        fill_slots(subject, fields, storage)
        own = dict_of(subject)
        if own is not None:
            refill(own, {key: fields[key] for key in fields if key not in storage})

    def storage_of(self, owner: type) -> tuple[Slot, ...]:
        """Give the slots of a class; asked once."""
        found = self._storage.get(owner)
        if found is None:
            found = self._storage[owner] = storage_of(owner)
        return found


def _made(before: Fields, after: Fields) -> set[Any]:
    """Give the names of the fields that a carry has given, changed or taken."""
    names = before.keys() | after.keys()
    return {one for one in names if _value(before, one) is not _value(after, one)}


def _late(before: Fields, after: Fields, now: Fields) -> Fields:
    """Give what a carry has given, changed or taken as it was; the rest as it is."""
    made = _made(before, after)
    came = [name for name in now if name not in made and name not in before]
    stays = [name for name in before if name in made or name in now]
    return {name: (before if name in made else now)[name] for name in stays + came}


def _value(fields: Fields, name: object) -> object:
    return fields.get(name, MISSING)


def _as_left(after: Fields, lent: Lent) -> Fields:
    """Give fields with the copies of containers in their place."""
    copies = {id(one): copy for one, copy in lent}
    return {name: copies.get(id(one), one) for name, one in after.items()}
