"""Measure what hostile peers cost: kind by kind, on servers that run as they do.

The hostile peers are a process of their own (``peers``), the honest player is this one;
both share the core that is not the server's, and the honest one goes first.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from gameserver.bench.codec import environment
from gameserver.bench.figures import Result, Sample
from gameserver.bench.process import allow_files
from gameserver.bench.subjects import cores, ours, pinned
from gameserver.bench.wire.hostile.honest import Honest
from gameserver.bench.wire.hostile.kinds import all_kinds
from gameserver.bench.wire.subjects import of_codec, whole
from gameserver.errors import MeasurementFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from types import TracebackType

    from gameserver.bench.connection import Target
    from gameserver.bench.wire.hostile.clock import Taken
    from gameserver.bench.wire.hostile.honest import Waits
    from gameserver.bench.wire.hostile.kinds import Kind

CONTROL: Final = "nobody hostile"
PEERS: Final = 64
"""Connections of hostile peers: as many as one address is to have."""

_ACCOUNT: Final = "mallory"
_AS_SHIPPED: Final = ""
"""The settings: those that an operator has who sets none."""

_CLOCKED: Final = (
    "import sys\n"
    "from twisted.internet import reactor\n"
    "from gameserver.bench.wire.hostile.clock import CLOCK, attach\n"
    "attach(CLOCK, reactor)\n"
    "from gameserver.cli import main\n"
    "sys.exit(main())"
)
_PEERS: Final = (sys.executable, "-m", "gameserver.bench.wire.hostile.peers")
_SPARE_FILES: Final = 200
_SOME: Final = 0.05  # MB; of less, the honest player's calls are most
NOTHING: Final = {"opened": 0, "seconds": 1.0, "share": 0.0}


def measure(
    codecs: Sequence[str],
    rounds: int,
    seconds: float,
    progress: Callable[[str], None],
    peers: int = PEERS,
    kinds: Sequence[Kind] | None = None,
) -> list[Result]:
    """Measure kinds, all if none are given, after a spell without any.

    Samples are by the names of whole servers.
    """
    chosen = all_kinds() if kinds is None else kinds
    cases = [CONTROL, *(kind.case for kind in chosen)]
    results = {case: Result(case) for case in cases}
    allow_files(peers + _SPARE_FILES)
    server_core, load_core = cores()
    for number, codec in itertools.product(range(rounds), codecs):
        with ExitStack() as stack:
            progress("starting a server")
            with pinned(server_core):
                target = stack.enter_context(server(codec))
            stack.enter_context(pinned(load_core))
            honest = stack.enter_context(Honest(target))
            hostile = stack.enter_context(Hostile(target.guests[0], peers))
            for case in cases:
                place = f"round {number + 1} of {rounds}"
                progress(f"{place}: {case}, {target.name}")
                sample = spell(honest, hostile, case, seconds)
                results[case].add(whole(codec), sample)
    return list(results.values())


def server(codec: str) -> AbstractContextManager[Target]:
    """Run the whole server as it is shipped, with a clock at its reactor."""
    command = (sys.executable, "-c", _CLOCKED)
    running = ours(
        whole(codec),
        command,
        environment(codec),
        plugin=Path(__file__).with_name("victim.py"),
        settings=_AS_SHIPPED,
        guests=(_ACCOUNT,),
    )
    return of_codec(codec, running)


class Hostile:
    """The hostile peers of one server."""

    def __init__(self, target: Target, peers: int) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            [*_PEERS, str(target.port), target.account.decode(), str(peers)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._tell(target.secret.decode())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def begin(self, case: str) -> None:
        """Begin with one kind."""
        self._tell(case)
        self._heard()

    def end(self) -> dict[str, float]:
        """End it; give what was sent."""
        self._tell("")
        return self._heard()

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _heard(self) -> dict[str, float]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise MeasurementFailed("the hostile peers gave up")
        said: dict[str, float] = json.loads(line)
        return said


def spell(honest: Honest, hostile: Hostile, case: str, seconds: float) -> Sample:
    """Measure one kind once; without any, the control."""
    honest.settle()
    memory = honest.asked("memory")
    is_control = case == CONTROL
    if not is_control:
        hostile.begin(case)
    spent = -honest.asked("cpu")
    honest.taken()
    waits = honest.play(seconds)
    taken = honest.taken()
    spent += honest.asked("cpu")
    grown = honest.asked("memory") - memory
    sent = NOTHING if is_control else hostile.end()
    return Sample(figures(waits, taken, spent / 1e9, grown, sent), sent["share"])


def figures(
    waits: Waits, taken: Taken, spent: float, grown: int, sent: Mapping[str, float]
) -> dict[str, float]:
    """Give the figures of a spell.

    ``spent``: seconds of the server's CPU; ``grown``: bytes; ``sent``: what the hostile
    peers say of themselves.
    """
    read = taken.read / 1e6
    return {
        "wait_max_ms": waits.longest * 1e3,
        "turn_cpu_ms": taken.cpu * 1e3,
        "turn_max_ms": taken.wall * 1e3,
        "mb_per_second": read / waits.seconds,
        "opened_per_second": sent["opened"] / sent["seconds"],
        "cpu_ms_per_mb": spent * 1e3 / read if read > _SOME else 0.0,
        "grown_mb": grown / 1e6,
        "calls_answered": waits.calls,
    }
