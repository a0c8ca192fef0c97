"""The game that hostile peers play: a copy of this file is the plugin of the server."""

from __future__ import annotations

import time
from typing import Any

from gameserver import Avatar
from gameserver.bench import codec, process, workloads
from gameserver.bench.wire.hostile.clock import CLOCK


class Victim(Avatar):
    """The honest player, and the hostile one."""

    x: int = 0

    def perspective_greet(self, name: str) -> str:
        """Greet somebody."""
        return workloads.greeting(name)

    def perspective_keep(self, things: Any) -> int:  # noqa: ANN401 - what hostile peers send
        """Take anything."""
        return len(str(things))

    def perspective_saga(self) -> str:
        """Tell a long story."""
        return workloads.STORY * 150

    def perspective_turns(self) -> list[float]:
        """Give what the clock has seen since then: see ``clock.Taken``."""
        taken = CLOCK.taken()
        return [taken.wall, taken.cpu, taken.read]

    def perspective_cpu(self) -> int:
        """Give the CPU time of this process, in nanoseconds."""
        return time.process_time_ns()

    def perspective_memory(self) -> int:
        """Give the resident memory of this process, in bytes."""
        return process.memory()

    def perspective_codec(self) -> str:
        """Say what reads and writes the wire here."""
        return codec.in_use()
