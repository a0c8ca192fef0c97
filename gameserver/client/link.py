"""The connection of one login, made again whenever it is lost.

States as ``tell`` hears them: ``connected``; then ``lost`` (why), ``reconnecting``
(seconds until the try) as often as needed, and ``resumed`` (whether the session is the
same); at last ``closed`` (code, text), after which nothing happens any more. It comes
back until ``close``, until the server says one of ``_FINAL``, or until trying again
cannot help (``_FATAL``).

Where the server has sessions, calls are numbered. A call whose answer was lost with the
connection is sent again under its number, and one that is made in between waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from twisted.internet.defer import CancelledError, Deferred, fail

from gameserver.client.broker import Mind, unremarked
from gameserver.client.connection import Connection, open_connection
from gameserver.client.explain import why_ended
from gameserver.client.outbox import Outbox
from gameserver.client.refusals import coded
from gameserver.client.session import BYE, OPEN, Session
from gameserver.client.turns import Turns
from gameserver.errors import (
    BadArguments,
    CallTimedOut,
    CertificateRefused,
    ConnectionFailed,
    ConnectionLost,
    Forbidden,
    GameError,
    LoginRefused,
    PlaintextRefused,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from twisted.internet.interfaces import IDelayedCall
    from twisted.python.failure import Failure
    from twisted.spread.pb import RemoteReference

    from gameserver.client.backoff import Backoff
    from gameserver.client.credentials import Credentials
    from gameserver.client.events import Event
    from gameserver.client.route import Route

_T = TypeVar("_T")

CLOSING = "closing"
"""The event with which a server says why it will close: code and text."""

_FINAL = ("replaced", "kicked", "goodbye")
_FATAL = (LoginRefused, CertificateRefused, PlaintextRefused, Forbidden)


class Link:
    """Opens, logs in, notices the end, waits, and tries again."""

    def __init__(
        self,
        route: Route,
        backoff: Backoff,
        deliver: Callable[[Event], Deferred[Any]],
        tell: Callable[..., None],
    ) -> None:
        self._route = route
        self._backoff = backoff
        self._deliver = deliver
        self._tell = tell
        self._mind = Mind()
        self._turns = Turns()
        self._session = Session()
        self._outbox = Outbox(route.reactor, self._way)
        self._connection: Connection | None = None
        self._credentials: Credentials | None = None
        self._retry: IDelayedCall | None = None
        self._farewell: tuple[str, str] | None = None
        self._is_closed = False
        self._perspective: RemoteReference | None = None

    @property
    def is_up(self) -> bool:
        """Say whether calls can be made; False as soon as callers hear of the end."""
        broker = self._connection.broker if self._connection is not None else None
        return (
            self._perspective is not None and broker is not None and broker.end is None
        )

    def ask(self, what: str, name: str, args: tuple[Any, ...]) -> Deferred[Any]:
        """Call the server's root, before or after login; ``what`` is for messages."""

        async def act() -> object:
            connection = await self._open()
            timeout = self._route.timeout
            answer = connection.call(connection.root, name, args, timeout)
            return await self._in_time(what, answer)

        return self._turns.run(act)

    def enter(self, credentials: Credentials) -> Deferred[None]:
        """Log in for the first time; from then on the login is kept up."""

        async def act() -> None:
            if self._credentials is not None:
                raise GameError("logged-in", "this client is logged in already")
            await self._enter(credentials)
            self._credentials = credentials
            self._tell("connected")

        return self._turns.run(act)

    def call(self, name: str, args: tuple[Any, ...], timeout: float) -> Deferred[Any]:
        """Call the perspective; with a session, now or when it is there again.

        Without one ``ConnectionLost`` at once if there is no connection.
        """
        if self._session.token:
            try:
                return self._outbox.call(name, args, timeout)
            except BadArguments as error:
                return fail(error)
        if self._connection is None or self._perspective is None:
            text = f"not connected to {self._route.endpoint}"
            return unremarked(fail(ConnectionLost(text)))
        return self._connection.call(self._perspective, name, args, timeout)

    def _way(self) -> tuple[Connection, RemoteReference] | None:
        connection, target = self._connection, self._perspective
        if connection is None or target is None or not self.is_up:
            return None
        return connection, target

    def close(self) -> Deferred[None]:
        """End for good; fires when no socket is left."""
        if self._session.token and self._connection and self._perspective:
            self._connection.tell(self._perspective, BYE)
        self._finish("closed", "this client closed the connection")
        return Deferred.fromCoroutine(self._close())

    async def _close(self) -> None:
        await self._turns.end()
        if self._connection is not None:
            await self._connection.close()

    async def _open(self) -> Connection:
        if self._is_closed:
            raise ConnectionLost("this client was closed")
        if self._connection is None:
            opened = await open_connection(self._route)
            self._farewell = None
            opened.broker.on_event = self._hear
            opened.broker.on_end = self._ended
            self._connection = opened
        return self._connection

    async def _enter(self, credentials: Credentials) -> bool:
        """Log in and have the session; says whether it is the same as before."""
        connection, timeout = await self._open(), self._route.timeout
        told = connection.call(
            connection.root, "session", (self._session.token,), timeout
        )
        told.addErrback(_no_sessions)
        entered = credentials.enter(connection, self._mind, timeout)
        perspective = await self._in_time("the login", entered)
        is_same = False
        if await self._in_time("the login", told) is True:
            opening = self._opened(connection, perspective)
            is_same = await self._in_time("the session", opening)
        else:
            self._session.forget()
        if not is_same:
            self._outbox.lose(f"{self._route.endpoint} does not know this session")
        self._perspective = perspective
        self._backoff.reset()
        self._outbox.send()
        return is_same

    async def _opened(
        self, connection: Connection, perspective: RemoteReference
    ) -> bool:
        session, timeout = self._session, self._route.timeout
        shown = session.token, session.heard
        asked = connection.call(perspective, OPEN, shown, timeout)
        # In a callback: an event that comes with the answer is to be counted after it.
        opening: Deferred[bool] = asked.addCallback(session.opened)
        try:
            return await opening
        except BadArguments:
            session.forget()  # of no use to anybody; the next try has a new one
            self._outbox.lose(f"{self._route.endpoint} does not know this session")
            raise

    async def _in_time(self, what: str, answer: Awaitable[_T]) -> _T:
        """Wait for an answer; whoever gives up first takes the connection down."""
        try:
            return await answer
        except CancelledError:
            await self._drop()
            raise
        except CallTimedOut:
            await self._drop()
            seconds = f"{self._route.timeout:g} s"
            text = f"{self._route.endpoint} did not answer {what} within {seconds}"
            raise ConnectionFailed(text) from None
        except ConnectionLost:
            if self._farewell is not None:
                raise coded(*self._farewell) from None
            text = f"{self._route.endpoint} closed the connection during {what}"
            raise ConnectionFailed(text) from None

    async def _drop(self) -> None:
        if self._connection is not None:
            await self._connection.abort()

    def _hear(self, event: Event) -> Deferred[Any]:
        if not event.is_asked:
            self._session.hear(event.name)
        if event.name == CLOSING:
            code, text, *_ = (*map(str, event.args), "", "")
            self._farewell = (code, text)
        return self._deliver(event)

    def _ended(self, reason: BaseException) -> None:
        was_in = self._perspective is not None
        self._connection = self._perspective = None
        self._outbox.rewind()
        if self._is_closed or not was_in:
            return
        if self._farewell is not None and self._farewell[0] in _FINAL:
            self._finish(*self._farewell)
            return
        self._tell("lost", self._farewell[1] if self._farewell else why_ended(reason))
        self._wait()

    def _wait(self) -> None:
        if self._is_closed:
            return
        delay = self._backoff.next_delay()
        self._retry = self._route.reactor.callLater(delay, self._try_again)
        self._tell("reconnecting", delay)

    def _try_again(self) -> None:
        self._retry = None
        # It fails only if it is ended, and whoever ended it knows.
        self._turns.run(self._resume).addErrback(lambda f: f.trap(ConnectionLost))

    async def _resume(self) -> None:
        assert self._credentials is not None
        try:
            is_same = await self._enter(self._credentials)
        except _FATAL as error:
            self._finish(error.code, error.text)
            await self._drop()
        except GameError:
            await self._drop()
            self._wait()
        else:
            self._tell("resumed", is_same)

    def _finish(self, code: str, text: str) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        self._session.forget()
        self._outbox.lose("this client was closed")
        self._tell("closed", code, text)


def _no_sessions(failure: Failure) -> bool:
    """Go on without: what else is wrong the login finds out."""
    failure.trap(GameError)
    return False
