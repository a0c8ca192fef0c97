"""The services of a world: loaded, started, found by name, stopped."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, succeed

from gameserver.errors import PluginError, Stopping
from gameserver.model.service import Service, service_name
from gameserver.model.standin import StandIn
from gameserver.reload.places import place_of
from gameserver.server.succession import Succession, Successions, changes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gameserver.interfaces import Realm
    from gameserver.reload.plan import Plan
    from gameserver.server.resident import Registry, Resident


class Troupe:
    """All services of one realm."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._members: dict[str, Resident[Service]] = {}
        self._started: list[Resident[Service]] = []
        self._leaving: dict[str, list[Deferred[None]]] = {}
        """Those whose ``leave`` has begun, each with who waits for its end."""
        self._is_stopping = False

    def __iter__(self) -> Iterator[Resident[Service]]:
        return iter(list(self._members.values()))

    @property
    def leaving(self) -> dict[str, type[Service]]:
        """The classes, by name, of those that are stopping: they will be gone."""
        return {name: type(self._members[name].subject) for name in self._leaving}

    def interface(self, name: str) -> Any:  # noqa: ANN401 - a stand-in for any service
        """Give a stand-in that asks for the current service at each use."""
        if name not in self._members:
            there = ", ".join(sorted(self._members)) or "none"
            raise LookupError(f"no service {name!r}; there are: {there}")
        return StandIn(lambda: self._members[name].subject, ("service", name))

    async def start(self, classes: Sequence[type[Service]], realm: Realm) -> None:
        """Load all, then run each ``started``; ``PluginError`` for one that raises.

        Raises ``Stopping`` when ``stop`` came in between.
        """
        for owner in classes:
            name = service_name(owner)
            stored = await self._registry.ledger.stored(owner, name)
            self._require_going()
            self._members[name] = self._registry.move_in(owner, name, realm, stored)
        for member in self:
            await self._begin(member)
            self._require_going()
            self._started.append(member)

    async def enter(self, owner: type[Service], realm: Realm) -> None:
        """Load and start one more; if it raises, as ``start`` does, it is not here."""
        name = service_name(owner)
        stored = await self._registry.ledger.stored(owner, name)
        self._require_going()
        member = self._registry.move_in(owner, name, realm, stored)
        self._members[name] = member
        try:
            await self._begin(member)
            self._require_going()
        except BaseException:
            del self._members[name]
            self._registry.move_out(member)
            raise
        self._started.append(member)

    async def leave(self, name: str) -> None:
        """Stop one, save it, and forget it; what is stored of it stays.

        It is gone also when the store refuses, which is raised.
        """
        if name in self._leaving:
            await self.left(name)
            return
        member = self._members[name]
        self._leaving[name] = []
        self._started = [one for one in self._started if one is not member]
        member.timers.clear()
        try:
            await self._registry.fence.contain("stopped", member.subject.stopped)
            await self._registry.turns.save([member.record])
        finally:
            del self._members[name]
            waiting = self._leaving.pop(name)
            self._registry.move_out(member)
            for one in waiting:
                one.callback(None)

    def left(self, name: str) -> Deferred[None]:
        """Give what fires when one that is leaving has left; at once if none is."""
        if name not in self._leaving:
            return succeed(None)
        waiting: Deferred[None] = Deferred()
        self._leaving[name].append(waiting)
        return waiting

    def due(self, plan: Plan) -> list[str]:
        """Name the services that a plan gives a successor.

        Those whose class says ``succession = True``, if something changes in it or in a
        class that it derives from.
        """
        owners = {name: type(one.subject) for name, one in self._members.items()}
        return sorted(
            name
            for name, owner in owners.items()
            if owner.succession
            and name not in self._leaving
            and any(changes(plan, one) for one in owner.__mro__)
        )

    def succeed(self, names: Iterable[str]) -> Successions:
        """Prepare a successor, of its class as it is now, for each of these services.

        In one turn: after the code is committed, call this, then ``commit`` or
        ``abort`` what is given; ``finish`` when nothing can fail any more. Raises
        ``PluginError`` that names the service, and all is as it was.
        """
        members = [self._members[name] for name in names]
        return Successions(
            partial(Succession, one, type(one.subject), self._registry)
            for one in members
        )

    def stop(self) -> None:
        """Stop all timers and begin each ``stopped``, last started first.

        The caller waits and saves. One that had not started yet has nothing to stop.
        """
        self._is_stopping = True
        for member in self:
            member.timers.clear()
        for member in reversed(self._started):
            self._registry.fence.contain("stopped", member.subject.stopped)

    async def _begin(self, member: Resident[Service]) -> None:
        service = member.subject
        try:
            await self._registry.fence.attempt(service.started)
        except BaseException as error:
            text = f"service {service.name}: started() failed"
            raise PluginError(
                place_of(type(service)), f"{text}: {type(error).__name__}: {error}"
            ) from error

    def _require_going(self) -> None:
        if self._is_stopping:
            raise Stopping("the server is stopping")
