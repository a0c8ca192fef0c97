"""The parts of ``gameserver bench wire``, and all that they have measured."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gameserver.bench import cases, codec, workloads
from gameserver.bench.process import allow_files
from gameserver.bench.run import compare
from gameserver.bench.subjects import stock
from gameserver.bench.wire import beside, goals, ladder, memory, reading, subjects
from gameserver.bench.wire.hostile import measure as hostile

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from gameserver.bench.figures import Result

PARTS: Final = ("calls", "memory", "codec", "parts", "hostile", "peers")
SHAPES: Final = ((50, 64), (50, 4), (1, 1))
"""Many calls in flight, so that the server is never idle; a few; and one."""

_SPARE_FILES: Final = 300


@dataclass(frozen=True)
class Sizes:
    """How often and how long each is measured, and how many listen, log in, attack.

    ``shapes``: connections and calls in flight on each.
    """

    rounds: int = 3
    seconds: float = 1.0
    minds: int = goals.MINDS
    logins: int = goals.LOGINS
    shapes: tuple[tuple[int, int], ...] = SHAPES
    hostile: int = hostile.PEERS


QUICK: Final = Sizes(rounds=1, seconds=0.1, minds=20, logins=20, hostile=4)


@dataclass
class Measured:
    """What was measured; of codecs, by their names; empty where a part was left out.

    ``calls`` and ``memory`` have samples of stock PB and of both servers of each codec.
    """

    codecs: tuple[str, ...]
    calls: list[Result] = field(default_factory=list)
    memory: list[Result] = field(default_factory=list)
    codec: dict[str, list[Result]] = field(default_factory=dict)
    parts: dict[str, list[Result]] = field(default_factory=dict)
    hostile: list[Result] = field(default_factory=list)
    peers: list[Result] = field(default_factory=list)

    def beside_stock(self, name: str) -> list[Result]:
        """Give all that stands beside stock PB, of one codec."""
        return [*self.calls, *self.memory, *self.codec.get(name, [])]


def measure(
    parts: Collection[str], sizes: Sizes, progress: Callable[[str], None]
) -> Measured:
    """Measure these parts, in the order of ``PARTS``."""
    measured = Measured(codec.present())
    rounds, seconds = sizes.rounds, sizes.seconds
    servers = [
        stock,
        *map(subjects.bare_server, measured.codecs),
        *map(subjects.whole_server, measured.codecs),
    ]
    if "calls" in parts:
        allow_files(sizes.minds * len(servers) + _SPARE_FILES)  # all open together
        loads = _cases(sizes)
        measured.calls = compare(loads, servers, rounds, seconds, progress)
    if "memory" in parts:
        allow_files(sizes.logins + _SPARE_FILES)
        measured.memory = [memory.measure(servers, rounds, sizes.logins, progress)]
    for name in measured.codecs:
        if "codec" in parts:
            measured.codec[name] = reading.measure(name, rounds, seconds, progress)
        if "parts" in parts:
            measured.parts[name] = ladder.measure(name, rounds, seconds, progress)
    if "hostile" in parts:
        measured.hostile = hostile.measure(
            measured.codecs, rounds, seconds, progress, sizes.hostile
        )
    if "peers" in parts:
        measured.peers = beside.measure(beside.PEERS, rounds, seconds, progress)
    return measured


def _cases(sizes: Sizes) -> list[cases.Case]:
    loads = (workloads.GREET, workloads.MOVE)
    calls = [cases.calls_case(load, *shape) for shape in sizes.shapes for load in loads]
    return [*calls, cases.notify_case(sizes.minds)]
