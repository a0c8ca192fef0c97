"""Instances that a release has still to migrate: on first touch, or in slices.

The release sets the interceptors (``writes``) and calls ``begin`` in its one pass; both
are prepared, and neither does anything per instance. Whoever is alive at that moment is
pending; whoever is created later is not. Then every instance is migrated once: before
the first read, write or delete of an attribute of it, or when ``advance`` comes to it.
When none is left the interceptors go, and access costs what it cost before.

* Two threads at one instance: one migrates, the other waits. The lock is one for all
  and re-entrant, so that a migration may touch other pending instances and two of
  them cannot wait for each other. A migration should not wait for a lock of its own.
* A migration that raises ends it for all: nobody is migrated any more, ``failed`` is
  told, once, outside the lock, and the access goes on plainly. A migration that failed
  inside another one ends the outer one with the same error first.
* Not a touch: C code that reads an instance's memory without asking for an attribute,
  and calls of ``object.__getattribute__``, which is how a migration can go fast.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from functools import partial
from itertools import islice
from operator import call
from typing import TYPE_CHECKING

from gameserver.reload.instances import enter, family, is_known
from gameserver.reload.interceptor import Known, place
from gameserver.reload.refusal import PASSING
from gameserver.reload.roll import take

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from gameserver.reload.interceptor import Placed
    from gameserver.reload.roll import Handover

_BATCH = 64  # migrated in one go with the lock, so that a touch need not wait long


class Pending:
    """The instances of some classes and of all their subclasses, to be migrated.

    ``migrate``: called once for each instance, with the instance. ``failed``: told the
    instance and the error when a migration raises; what it raises goes to whoever
    touched the instance. ``clock``: seconds, for the budget of ``advance``.

    ``begin`` and ``stop`` are C-level calls without arguments, for a pass of writes:
    ``begin`` hands the instances over, ``stop`` lets nobody be migrated any more (for
    the pass that undoes the release; ``end`` tidies up after it).

    TypeError if not all instances of a class are known, RuntimeError if some of them
    still wait for an earlier migration.
    """

    def __init__(
        self,
        classes: Iterable[type],
        migrate: Callable[[object], object],
        failed: Callable[[object, BaseException], object],
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._classes = family(*_checked(list(classes)))
        self._migrate = migrate
        self._failed = failed
        self._clock = clock
        self._lock = threading.RLock()
        self._busy: set[int] = set()
        self._failure: tuple[object, BaseException] | None = None
        self.broken: tuple[object, BaseException] | None = None
        """Whose migration failed first, and why; told or not, it stays."""
        self._placed: list[Placed] = []
        self._handovers = take(*self._classes)
        self.is_over = False
        self._exempt: int | None = None
        # any(): every write gives None, so it runs them all, and allocates nothing
        swaps = [handover.swap for handover in self._handovers.values()]
        self.begin: Callable[[], object] = partial(any, map(call, swaps))
        self.stop: Callable[[], object] = partial(setattr, self, "is_over", True)  # noqa: FBT003 - a value, not a flag

    @property
    def left(self) -> int:
        """How many instances wait; 0 once it is over."""
        return 0 if self.is_over else sum(map(len, self._handovers.values()))

    def covers(self, owner: type) -> bool:
        """Say whether instances of exactly this class have had to wait."""
        return owner in self._classes

    def waits(self, instance: object) -> bool:
        """Say whether an instance is still to be migrated; no touch."""
        handover = self._handovers.get(type(instance))
        return handover is not None and handover.holds(instance)

    def writes(
        self, coming: Mapping[tuple[type, str], object] | None = None
    ) -> list[tuple[type, str, object]]:
        """Give the interceptors to set: class, name, value, for ``type.__setattr__``.

        ``coming``: attributes of these names that the same pass sets before, by class
        and name; ABSENT for one that it deletes. They stand there in the end.
        """
        generations = [one.generation for one in self._handovers.values()]
        known = Known(max(generations, default=0))  # it is one for all
        self._placed = place(self._classes, known, self._touch, coming or {})
        return [(one.owner, one.name, one.function) for one in self._placed]

    def advance(self, budget: float | None = None) -> int:
        """Migrate for at most ``budget`` seconds (None: all); give how many are left.

        A budget above zero migrates at least one, or passes by a few who wait no more.
        Called from within a migration it does nothing.
        """
        if self._is_inside() or (budget is not None and budget <= 0):
            return self.left
        limit = float("inf") if budget is None else self._clock() + budget
        handovers = self._handovers.values()
        if all(self._through(one, limit) for one in handovers) and not self.is_over:
            self.end()
        return self.left

    def _through(self, handover: Handover, limit: float) -> bool:
        """Migrate those of one class, while there is time; say whether all are."""
        is_again = False
        while not self.is_over:
            if self._batch(handover, limit):
                if self._clock() >= limit:
                    return not handover
            elif handover and not is_again:  # Control-C came amid the search
                handover.begin_again()
                is_again = True
            else:
                break
        return True

    @contextmanager
    def unseen(self) -> Iterator[None]:
        """Let this thread look without touching: that of the release itself."""
        self._exempt = threading.get_ident()
        try:
            yield
        finally:
            self._exempt = None

    def settle(self, instances: Iterable[object]) -> None:
        """Migrate these, in their order, as far as they wait."""
        for one in instances:
            if self.is_over:
                return
            self._touch(one)

    def end(self) -> None:
        """Take the interceptors away, whoever is left; twice is as good as once.

        Those not migrated stay as they are, and known.
        """
        with self._lock:
            self.is_over = True
            for one in reversed(self._placed):
                one.restore()
            for handover in self._handovers.values():
                handover.give_back()
            self._handovers = {}

    def _is_inside(self) -> bool:
        # Who gets the lock while somebody is busy is itself the busy one.
        with self._lock:
            return bool(self._busy)

    def _touch(self, instance: object) -> None:
        """Migrate an instance that is not settled, if it is pending."""
        if self._exempt == threading.get_ident():
            return
        with self._lock:
            handover = self._handovers.get(type(instance))
            if handover is not None and handover.holds(instance):
                self._settle(handover, instance)
            failure = self._outcome()
        if failure is not None:
            self._tell(*failure)

    def _batch(self, handover: Handover, limit: float) -> bool:
        """Migrate a few instances, in one go with the lock; False if there is none."""
        clock, settle = self._clock, self._settle
        entry = None
        with self._lock:
            for entry in islice(handover.following, _BATCH):
                instance = entry()
                if instance is not None:
                    settle(handover, instance)
                if self.is_over or clock() >= limit:
                    break
            failure = self._outcome()
        if failure is not None:
            self._tell(*failure)
        return entry is not None

    def _settle(self, handover: Handover, instance: object) -> None:
        """Migrate one instance under the lock; a touch by the migration is plain."""
        key = id(instance)
        if self.is_over or key in self._busy:
            return
        try:
            self._busy.add(key)  # within: Control-C may come after it
            self._migrate(instance)
        except BaseException as error:  # noqa: BLE001 - a fence: the engine is told and undoes the release
            self._break_off(key, instance, error)
        else:
            handover.settle(key)
            if type(instance) is not handover.owner:
                enter(instance)
        finally:
            self._busy.discard(key)

    def _break_off(self, key: int, instance: object, error: BaseException) -> None:
        """Let nobody be migrated any more; who is told, is told outside the lock."""
        if self._failure is None:
            self._failure = self.broken = (instance, error)
        self.is_over = True
        if self._busy != {key}:  # within another migration: that one is to end first
            raise error

    def _outcome(self) -> tuple[object, BaseException] | None:
        """Give a failure to the outermost migration, which is the one to tell of it."""
        if self._busy:
            return None
        failure, self._failure = self._failure, None
        return failure

    def _tell(self, instance: object, error: BaseException) -> None:
        try:
            self._failed(instance, error)
        finally:
            self.end()
        if isinstance(error, PASSING):
            raise error  # Control-C is for whoever is at work, not for the release


def _checked(classes: list[type]) -> list[type]:
    for cls in classes:
        if not is_known(cls):
            raise TypeError(
                f"not all instances of {cls.__module__}.{cls.__qualname__} are known;"
                " only those of reloadable classes can be migrated one by one"
            )
    return classes
