"""``GameClient``: logs in, calls, hears events, and comes back when it is cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, overload

from twisted.internet.defer import fail

from gameserver.client.answers import Command, Hello, read_answer
from gameserver.client.backoff import Backoff
from gameserver.client.credentials import PasswordLogin, TokenLogin, require_private
from gameserver.client.endpoint import parse_endpoint
from gameserver.client.events import Callback, Callbacks
from gameserver.client.link import Link
from gameserver.client.route import Route
from gameserver.client.trust import Trust
from gameserver.errors import GameError

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.defer import Deferred

    from gameserver.client.credentials import Credentials

_C = TypeVar("_C", bound=Callback)
_STATE = "state"


class GameClient:
    """One player's way to one server; what takes time gives a Deferred to await.

    All Deferreds fail with ``GameError`` only. ``timeout``: seconds for connecting and
    greeting, and again for each answer up to the login. ``reactor``: any of Twisted's.
    After the login it reconnects and logs in again by itself; see ``on_state``.
    """

    def __init__(
        self,
        endpoint: str,
        *,
        reactor: Any,  # noqa: ANN401 - any reactor: several zope interfaces at once
        trust: Trust | None = None,
        timeout: float = 10.0,
        backoff: Backoff | None = None,
    ) -> None:
        self.endpoint = parse_endpoint(endpoint)
        self._callbacks = Callbacks()
        self._watchers = Callbacks()
        route = Route(self.endpoint, trust or Trust.system(), reactor, timeout)
        self._link = Link(
            route, backoff or Backoff(), self._callbacks.deliver, self._changed
        )

    def __repr__(self) -> str:
        state = "connected" if self.is_connected else "not connected"
        return f"<GameClient {self.endpoint}, {state}>"

    @property
    def is_connected(self) -> bool:
        """Say whether calls can be made now."""
        return self._link.is_up

    @overload
    def on(self, event: str, callback: _C) -> _C: ...
    @overload
    def on(self, event: str) -> Callable[[_C], _C]: ...
    def on(self, event: str, callback: Callback | None = None) -> Any:
        """Call ``callback(*args)`` whenever the server tells ``event``.

        ``"*"`` is every event, its name before the arguments. Without ``callback`` it
        is a decorator. What a callback gives answers the server if it asked; it may be
        a Deferred or a coroutine. One that raises is logged; the next still runs.
        """
        if callback is None:
            return lambda function: self.on(event, function)
        self._callbacks.add(event, callback)
        return callback

    def on_state(self, callback: Callable[..., object]) -> None:
        """Call ``callback(state, *details)`` at each change of the connection.

        ``connected``; ``lost``, why; ``reconnecting``, seconds until the try;
        ``resumed``; ``closed``, code, text: the end, with the server's code, that of
        the refused login, or ``closed`` after ``close()``.
        """
        self._watchers.add(_STATE, callback)

    def hello(self) -> Deferred[Hello]:
        """Ask what the server says of itself; needs no login."""

        def read(answer: object) -> Hello:
            return read_answer(answer, Hello, "the server's greeting")

        return self._link.ask("hello", "hello", ()).addCallback(read)

    def ask(self, name: str, *args: object) -> Deferred[Any]:
        """Ask the server's root object, before login, and give its answer.

        Sent over any endpoint as it is: over plain TCP no place for a password.
        ``ConnectionFailed`` when no answer comes within the client's ``timeout``.
        """
        return self._link.ask(repr(name), name, args)

    def register(self, name: str, password: str) -> Deferred[None]:
        """Make an account, where the server allows it; does not log in."""
        try:
            require_private(self.endpoint)
        except GameError as error:
            return fail(error)
        return self._link.ask("the registration", "register", (name, password))

    def login(self, name: str, password: str) -> Deferred[None]:
        """Log in with a password; never over plain TCP (``PlaintextRefused``)."""
        return self._login(PasswordLogin(name, password))

    def login_token(self, name: str, token: str) -> Deferred[None]:
        """Log in with an app token, as stock PB clients do; works on any PB server."""
        return self._login(TokenLogin(name, token))

    def call(self, name: str, *args: object, timeout: float = 30.0) -> Deferred[Any]:
        """Call the player's ``name`` and give its answer.

        ``ConnectionLost`` at once while there is no connection, and when it ends before
        the answer; ``CallTimedOut`` after ``timeout`` seconds.
        """
        return self._link.call(name, args, timeout)

    def commands(self) -> Deferred[list[Command]]:
        """Ask what this player may call."""

        def read(answer: object) -> list[Command]:
            return read_answer(answer, list[Command], "the list of commands")

        return self.call("gameserver.commands").addCallback(read)

    def close(self) -> Deferred[None]:
        """End for good; fires when the connection is gone. May be called again."""
        return self._link.close()

    def _login(self, credentials: Credentials) -> Deferred[None]:
        try:
            credentials.check(self.endpoint)
        except GameError as error:
            return fail(error)
        return self._link.enter(credentials)

    def _changed(self, state: str, *details: object) -> None:
        self._watchers.tell(_STATE, state, *details)
