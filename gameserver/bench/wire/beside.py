"""Measure the peers: a server on one core, its own client on the other, in turn."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final

from gameserver.bench.connection import PATIENCE
from gameserver.bench.figures import Result, Sample
from gameserver.bench.subjects import cores, pinned, started
from gameserver.bench.wire.peers.common import WORKLOADS
from gameserver.errors import MeasurementFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gameserver.bench.connection import Target

SHAPES: Final = ((1, 1), (50, 4), (50, 64))
INSTALL: Final = "pip install 'gameserver[bench]'"
_PEERS: Final = (sys.executable, "-m", "gameserver.bench.wire.peers")
_SHOWN: Final = 300


@dataclass(frozen=True)
class Peer:
    """One peer. ``package``: where it comes from, "" for Python itself.

    ``widest``: the most calls in flight on one connection; 0 for as many as one likes.
    """

    name: str
    module: str
    package: str = ""
    widest: int = 0

    @property
    def version(self) -> str | None:
        """The installed version; None if it is not installed."""
        if not self.package:
            return "{}.{}".format(*sys.version_info)
        try:
            return version(self.package)
        except PackageNotFoundError:
            return None

    def shape(self, connections: int, window: int) -> tuple[int, int] | None:
        """Give the shape it is asked in; None for none that it could have.

        One call at a time over each connection stands for a few, not for many.
        """
        if not self.widest or window <= self.widest:
            return connections, window
        few = 4
        return (connections, self.widest) if window <= few else None


PEERS: Final = (
    Peer("asyncio, JSON lines", "json_lines"),
    Peer("RPyC", "rpyc_threads", "rpyc"),
    Peer("Pyro5", "pyro_threads", "Pyro5", widest=1),
    Peer("grpc.aio, JSON", "grpc_aio", "grpcio", widest=4),  # it cancels 3,200 at once
)


def names() -> Iterator[str]:
    """Name the cases, in the order of the table."""
    return (f"{method} {c}x{w}" for method in WORKLOADS for c, w in SHAPES)


def measure(
    peers: Iterable[Peer],
    rounds: int,
    seconds: float,
    progress: Callable[[str], None],
) -> list[Result]:
    """Measure all peers that are installed, interleaved; see ``bench.run.compare``."""
    results = {name: Result(name) for name in names()}
    server_core, load_core = cores()
    with ExitStack() as stack:
        with pinned(server_core):
            running = {
                peer: stack.enter_context(started(peer.name, [*_PEERS, peer.module]))
                for peer in peers
                if peer.version is not None
            }
        stack.enter_context(pinned(load_core))
        for number in range(rounds):
            for method in WORKLOADS:
                for shape in SHAPES:
                    result = results[f"{method} {shape[0]}x{shape[1]}"]
                    for peer, target in running.items():
                        place = f"round {number + 1} of {rounds}"
                        progress(f"{place}: {result.case}, {peer.name}")
                        own = peer.shape(*shape)
                        if own is not None:
                            sample = ask(peer, target, method, own, seconds)
                            result.add(peer.name, sample)
    return list(results.values())


def ask(
    peer: Peer, target: Target, method: str, shape: tuple[int, int], seconds: float
) -> Sample:
    """Have the peer's own client, in a process of its own, measure one case."""
    task = (str(target.port), method, *map(str, shape), str(seconds))
    done = subprocess.run(  # noqa: S603 - our own command
        [*_PEERS, peer.module, *task],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE + 10 * seconds,
    )
    if done.returncode:
        raise MeasurementFailed(f"{peer.name}, {method}: {done.stderr[-_SHOWN:]}")
    figures = json.loads(done.stdout)
    return Sample(figures, figures.pop("load_share"))
