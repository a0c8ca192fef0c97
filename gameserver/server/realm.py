"""The realm: how a login becomes a client of an avatar, and stops being one.

``requestAvatar`` is what the portal calls. Every login walks the table of
``gameserver.model.presence``; whoever ends it, and however often, gets the same end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.cred.portal import IRealm
from twisted.logger import Logger
from twisted.spread import pb
from zope.interface import implementer

from gameserver.errors import AvatarFull, ConnectionLost, NotFound
from gameserver.model.admission import Admission, admission
from gameserver.model.presence import TABLE, Act, Event, Presence
from gameserver.server.arrival import Arrival
from gameserver.server.awaiting import started
from gameserver.server.clients import RemoteClient
from gameserver.server.gate import Gate
from gameserver.server.perspective import Perspective
from gameserver.server.session_calls import NumberedCalls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IDelayedCall, IReactorTime
    from zope.interface import Interface

    from gameserver.interfaces import AccountStore
    from gameserver.model.avatar import Avatar
    from gameserver.server.arrival import Connection
    from gameserver.server.calls import Calls
    from gameserver.server.fence import Fence
    from gameserver.server.roster import Player, Roster
    from gameserver.server.sessions import Sessions
    from gameserver.server.troupe import Troupe
    from gameserver.server.turns import Turns

_log = Logger("gameserver.realm")


@implementer(IRealm)
class Realm:
    """The world as authors see it, and the portal's way in."""

    def __init__(  # noqa: PLR0913 - the parts of a world meet here
        self,
        roster: Roster,
        troupe: Troupe,
        accounts: AccountStore,
        calls: Calls,
        turns: Turns,
        fence: Fence,
        clock: IReactorTime,
        now: Callable[[], float],
        *,
        sessions: Sessions,
    ) -> None:
        self._turns = turns
        self._sessions = sessions
        self._numbered = NumberedCalls(turns, fence)
        self._roster = roster
        self._troupe = troupe
        self._accounts = accounts
        self._calls = calls
        self._fence = fence
        self._clock = clock
        self._now = now
        self.gate = Gate()

    @property
    def online(self) -> Sequence[Avatar]:
        """All avatars that have at least one client, by name."""
        present = [one.subject for one in self._roster if one.clients]
        return sorted(present, key=lambda avatar: avatar.name)

    def get(self, name: str) -> Avatar | None:
        """Give the live avatar of that name, whatever its case, or None."""
        resident = self._roster.wanted(name)
        return None if resident is None else resident.subject

    async def find(self, name: str) -> Avatar:
        """Give the avatar of that account, loading or creating it."""
        live = self._roster.wanted(name)
        if live is not None:
            return live.subject
        account = await self._accounts.get(name)
        if account is None:
            raise NotFound(f"nobody here is called {name[:40]!r}")
        resident = await self._roster.resident(account.name, self)
        self._require_live(resident)
        return resident.subject

    def service(self, name: str) -> Any:  # noqa: ANN401 - a stand-in for any service
        """Give an interface to the service; ``LookupError`` names those there are."""
        return self._troupe.interface(name)

    def requestAvatar(
        self, avatarId: bytes | tuple[()], mind: object, *interfaces: type[Interface]
    ) -> Deferred[tuple[type[Interface], object, Callable[[], None]]]:
        """Log one client in; see ``IRealm``. Serves ``pb.IPerspective`` only."""
        if pb.IPerspective not in interfaces:
            asked = ", ".join(one.__name__ for one in interfaces)
            raise NotImplementedError(
                f"asked for {asked}; this realm serves IPerspective"
            )
        if not isinstance(mind, Arrival):
            raise TypeError(f"mind: {mind!r}, expected an Arrival")
        return started(self._enter(_text(avatarId), mind))

    async def _enter(
        self, name: str, arrival: Arrival
    ) -> tuple[type[Interface], object, Callable[[], None]]:
        await self.gate.passed()
        resident = await self._roster.resident(name, self)
        await self.gate.passed()
        self._require_live(resident)
        if arrival.connection.is_lost:
            raise ConnectionLost("the connection ended during the login")
        login = self._sessions.place_of(name, arrival.session)
        if isinstance(login, Login):
            login.take_over(arrival)
        else:
            login = self._admit(resident, arrival)
            await login.attach()
        perspective = Perspective(
            login,
            login.resident,
            self._calls,
            self._turns,
            self._fence,
            self._sessions,
            self._numbered,
        )
        return pb.IPerspective, perspective, _LettingGo(login, arrival.connection)

    def _require_live(self, resident: Player) -> None:
        """Refuse an avatar that was forgotten while somebody waited for it."""
        name = resident.subject.name
        if self._roster.get(name) is not resident:
            raise NotFound(f"nobody here is called {name!r} any more")

    def _admit(self, resident: Player, arrival: Arrival) -> Login:
        """Make room by the avatar's own rule; nothing is awaited in between."""
        owner, present = type(resident.subject), resident.clients
        decision = admission(len(present), owner.max_clients, owner.when_full)
        if decision is not Admission.ADMIT and self._made_room(present):
            decision = Admission.ADMIT
        if decision is Admission.REFUSE:
            raise AvatarFull(
                f"{resident.subject.name} has {len(present)} windows open, "
                f"at most {owner.max_clients}; close one first"
            )
        if decision is Admission.REPLACE_OLDEST:
            self._replace(present.oldest(), arrival)
        client = RemoteClient(
            resident.subject.name,
            arrival.mind,
            arrival.connection,
            self._clock,
            self._now(),
        )
        client.pace = self._calls.paces.begun(client)
        return Login(
            client,
            resident,
            self._roster,
            self._fence,
            self._sessions,
        )

    @staticmethod
    def _made_room(present: Iterable[Any]) -> bool:
        """Log out one whose connection has ended, sooner than refuse its player."""
        away = next((one for one in present if one.is_away), None)
        if away is not None:
            away.on_close()
        return away is not None

    @staticmethod
    def _replace(oldest: RemoteClient, arrival: Arrival) -> None:
        """Tell and close the oldest; on its own connection only its login ends."""
        if oldest.connection is arrival.connection:
            oldest.on_close()
        else:
            oldest.close("replaced", "you logged in from another window")


