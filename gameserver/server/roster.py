"""The avatars in memory: loaded once, kept while wanted, saved and retired when idle.

An avatar is in one of three places. *Loading*: everybody who asks waits for the one
load. *Live*. *Leaving*: its hook has run and it is being saved; whoever asks waits and
then gets it loaded again. A save that fails brings it back to live: nothing is lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, DeferredList, succeed
from twisted.python.failure import Failure

from gameserver.model.account import name_key
from gameserver.model.avatar import Avatar
from gameserver.model.stateful import Seat
from gameserver.server.awaiting import started
from gameserver.server.clients import Clients
from gameserver.server.timers import OwnerTimers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twisted.internet.interfaces import IDelayedCall, IReactorTime

    from gameserver.interfaces import Realm
    from gameserver.server.fence import Fence
    from gameserver.server.ledger import Ledger, Record


@dataclass(eq=False)
class Resident:
    """One live avatar with what the server keeps beside it."""

    record: Record
    clients: Clients
    timers: OwnerTimers
    retiring: IDelayedCall | None = field(default=None)

    @property
    def avatar(self) -> Avatar:
        """The avatar as it is now; a succession may change which object that is."""
        avatar = self.record.subject
        assert isinstance(avatar, Avatar)  # records of residents hold nothing else
        return avatar


class Roster:
    """All avatars of one realm that are in memory or on the way in or out."""

    def __init__(
        self,
        avatar_class: type[Avatar],
        ledger: Ledger,
        clock: IReactorTime,
        fence: Fence,
        retire_after: float,
    ) -> None:
        self.avatar_class = avatar_class
        self._ledger = ledger
        self._clock = clock
        self._fence = fence
        self._retire_after = retire_after
        self._live: dict[str, Resident] = {}
        self._loading: dict[str, list[Deferred[Resident]]] = {}
        self._leaving: dict[str, list[Deferred[None]]] = {}

    def __iter__(self) -> Iterator[Resident]:
        return iter(list(self._live.values()))

    def __len__(self) -> int:
        return len(self._live)

    def get(self, name: str) -> Resident | None:
        """Give the live one of that name, whatever its case, or None."""
        return self._live.get(name_key(name))

    def resident(self, name: str, realm: Realm) -> Deferred[Resident]:
        """Give the one of that canonical name, loading or creating it if need be."""
        key = name_key(name)
        live = self._live.get(key)
        if live is not None:
            return succeed(live)
        wanted: Deferred[Resident] = Deferred()
        waiting = self._loading.get(key)
        if waiting is not None:
            waiting.append(wanted)
            return wanted
        self._loading[key] = [wanted]
        loaded = started(self._load(key, name, realm))
        loaded.addBoth(lambda result: self._hand_out(key, result))
        return wanted

    def touch(self, resident: Resident) -> None:
        """Begin the idle time anew; call when a client leaves."""
        self._stay(resident)
        resident.retiring = self._clock.callLater(
            self._retire_after, self._retire_if_idle, resident
        )

    async def settled(self, name: str) -> Resident | None:
        """Wait until the avatar is neither on its way in nor out; give the live one."""
        key = name_key(name)
        while key in self._loading or key in self._leaving:
            here: Deferred[Any] = Deferred()
            waiting: list[Any] = self._loading.get(key) or self._leaving[key]
            waiting.append(here)
            await DeferredList([here], consumeErrors=True)
        return self._live.get(key)

    def forget(self, resident: Resident) -> None:
        """Take an avatar out of memory, unsaved: its account is gone."""
        self._live.pop(name_key(resident.avatar.name), None)
        self._stay(resident)
        resident.timers.close()
        self._ledger.drop(resident.record)

    async def retire_all(self) -> None:
        """Run every ``retired`` and stop all timers; saving is the caller's part."""
        for resident in self:
            self._stay(resident)
            await self._fence.contain("retired", resident.avatar.retired)
            resident.timers.clear()

    async def _load(self, key: str, name: str, realm: Realm) -> Resident:
        if key in self._leaving:
            left: Deferred[None] = Deferred()
            self._leaving[key].append(left)
            await left
            if key in self._live:  # the save failed and brought it back
                return self._live[key]
        stored = await self._ledger.stored(self.avatar_class, name)
        clients, timers = Clients(), OwnerTimers(self._clock, self._fence)
        seat = Seat(name, realm, clients, timers)
        record = self._ledger.open(self.avatar_class, seat, stored)
        resident = Resident(record, clients, timers)
        timers.own(resident.avatar)
        if stored is None:
            await self._create(resident)
        self._live[key] = resident
        self.touch(resident)
        return resident

    async def _create(self, resident: Resident) -> None:
        try:
            await self._fence.attempt(resident.avatar.created)
        except BaseException:
            resident.timers.close()
            self._ledger.drop(resident.record)
            raise

    def _hand_out(self, key: str, result: Resident | Failure) -> None:
        for wanted in self._loading.pop(key):
            if isinstance(result, Failure):
                wanted.errback(result)
            else:
                wanted.callback(result)

    def _stay(self, resident: Resident) -> None:
        if resident.retiring is not None and resident.retiring.active():
            resident.retiring.cancel()
        resident.retiring = None

    def _retire_if_idle(self, resident: Resident) -> None:
        resident.retiring = None
        if not resident.clients:
            self._fence.contain("retiring", lambda: self._retire(resident))

    async def _retire(self, resident: Resident) -> None:
        key = name_key(resident.avatar.name)
        del self._live[key]
        self._leaving[key] = []
        try:
            await self._fence.contain("retired", resident.avatar.retired)
            resident.timers.clear()
            await self._ledger.save([resident.record])
        except BaseException:
            self._live[key] = resident
            self.touch(resident)
            raise
        else:
            resident.timers.close()
            self._ledger.drop(resident.record)
        finally:
            for left in self._leaving.pop(key):
                left.callback(None)
