"""The figures as a table for people and as JSON for programs."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from gameserver.bench.reload.plan import QUIET, REBUILD, RELEASE, RESTART

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gameserver.bench.durable.measured import Measured
    from gameserver.bench.reload.plan import Sizes

_FIRST: Final = 46
_WIDTH: Final = 11
_NOTE: Final = """\
pause: the whole time in which a release lets nothing else run, as its row has it.
fork: the standstill for the rehearsal's child; it comes before, in a turn of its own.
turn: from one end of the reactor's waiting to its next beginning; nobody is answered.
slice: of each such turn, what migrating took, and encoding and handing to the store.
control: after each turn with slices, outside of it, small fixed work for as long as
these took (at most 3.5 ms). What it is over 5 ms is the machine's doing; compare the
counts, summed over all releases. The next slice and calls wait for it.
stolen: by the hypervisor, of the time in which the cores had work; not all say so."""

_RELEASE: Final = (
    ("pause, ms", "pause_ms", 1),
    ("fork for the rehearsal, ms", "fork_ms", 1),
    ("longest turn until the command's end, ms", "turn_before_ms", 1),
    ("longest turn until all are stored, ms", "turn_max_ms", 1),
    ("slices in a turn, p50, ms", "slice_p50_ms", 2),
    ("slices in a turn, p99, ms", "slice_p99_ms", 2),
    ("slices in a turn, longest, ms", "slice_max_ms", 2),
    ("the same, CPU time, p99, ms", "slice_cpu_p99_ms", 2),
    ("the same, CPU time, longest, ms", "slice_cpu_max_ms", 2),
    ("turns with slices", "slices", 0),
    ("of them over 5 ms", "slices_over", 0),
    ("of them over 5 ms of CPU time", "slices_cpu_over", 0),
    ("slices in all, s", "slices_s", 2),
    ("core lost to others, in a turn over 5 ms", "slice_switches_over", 2),
    ("the same, in another turn with slices", "slice_switches_else", 2),
    ("page faults, in a turn over 5 ms", "slice_faults_over", 1),
    ("the same, in another turn with slices", "slice_faults_else", 1),
    ("pages read from a disk in slices", "slice_reads", 0),
    ("control, p50, ms", "control_p50_ms", 2),
    ("control, p99, ms", "control_p99_ms", 2),
    ("control, longest, ms", "control_max_ms", 2),
    ("the same, CPU time, p99, ms", "control_cpu_p99_ms", 2),
    ("the same, CPU time, longest, ms", "control_cpu_max_ms", 2),
    ("pieces of the control", "controls", 0),
    ("of them over 5 ms", "controls_over", 0),
    ("of them over 5 ms of CPU time", "controls_cpu_over", 0),
    ("control in all, s", "controls_s", 2),
    ("core lost to others, in a piece", "control_switches", 2),
    ("a unit of the control, normally, us", "control_unit_us", 1),
    ("the longest unit, ms", "control_unit_max_ms", 2),
    ("pieces with a unit 2.5 ms too long", "control_units_over", 0),
    ("stolen from the cores meanwhile, %", "stolen_percent", 2),
    ("full collections meanwhile", "collections", 0),
    ("the longest of them, ms", "collection_max_ms", 1),
    ("the command `gameserver reload`, s", "command_s", 2),
    ("commit until all are migrated and stored, s", "all_s", 2),
)
_ANSWERS: Final = (
    ("calls answered meanwhile", "answered", 0),
    ("a second", "answered_per_second", 0),
    ("answer, p50, ms", "answer_p50_ms", 1),
    ("answer, p99, ms", "answer_p99_ms", 1),
    ("answer, longest, ms", "answer_max_ms", 1),
)
_REBUILD: Final = (
    ("pause, ms", "pause_ms", 1),
    ("objects that run the new code", "instances_new", 0),
    ("held functions that do, of 1", "held_new", 0),
)
_RESTART: Final = (
    ("stop, ms", "stop_ms", 0),
    ("start, until it listens, ms", "start_ms", 0),
    ("no answer for anybody, ms", "first_ms", 0),
    ("no answer for the last client, ms", "all_ms", 0),
)
_PARTS: Final = (
    (QUIET, (*_RELEASE[3:4], *_ANSWERS)),
    (RELEASE, (*_RELEASE, *_ANSWERS)),
    (REBUILD, (*_REBUILD, *_ANSWERS)),
    (RESTART, _RESTART),
)
_TITLES: Final = {
    QUIET: "clients at work, no release",
    RELEASE: "release with a migration",
    REBUILD: "stock PB, twisted.python.rebuild",
    RESTART: "restart of the process",
}


def about(sizes: Sizes) -> dict[str, Any]:
    """Tell what was measured, and where."""
    return {
        "gameserver": version("gameserver"),
        "twisted": version("twisted"),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        **asdict(sizes),
    }


def document(measured: Measured, sizes: Sizes) -> dict[str, Any]:
    """Give all as JSON has it, with every round's figure."""
    return {"about": about(sizes), "figures": measured.document()}


def table(measured: Measured, sizes: Sizes) -> str:
    """Give a table of each part that was measured, and how to read it below."""
    run = about(sizes)
    versions = f"gameserver {run['gameserver']}, Twisted {run['twisted']}"
    machine = f"Python {run['python']}, {run['machine']}"
    crowd = f"{sizes.live:,} live avatars, {sizes.clients} clients"
    head = f"{versions}, {machine}\n{run['cores']} cores; {crowd}\n"
    return "\n".join([head, *_rows(measured), _NOTE])


def _rows(measured: Measured) -> Iterator[str]:
    for place, keys in _PARTS:
        if place not in measured.rounds:
            continue
        rounds = max(map(len, measured.rounds[place].values()))
        yield _row(f"{_TITLES[place]}, {rounds}x", "median", "p99", "worst")
        for name, key, digits in keys:
            yield _row(f"  {name}", *_shown(measured, place, key, digits))
        if place == RELEASE:
            yield from _compared(measured.rounds[place])
        yield ""


def _compared(rounds: dict[str, list[float]]) -> Iterator[str]:
    """Sum up what was over the limit, of slices and of their control."""
    if "controls" not in rounds:
        return
    for key, name in (("slices", "turns with slices"), ("controls", "control pieces")):
        number, over, cpu = (
            sum(rounds[one]) for one in (key, f"{key}_over", f"{key}_cpu_over")
        )
        text = f"{over:,.0f} over 5 ms, {cpu:,.0f} of CPU time"
        yield f"  in all, of {number:,.0f} {name}: {text}"


def _shown(measured: Measured, place: str, key: str, digits: int) -> Iterator[str]:
    """Give median, p99 and worst; with few rounds the last two are the same."""
    found = sorted(measured.rounds[place].get(key, ()))
    if not found:
        yield from ("-", "-", "-")
        return
    is_more_better = key in ("instances_new", "held_new") or key.startswith("answered")
    if is_more_better:
        found.reverse()
    middle = measured.median(place, key)
    for figure in (middle, found[-(-99 * len(found) // 100) - 1], found[-1]):
        yield f"{figure:,.{digits}f}"


def _row(name: str, *columns: str) -> str:
    shown = "".join(text.rjust(_WIDTH) for text in columns)
    return (name.ljust(_FIRST) + shown).rstrip()
