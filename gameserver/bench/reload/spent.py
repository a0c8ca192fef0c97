"""What a stretch of this thread's work took, and what the machine did meanwhile."""

from __future__ import annotations

import sys
import time
from typing import Final, NamedTuple, Self

if sys.platform == "linux":
    import resource

    def _usage() -> tuple[int, int, int]:
        used = resource.getrusage(resource.RUSAGE_THREAD)
        return used.ru_nivcsw, used.ru_minflt, used.ru_majflt

else:

    def _usage() -> tuple[int, int, int]:
        return 0, 0, 0


class Spent(NamedTuple):
    """Seconds by the wall and of this thread's CPU, and counts of the same time.

    ``switches``: how often the system gave the core to others though there was more to
    do. ``faults``: pages that were mapped or copied; ``reads``: those from a disk.
    Counts are zero where the system does not tell them of one thread.

    A hypervisor that takes the core away shows in none of the counts: the system does
    not see it go, and counts the time as CPU time of whoever had the core.
    """

    wall: float = 0.0
    cpu: float = 0.0
    switches: int = 0
    faults: int = 0
    reads: int = 0

    def plus(self, other: Self) -> Spent:
        """Give both together."""
        return Spent(
            self.wall + other.wall,
            self.cpu + other.cpu,
            self.switches + other.switches,
            self.faults + other.faults,
            self.reads + other.reads,
        )


class Meter:
    """Begun when it is made; what it does itself is mostly outside what it measures."""

    def __init__(self) -> None:
        self._usage = _usage()
        self._cpu = time.thread_time()
        self._wall = time.perf_counter()

    def spent(self) -> Spent:
        """Give what was spent since."""
        wall = time.perf_counter() - self._wall
        cpu = time.thread_time() - self._cpu
        now, before = _usage(), self._usage
        return Spent(
            wall, cpu, now[0] - before[0], now[1] - before[1], now[2] - before[2]
        )


NOTHING: Final = Spent()
