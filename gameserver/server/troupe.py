"""The services of a world: loaded, started, found by name, stopped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gameserver.model.service import Service, service_name
from gameserver.model.standin import StandIn
from gameserver.model.stateful import Seat
from gameserver.server.clients import Clients
from gameserver.server.timers import OwnerTimers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from twisted.internet.interfaces import IReactorTime

    from gameserver.interfaces import Realm
    from gameserver.server.fence import Fence
    from gameserver.server.ledger import Ledger, Record


@dataclass(frozen=True, eq=False)
class Member:
    """One running service with what the server keeps beside it."""

    record: Record
    clients: Clients
    timers: OwnerTimers

    @property
    def service(self) -> Service:
        """The service as it is now."""
        service = self.record.subject
        assert isinstance(service, Service)  # records of members hold nothing else
        return service


class Troupe:
    """All services of one realm, in order of start."""

    def __init__(self, ledger: Ledger, clock: IReactorTime, fence: Fence) -> None:
        self._ledger = ledger
        self._clock = clock
        self._fence = fence
        self._members: dict[str, Member] = {}

    def __iter__(self) -> Iterator[Member]:
        return iter(list(self._members.values()))

    def interface(self, name: str) -> Any:  # noqa: ANN401 - a stand-in for any service
        """Give a stand-in that asks for the current service at each use."""
        if name not in self._members:
            there = ", ".join(sorted(self._members)) or "none"
            raise LookupError(f"no service {name!r}; there are: {there}")
        return StandIn(lambda: self._members[name].service)

    async def start(self, classes: Sequence[type[Service]], realm: Realm) -> None:
        """Load all, then run each ``started``; raises what the first failure was."""
        for owner in classes:
            name = service_name(owner)
            stored = await self._ledger.stored(owner, name)
            clients, timers = Clients(), OwnerTimers(self._clock, self._fence)
            seat = Seat(name, realm, clients, timers)
            record = self._ledger.open(owner, seat, stored)
            member = Member(record, clients, timers)
            timers.own(member.service)
            self._members[name] = member
        for member in self:
            await self._fence.attempt(member.service.started)

    async def stop(self) -> None:
        """Run each ``stopped``, last started first, and stop its timers."""
        for member in reversed(list(self)):
            await self._fence.contain("stopped", member.service.stopped)
            member.timers.close()
