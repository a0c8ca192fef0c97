"""The figures as tables for people and as JSON for programs."""

from __future__ import annotations

import os
import platform
import sqlite3
from dataclasses import asdict
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from gameserver.bench.durable.plan import (
    DURABLE,
    LEVELS,
    LIVE,
    PLAIN,
    SOON,
    SYNCS,
    VOLATILE,
    start_place,
    store_place,
)
from gameserver.bench.figures import METRICS
from gameserver.bench.subjects import cores

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gameserver.bench.durable.measured import Measured
    from gameserver.bench.durable.plan import Level, Sizes

_FIRST: Final = 22
_WIDE: Final = 38
_WIDTH: Final = 11
_RATE: Final = "calls_per_second"
_OTHERS: Final = (VOLATILE, SOON)
_SHARES: Final = ("of memory", "of soon")
_CPU: Final = "cpu_us_per_call"
_CALLS: Final = (_RATE, "p50_us", "p99_us", _CPU)
_COMPARED: Final = (_RATE, _CPU)
_NOTE: Final = """\
per sync: for each sync that the disk could do in that time; about 1 is a commit each.
of memory, of soon: how many of the calls there durable ones reach, in a second and in a
second of CPU, the median of each round's own; in memory, too, answers are held.
load: how busy the load generator's core was; near 100 % it would be measured.
Syncs differ a hundredfold between disks, and wander on a shared one: compare within a
run. Wall-clock figures wander too, p99 most."""


def about(sizes: Sizes) -> dict[str, Any]:
    """Tell what was measured, where and how long."""
    return {
        "gameserver": version("gameserver"),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "machine": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "pinned": all(cores()),
        **asdict(sizes),
    }


def document(measured: Measured, sizes: Sizes) -> dict[str, Any]:
    """Give all as JSON has it, with every round's figure."""
    return {
        "about": about(sizes),
        "figures": measured.document(),
        "shares": {
            f"{c}x{w}": {
                other.name: {k: _share(measured, (c, w), other, k) for k in _COMPARED}
                for other in _OTHERS
            }
            for c, w in sizes.shapes
        },
    }


def tables(measured: Measured, sizes: Sizes) -> str:
    """Give a table of each part that was measured, and how to read it below."""
    parts = {
        SYNCS: _store,
        DURABLE.place(*sizes.shapes[0]): _calls,
        start_place(sizes.stored): _population,
    }
    rows = [
        row
        for place, part in parts.items()
        if place in measured.rounds
        for row in part(measured, sizes)
    ]
    return "\n".join([_headline(about(sizes)), *rows, _NOTE])


def _headline(run: dict[str, Any]) -> str:
    place = "one core each for server and load" if run["pinned"] else "cores not pinned"
    return (
        f"gameserver {run['gameserver']}, Python {run['python']}, "
        f"SQLite {run['sqlite']}, {run['machine']}\n"
        f"{run['cores']} cores, {place};"
        f" median of {run['rounds']} rounds of {run['seconds']:g} s each\n"
    )


def _store(measured: Measured, sizes: Sizes) -> Iterator[str]:
    columns = ("per second", "per sync", "p50, ms", "p99, ms")
    yield _row("the store alone", *columns, wide=True)
    for place in (SYNCS, PLAIN, *map(store_place, sizes.callers)):
        per_sync = measured.quotient(place, SYNCS, "per_second")
        yield _row(
            f"  {place}",
            _shown(measured.median(place, "per_second")),
            _shown(per_sync, 2),
            _shown(measured.median(place, "p50_ms"), 2),
            _shown(measured.median(place, "p99_ms"), 2),
            wide=True,
        )
    yield ""


def _calls(measured: Measured, sizes: Sizes) -> Iterator[str]:
    yield _row("calls through PB", *(level.name for level in LEVELS), *_SHARES)
    for connections, window in sizes.shapes:
        places = [level.place(connections, window) for level in LEVELS]
        busy = max(measured.median(place, "load_share") or 0 for place in places)
        clients = "client" if connections == 1 else "clients"
        yield f"{connections} {clients}, {window} in flight each  (load {busy:.0%})"
        for key in _CALLS:
            metric = METRICS[key]
            shown = [_shown(measured.median(x, key), metric.digits) for x in places]
            shape = connections, window
            others = _OTHERS if key in _COMPARED else ()
            shares = [_share(measured, shape, other, key) for other in others]
            yield _row(f"  {metric.label}", *shown, *map(_percent, shares))
    yield ""


def _population(measured: Measured, sizes: Sizes) -> Iterator[str]:
    yield _row("start, to the first answer", "seconds", "MiB in RAM", "live", wide=True)
    for stored in (sizes.few, sizes.stored):
        place = start_place(stored)
        resident = measured.median(place, "resident_bytes")
        yield _row(
            f"  {stored:,} stored avatars",
            _shown(measured.median(place, "seconds"), 2),
            _shown(resident and resident / 2**20, 1),
            _shown(measured.median(place, "live")),
            wide=True,
        )
    yield _row("memory of one avatar, bytes", "in RAM", "of objects", wide=True)
    stored_bytes = _shown(_stored_bytes(measured, sizes))
    yield _row("  stored, not loaded", stored_bytes, "0", wide=True)
    live = (measured.median(LIVE, key) for key in ("resident_bytes", "traced_bytes"))
    yield _row("  live, no client", *map(_shown, live), wide=True)
    yield ""


def _share(
    measured: Measured, shape: tuple[int, int], other: Level, key: str
) -> float | None:
    """Give the share of another level's calls that durable ones reach.

    By ``_RATE`` those in a second, by ``_CPU`` those in a second of the server's CPU.
    """
    ours, theirs = DURABLE.place(*shape), other.place(*shape)
    if key == _CPU:
        ours, theirs = theirs, ours
    return measured.quotient(ours, theirs, key)


def _stored_bytes(measured: Measured, sizes: Sizes) -> float | None:
    """Give the bytes in RAM that each further stored avatar costs after a start."""
    places = map(start_place, (sizes.few, sizes.stored))
    few, many = (measured.median(place, "resident_bytes") for place in places)
    if few is None or many is None or sizes.stored == sizes.few:
        return None
    return (many - few) / (sizes.stored - sizes.few)


def _shown(figure: float | None, digits: int = 0) -> str:
    return "-" if figure is None else f"{figure:,.{digits}f}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"


def _row(name: str, *columns: str, wide: bool = False) -> str:
    shown = name.ljust(_WIDE if wide else _FIRST)
    return (shown + "".join(text.rjust(_WIDTH) for text in columns)).rstrip()
