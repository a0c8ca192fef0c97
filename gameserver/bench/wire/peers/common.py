"""What all peers share: what is asked of them, and what comes of it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from gameserver.bench import workloads
from gameserver.bench.figures import percentile
from gameserver.bench.load import Delay
from gameserver.errors import MeasurementFailed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

HOST: Final = "127.0.0.1"
WARM_UP: Final = 0.2
"""Of the time that is measured, before it."""

WORKLOADS: Final = {load.method: load for load in (workloads.GREET, workloads.MOVE)}


@dataclass(frozen=True)
class Task:
    """Calls of one method over so many connections, so many in flight on each."""

    method: str
    connections: int
    window: int
    seconds: float

    @property
    def arguments(self) -> tuple[Any, ...]:
        """What is sent."""
        return WORKLOADS[self.method].arguments

    @property
    def answer(self) -> object:
        """What has to come back."""
        return WORKLOADS[self.method].answer


class Game:
    """The calls that every peer serves, and the server's own clock."""

    def greet(self, name: str) -> str:
        """Greet somebody."""
        return workloads.greeting(name)

    def move(self, dx: int, dy: int) -> dict[str, object]:
        """Look where a step would lead."""
        return workloads.step(*workloads.START, dx, dy)

    def cpu(self) -> int:
        """Give the CPU time of this process, in nanoseconds."""
        return time.process_time_ns()


@dataclass
class Loaded:
    """What one client saw: how long each call took, in seconds, and all of them.

    ``server``: of that CPU time of the server's process; ``own``: of the client's.
    """

    delays: list[float] = field(default_factory=list)
    wall: float = 0.0
    own: float = 0.0
    server: float = 0.0

    def begin(self, server: int) -> None:
        """Start the clocks; ``server``: what the server's own says, nanoseconds."""
        self.delays.clear()
        self.server = -server / 1e9
        self.own = -time.process_time()
        self.wall = -time.perf_counter()

    def pause(self) -> None:
        """Stop the clocks of this process, before the server is asked for its own."""
        self.wall += time.perf_counter()
        self.own += time.process_time()

    def end(self, server: int) -> None:
        """Stop the server's clock."""
        self.server += server / 1e9

    def figures(self) -> dict[str, float]:
        """Give the figures of a sample, and the client's share of its core."""
        delays = [Delay(each, 1) for each in self.delays]
        return {
            "calls_per_second": len(delays) / self.wall,
            "p50_us": percentile(delays, 0.5) * 1e6,
            "cpu_us_per_call": self.server / len(delays) * 1e6,
            "load_share": self.own / self.wall,
        }


def check(answer: object, expected: object) -> None:
    """Refuse any answer but the right one."""
    if answer != expected:
        raise MeasurementFailed(f"answered {answer!r}, expected {expected!r}")


def tell_port(port_file: Path, port: int) -> None:
    """Say where the server listens."""
    port_file.write_text(f"peer {port}\n")


async def drive(
    task: Task,
    calls: Sequence[Callable[[], Awaitable[object]]],
    cpu: Callable[[], Awaitable[int]],
) -> Loaded:
    """Call over all connections, each by as many coroutines as may be in flight.

    ``calls``: what makes one call, for each connection.
    """
    loaded = Loaded()

    async def caller(call: Callable[[], Awaitable[object]], until: float) -> None:
        ended = time.perf_counter()
        while (begun := ended) < until or not loaded.delays:  # one call at least
            check(await call(), task.answer)
            ended = time.perf_counter()
            loaded.delays.append(ended - begun)

    async def spell(seconds: float) -> None:
        until = time.perf_counter() + seconds
        working = [caller(each, until) for each in calls for _ in range(task.window)]
        await asyncio.gather(*working)

    await spell(task.seconds * WARM_UP)
    loaded.begin(await cpu())
    await spell(task.seconds)
    loaded.pause()
    loaded.end(await cpu())
    return loaded
