"""Carry live instances to the new version of their class.

Instances of registered classes are known, and may wait: they are carried on first
touch, or in slices. Those of other classes are found by a scan of the heap, at once.
"""

from __future__ import annotations

import gc
import threading
import weakref
from collections import Counter
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from gameserver.errors import ReleaseRefused
from gameserver.reload.fields import (
    Fields,
    Slot,
    dict_of,
    fill_slots,
    refill,
    same_fields,
    slots_in,
    storage_of,
)
from gameserver.reload.instances import alive, family, is_known
from gameserver.reload.journal import no_collection
from gameserver.reload.lending import Loan, holds_containers, inside, is_unchanged
from gameserver.reload.newborn import Newborn
from gameserver.reload.pending import Pending
from gameserver.reload.scan import instances_of, settled
from gameserver.reload.tasks import Task, combined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gameserver.reload.memento import Memento
    from gameserver.reload.plan import Scan

    Clock = Callable[[], float]


class Migrations:
    """The instances of one release: those carried, and those that wait.

    ``failed``: told when a carry fails that waited; the release is to be undone.
    """

    def __init__(
        self,
        tasks: list[Task],
        memento: Memento,
        clock: Clock,
        failed: Callable[[object, BaseException], object],
    ) -> None:
        self.tasks = tasks
        self._by_class: dict[type, Task | None] = {}
        self._memento = memento
        self._clock = clock
        self._failed = failed
        self._pending: Pending | None = None
        self._carried: list[tuple[Callable[[], Any], Fields, Fields, Fields | None]]
        """What gives the instance (or None), its fields before, after, and these with
        copies of its containers, if it has some."""
        self._carried = []
        self._storage: dict[type, tuple[Slot, ...]] = {}
        self._born: list[Callable[[], object]] = []
        self.newborn: Newborn = Newborn()
        """Instances that the new texts made: nothing is to be carried."""
        self.scans: list[Scan] = []

    @property
    def left(self) -> int:
        """How many instances still wait."""
        return self._pending.left if self._pending else 0

    def wait(self) -> list[Callable[[], object]]:
        """Let the instances of registered classes wait; give the writes that do so."""
        known = [one.owner for one in self.tasks if is_known(one.owner)]
        if not known:
            return []
        self._pending = Pending(known, self._carry_later, self._failed, self._clock)
        writes = [
            partial(type.__setattr__, owner, name, value)
            for owner, name, value in self._pending.writes()
        ]
        return [*writes, self._pending.begin]

    @contextmanager
    def unseen(self) -> Iterator[None]:
        """Let this thread look at instances that wait without touching them."""
        if self._pending is None:
            yield
            return
        self._pending.exempt = threading.get_ident()
        try:
            yield
        finally:
            self._pending.exempt = None

    def run(self) -> None:
        """Carry, now, every instance that does not wait; raises what a carry raises."""
        done: set[int] = set()
        with no_collection():  # many small dicts are made, and none is garbage
            for task in self.tasks:
                if self._pending is None or not is_known(task.owner):
                    for one in self._found(task):
                        own = self._task(type(one))
                        if own is None or id(one) in done or one in self.newborn:
                            continue
                        done.add(id(one))
                        self._carry_now(own, one)
        self._enter_made(self._instances(self.scans))
        self._born = self.newborn.weakly()
        self.newborn = Newborn()  # or it would keep them alive

    def present(self) -> list[object]:
        """Give the live instances of the classes whose instances are to be carried."""
        return list(self._instances(self.scans).values())

    def enter_made(self, before: list[object]) -> None:
        """Take those that are not among some as made in their new version."""
        known = set(map(id, before))
        for key, one in self._instances(self.scans).items():
            if key not in known:
                self.newborn.add(one)

    def _enter_made(self, found: dict[int, object]) -> None:
        """Enter what the steps and hooks of instances have made."""
        carried = {id(find()) for find, *_ in self._carried}
        for key, one in found.items():
            if key not in carried and not self._waits(one):
                self.newborn.add(one)

    def _instances(self, scans: list[Scan]) -> dict[int, object]:
        """Find the instances of all classes that have a carrier, by id."""
        wanted = [one.owner for one in self.tasks if one.carrier is not None]
        return settled(wanted, self._clock, scans)

    def _found(self, task: Task) -> list[object]:
        if is_known(task.owner):
            return list(alive(task.owner))
        return instances_of(family(task.owner), self._clock, self.scans)

    def _task(self, owner: type) -> Task | None:
        """Give what serves an instance: carriers of its bases first, then its own."""
        if owner not in self._by_class:
            by_owner = {one.owner: one for one in self.tasks}
            found = [by_owner[base] for base in owner.__mro__ if base in by_owner]
            self._by_class[owner] = combined(found) if found else None
        return self._by_class[owner]

    def _carry_now(self, task: Task, subject: Any) -> None:  # noqa: ANN401 - as above
        self._memento.keep(subject)
        before = self._fields(subject)
        self._step(task, subject)
        after = self._fields(subject)
        self._carried.append((partial(_itself, subject), before, after, _copied(after)))

    def _carry_later(self, subject: Any) -> None:  # noqa: ANN401 - as above
        task = self._task(type(subject))
        if task is None:
            return
        before = self._fields(subject)
        try:
            after = self._step(task, subject)
        except BaseException:
            self._set_fields(subject, before)
            raise
        if after is None or self._storage_of(type(subject)):
            after = self._fields(subject)
        self._carried.append((weakref.ref(subject), before, after, _copied(after)))

    def _step(self, task: Task, subject: object) -> Fields | None:
        try:
            return task(subject)
        except ReleaseRefused:
            raise
        except Exception as error:
            place = getattr(error, "place", "") or f"{task.file}:{task.line}"
            why = getattr(error, "text", f"{type(error).__name__}: {error}")
            text = why if why.startswith(f"{task.name}:") else f"{task.name}: {why}"
            raise ReleaseRefused(place, text, task.module, "migrate") from error

    def stop(self) -> None:
        """Carry nobody any more; those that wait stay what they are."""
        if self._pending is not None:
            self._pending.stop()
            self._pending.end()

    def advance(self, budget: float | None) -> int:
        """Carry for at most ``budget`` seconds; give how many are left."""
        if self._pending is None:
            return 0
        was_enabled = gc.isenabled()
        gc.disable()  # a full collection takes longer than a slice may
        try:
            return self._pending.advance(budget)
        finally:
            if was_enabled:
                gc.enable()  # last of all: it runs with the next container, not here

    def touched(self) -> int:
        """Count the carried instances whose fields have changed since."""
        return sum(
            1
            for find, _, after, copies in self._carried
            if (subject := find()) is not None
            and not self._is_as_left(subject, after, copies)
        )

    def _is_as_left(
        self, subject: object, after: Fields, copies: Fields | None
    ) -> bool:
        if not same_fields(self._fields(subject), after):
            return False
        return copies is None or is_unchanged(after, copies)

    def made_since(self) -> dict[str, int]:
        """Count the instances made since, of classes whose instances were carried.

        They have the fields of the new version only: nothing says what they would
        have been in the old one.
        """
        if self._fresh():
            gc.collect()  # a scan finds the dead that nobody has collected, too
        counted = Counter(map(type, self._fresh()))
        return {
            f"{owner.__module__}.{owner.__qualname__}": n
            for owner, n in counted.items()
        }

    def _fresh(self) -> list[object]:
        known = [find() for find, *_ in self._carried] + [one() for one in self._born]
        settled = {id(one) for one in known if one is not None}
        fresh = [
            one
            for key, one in self._instances([]).items()
            if key not in settled and not self._waits(one)
        ]
        # What a carried instance held at once, its step has made: or it was there.
        held = {
            id(part)
            for *_, after, copies in self._carried
            if fresh
            for part in inside(copies or after)
        }
        return [one for one in fresh if id(one) not in held]

    def _waits(self, subject: object) -> bool:
        return self._pending is not None and self._pending.waits(subject)

    def put_back(self) -> None:
        """Give every carried instance the fields it had."""
        for find, before, *_ in reversed(self._carried):
            subject = find()
            if subject is not None:
                self._set_fields(subject, before)
        self._carried = []

    def _fields(self, subject: Any) -> Fields:  # noqa: ANN401 - as above
        table = dict_of(subject)
        storage = self._storage_of(type(subject))
        if not storage:
            return {} if table is None else table.copy()
        return (table or {}) | slots_in(subject, storage)

    def _set_fields(self, subject: Any, fields: Fields) -> None:  # noqa: ANN401 - as above
        if same_fields(self._fields(subject), fields):
            return
        storage = self._storage_of(type(subject))
        fill_slots(subject, fields, storage)
        own = dict_of(subject)
        if own is not None:
            refill(own, {key: fields[key] for key in fields if key not in storage})

    def _storage_of(self, owner: type) -> tuple[Slot, ...]:
        found = self._storage.get(owner)
        if found is None:
            found = self._storage[owner] = storage_of(owner)
        return found


def _itself(subject: object) -> object:
    return subject


def _copied(fields: Fields) -> Fields | None:
    return Loan(fields).fields if holds_containers(fields) else None
