"""From what the probe has timed to figures; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gameserver.bench.figures import percentile
from gameserver.bench.load import Delay
from gameserver.bench.reload.control import EXCESS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gameserver.bench.reload.control import Piece
    from gameserver.bench.reload.spent import Spent

LIMIT: Final = 0.005
"""Seconds of a turn that slices may take."""


def of_slices(spent: Sequence[Spent]) -> dict[str, float]:
    """Give figures of what slices took in each turn; milliseconds and counts.

    Switches and faults are those of a turn in the mean: of turns over the limit by the
    wall, and of all others; 0 where there is no such turn.
    """
    over = [one for one in spent if one.wall > LIMIT]
    others = [one for one in spent if one.wall <= LIMIT]
    return {
        **_took("slice", spent),
        "slice_switches_over": _mean(one.switches for one in over),
        "slice_switches_else": _mean(one.switches for one in others),
        "slice_faults_over": _mean(one.faults for one in over),
        "slice_faults_else": _mean(one.faults for one in others),
        "slice_reads": sum(one.reads for one in spent),
    }


def of_control(pieces: Sequence[Piece], unit: float) -> dict[str, float]:
    """Give the same of the control, and what became of its units.

    ``unit``: the normal seconds of one.
    """
    return {
        **_took("control", [one.spent for one in pieces]),
        "control_switches": _mean(one.spent.switches for one in pieces),
        "control_unit_us": unit * 1e6 if pieces else 0.0,
        "control_unit_max_ms": max((one.longest for one in pieces), default=0.0) * 1e3,
        "control_units_over": sum(one.longest - unit > EXCESS for one in pieces),
    }


def _took(name: str, spent: Sequence[Spent]) -> dict[str, float]:
    wall, cpu = [one.wall for one in spent], [one.cpu for one in spent]
    return {
        **_quantiles(name, wall),
        **_quantiles(f"{name}_cpu", cpu),
        f"{name}s": len(spent),
        f"{name}s_over": sum(one > LIMIT for one in wall),
        f"{name}s_cpu_over": sum(one > LIMIT for one in cpu),
        f"{name}s_s": sum(wall),
    }


def _quantiles(name: str, seconds: Iterable[float]) -> dict[str, float]:
    delays = [Delay(one, 1) for one in seconds] or [Delay(0.0, 1)]
    return {
        f"{name}_p50_ms": percentile(delays, 0.5) * 1e3,
        f"{name}_p99_ms": percentile(delays, 0.99) * 1e3,
        f"{name}_max_ms": max(one.seconds for one in delays) * 1e3,
    }


def _mean(counts: Iterable[int]) -> float:
    found = list(counts)
    return sum(found) / len(found) if found else 0.0
