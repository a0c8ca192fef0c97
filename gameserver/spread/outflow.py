"""What one connection has not taken yet: bounded, and nobody else's affair.

A transport that holds more than 64 KB calls ``pauseProducing``, and ``resumeProducing``
once all has left. Meanwhile nothing is read from that peer, so it gets no more answers,
and events for it wait (``backlog.py``). A peer that takes nothing for ten seconds, or
for which another megabyte has come by then, is cut off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from gameserver.spread.outlet import unsent

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IDelayedCall, IReactorTime

MOST: Final = 1 << 20
"""Bytes that may wait for a peer that has stopped, beyond those that stopped it."""

PATIENCE: Final = 10.0
"""Seconds without progress."""


class Flowing(Protocol):
    """A connection whose peer may not keep up."""

    transport: Any
    clock: IReactorTime

    def hold(self) -> None:
        """Stop reading from the peer."""

    def go_on(self) -> None:
        """Begin again."""

    def cut(self, reason: str) -> None:
        """End the connection."""


@implementer(IPushProducer)
class Outflow:
    """Hears from a transport whether its peer keeps up."""

    __slots__ = (
        "_given", "_look", "_most", "_peer", "_taken", "_waiting", "is_stopped"
    )  # fmt: skip

    def __init__(self, peer: Flowing) -> None:
        self.is_stopped = False
        self._peer = peer
        self._given = self._taken = 0
        self._most = 0
        """How many bytes may wait; 0 until it is known how many stopped it."""
        self._look: IDelayedCall | None = None
        self._waiting: list[Callable[[], None]] | None = None
        peer.transport.registerProducer(self, True)  # noqa: FBT003 - Twisted's signature

    @property
    def cut(self) -> Callable[[str], None]:
        """What ends the connection, with the reason."""
        return self._peer.cut

    def pauseProducing(self) -> None:
        """Hear that the peer does not keep up."""
        if self.is_stopped:
            return
        self.is_stopped = True
        self._most = self._given = 0  # amid a write, of which more may be to come
        self._look = self._peer.clock.callLater(PATIENCE, self._check)
        self._peer.hold()

    def resumeProducing(self) -> None:
        """Hear that the peer has taken all."""
        self._end_look()
        self.is_stopped = False
        self._peer.go_on()
        while self._waiting and not self.is_stopped:
            self._waiting.pop(0)()

    def stopProducing(self) -> None:
        """Hear that the connection has ended."""
        self._end_look()
        self._waiting = None

    def close(self) -> None:
        """Take no more part: what is queued is to leave, and then the connection."""
        self.stopProducing()
        self._peer.transport.unregisterProducer()

    def given(self, size: int) -> None:
        """Hear that so many bytes were given to the transport while it has stopped.

        Or before that, the last of which has stopped it.
        """
        waiting = unsent(self._peer.transport)
        if not self._most:
            self._most, self._taken = waiting + MOST, -waiting
            return
        self._given += size
        if waiting > self._most:
            self.cut(f"{MOST} bytes more wait for it than it has taken")

    def when_free(self, act: Callable[[], None]) -> None:
        """Call when the peer has taken all; never if the connection ends before."""
        self._waiting = [*(self._waiting or ()), act]

    def _check(self) -> None:
        taken = self._given - unsent(self._peer.transport)
        if not self._most:
            self.given(0)  # it stopped without a write of ours: it counts from now on
        elif taken <= self._taken:
            self._look = None
            self.cut(f"it has taken nothing for {PATIENCE:g} s")
            return
        else:
            self._taken = taken
        self._look = self._peer.clock.callLater(PATIENCE, self._check)

    def _end_look(self) -> None:
        if self._look is not None:
            self._look.cancel()
            self._look = None
