"""The avatars in memory: loaded once, kept while wanted, saved and retired when idle.

An avatar is in one of three places. *Loading*: everybody who asks waits for the one
load. *Live*. *Leaving*: its hook has run and it is being saved; whoever asks waits and
then gets it loaded again. One that cannot be saved comes back to live, and so does one
that must not leave now (``keep_all``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from twisted.internet.defer import Deferred, DeferredList, succeed
from twisted.python.failure import Failure

from gameserver.errors import NewerState, VersionTooHigh
from gameserver.model.account import name_key
from gameserver.model.avatar import Avatar
from gameserver.server.awaiting import started
from gameserver.server.resident import Registry, Resident

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gameserver.interfaces import Realm
    from gameserver.model.snapshot import Snapshot

Player: TypeAlias = Resident[Avatar]


class Roster:
    """All avatars of one realm that are in memory or on the way in or out."""

    def __init__(
        self, avatar_class: type[Avatar], registry: Registry, retire_after: float
    ) -> None:
        self.avatar_class = avatar_class
        self._registry = registry
        self._ledger = registry.ledger
        self._fence = registry.fence
        self._retire_after = retire_after
        self._live: dict[str, Player] = {}
        self._loading: dict[str, list[Deferred[Player]]] = {}
        self._leaving: dict[str, list[Deferred[None]]] = {}
        self._keeping: list[Callable[[], bool]] = []
        self._is_closing = False

    def __iter__(self) -> Iterator[Player]:
        return iter(list(self._live.values()))

    def __len__(self) -> int:
        return len(self._live)

    def get(self, name: str) -> Player | None:
        """Give the live one of that name, whatever its case, or None."""
        return self._live.get(name_key(name))

    def wanted(self, name: str) -> Player | None:
        """Give the live one to author code, which may work with it for a while.

        So its idle time begins anew.
        """
        resident = self.get(name)
        if resident is not None and not resident.clients:
            self.touch(resident)
        return resident

    def resident(self, name: str, realm: Realm) -> Deferred[Player]:
        """Give the one of that canonical name, loading or creating it if need be."""
        key = name_key(name)
        live = self._live.get(key)
        if live is not None:
            return succeed(live)
        wanted: Deferred[Player] = Deferred()
        waiting = self._loading.get(key)
        if waiting is not None:
            waiting.append(wanted)
            return wanted
        self._loading[key] = [wanted]
        loaded = started(self._load(key, name, realm))
        loaded.addBoth(lambda result: self._hand_out(key, result))
        return wanted

    def touch(self, resident: Player) -> None:
        """Begin the idle time anew; call when a client leaves."""
        is_here = self._live.get(name_key(resident.subject.name)) is resident
        if is_here and not self._is_closing:
            self._stay(resident)
            resident.retiring = self._registry.clock.callLater(
                self._retire_after, self._retire_if_idle, resident
            )

    async def settled(self, name: str) -> Player | None:
        """Wait until the avatar is neither on its way in nor out; give the live one."""
        key = name_key(name)
        while key in self._loading or key in self._leaving:
            here: Deferred[Any] = Deferred()
            waiting: list[Any] = self._loading.get(key) or self._leaving[key]
            waiting.append(here)
            await DeferredList([here], consumeErrors=True)
        return self._live.get(key)

    def keep_out(self, name: str) -> Callable[[], None]:
        """Let whoever wants an avatar wait, until what is given is called.

        Only for one that is not in memory, nor on its way: ask ``settled`` before.
        """
        key = name_key(name)
        busy = (self._live, self._loading, self._leaving)
        if any(key in one for one in busy):
            raise RuntimeError(f"{name} is in memory, or on the way in or out")
        self._leaving[key] = []

        def end() -> None:
            for left in self._leaving.pop(key):
                left.callback(None)

        return end

    def is_moving(self, name: str) -> bool:
        """Say whether an avatar is on its way in or out, or kept out."""
        key = name_key(name)
        return key in self._loading or key in self._leaving

    def leaving(self) -> list[str]:
        """Give the keys of those on their way out, or kept out."""
        return list(self._leaving)

    def keep_all(self, is_on: Callable[[], bool]) -> Callable[[], None]:
        """Let nobody leave memory while something says so; give what ends that.

        Who is on the way out by then is saved, and comes back to live.
        """
        self._keeping.append(is_on)
        return lambda: self._keeping.remove(is_on)

    def forget(self, resident: Player) -> None:
        """Take an avatar out of memory, unsaved: its account is gone."""
        self._live.pop(name_key(resident.subject.name), None)
        self._stay(resident)
        self._registry.move_out(resident)

    def retire_all(self) -> None:
        """Stop all timers and begin every ``retired``; the caller waits and saves."""
        self._is_closing = True
        for resident in self:
            self._stay(resident)
            resident.timers.clear()
            self._fence.contain("retired", resident.subject.retired)

    async def _load(self, key: str, name: str, realm: Realm) -> Player:
        if key in self._leaving:
            left: Deferred[None] = Deferred()
            self._leaving[key].append(left)
            await left
            if key in self._live:  # it could not be saved and came back
                return self._live[key]
        stored = await self._ledger.stored(self.avatar_class, name)
        resident = self._moved_in(name, realm, stored)
        if stored is None:
            resident.record.is_ready = False
            await self._create(resident)
            resident.record.is_ready = True
            self._registry.turns.retouch({resident.record: None})
        self._live[key] = resident
        self.touch(resident)
        return resident

    def _moved_in(self, name: str, realm: Realm, stored: Snapshot | None) -> Player:
        try:
            return self._registry.move_in(self.avatar_class, name, realm, stored)
        except VersionTooHigh as error:
            text = f"{name} was saved by a newer version of the game than runs here now"
            raise NewerState(f"{text}; nothing is lost, try again later") from error

    async def _create(self, resident: Player) -> None:
        try:
            await self._fence.attempt(resident.subject.created)
        except BaseException:
            self._registry.move_out(resident)
            raise

    def _hand_out(self, key: str, result: Player | Failure) -> None:
        for wanted in self._loading.pop(key):
            if isinstance(result, Failure):
                wanted.errback(result)
            else:
                wanted.callback(result)

    def _stay(self, resident: Player) -> None:
        if resident.retiring is not None and resident.retiring.active():
            resident.retiring.cancel()
        resident.retiring = None

    def _retire_if_idle(self, resident: Player) -> None:
        resident.retiring = None
        if resident.clients:
            return
        if self._all_stay():
            self.touch(resident)
        else:
            self._fence.oversee("retiring", self._retire(resident))

    def _all_stay(self) -> bool:
        return any(is_on() for is_on in self._keeping)

    async def _retire(self, resident: Player) -> None:
        key = name_key(resident.subject.name)
        del self._live[key]
        self._leaving[key] = []
        is_saved = False
        try:
            await self._fence.contain("retired", resident.subject.retired)
            resident.timers.clear()
            is_saved = await self._saved(resident)
        finally:
            if is_saved and not self._all_stay():
                self._registry.move_out(resident)
            else:
                self._live[key] = resident
                self.touch(resident)
            for left in self._leaving.pop(key):
                left.callback(None)

    async def _saved(self, resident: Player) -> bool:
        """Save until nothing changes meanwhile; False if its state cannot be stored."""
        await self._registry.turns.save([resident.record])
        return not resident.record.problem
