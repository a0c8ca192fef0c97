"""What is measured: places, with the sizes that options give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gameserver.bench.durable.world import LEVEL
from gameserver.bench.workloads import Workload

RELEASE: Final = "release"
RESTART: Final = "restart"
REBUILD: Final = "twisted rebuild"
QUIET: Final = "no release"

EARN: Final = Workload("earn", (1,), LEVEL)
"""The call of every client, in both games; ours is durable."""


@dataclass(frozen=True)
class Sizes:
    """How much of everything. ``control``: whether there is one beside slices."""

    live: int = 100_000
    clients: int = 32
    releases: int = 10
    restarts: int = 1
    control: bool = True
