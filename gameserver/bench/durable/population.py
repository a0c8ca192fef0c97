"""Measure starts with few and many stored avatars, and memory of stored and live."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from gameserver.bench.connection import Connection
from gameserver.bench.durable.plan import LIVE, start_place
from gameserver.bench.durable.server import Site
from gameserver.errors import MeasurementFailed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gameserver.bench.durable.measured import Measured
    from gameserver.bench.durable.plan import Sizes

_AT_ONCE: Final = 500


def measure_population(
    into: Measured, sizes: Sizes, folder: Path, progress: Callable[[str], None]
) -> None:
    """Measure starts round by round, then the memory of avatars that are live."""
    sites = {}
    for stored in (sizes.few, sizes.stored):
        progress(f"memory: storing {stored:,} avatars")
        sites[stored] = Site.made(folder / f"stored-{stored}", 1, stored)
    for number in range(sizes.rounds):
        for stored, site in sites.items():
            place = f"start, round {number + 1} of {sizes.rounds}"
            progress(f"{place}: {stored:,} stored avatars")
            into.add(start_place(stored), _start(site))
    site, live = sites[sizes.stored], min(sizes.live, sizes.stored)
    progress(f"memory: {live:,} live avatars")
    resident = _growth(site, live, "resident", progress)
    traced = _growth(site, live, "traced", progress)
    figures = {"resident_bytes": resident, "traced_bytes": traced, "avatars": live}
    into.add(LIVE, figures)


def _start(site: Site) -> dict[str, float]:
    """Give the seconds to the first answered call, and then memory and live avatars."""
    with site.served() as served, Connection(served.targets[0]) as connection:
        connection.ask("look", 1)
        seconds = time.perf_counter() - served.began
        asked = {"resident_bytes": "resident", "live": "living"}
        figures = {key: int(connection.ask(method)) for key, method in asked.items()}
        return {"seconds": seconds, **figures}


def _growth(
    site: Site, live: int, figure: str, progress: Callable[[str], None]
) -> float:
    """Give the bytes that each of so many avatars adds, by a figure of the plugin.

    In a start of its own: to trace takes memory itself. The first few are not counted,
    for they bring what all share.
    """
    with site.served() as served, Connection(served.targets[0]) as connection:
        first = min(_AT_ONCE, live // 2)
        _awaken(connection, 0, first)
        before = int(connection.ask(figure))
        for done in range(first, live, _AT_ONCE):
            progress(f"memory, {figure}: {done:,} of {live:,} live avatars")
            _awaken(connection, done, min(done + _AT_ONCE, live))
        return (int(connection.ask(figure)) - before) / (live - first)


def _awaken(connection: Connection, first: int, last: int) -> None:
    woken = connection.ask("awaken", first, last)
    if woken != last - first:
        text = f"{woken!r} of {last - first} stored avatars came to life"
        raise MeasurementFailed(text)
