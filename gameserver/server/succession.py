"""A service is succeeded by a new object, in a release: all of it, or nothing.

What a service has in the world is its *seat*: name, client set, timers, touches. The
successor is given that very seat, so nothing is moved that could be lost on the way:
subscriptions are places in the client set, and timers name methods and ask for their
owner at each tick, so their phase and a tick still at work are what they were.

========  ==============================================================================
prepare   the successor is made, with a copy of the declared state; ``adopt``, then
          ``handoff`` run against the live object; whatever raises aborts
commit    record, timers and interfaces have the successor; nothing here can fail
abort     client set, timers, fields and containers of the predecessor, and its record,
          are what they were; from prepare on until the end of the turn
finish    the release is committed for good: ``stopped`` runs on the predecessor
========  ==============================================================================

Not taken back by an abort: what ``adopt`` and ``handoff`` did to others, and what they
told clients. Calls at work in the predecessor are the successor's: see ``passing.py``.
"""

from __future__ import annotations

from inspect import iscoroutine
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred

from gameserver.errors import PluginError
from gameserver.model.resource import put_back
from gameserver.model.stateful import Seat, make, snapshot_of
from gameserver.reload.memento import Memento
from gameserver.reload.places import place_of
from gameserver.reload.refusal import said
from gameserver.server.clients import Clients
from gameserver.server.passing import ending, passing_class, set_class
from gameserver.server.timers import OwnerTimers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gameserver.model.service import Service
    from gameserver.reload.plan import Plan
    from gameserver.server.resident import Registry, Resident


class Successions:
    """Those of one release: all are prepared, or none."""

    def __init__(self, prepare: Iterable[Callable[[], Succession]]) -> None:
        self._all: list[Succession] = []
        try:
            for one in prepare:
                self._all.append(one())
        except BaseException:
            self.abort()
            raise

    @property
    def names(self) -> list[str]:
        """The names of the services."""
        return [one.name for one in self._all]

    def commit(self) -> None:
        """Let all successors be in force; in the turn in which they were prepared."""
        for one in self._all:
            one.commit()

    def abort(self) -> None:
        """Let all predecessors go on, the last one first; in the same turn."""
        for one in reversed(self._all):
            one.abort()

    def finish(self) -> None:
        """Run ``stopped`` on all predecessors: the release is committed as a whole."""
        for one in self._all:
            one.finish()


class Succession:
    """One service's, prepared when it is made; then ``commit`` or ``abort``.

    ``owner``: the class of the successor, which is the predecessor's own if a release
    has changed that in place. Raises ``PluginError``, with everything as it was.
    """

    def __init__(
        self, resident: Resident[Service], owner: type[Service], registry: Registry
    ) -> None:
        self._resident = resident
        self._registry = registry
        self._old = resident.subject
        self._seat = self._old._seat  # noqa: SLF001 - the seat is handed on here
        self._owner = type(self._old)
        self._passing = passing_class(self._old)
        self._is_committed = False
        self._new: Service | None = None
        self._put_back = self._kept()
        registry.turns.run(lambda: self._prepare(owner))

    @property
    def name(self) -> str:
        """The name of the service."""
        return self._seat.name

    def commit(self) -> None:
        """Let the successor be in force; in the same turn."""
        new = self._new
        assert new is not None, "aborted"
        self._take(new)
        self._is_committed = True
        self._old._seat = self._empty_seat()  # noqa: SLF001 - as above
        if self._passing is not None:
            set_class(self._old, self._passing)

    def abort(self) -> None:
        """Let the predecessor go on as if nothing had been; no error if repeated."""
        new, self._new = self._new, None
        if new is None:
            return
        if self._is_committed:
            set_class(self._old, self._owner)
            self._take(self._old)
            self._is_committed = False
        put_back(self._old, new)
        self._put_back()
        new._seat = self._empty_seat()  # noqa: SLF001 - as above

    def finish(self) -> None:
        """End the predecessor: its ``stopped`` runs; failures are logged."""
        assert self._is_committed, "not committed"
        with ending(self._old):
            self._registry.fence.contain("stopped", self._old.stopped)

    def _prepare(self, owner: type[Service]) -> None:
        refusal = self._attempt(owner)
        if refusal is not None:
            # Here, as a frame of the attempt would keep the successor alive: an undo
            # counts who was made since.
            raise refusal

    def _attempt(self, owner: type[Service]) -> PluginError | None:
        step = "making it"
        try:
            state = snapshot_of(self._old, 0)
            self._new = new = make(owner, self._seat, state)
            step = "adopt()"
            _plainly(new.adopt, self._old, step)
            step = "handoff()"
            _plainly(self._old.handoff, new, step)
            self._require_whole(new)
        except GeneratorExit:
            self._abandon()
            raise
        except BaseException as error:  # noqa: BLE001 - a release step's fence
            self._abandon()
            return self._refusal(owner, step, error)
        return None

    def _abandon(self) -> None:
        """Abort, also if there is no successor yet."""
        if self._new is None:
            self._put_back()
        self.abort()

    def _refusal(self, owner: type, step: str, error: BaseException) -> PluginError:
        if isinstance(error, PluginError):
            return PluginError(error.place, f"service {self.name}: {error.text}")
        text = f"{step} failed: {said(error)}"
        return PluginError(_place(error, owner), f"service {self.name}: {text}")

    def _require_whole(self, new: Service) -> None:
        if self._old.replacement is not new:
            raise RuntimeError("it did not call super().handoff(new)")
        for method in sorted(self._resident.timers.methods()):
            if not callable(getattr(type(new), method, None)):
                text = f"a timer calls {method!r}, which {type(new).__name__} has not"
                raise RuntimeError(f"{text}; cancel it in adopt()")  # noqa: TRY004 - no type is wrong

    def _take(self, subject: Service) -> None:
        registry, record = self._registry, self._resident.record
        registry.ledger.succeed(record, subject)
        self._resident.timers.own(subject)
        registry.turns.retouch({record: None})

    def _kept(self) -> Callable[[], None]:
        memento = Memento()
        memento.keep(self._old)
        clients, timers = self._resident.clients.kept(), self._resident.timers.kept()

        def restore() -> None:
            memento.put_back()
            clients()
            timers()

        return restore

    def _empty_seat(self) -> Seat:
        """Give the seat of one who has none any more: no clients, no timers."""
        timers = OwnerTimers(self._registry.clock, self._registry.fence)
        timers.own(self._old)
        timers.close()
        return Seat(self.name, self._seat.realm, Clients(), timers, _unheard, _unheard)


def _unheard(subject: object) -> None:
    """Hear of a touch of what is stored no more."""


def _plainly(hook: Callable[[Any], object], other: object, step: str) -> None:
    given = hook(other)
    if iscoroutine(given):
        given.close()
    if iscoroutine(given) or isinstance(given, Deferred):
        raise TypeError(f"{step} is a plain method: a release waits for nobody")


def _place(error: BaseException, owner: type) -> str:
    """Give the error's innermost line in the class's file, or that of the class."""
    place, file = place_of(owner), place_of(owner).rpartition(":")[0]
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            place = f"{file}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def changes(plan: Plan, owner: type) -> bool:
    """Say whether a plan changes something in a class, and does not just keep it."""
    path = owner.__qualname__
    return any(
        one.module == owner.__module__
        and one.kind != "kept"
        and (one.name == path or one.name.startswith(f"{path}."))
        for one in plan.entries
    )
