"""Carry live instances to the new version of their class.

Instances of registered classes are known, and wait: they are carried on first touch, in
slices, or all before the commit ends. Those of other classes are found by a scan.
"""

from __future__ import annotations

import gc
import threading
import weakref
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

from gameserver.reload.carried import Carried
from gameserver.reload.instances import alive, family, is_known
from gameserver.reload.journal import no_collection
from gameserver.reload.lending import Shown, copies_in, holds_containers
from gameserver.reload.newborn import Newborn
from gameserver.reload.pending import Pending
from gameserver.reload.quick import refill
from gameserver.reload.refusal import PASSING, carry_refusal
from gameserver.reload.scan import instances_of, settled
from gameserver.reload.tasks import Chain, Task, combined
from gameserver.reload.way_back import WayBack, best_way_back, way_back

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gameserver.reload.memento import Memento
    from gameserver.reload.plan import Scan

    Clock = Callable[[], float]

_read = object.__getattribute__  # no touch


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
        self._chains: dict[type, Chain] = {}
        """For classes whose instances need steps over their dict, and nothing else."""
        self._memento = memento
        self._clock = clock
        self._failed = failed
        self._pending: Pending | None = None
        self._committer: int | None = None
        """The thread of a commit that lets nobody wait when it is done."""
        self._carried = Carried()
        self._add = self._carried.add
        self._born: list[Callable[[], object]] = []
        self.newborn: Newborn = Newborn()
        """Instances that the new texts made: nothing is to be carried."""
        self.scans: list[Scan] = []

    @property
    def left(self) -> int:
        """How many instances still wait."""
        return self._pending.left if self._pending else 0

    def wait(
        self, coming: Mapping[tuple[type, str], object], *, is_at_once: bool
    ) -> list[Callable[[], object]]:
        """Let the instances of registered classes wait; give the writes that do so.

        ``coming``: as for ``Pending.writes``. ``is_at_once``: until ``run``, which
        this thread calls; whom another thread touches before is carried first.
        """
        known = [one.owner for one in self.tasks if is_known(one.owner)]
        if not known:
            return []
        self._committer = threading.get_ident() if is_at_once else None
        carry = self._carry_at_once if is_at_once else self._carry_later
        self._pending = Pending(known, carry, self._tell, self._clock)
        placed = self._pending.writes(coming)
        writes = [partial(type.__setattr__, *one) for one in placed]
        return [*writes, self._pending.begin]

    def has_hooks(self) -> bool:
        """Say whether hooks of instances are to run before the commit ends."""
        hooked = [one for one in self.tasks if one.hook is not None]
        return any(self._committer or not self._has_to_wait(x.owner) for x in hooked)

    def _has_to_wait(self, owner: type) -> bool:
        return self._pending is not None and self._pending.covers(owner)

    @contextmanager
    def unseen(self) -> Iterator[None]:
        """Let this thread look at instances that wait without touching them."""
        with nullcontext() if self._pending is None else self._pending.unseen():
            yield

    def run(self) -> None:
        """Carry whoever is not to wait any longer; raises what a carry raises."""
        with no_collection():  # many small dicts are made, and none is garbage
            if self._committer is not None:
                self._carry_waiting()
            self._carry_others()
        self._enter_made(self._instances(self.scans))
        self._born = self.newborn.weakly()
        self.newborn = Newborn()  # or it would keep them alive

    def _carry_waiting(self) -> None:
        """Carry those that still wait, the oldest of each class first."""
        assert self._pending is not None  # a committer lets them wait
        for task in self.tasks:
            if self._has_to_wait(task.owner):
                self._pending.settle(alive(task.owner))
        self._pending.advance()
        if self._pending.broken is not None:  # in another thread, or amid a hook
            raise self._refused(*self._pending.broken)

    def _carry_others(self) -> None:
        done: set[int] = set()
        for task in self.tasks:
            for one in () if self._has_to_wait(task.owner) else self._found(task):
                own = self._task(type(one))
                if own is None or id(one) in done or one in self.newborn:
                    continue
                if not self._has_to_wait(type(one)):
                    done.add(id(one))
                    self._carry_now(own, one)

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
        carried = set(map(id, self._carried.alive()))
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
        before = self._carried.fields(subject)
        try:
            task(subject)
        except PASSING:
            raise
        except BaseException as error:  # noqa: BLE001 - it goes on, as a refusal
            raise carry_refusal(task, error)  # noqa: B904 - it has its cause
        after = self._carried.fields(subject)
        self._carried.add((lambda: subject, before, after, copies_in(after)))

    def _carry_at_once(self, subject: object) -> None:
        task = self._task(type(subject))
        if task is not None and subject not in self.newborn:
            self._carry_now(task, subject)

    def _tell(self, subject: object, error: BaseException) -> None:
        """Tell of a carry that failed; a commit under way raises it itself."""
        error = self._refused(subject, error)
        if self._committer == threading.get_ident():
            raise error
        self._failed(subject, error)

    def _refused(self, subject: object, error: BaseException) -> BaseException:
        """Name the author's place, also where there was no stack left to do so."""
        task = None if isinstance(error, PASSING) else self._task(type(subject))
        return error if task is None else carry_refusal(task, error)

    def _carry_later(self, subject: Any) -> None:  # noqa: ANN401 - as above
        owner = type(subject)
        chain = self._chains.get(owner)
        if chain is None:
            self._carry_by_task(subject, owner)
            return
        fields = _read(subject, "__dict__")
        before = fields.copy()
        try:
            after, lent = chain.changed(before)
        except BaseException as error:  # noqa: BLE001 - it goes on, as a refusal
            self._carried.set_fields(subject, before)
            raise self._refused(subject, error)  # noqa: B904 - it has its cause
        refill(fields, after)
        self._add((weakref.ref(subject), before, after, lent))

    def _carry_by_task(self, subject: Any, owner: type) -> None:  # noqa: ANN401 - as above
        task = self._task(owner)
        if task is None:
            return
        chain = task.chain_of(subject)
        if chain is not None:  # so it is for all of its class
            self._chains[owner] = chain
            self._carry_later(subject)
            return
        before = self._carried.fields(subject)
        is_shown = task.hook is not None and holds_containers(before)
        shown = Shown(before) if is_shown else None
        try:
            after = task(subject)
        except BaseException as error:  # noqa: BLE001 - as above
            self._carried.set_fields(subject, before)
            if shown is not None:
                shown.put_back()
            raise self._refused(subject, error)  # noqa: B904 - as above
        if after is None:
            fields = self._carried.fields(subject)
            after = fields, copies_in(fields)
        self._carried.add((weakref.ref(subject), before, *after))
        if shown is not None:
            self._carried.show(weakref.ref(subject), shown)

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

    def let_go(self, budget: float | None) -> int:
        """Forget who was carried, for at most ``budget`` seconds; give who is left."""
        limit = float("inf") if budget is None else self._clock() + budget
        return self._carried.let_go(self._clock, limit)

    def carried(self) -> Iterator[object]:
        """Give the carried instances that still live."""
        return self._carried.alive()

    def way_back(self) -> WayBack:
        """Find the way back of instances that have changed or were made since."""
        return way_back(self._carried, self._fresh, self._task)

    def best_way_back(self) -> WayBack | None:
        """Find it for those who have one: nobody is asked whether the undo may be."""
        return best_way_back(self._carried, self._fresh, self._task)

    def put(self, way: WayBack) -> None:
        """Give instances the fields that were found for them; after ``put_back``."""
        way.put(self._carried.set_fields)

    def _fresh(self) -> list[object]:
        known = [*self._carried.alive(), *(one() for one in self._born)]
        settled = {id(one) for one in known if one is not None}
        fresh = [
            one
            for key, one in self._instances([]).items()
            if key not in settled and not self._waits(one)
        ]
        # What a carried instance held at once, its step has made: or it was there.
        held = self._carried.held() if fresh else set()
        return [one for one in fresh if id(one) not in held]

    def _waits(self, subject: object) -> bool:
        return self._pending is not None and self._pending.waits(subject)

    def losing(self, way: WayBack | None) -> int:
        """Count those without a way that a late ``put_back`` takes something from."""
        return self._carried.losing(way.found if way is not None else ())

    def put_back(self, *, is_late: bool = False) -> None:
        """Give every carried instance the fields it had; see ``Carried.put_back``."""
        self._carried.put_back(is_late=is_late)
