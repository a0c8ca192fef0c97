"""The game that is measured: a copy of this file is the plugin of the bench server.

It does what ``stock.StockPlayer`` does, written as an author of this server writes it.
It declares state, as every real player does, so that keeping state is in the figures.
"""

from __future__ import annotations

import time

from twisted.internet import reactor, task

from gameserver import Avatar
from gameserver.bench import codec, process, workloads


class BenchPlayer(Avatar):
    """All connections of the benchmark share one."""

    x: int = workloads.START[0]
    y: int = workloads.START[1]

    def perspective_greet(self, name: str) -> str:
        """Greet somebody."""
        return workloads.greeting(name)

    def perspective_move(self, dx: int, dy: int) -> dict[str, object]:
        """Look where a step would lead."""
        return workloads.step(self.x, self.y, dx, dy)

    async def perspective_shout(self, times: int) -> None:
        """Tell everybody the story."""
        for _ in range(times):
            self.clients.notify(workloads.EVENT, workloads.STORY)
            await task.deferLater(reactor, 0)

    async def perspective_push(self) -> None:
        """Tell the caller the story, then answer a moment later."""
        self.clients.notify(workloads.EVENT, workloads.STORY)
        await task.deferLater(reactor, workloads.PAUSE)

    def perspective_cpu(self) -> int:
        """Give the CPU time of this process, in nanoseconds."""
        return time.process_time_ns()

    def perspective_memory(self) -> int:
        """Give the resident memory of this process, in bytes."""
        return process.memory()

    def perspective_codec(self) -> str:
        """Say what reads and writes the wire here."""
        return codec.in_use()
