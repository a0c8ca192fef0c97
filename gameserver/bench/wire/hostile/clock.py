"""How long the turns of this server's reactor take, and how many bytes it reads.

A turn is the time from one end of waiting for sockets to the next beginning of it:
nobody is answered meanwhile. On a machine whose neighbours take time, only CPU time
says what the server itself has done; it counts the reactor's thread alone.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Final

from gameserver.server.broker import GameBroker


@dataclass(frozen=True)
class Taken:
    """The longest turn in seconds, by the wall and by CPU; and the bytes read."""

    wall: float
    cpu: float
    read: int


class TurnClock:
    """The longest turn since it was asked last, and the bytes read since then."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.thread_time()
        self._longest = (0.0, 0.0)
        self.read = 0

    def waits(self) -> None:
        """Hear that the reactor is about to wait."""
        took = time.perf_counter() - self._wall, time.thread_time() - self._cpu
        wall, cpu = self._longest
        self._longest = max(wall, took[0]), max(cpu, took[1])

    def woke(self) -> None:
        """Hear that the reactor goes on."""
        self._wall, self._cpu = time.perf_counter(), time.thread_time()

    def taken(self) -> Taken:
        """Give what was seen, and begin again."""
        found = Taken(*self._longest, self.read)
        self._longest, self.read = (0.0, 0.0), 0
        self.woke()  # so that the turn in which it is asked begins here
        return found


CLOCK: Final = TurnClock()
"""That of this process; the plugin asks it."""


class _Poller:
    """A poller that says when it waits."""

    def __init__(self, poller: Any, clock: TurnClock) -> None:  # noqa: ANN401 - select's
        self._poller, self._clock = poller, clock

    def poll(self, *given: Any) -> Any:  # noqa: ANN401 - as the poller's
        """Wait for sockets."""
        self._clock.waits()
        try:
            return self._poller.poll(*given)
        finally:
            self._clock.woke()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as the poller's
        return getattr(self._poller, name)


def attach(clock: TurnClock, reactor: Any) -> None:  # noqa: ANN401 - one with a poller
    """Put the clock at a reactor that waits by a poller, as Linux's does."""
    if hasattr(reactor, "_poller"):
        reactor._poller = _Poller(reactor._poller, clock)  # noqa: SLF001 - nothing else says it
    receive = GameBroker.dataReceived

    def counted(self: GameBroker, chunk: bytes) -> None:
        clock.read += len(chunk)
        receive(self, chunk)

    GameBroker.dataReceived = counted  # type: ignore[method-assign]  # a count before it
