"""Measure the disk, the store alone, and calls at each level, interleaved by rounds."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from gameserver.bench.cases import calls_of
from gameserver.bench.connection import PATIENCE
from gameserver.bench.durable import disk
from gameserver.bench.durable.plan import LEVELS, PLAIN, SYNCS, store_place
from gameserver.bench.durable.server import MEMORY, SQL, Site
from gameserver.bench.subjects import cores, pinned
from gameserver.errors import MeasurementFailed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gameserver.bench.connection import Target
    from gameserver.bench.durable.measured import Measured
    from gameserver.bench.durable.plan import Level, Sizes


def measure_store(
    into: Measured, sizes: Sizes, folder: Path, progress: Callable[[str], None]
) -> None:
    """Measure the disk, plain sqlite3, and the store with one caller and with many."""
    for number in range(sizes.rounds):
        place = f"store, round {number + 1} of {sizes.rounds}"
        progress(f"{place}: the disk")
        into.add(SYNCS, {"per_second": disk.syncs(folder, sizes.seconds)})
        progress(f"{place}: plain sqlite3")
        into.add(PLAIN, {"per_second": disk.row_commits(folder, sizes.seconds)})
        for callers in sizes.callers:
            progress(f"{place}: callers: {callers}")
            into.add(store_place(callers), _storing(folder, sizes.seconds, callers))


def measure_calls(
    into: Measured, sizes: Sizes, folder: Path, progress: Callable[[str], None]
) -> None:
    """Measure calls at every level and shape; two servers run all the time."""
    server_cores, load_cores = cores()
    with ExitStack() as stack:
        progress("calls: starting the servers")
        targets: dict[str, list[Target]] = {}
        with pinned(server_cores):
            for kind in (SQL, MEMORY):
                site = Site.made(folder / kind.replace(" ", "-"), sizes.clients)
                targets[kind] = stack.enter_context(site.served(kind)).targets
        stack.enter_context(pinned(load_cores))
        for number in range(sizes.rounds):
            for connections, window in sizes.shapes:
                # Each level goes first every other round.
                for level in LEVELS[:: -1 if number % 2 else 1]:
                    place = level.place(connections, window)
                    progress(f"calls, round {number + 1} of {sizes.rounds}: {place}")
                    chosen = targets[level.server][:connections]
                    into.add(place, _called(level, chosen, window, sizes.seconds))


def _called(
    level: Level, targets: list[Target], window: int, seconds: float
) -> dict[str, float]:
    try:
        sample = calls_of(targets, seconds, level.load, window)
    except (MeasurementFailed, OSError) as error:
        text = f"{level.place(len(targets), window)}: {error}"
        raise MeasurementFailed(text) from error
    return {**sample.figures, "load_share": sample.load_share}


def _storing(folder: Path, seconds: float, callers: int) -> Any:  # noqa: ANN401 - a child's JSON
    """Run ``storing`` as a process of its own, in a new folder."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        command = [place, str(seconds), str(callers)]
        done = subprocess.run(  # noqa: S603 - our own command, fixed arguments
            [sys.executable, "-m", "gameserver.bench.durable.storing", *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds + PATIENCE,
        )
    if not done.stdout.strip():
        said = (done.stderr.strip() or "it said nothing").splitlines()[-1]
        raise MeasurementFailed(f"{store_place(callers)}: {said}")
    return json.loads(done.stdout)
