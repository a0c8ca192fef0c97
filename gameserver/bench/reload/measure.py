"""Measure releases, and then restarts, while clients are at work."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from gameserver.bench.connection import Connection
from gameserver.bench.reload.crowd import Crowd
from gameserver.bench.reload.heard import answers, text_of
from gameserver.bench.reload.plan import EARN, QUIET, RELEASE, RESTART
from gameserver.bench.reload.site import Site
from gameserver.errors import MeasurementFailed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gameserver.bench.connection import Target
    from gameserver.bench.durable.measured import Measured
    from gameserver.bench.reload.plan import Sizes

    Progress = Callable[[str], None]

_AT_ONCE: Final = 500
_LOOK: Final = 0.25  # seconds between two looks at whether all are migrated
_SETTLED: Final = 1.0  # seconds without a slice, with which the last has gone by
_SPELL: Final = 2.0  # seconds of what is measured beside releases
_PATIENCE: Final = 300.0  # seconds for all slices of a release


def measure_ours(
    into: Measured, sizes: Sizes, folder: Path, progress: Progress
) -> None:
    """Measure releases in one server, then restarts of it, on the same data."""
    progress(f"storing {sizes.live:,} avatars")
    site = Site.made(folder / "ours", sizes.clients + 1, sizes.live)
    with ExitStack() as server:
        targets = server.enter_context(site.served(control=sizes.control))
        _awaken(targets[0], sizes.live, progress)
        _releases(into, sizes, site, targets, progress)
        for number in range(sizes.restarts):
            progress(f"restart {number + 1} of {sizes.restarts}")
            if number:
                _awaken(targets[0], sizes.live, progress)
            begun = time.perf_counter()
            server.close()
            stopped = time.perf_counter()
            targets = server.enter_context(site.served(control=sizes.control))
            into.add(RESTART, _restarted(targets, begun, stopped))


def _restarted(targets: list[Target], begun: float, stopped: float) -> dict[str, float]:
    started = time.perf_counter()
    with Crowd(targets[1:], EARN) as crowd:
        while not all(first := crowd.first_answers()):
            crowd.require()
            time.sleep(0.01)
    return {
        "stop_ms": (stopped - begun) * 1e3,
        "start_ms": (started - stopped) * 1e3,
        "first_ms": (min(first) - begun) * 1e3,
        "all_ms": (max(first) - begun) * 1e3,
    }


def _releases(
    into: Measured, sizes: Sizes, site: Site, targets: list[Target], progress: Progress
) -> None:
    with Connection(targets[0]) as asked, Crowd(targets[1:], EARN) as crowd:
        progress("clients at work, no release")
        begun = time.perf_counter()
        time.sleep(_SPELL)
        into.add(QUIET, {**_probed(asked, begun), **answers(crowd, begun)})
        for number in range(sizes.releases):
            progress(f"release {number + 1} of {sizes.releases}")
            into.add(RELEASE, _release(site, number + 2, asked, crowd))


def _release(
    site: Site, version: int, asked: Connection, crowd: Crowd
) -> dict[str, float]:
    everybody = sum(site.stored().values())
    site.write(version)
    begun = time.perf_counter()
    row = site.release()
    done = time.perf_counter()
    during = _probed(asked, begun)
    if int(asked.ask("version")) != version:
        raise MeasurementFailed(f"version {version} was released, and does not run")
    while True:
        time.sleep(_LOOK)
        probed = _probed(asked, begun)
        now = time.perf_counter()
        is_quiet = now - max(done, probed["ended"]) > _SETTLED
        if is_quiet and site.stored().get(version) == everybody:
            break
        if now - done > _PATIENCE:
            text = f"stored after {_PATIENCE:g} s, by version: {site.stored()}"
            raise MeasurementFailed(f"{text}; expected {everybody} of {version}")
    ended = max(done, probed["ended"])
    rehearsal = row["facts"].get("rehearsal", {})
    return {
        "pause_ms": row["pause"] * 1e3,
        "fork_ms": rehearsal.get("fork", 0.0) * 1e3,
        "rehearsed": float(rehearsal.get("live", 0)),
        "command_s": done - begun,
        "turn_before_ms": during["turn_max_ms"],
        "all_s": probed["ended"] - probed["begun"],
        **probed,
        **answers(crowd, begun, ended),
    }


def _probed(asked: Connection, since: float) -> dict[str, float]:
    figures: dict[str, float] = json.loads(text_of(asked.ask("probe", since)))
    return figures


def _awaken(target: Target, live: int, progress: Progress) -> None:
    with Connection(target) as connection:
        for first in range(0, live, _AT_ONCE):
            progress(f"{first:,} of {live:,} live avatars")
            last = min(first + _AT_ONCE, live)
            if connection.ask("awaken", first, last) != last - first:
                raise MeasurementFailed("not all stored avatars came to life")
