"""Sends numbered calls over whatever connection there is, and sorts what comes back.

What a server refused without having begun it is no answer: it is sent again under its
number, over the next connection, or when it was ``busy`` over this one, a little later.
Such a refusal bears a mark, so that a game's own error of that code is an answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from gameserver.client.open_calls import OpenCall, OpenCalls
from gameserver.client.session import CALL
from gameserver.errors import Busy, GameError

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IDelayedCall, IReactorTime
    from twisted.python.failure import Failure
    from twisted.spread.pb import RemoteReference

    from gameserver.client.connection import Connection

    Way: TypeAlias = tuple[Connection, RemoteReference]

PAUSE: Final = 0.5
"""Seconds until a busy server is asked again, if it has not answered anything since."""


class Outbox:
    """The open calls of one login.

    ``way``: gives the connection that can be used now, and the perspective there.
    """

    def __init__(self, clock: IReactorTime, way: Callable[[], Way | None]) -> None:
        self._clock = clock
        self._way = way
        self._calls = OpenCalls(clock)
        self._pause: IDelayedCall | None = None

    def call(self, name: str, args: tuple[Any, ...], timeout: float) -> Deferred[Any]:
        """Make a call and give its answer; ``BadArguments`` if it cannot be sent."""
        answer = self._calls.begin(name, args, timeout)
        self.send()
        return answer

    def send(self) -> None:
        """Send what waits and may be sent now."""
        way = self._way()
        if way is None or self._pause is not None:
            return
        connection, target = way
        for call in self._calls.due():
            asked = connection.post(target, CALL, call.given)
            asked.addCallback(self._answered, call)
            asked.addErrback(self._failed, call, connection)

    def rewind(self) -> None:
        """Note that the connection is gone: all that is open is to be sent again."""
        self._end_pause()
        self._calls.rewind()

    def lose(self, text: str) -> None:
        """End all calls with ``ConnectionLost``; the next begins a new session."""
        self._end_pause()
        self._calls.lose(text)

    def _answered(self, value: object, call: OpenCall) -> None:
        self._calls.succeed(call.number, value)
        self._go_on()

    def _failed(self, failure: Failure, call: OpenCall, connection: Connection) -> None:
        """End a call with its error, unless it is to be sent again."""
        error = failure.value
        assert error is not None  # it has one, as every failure has
        if connection.broker.end is not None:
            return  # lost: the next connection may answer it
        if not (isinstance(error, GameError) and error.is_unbegun):
            self._calls.fail(call.number, error)
            self._go_on()
        elif isinstance(error, Busy):
            self._calls.put_back(call)
            if self._pause is None:
                self._pause = self._clock.callLater(PAUSE, self._go_on)

    def _go_on(self) -> None:
        self._end_pause()
        self.send()

    def _end_pause(self) -> None:
        if self._pause is not None and self._pause.active():
            self._pause.cancel()
        self._pause = None
