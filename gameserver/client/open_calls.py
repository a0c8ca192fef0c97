"""Calls that have no answer yet: numbered, sent in order, sent again after a loss.

At most ``WINDOW`` are with the server at a time, as many as it carries out at once for
one session; the others wait here, in order. A call ends once,
with its answer, its time or the end of its session, whatever comes later. One that its
caller gave up is with the server until that answers, or the connection ends.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from gameserver.client.broker import unremarked
from gameserver.client.plain import written
from gameserver.errors import BadArguments, CallTimedOut, ConnectionLost
from gameserver.wire.limits import PLAYERS_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twisted.internet.interfaces import IDelayedCall, IReactorTime

    from gameserver.wire.message import Written

WINDOW: Final = 32
LARGEST: Final = PLAYERS_SIZE - 256
"""Bytes of a call's name and arguments; what PB puts around them is far less."""


@dataclass(eq=False, slots=True)
class OpenCall:
    """One call; ``given`` is what the server is sent, as it was when it was made."""

    number: int
    given: Written
    answer: Deferred[Any]
    late: IDelayedCall


class OpenCalls:
    """All open calls of one session; numbers begin at 1 and are never used again."""

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._open: dict[int, OpenCall] = {}
        self._queue: deque[OpenCall] = deque()
        self._at_server: set[int] = set()
        """Numbers that were sent over this connection and have no answer."""
        self._last = 0

    def begin(self, name: str, args: tuple[Any, ...], timeout: float) -> Deferred[Any]:
        """Note a call and give its answer; ``BadArguments`` if it cannot be sent."""
        number = self._last + 1
        try:
            given = written((number, name, *args))
        except Exception as error:
            raise BadArguments(f"{name}: {error}") from error
        size = len(given.content)
        if size > LARGEST:  # the server would end the connection, whenever it came
            text = f"{size} bytes of arguments, expected at most {LARGEST}"
            raise BadArguments(f"{name}: {text}")
        self._last = number
        answer: Deferred[Any] = Deferred(lambda _: self._drop(number))
        text = f"no answer to {name!r} within {timeout:g} s"
        late = self._clock.callLater(timeout, self._fail, number, CallTimedOut(text))
        self._open[number] = call = OpenCall(number, given, answer, late)
        self._queue.append(call)
        return answer

    def due(self) -> Iterator[OpenCall]:
        """Give, in order, what is to be sent now; each counts as sent."""
        while self._queue and len(self._at_server) < WINDOW:
            call = self._queue.popleft()
            if call.number in self._open:
                self._at_server.add(call.number)
                yield call

    def put_back(self, call: OpenCall) -> None:
        """Note that the server did not take a call: it is to be sent again, in order.

        It stands among those that were put back before, at the head of the queue.
        """
        self._at_server.discard(call.number)
        later = (n for n, one in enumerate(self._queue) if one.number > call.number)
        self._queue.insert(next(later, len(self._queue)), call)

    def rewind(self) -> None:
        """Note that the connection is gone: all that is open is to be sent again."""
        self._at_server.clear()
        self._queue = deque(self._open.values())

    def succeed(self, number: int, value: object) -> None:
        """Note the server's answer, and give it, if the call is open."""
        self._at_server.discard(number)
        call = self._forget(number)
        if call is not None:
            call.answer.callback(value)

    def fail(self, number: int, error: BaseException) -> None:
        """Note the server's error, and give it, if the call is open."""
        self._at_server.discard(number)
        self._fail(number, error)

    def _fail(self, number: int, error: BaseException) -> None:
        call = self._forget(number)
        if call is not None:
            call.answer.errback(Failure(error))

    def lose(self, text: str) -> None:
        """End all of them with ``ConnectionLost``; begin with 1 again."""
        lost = [call for number in list(self._open) if (call := self._forget(number))]
        self._queue.clear()
        self._at_server.clear()
        self._last = 0
        for call in lost:
            call.answer.errback(ConnectionLost(text))
            unremarked(call.answer)

    def _drop(self, number: int) -> None:
        self._forget(number)

    def _forget(self, number: int) -> OpenCall | None:
        call = self._open.pop(number, None)
        if call is None:
            return None
        if call.late.active():
            call.late.cancel()
        return call