class _LettingGo:
    """Logs out a login that still is at the connection that let go of it."""

    __slots__ = ("_connection", "_login")  # a partial takes three times as much

    def __init__(self, login: Login, connection: Connection) -> None:
        self._login = login
        self._connection = connection

    def __call__(self) -> None:
        self._login.let_go(self._connection)


class Login:
    """One login acting out ``presence.TABLE``.

    One with a session outlives its connection for a while.
    """

    __slots__ = (
        "_fence", "_grace", "_presence", "_roster", "_sessions", "client", "resident"
    )  # fmt: skip

    def __init__(
        self,
        client: RemoteClient,
        resident: Player,
        roster: Roster,
        fence: Fence,
        sessions: Sessions,
    ) -> None:
        self.client = client
        self.resident = resident
        self._roster = roster
        self._fence = fence
        self._sessions = sessions
        self._grace: IDelayedCall | None = None
        self._presence = Presence.NEW
        client.on_close = self.end
        client.connection.notifyOnDisconnect(self._lost)

    def take_over(self, arrival: Arrival) -> None:
        """Go on over another connection; the one it had is of no use any more."""
        last = self.client.connection
        if self._grace is not None:
            self._grace.cancel()
            self._grace = None
        if self.client.session is not None:
            self.client.session.wait()  # until the client says how many it has heard
        last.dontNotifyOnDisconnect(self._lost)
        self.client.move(arrival.mind, arrival.connection)
        arrival.connection.notifyOnDisconnect(self._lost)
        if last is not arrival.connection:
            last.abort()
        _log.info("{client} resumed", client=self.client)

    def let_go(self, connection: Connection) -> None:
        """Log out, if the login still is at the connection that let go of it."""
        if self.client.connection is connection:
            self.end()

    def _lost(self) -> None:
        """Wait for a client with a session to come back; log any other out."""
        session = self.client.session
        if session is None:
            self.end()
        else:
            session.wait()
            self._grace = self._sessions.in_grace(self.end)

    async def attach(self) -> None:
        """Join the avatar; raises what ``attached`` raised, after undoing it."""
        self._step(Event.ADMIT)
        self.resident.clients.add(self.client)
        avatar = self.resident.subject
        _log.info("{client} attached", client=self.client)
        try:
            await self._fence.attempt(lambda: avatar.attached(self.client))
        except BaseException:
            self.end()
            self._step(Event.ATTACHED)
            raise
        self._step(Event.ATTACHED)
        if self.client.is_gone:
            raise ConnectionLost("the login ended while it was made")

    def end(self) -> None:
        """Leave the avatar; the second time and later it does nothing."""
        self.client.leave()
        self.client.connection.dontNotifyOnDisconnect(self._lost)
        if self._grace is not None and self._grace.active():
            self._grace.cancel()
        self._grace = None
        session, self.client.session = self.client.session, None
        if session is not None:
            session.leave()
        self._step(Event.END)

    def _step(self, event: Event) -> None:
        self._presence, act = TABLE[self._presence, event]
        if act is Act.DETACH:
            self._detach()

    def _detach(self) -> None:
        avatar = self.resident.subject
        _log.info("{client} detached", client=self.client)
        self._fence.contain("detached", lambda: avatar.detached(self.client))
        if not self.resident.clients:
            self._roster.touch(self.resident)


def _text(avatar_id: bytes | tuple[()]) -> str:
    return avatar_id.decode() if isinstance(avatar_id, bytes) else str(avatar_id)
