"""The honest player: calls, one at a time, and remembers the longest wait.

It calls less often than the server lets one client, so it never waits for that; with
several windows, so that it still notices everything.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from gameserver.bench import canned, workloads
from gameserver.bench.connection import PATIENCE, Connection
from gameserver.bench.counters import RECEIVE, RepeatedBlock
from gameserver.bench.wire.hostile.clock import Taken
from gameserver.errors import MeasurementFailed

if TYPE_CHECKING:
    from types import TracebackType

    from gameserver.bench.connection import Target

WINDOWS: Final = 4
PERIOD: Final = 0.007
"""Seconds from call to call: 36 a second over each of the windows."""

_LOOK: Final = 0.05  # seconds
_IDLE: Final = 0.2  # of a core


@dataclass(frozen=True)
class Waits:
    """How many calls were answered in how long, and the longest wait, in seconds."""

    calls: int
    seconds: float
    longest: float


class Honest:
    """One player in several windows, with one call in flight."""

    def __init__(self, target: Target) -> None:
        with ExitStack() as stack:
            windows = [stack.enter_context(Connection(target)) for _ in range(WINDOWS)]
            self._windows = [_Window(one) for one in windows]
            self._asking = stack.enter_context(Connection(target))
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def asked(self, method: str) -> int:
        """Ask the server for a number."""
        return int(self._asking.ask(method))

    def settle(self) -> None:
        """Wait until the server has done with what came before, for a while at most."""
        end = time.perf_counter() + PATIENCE
        while time.perf_counter() < end:
            before = self.asked("cpu")
            time.sleep(_LOOK)
            if self.asked("cpu") - before < _IDLE * _LOOK * 1e9:
                return

    def taken(self) -> Taken:
        """Give what the server's clock has seen since it was asked last."""
        _, wall, cpu, read = self._asking.ask("turns")
        return Taken(wall, cpu, int(read))

    def play(self, seconds: float) -> Waits:
        """Call for so long."""
        start = time.perf_counter()
        calls, longest = 0, 0.0
        while (began := time.perf_counter()) < start + seconds:
            self._windows[calls % WINDOWS].call()
            waited = time.perf_counter() - began
            calls, longest = calls + 1, max(longest, waited)
            time.sleep(max(0.0, PERIOD - waited))
        return Waits(calls, time.perf_counter() - start, longest)


class _Window:
    """One connection of the honest player."""

    def __init__(self, connection: Connection) -> None:
        load = workloads.GREET
        self._block, answer = canned.calls(load, connection.perspective, 1)
        self._counter = RepeatedBlock(answer, 1)
        self._socket = connection.socket
        self._socket.settimeout(PATIENCE)

    def call(self) -> None:
        """Call, and wait for the only right answer."""
        self._socket.sendall(self._block)
        while not self._counter.feed(chunk := self._socket.recv(RECEIVE)):
            if not chunk:
                raise MeasurementFailed("the server cut the honest player off")
