"""The connection of one login, made again whenever it is lost.

States as ``tell`` hears them: ``connected``; then ``lost`` (why), ``reconnecting``
(seconds until the try) as often as needed, and ``resumed``; at last ``closed`` (code,
text), after which nothing happens any more. It comes back until ``close``, until the
server says one of ``_FINAL``, or until trying again cannot help (``_FATAL``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from twisted.internet.defer import CancelledError, Deferred, fail

from gameserver.client.broker import Mind, unremarked
from gameserver.client.connection import Connection, open_connection
from gameserver.client.explain import why_ended
from gameserver.client.refusals import coded
from gameserver.client.turns import Turns
from gameserver.errors import (
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
        """Call the perspective; ``ConnectionLost`` at once if there is none."""
        if self._connection is None or self._perspective is None:
            text = f"not connected to {self._route.endpoint}"
            return unremarked(fail(ConnectionLost(text)))
        return self._connection.call(self._perspective, name, args, timeout)

    def close(self) -> Deferred[None]:
        """End for good; fires when no socket is left."""
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

    async def _enter(self, credentials: Credentials) -> None:
        connection = await self._open()
        entered = credentials.enter(connection, self._mind, self._route.timeout)
        self._perspective = await self._in_time("the login", entered)
        self._backoff.reset()

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
        if event.name == CLOSING:
            code, text, *_ = (*map(str, event.args), "", "")
            self._farewell = (code, text)
        return self._deliver(event)

    def _ended(self, reason: BaseException) -> None:
        was_in = self._perspective is not None
        self._connection = self._perspective = None
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
            await self._enter(self._credentials)
        except _FATAL as error:
            self._finish(error.code, error.text)
            await self._drop()
        except GameError:
            await self._drop()
            self._wait()
        else:
            self._tell("resumed")

    def _finish(self, code: str, text: str) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        self._tell("closed", code, text)
