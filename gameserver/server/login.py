"""What a connection meets before login: stock PB's login, and our own over TLS.

Stock PB never calls ``logout`` when the connection ends while the checker or the realm
is still at work; here such a login is ended by whoever finishes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from twisted.cred.portal import Portal
from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure
from twisted.spread import pb

from gameserver.errors import (
    BadArguments,
    Busy,
    ConnectionLost,
    Damaged,
    Forbidden,
    GameError,
    NoSuchCall,
    NotSaved,
    PlaintextRefused,
    StoreError,
    VersionTooHigh,
)
from gameserver.model.roles import Role
from gameserver.server.arrival import Arrival, Connection
from gameserver.server.awaiting import started
from gameserver.server.checkers import (
    Password,
    PasswordChecker,
    TokenChecker,
    TokenResponse,
)
from gameserver.server.message_limits import ADMIN
from gameserver.server.perspective import reached
from gameserver.server.receiving import require_fit
from gameserver.server.refusal import Refusal
from gameserver.server.strangers import read_flat
from gameserver.server.tokens import Challenge
from gameserver.version import PRODUCT, VERSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.cred.portal import IRealm
    from twisted.internet.defer import Deferred

    from gameserver.server.accounts import Accounts
    from gameserver.server.fence import Fence
    from gameserver.wire.limits import Limits

_log = Logger("gameserver.login")
_LONGEST_TEXT = 1024
"""Characters of a name or secret that are looked at; no right one is as long."""

_MOST_LOGINS = 16
"""Logins over one connection at a time; a stock client needs one."""


def login_portal(realm: IRealm, accounts: Accounts) -> Portal:
    """Give a portal to the realm for everybody who has an account."""
    return Portal(realm, [PasswordChecker(accounts), TokenChecker(accounts)])


class LoginConnection(Connection, Protocol):
    """A connection as its entrance needs it."""

    def logged_in(self, limits: Limits) -> None:
        """Lift the time limit that stands before login, and set others for messages."""

    def when_dropped(self, reference: pb.Serializable, act: Callable[[], None]) -> None:
        """Call when the peer lets go of the reference; not when the connection ends."""


class Lobby(pb.Root):
    """The PB root of the game: gives every connection an entrance of its own."""

    def __init__(
        self,
        portal: Portal,
        accounts: Accounts,
        fence: Fence,
        *,
        messages: Limits,
        is_open: bool = False,
        is_for_admins: bool = False,
    ) -> None:
        self.portal = portal
        self.accounts = accounts
        self.fence = fence
        self.messages = messages
        """The limits of players' messages after a login."""
        self.is_registration_open = is_open
        self.is_for_admins = is_for_admins

    async def limits_of(self, name: str) -> Limits:
        """Give the limits of somebody's messages after the login."""
        account = await self.accounts.get(name) if self.is_for_admins else None
        if account is None or account.role is Role.PLAYER:
            return self.messages
        return ADMIN

    def rootObject(self, broker: Any) -> Entrance:  # noqa: ANN401 - our Broker
        """Give what this connection may call before login."""
        return Entrance(self, broker)


class FencedReferenceable(pb.Referenceable):
    """A referenceable whose ``remote_`` methods may be async and fail in codes only."""

    fence: Fence

    def remoteMessageReceived(
        self, broker: pb.Broker, message: str, args: object, kw: object
    ) -> object:
        """Carry out one call; see ``pb.Referenceable``."""
        try:
            method = getattr(self, f"remote_{message}", None)
            if method is None:
                raise NoSuchCall(f"there is no {message[:40]!r} before login")
            given = read_flat(args, kw, broker.unserialize)
            require_fit(method, message, given, {})
        except GameError as error:
            raise Refusal(error) from None
        answer = self.fence.attempt(lambda: method(*given))
        answer.addCallback(lambda value: broker.serialize(value, None, message))
        return answer.addErrback(self._refused, message)

    def _refused(self, failure: Failure, message: str) -> Failure:
        return Failure(Refusal(self.fence.coded(failure, f"{message}, before login")))


