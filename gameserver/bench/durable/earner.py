"""The game of ``bench durable``: a copy of this file is the only plugin.

Its calls change one field, at each level of durability, or none; all give the same.
"""

from __future__ import annotations

import gc
import os
import time
import tracemalloc
from pathlib import Path

from twisted.internet.defer import DeferredList

from gameserver import Avatar, saved_soon
from gameserver.bench.durable.world import LEVEL, stored_name
from gameserver.server.awaiting import started


class Earner(Avatar):
    """A small player, as most are: numbers, a text and a list."""

    gold: int = 0
    level: int = LEVEL
    mood: str = "calm"
    items: list[str] = ["sword", "lamp"]  # noqa: RUF012 - a field; the server copies it

    def perspective_earn(self, amount: int) -> int:
        """Change one field; the answer waits for the disk."""
        self.gold += amount
        return self.level

    @saved_soon
    def perspective_earn_soon(self, amount: int) -> int:
        """Change one field; the answer goes at once."""
        self.gold += amount
        return self.level

    def perspective_look(self, amount: int) -> int:  # noqa: ARG002 - as the others
        """Change nothing."""
        return self.level

    def perspective_earned(self) -> int:
        """Give what was earned so far."""
        return self.gold

    async def perspective_awaken(self, first: int, last: int) -> int:
        """Bring stored avatars to life, from number ``first`` up to before ``last``."""
        names = [stored_name(number) for number in range(first, last)]
        found = [started(self.realm.find(name)) for name in names]
        return sum(is_found for is_found, _ in await DeferredList(found))

    def perspective_resident(self) -> int:
        """Give the memory of this process that is in RAM, bytes; 0 where unknown."""
        statm = Path("/proc/self/statm")
        if not statm.exists():
            return 0
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def perspective_traced(self) -> int:
        """Give the bytes of Python's objects that were made since the first asking."""
        if not tracemalloc.is_tracing():
            tracemalloc.start()
        return tracemalloc.get_traced_memory()[0]

    def perspective_living(self) -> int:
        """Give how many avatars are in memory."""
        return sum(type(one) is Earner for one in gc.get_objects())

    def perspective_cpu(self) -> int:
        """Give the CPU time of this process, in nanoseconds."""
        return time.process_time_ns()
