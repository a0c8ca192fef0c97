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
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any

from gameserver.errors import ReleaseRefused
from gameserver.reload.fields import Fields, refill
from gameserver.reload.instances import alive, family, is_known
from gameserver.reload.journal import no_collection
from gameserver.reload.kinds import flags_of, is_of, members_of, mro_of
from gameserver.reload.newborn import Newborn
from gameserver.reload.pending import Pending
from gameserver.reload.scan import instances_of
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
        self._carried: list[tuple[Callable[[], Any], Fields, Fields]] = []
        """What gives the instance (or None), its fields before, and after."""
        self._slots: dict[type, tuple[MemberDescriptorType, ...]] = {}
        self._born: list[weakref.ref[Any]] = []
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
        self._born = self.newborn.weakly()
        self.newborn = Newborn()  # or it would keep them alive

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
        self._carried.append((partial(_itself, subject), before, self._fields(subject)))

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
        if after is None or self._slots_of(type(subject)):
            after = self._fields(subject)
        self._carried.append((weakref.ref(subject), before, after))

    def _step(self, task: Task, subject: object) -> Fields | None:
        try:
            return task(subject)
        except ReleaseRefused:
            raise
        except Exception as error:
            place = getattr(error, "place", "") or f"{task.file}:{task.line}"
            why = getattr(error, "text", f"{type(error).__name__}: {error}")
            text = f"{task.name}: {why}"
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
        pairs = ((find(), after) for find, _, after in self._carried)
        return sum(
            1
            for subject, after in pairs
            if subject is not None and not _same_items(self._fields(subject), after)
        )

    def made_since(self) -> dict[str, int]:
        """Count the instances made since, of registered classes that were carried.

        They have the fields of the new version only: nothing says what they would
        have been in the old one.
        """
        known = [find() for find, _, _ in self._carried] + [one() for one in self._born]
        settled = {id(one) for one in known if one is not None}
        fresh = {
            id(one): type(one)
            for task in self.tasks
            if task.carrier is not None and is_known(task.owner)
            for one in alive(task.owner)
            if id(one) not in settled and not self._waits(one)
        }
        counted = Counter(fresh.values())
        return {
            f"{owner.__module__}.{owner.__qualname__}": n
            for owner, n in counted.items()
        }

    def _waits(self, subject: object) -> bool:
        return self._pending is not None and self._pending.waits(subject)

    def put_back(self) -> None:
        """Give every carried instance the fields it had."""
        for find, before, _ in reversed(self._carried):
            subject = find()
            if subject is not None:
                self._set_fields(subject, before)
        self._carried = []

    def _fields(self, subject: Any) -> Fields:  # noqa: ANN401 - as above
        table = _table(subject)
        fields: Fields = table.copy() if table is not None else {}
        for slot in self._slots_of(type(subject)):
            try:
                fields[slot] = slot.__get__(subject)
            except AttributeError:
                continue
        return fields

    def _set_fields(self, subject: Any, fields: Fields) -> None:  # noqa: ANN401 - as above
        now = self._fields(subject)
        if _same_items(now, fields):
            return
        slots = self._slots_of(type(subject))
        for slot in slots:
            if slot in fields:
                slot.__set__(subject, fields[slot])
            elif slot in now:
                slot.__delete__(subject)
        own = _table(subject)
        if own is not None:
            refill(own, {key: fields[key] for key in fields if key not in slots})

    def _slots_of(self, owner: type) -> tuple[MemberDescriptorType, ...]:
        found = self._slots.get(owner)
        if found is None:
            found = self._slots[owner] = _slots(owner)
        return found


def _itself(subject: object) -> object:
    return subject


_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: made by a class statement
_read = object.__getattribute__  # past the interceptors of those that wait


def _table(subject: object) -> Fields | None:
    try:
        return _read(subject, "__dict__")  # type: ignore[no-any-return]  # a dict
    except AttributeError:
        return None


def _slots(owner: type) -> tuple[MemberDescriptorType, ...]:
    return tuple(
        member
        for base in mro_of(owner)
        if flags_of(base) & _HEAP_TYPE
        for member in members_of(base).values()
        if is_of(member, MemberDescriptorType)
    )


def _same_items(one: Fields, other: Fields) -> bool:
    return one.keys() == other.keys() and all(one[key] is other[key] for key in one)