class Entrance(FencedReferenceable):
    """What one connection may call before it is anyone."""

    def __init__(self, lobby: Lobby, connection: LoginConnection) -> None:
        self._lobby = lobby
        self._connection = connection
        self._logins = 0
        self._session = ""
        self._is_registering = False
        self.fence = lobby.fence

    def remote_hello(self) -> dict[str, object]:
        """Say what this server is and how one can join."""
        return {
            "product": PRODUCT,
            "version": VERSION,
            "registration": self._lobby.is_registration_open,
            "admin": self._lobby.is_for_admins,
            "tls": self._connection.is_secure,
        }

    def remote_session(self, token: object) -> bool:
        """Say which session the next login is to go on with, "" for a new one.

        Gives whether a login here can have a session at all. Asked before the login,
        so that one that takes over from another connection is no login to the game.
        """
        self._session = _text(token, "the token")
        return not self._lobby.is_for_admins

    def remote_login(self, username: object) -> tuple[bytes, Challenger]:
        """Begin stock PB's login: give a challenge and who takes the answer."""
        challenge = Challenge()
        challenger = Challenger(self, _text(username, "the name"), challenge)
        return challenge.value, challenger

    async def remote_loginPassword(
        self, name: object, password: object, mind: object
    ) -> pb.AsReferenceable:
        """Log in with a password; gives the perspective."""
        self._require_secure()
        secret = _text(password, "the password")
        return await self.admit(Password(_text(name, "the name"), secret), mind)

    async def remote_register(self, name: object, password: object) -> None:
        """Make an account of one's own, where the operator allows it."""
        self._require_secure()
        if not self._lobby.is_registration_open:
            raise Forbidden("new accounts are made by an admin on this server")
        secret = _text(password, "the password")
        if self._is_registering:
            raise Busy("an account is being made over this connection already")
        self._is_registering = True
        try:
            await self._lobby.accounts.add(_text(name, "the name"), secret, Role.PLAYER)
        except StoreError as refusal:
            _log.warn("an account was not made: {why}", why=str(refusal))
            raise NotSaved("the account could not be saved; try again") from refusal
        finally:
            self._is_registering = False

    async def admit(self, credentials: Any, mind: object) -> pb.AsReferenceable:  # noqa: ANN401 - either kind
        """Check, log in, and tie the login to its reference.

        Whoever lets go of the perspective is logged out, as with stock PB; the realm
        itself sees to connections that end.
        """
        if self._logins >= _MOST_LOGINS:
            raise Busy(f"{_MOST_LOGINS} logins are open over this connection already")
        self._logins += 1
        try:
            perspective, logout = await self._entered(credentials, mind)
        except BaseException as error:
            self._logins -= 1
            if isinstance(error, GameError):
                self._note_refusal(credentials, error)
            raise

        reference = reached(perspective)
        self._connection.when_dropped(reference, _Dropped(self, logout))
        self._connection.logged_in(await self._lobby.limits_of(credentials.name))
        return reference

    def dropped(self) -> None:
        """Count one login less."""
        self._logins -= 1

    async def _entered(
        self,
        credentials: Any,  # noqa: ANN401 - either kind
        mind: object,
    ) -> tuple[object, Callable[[], None]]:
        arrival = Arrival(mind, self._connection, self._session)
        self._session = ""
        entered: Deferred[Any] = self._lobby.portal.login(
            credentials, arrival, pb.IPerspective
        )
        try:
            _, perspective, logout = await entered
        except Damaged as damage:
            text = "what is stored of you is damaged, and trying again does not help: "
            raise NotSaved(
                f"{text}the server's operator sees why in the log"
            ) from damage
        except StoreError as refusal:  # nobody's fault who wrote or plays the game
            text = "the database does not let you in now; try again"
            raise NotSaved(text) from refusal
        if self._connection.is_lost:
            logout()
            raise ConnectionLost("the connection ended during the login")
        return perspective, logout

    def _note_refusal(self, credentials: Any, error: GameError) -> None:  # noqa: ANN401 - either kind
        cause = error.__cause__
        known = cause if isinstance(cause, StoreError | VersionTooHigh) else None
        _log.emit(
            LogLevel.error if known else LogLevel.info,
            "login as {name!r} from {address} refused: {why}",
            name=credentials.name[:40],
            address=self._connection.address,
            why=known.line() if known else error.code,
        )

    def _require_secure(self) -> None:
        if not self._connection.is_secure:
            raise PlaintextRefused(
                "passwords are taken over TLS only; here an app token works"
            )


class _Dropped:
    """Ends a login whose client lets go of its perspective."""

    __slots__ = ("_entrance", "_logout")  # a closure takes three times as much

    def __init__(self, entrance: Entrance, logout: Callable[[], None]) -> None:
        self._entrance = entrance
        self._logout = logout

    def __call__(self) -> None:
        self._entrance.dropped()
        self._logout()


class Challenger(FencedReferenceable):
    """Takes the one answer to one challenge."""

    def __init__(self, entrance: Entrance, name: str, challenge: Challenge) -> None:
        self._entrance = entrance
        self._name = name
        self._challenge = challenge
        self.fence = entrance.fence

    def remote_respond(self, response: object, mind: object) -> Deferred[Any]:
        """Finish stock PB's login; gives the perspective."""
        if not isinstance(response, bytes):
            raise BadArguments("the response is not bytes")
        answer = TokenResponse(self._name, self._challenge, response)
        return started(self._entrance.admit(answer, mind))


def _text(value: object, what: str) -> str:
    """Read a name or secret, as text or UTF-8; stock clients send either."""
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    if not isinstance(value, str):
        raise BadArguments(f"{what} is not text")
    return value[:_LONGEST_TEXT]
