"""What is measured: places, levels and shapes, with the sizes that options give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gameserver.bench.durable.server import MEMORY, SQL
from gameserver.bench.durable.world import LEVEL
from gameserver.bench.workloads import Workload

SYNCS: Final = "disk, fdatasync"
PLAIN: Final = "plain sqlite3, a commit for each row"


@dataclass(frozen=True)
class Level:
    """One way to call: which server, which method."""

    name: str
    server: str
    load: Workload

    def place(self, connections: int, window: int) -> str:
        """Name its figures with that many connections and calls in flight on each."""
        return f"{self.name}, {connections}x{window}"


def _load(method: str) -> Workload:
    return Workload(method, (1,), LEVEL)


DURABLE: Final = Level("durable", SQL, _load("earn"))
SOON: Final = Level("saved soon", SQL, _load("earn_soon"))
VOLATILE: Final = Level("in memory", MEMORY, _load("earn"))
READING: Final = Level("read only", SQL, _load("look"))
LEVELS: Final = (DURABLE, SOON, VOLATILE, READING)


@dataclass(frozen=True)
class Sizes:
    """How much of everything; ``seconds`` of each measurement."""

    rounds: int = 3
    seconds: float = 1.0
    clients: int = 64
    in_flight: int = 8
    stored: int = 100_000
    few: int = 100
    live: int = 10_000

    @property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """Give connections and calls in flight on each, without repeating one."""
        wanted = (1, 1), (self.clients, 1), (self.clients, self.in_flight)
        return tuple(dict.fromkeys(wanted))

    @property
    def callers(self) -> tuple[int, ...]:
        """Give how many save at once on the store alone."""
        return tuple(dict.fromkeys((1, self.clients)))


def store_place(callers: int) -> str:
    """Name the figures of the store alone with that many callers."""
    return f"store, {callers} caller{'s' if callers > 1 else ''}"


def start_place(stored: int) -> str:
    """Name the figures of a start with that many stored avatars."""
    return f"start, {stored} stored avatars"


LIVE: Final = "live avatars"
