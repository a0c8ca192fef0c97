"""One live avatar or service, with what the server keeps beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from gameserver.model.stateful import Seat, Stateful
from gameserver.server.clients import Clients
from gameserver.server.timers import OwnerTimers

if TYPE_CHECKING:
    from twisted.internet.interfaces import IDelayedCall, IReactorTime

    from gameserver.interfaces import Realm
    from gameserver.model.snapshot import Snapshot
    from gameserver.server.fence import Fence
    from gameserver.server.ledger import Ledger
    from gameserver.server.records import Record
    from gameserver.server.turns import Turns

S = TypeVar("S", bound=Stateful)


@dataclass(eq=False, slots=True)
class Resident(Generic[S]):
    """A place in the world; a succession may change who holds it."""

    record: Record[S]
    clients: Clients
    timers: OwnerTimers
    retiring: IDelayedCall | None = None

    @property
    def subject(self) -> S:
        """The avatar or service as it is now."""
        return self.record.subject


class Registry:
    """Gives live objects their place: seat, client set, timers and record."""

    def __init__(
        self, ledger: Ledger, turns: Turns, clock: IReactorTime, fence: Fence
    ) -> None:
        self.ledger = ledger
        self.turns = turns
        self.clock = clock
        self.fence = fence

    def move_in(
        self, owner: type[S], name: str, realm: Realm, stored: Snapshot | None
    ) -> Resident[S]:
        """Make an object live; raises ``PluginError`` if its state does not fit."""
        clients, timers = Clients(), OwnerTimers(self.clock, self.fence)
        seat = Seat(name, realm, clients, timers, self.turns.touched, self.turns.wrote)
        record = self.ledger.open(owner, seat, stored)
        if stored is None or stored.version != owner.version:
            self.turns.retouch({record: None})  # it differs from what is stored
        timers.own(record.subject)
        return Resident(record, clients, timers)

    def move_out(self, resident: Resident[S]) -> None:
        """Stop its timers for good and forget it; saving comes before."""
        resident.timers.close()
        self.ledger.drop(resident.record)
