"""One connection of many: it takes turns with the others, and is read as it takes.

In one turn of the reactor at most 64 messages of a connection are carried out, or those
of 4 ms; then the others have theirs. Nothing more is read meanwhile, nor from a peer
that does not take what it is sent (``outflow.py``).

What is short is carried out as it comes. Who sends much at once, or has taken more time
than the others, stands in a line first (``line.py``): many of those together would take
a turn of the reactor of many times 4 ms, or of as many messages that take long each.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from gameserver.spread.broker import StrictBroker
from gameserver.spread.line import MOST, RUSH
from gameserver.spread.outflow import Outflow

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IReactorTime

    from gameserver.spread.line import Line

BATCH: Final = 64
"""Messages that are answered with one write, the most of one turn."""

TURN: Final = 0.004
"""Seconds of a turn; a message that has begun is carried out."""

SMALL: Final = 4096
"""Bytes, since something was carried out last, that are carried out as they come."""


class FairBroker(StrictBroker):
    """One connection of a server.

    ``begin_outflow`` has it watched whether the peer keeps up; to be called when the
    handshake of TLS is over, which waits for bytes itself.
    """

    __slots__ = (
        "_done", "_heavy", "_is_deaf", "clock", "is_stopped", "line", "outflow",
        "spent", "until",
    )  # fmt: skip

    batch = BATCH
    clock: IReactorTime
    """What tells how long a turn takes."""
    line: Line
    """Where it waits with the others."""

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 - Broker's
        super().__init__(*given, **named)
        self.outflow: Outflow | None = None
        self.until = self.spent = 0.0
        self._heavy = 0
        """Bytes that have come since something was carried out."""
        self._done: Callable[[], None] | None = None
        """What is to be called when all is carried out of a peer that is gone."""
        self.is_stopped = False
        """Whether the peer does not take what it is sent."""
        self._is_deaf = False

    def cut(self, reason: str) -> None:
        """End the connection at once."""
        raise NotImplementedError

    def begin_outflow(self) -> None:
        """Bound what waits for the peer, from now on."""
        if self.outflow is None:
            self.outflow = Outflow(self)

    def read(self, chunk: bytes) -> None:
        """Read what came; carry out some of it, and the rest in turns of its own."""
        line = self.line
        self._heavy += len(chunk)
        self._decoder.feed(chunk)
        if self.is_stopped or self in line.waiting:
            self._stop_reading()
        elif self._heavy <= SMALL and self.spent < line.now and line.rush < RUSH:
            self._carry_out_some()
        else:
            self._wait()

    def _wait(self) -> None:
        self._stop_reading()  # or the end of the connection would come before it
        if self._heavy > SMALL:  # it comes after those that have sent little
            self.spent = max(self.spent, self.line.now)
        self.line.join(self)

    def _carry_out_some(self, *, waited: bool = False) -> None:
        seconds = self.clock.seconds
        begun = seconds()
        turn = self.line.share(TURN) if waited else TURN
        self.until = -math.inf if self.is_stopped else begun + turn
        is_large, has_taken = self._heavy > SMALL, False
        try:
            while self.take():
                has_taken = True
                is_settled = bool(self.currentDialect)  # before, they come one by one
                self.carry_out_batch()
                if is_settled or not self.goes_on():
                    break
            if self.disconnected or self.is_stopped:
                return
            if self._has_more(is_large=is_large, has_taken=has_taken):
                self._wait()
            elif self._is_deaf:
                self.read_on()
        finally:
            self.line.took(self, seconds() - begun, waited=waited)

    def _has_more(self, *, is_large: bool, has_taken: bool) -> bool:
        """Say whether something is left that has to wait for another turn.

        What is read may be forty times as large as its bytes: so much of it is not read
        before its turn.
        """
        has_rest = self._decoder.has_rest
        if has_taken and not (is_large and has_rest):
            self._heavy = 0
        if is_large:
            return has_taken or bool(self._messages)
        return bool(self._messages) or (has_rest and self.take())

    def next_turn(self) -> bool:
        """Have the next turn, if one is due; says whether one was."""
        if self not in self.line.waiting:
            return False
        self.line.leave(self)
        is_gone = self._done is not None
        act = self._finish_some if is_gone else self._carry_out_some
        self.guarded(partial(act, waited=True))
        return True

    def guarded(self, act: Callable[[], object]) -> None:
        """Do something that fails for what a peer has sent."""
        raise NotImplementedError

    def goes_on(self) -> bool:
        """Say whether the next message may be carried out in this turn."""
        return bool(self.clock.seconds() < self.until)

    def put(self, content: bytes) -> None:
        """Give bytes to the transport, and count them while the peer takes none."""
        self.write_to(self.transport, content)
        if self.is_stopped and self.outflow is not None:
            self.outflow.given(len(content))

    def hold(self) -> None:
        """Stop: the peer does not keep up."""
        self.is_stopped = True
        self.until = -math.inf
        self._stop_reading()

    def go_on(self) -> None:
        """Go on: the peer has taken all."""
        self.is_stopped = False
        self.line.join(self)

    def _stop_reading(self) -> None:
        if not self._is_deaf:
            self._is_deaf = True
            self.transport.pauseProducing()

    def read_on(self) -> None:
        """Read again, if nothing was read any more."""
        if self._is_deaf:
            self._is_deaf = False
            self.transport.resumeProducing()

    def finish(self, done: Callable[[], None]) -> None:
        """Carry out what has come from a peer that is gone, and call ``done`` then.

        In turns as ever: a few bytes can mean much work, and many may go at once.
        """
        self._done = done
        if self._messages or self._decoder.has_rest:
            self.spent = max(self.spent, self.line.now) + MOST  # whoever is there first
            self.line.join(self)
        else:
            self.guarded(self._finish_some)

    def _finish_some(self, *, waited: bool = False) -> None:
        begun = self.clock.seconds()
        is_over = True
        try:
            is_over = self._has_finished(begun + self.line.share(TURN))
        finally:
            self.line.took(self, self.clock.seconds() - begun, waited=waited)
            if is_over:
                self.end_flow()
        if self._done is not None:
            self.line.join(self)

    def _has_finished(self, until: float) -> bool:
        while self._done is not None and self.take():
            self.is_stopped = False  # TLS may still say so, and would have it for ever
            self.until = until
            if not self.goes_on():
                return False
            self.carry_out_batch()
        return True

    def end_flow(self) -> None:
        """Carry out no more: the connection has ended, or is about to."""
        done, self._done = self._done, None
        self.line.leave(self)
        self._messages.clear()
        if self.outflow is not None:
            self.outflow.stopProducing()
        if done is not None:
            done()
