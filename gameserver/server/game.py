"""One running world: its avatars, services and calls, from start to the last save."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from gameserver.errors import StateNotStored
from gameserver.model.arguments import Limits
from gameserver.server.broker import GameFactory
from gameserver.server.calls import Calls
from gameserver.server.ledger import Ledger
from gameserver.server.login import Lobby, login_portal
from gameserver.server.message_limits import of_players
from gameserver.server.pace import Allowance, Paces
from gameserver.server.realm import Realm
from gameserver.server.resident import Registry
from gameserver.server.roster import Roster
from gameserver.server.sessions import Sessions
from gameserver.server.troupe import Troupe
from gameserver.server.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from twisted.internet.interfaces import IReactorTime

    from gameserver.interfaces import Store
    from gameserver.server.accounts import Accounts
    from gameserver.server.fence import Fence
    from gameserver.server.plugins import Cast

_log = Logger("gameserver.game")
STOPPING = "the server is stopping; your place is kept"


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings that a world goes by; seconds where not said otherwise."""

    limits: Limits = field(default_factory=Limits)
    allowed: Allowance = field(default_factory=Allowance)
    retire_after: float = 300.0
    sweep_every: float = 30.0
    login_timeout: float = 10.0
    stop_timeout: float = 10.0
    is_registration_open: bool = False
    session_grace: float = 20.0


class Game:
    """Everything between the connections and the store."""

    def __init__(
        self,
        cast: Cast,
        store: Store,
        accounts: Accounts,
        clock: IReactorTime,
        now: Callable[[], float],
        rules: Rules,
        fence: Fence,
    ) -> None:
        self.cast = cast
        self.rules = rules
        self.accounts = accounts
        self.clock = clock
        self.fence = fence
        self.ledger = Ledger(store, fence)
        self.turns = Turns(self.ledger, clock)
        fence.run = self.turns.run
        self.calls = Calls(rules.limits, fence, Paces(rules.allowed, clock))
        registry = Registry(self.ledger, self.turns, clock, fence)
        self.roster = Roster(cast.avatar, registry, rules.retire_after)
        self.troupe = Troupe(registry)
        self.sessions = Sessions(store.sessions, clock, now, rules.session_grace)
        self.realm = Realm(
            self.roster,
            self.troupe,
            store.accounts,
            self.calls,
            self.turns,
            fence,
            clock,
            now,
            sessions=self.sessions,
        )
        lobby = Lobby(
            login_portal(self.realm, accounts),
            accounts,
            fence,
            messages=of_players(rules.limits),
            is_open=rules.is_registration_open,
        )
        self.factory = GameFactory(lobby, clock, fence, rules.login_timeout)

    async def start(self) -> None:
        """Load and start the services; raises what the first ``started`` raised.

        Raises ``Stopping`` when ``stop`` came in between.
        """
        await self.troupe.start(self.cast.services, self.realm)
        self.realm.gate.open()

    async def stop(self) -> None:
        """End all calls and logins, run the last hooks, save everything.

        Author code gets ``stop_timeout`` twice: for calls, then for hooks and ticks.
        Raises ``StoreError`` when the last save is refused, and ``StateNotStored`` when
        some state could not be stored; all else is saved then.
        """
        self.realm.gate.shut()
        self.sessions.stop()
        await self.within_limit(self.calls.finish(), "calls")
        await self.within_limit(self.turns.answered(), "answers")
        for resident in self.roster:
            for client in resident.clients:
                client.close("stopping", STOPPING)
        for connection in list(self.factory.connections):
            connection.disconnect()
        self.troupe.stop()
        self.roster.retire_all()
        await self.within_limit(self.fence.idle(), "hooks")
        for place in (*self.roster, *self.troupe):
            place.timers.close()
        await self.turns.save()
        self.turns.close()
        if self.ledger.problems:
            raise StateNotStored("not stored: " + "; ".join(self.ledger.problems))

    def within_limit(
        self, work: Coroutine[Any, Any, None], what: str
    ) -> Deferred[None]:
        """Wait for author code, but not for ever; what is late goes on unwatched.

        Fails with what it fails with in time.
        """
        waited: Deferred[None] = Deferred()

        def give_up() -> None:
            _log.error("{what} did not end in time; stopping goes on", what=what)
            waited.callback(None)

        late = self.clock.callLater(self.rules.stop_timeout, give_up)

        def finish(result: Any) -> None:  # noqa: ANN401 - None, or a Failure
            if not waited.called:
                late.cancel()
                waited.callback(result)
            elif isinstance(result, Failure):
                _log.failure("{what} failed, late", result, what=what)

        Deferred.fromCoroutine(work).addBoth(finish)
        return waited
