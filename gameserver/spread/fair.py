"""One connection of many: it takes turns with the others, and is read as it takes.

In one turn of the reactor at most 64 messages of a connection are carried out, or those
of 4 ms; then the others have theirs. Nothing more is read meanwhile, nor from a peer
that does not take what it is sent (``outflow.py``).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from gameserver.spread.broker import StrictBroker
from gameserver.spread.outflow import Outflow
from gameserver.spread.outlet import write

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IDelayedCall, IReactorTime

BATCH: Final = 64
"""Messages that are answered with one write, the most of one turn."""

TURN: Final = 0.004
"""Seconds of a turn; a message that has begun is carried out."""


class FairBroker(StrictBroker):
    """One connection of a server.

    ``begin_outflow`` has it watched whether the peer keeps up; to be called when the
    handshake of TLS is over, which waits for bytes itself.
    """

    __slots__ = ("_is_deaf", "_later", "clock", "is_stopped", "outflow", "until")

    batch = BATCH
    clock: IReactorTime
    """What calls later, and tells how long a turn takes."""

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 - Broker's
        super().__init__(*given, **named)
        self.outflow: Outflow | None = None
        self.until = 0.0
        self._later: IDelayedCall | None = None
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

    def carry_out(self) -> None:
        """Carry out some of what has come, and the rest in turns of its own."""
        if self.is_stopped or self._later is not None:
            self._stop_reading()
            return
        self._carry_out_some()

    def _carry_out_some(self) -> None:
        self.until = -math.inf if self.is_stopped else self.clock.seconds() + TURN
        while self.take():
            is_settled = bool(self.currentDialect)  # before, they come one by one
            self.carry_out_batch()
            if is_settled or not self.goes_on():
                break
        if self.disconnected or self.is_stopped:
            return
        if self._messages or (self._decoder.has_rest and self.take()):
            self._stop_reading()  # or the end of the connection would come before it
            self._later = self.clock.callLater(0, self.next_turn)
        elif self._is_deaf:
            self.read_on()

    def next_turn(self) -> bool:
        """Have the next turn, if one is due; says whether one was."""
        later, self._later = self._later, None
        if later is None:
            return False
        if later.active():
            later.cancel()
        self.guarded(self._carry_out_some)
        return True

    def guarded(self, act: Callable[[], object]) -> None:
        """Do something that fails for what a peer has sent."""
        raise NotImplementedError

    def goes_on(self) -> bool:
        """Say whether the next message may be carried out in this turn."""
        return bool(self.clock.seconds() < self.until)

    def put(self, content: bytes) -> None:
        """Give bytes to the transport, and count them while the peer takes none."""
        write(self.transport, content)
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
        if self._later is None:
            self._later = self.clock.callLater(0, self.next_turn)

    def _stop_reading(self) -> None:
        if not self._is_deaf:
            self._is_deaf = True
            self.transport.pauseProducing()

    def read_on(self) -> None:
        """Read again, if nothing was read any more."""
        if self._is_deaf:
            self._is_deaf = False
            self.transport.resumeProducing()

    def finish(self) -> None:
        """Carry out what has come from a peer that is gone."""
        while self.take():
            self.until = math.inf
            self.is_stopped = False  # TLS may still say so, and would have it for ever
            self.carry_out_batch()

    def end_flow(self) -> None:
        """Carry out no more: the connection has ended, or is about to."""
        if self._later is not None:
            self._later.cancel()
            self._later = None
        self._messages.clear()
        if self.outflow is not None:
            self.outflow.stopProducing()
