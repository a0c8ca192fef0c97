"""The results as a table for people and as JSON for programs; pure but for versions."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from gameserver.bench.figures import OURS, STOCK
from gameserver.bench.subjects import cores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gameserver.bench.figures import Metric, Result

_WIDTHS: Final = (26, 12, 12, 8)
_NOTE: Final = """\
ratio: how many times better than stock; above 1 is better. load: how busy the load
generator's core was; near 100 % it, not the server, would be measured.
Each figure is a median over the rounds. Wall-clock figures (calls/s, p50, p99) wander
on a shared machine, p99 most; the ratios of one run count, those of CPU above all."""


def about(rounds: int, seconds: float) -> dict[str, Any]:
    """Tell what was measured, where and how long."""
    server_core, load_core = cores()
    return {
        "gameserver": version("gameserver"),
        "twisted": version("twisted"),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "pinned": bool(server_core and load_core),
        "rounds": rounds,
        "seconds": seconds,
    }


def table(results: Sequence[Result], run: dict[str, Any]) -> str:
    """Give the table with what was run above it and how to read it below.

    ``run``: as ``about`` tells, and which ``codec`` the servers have.
    """
    lines = [headline(run), "", _row(f"codec: {run['codec']}", STOCK, OURS, "ratio")]
    for result in results:
        lines.append(f"{result.case}{loads(result, (STOCK, OURS))}")
        lines.extend(_metric_row(result, metric) for metric in result.metrics())
    return "\n".join([*lines, "", _NOTE])


def document(results: Sequence[Result], run: dict[str, Any]) -> dict[str, Any]:
    """Give the same as JSON, with every round's figure."""
    return {"about": run, "cases": [_case_document(result) for result in results]}


def headline(run: dict[str, Any]) -> str:
    """Say what was run, where and how long."""
    place = "one core each for server and load" if run["pinned"] else "cores not pinned"
    return (
        f"gameserver {run['gameserver']} beside stock Twisted {run['twisted']},"
        f" Python {run['python']}, {run['machine']}\n"
        f"{run['cores']} cores, {place};"
        f" median of {run['rounds']} rounds of {run['seconds']:g} s each"
    )


def _metric_row(result: Result, metric: Metric) -> str:
    figures = [figure(result.median(name, metric), metric) for name in (STOCK, OURS)]
    ratio = result.ratio(metric)
    shown = "-" if ratio is None else f"{ratio:.2f}"
    return _row(f"  {metric.label}", *figures, shown)


def figure(value: float | None, metric: Metric) -> str:
    """Show one figure; a dash for what was not measured."""
    return "-" if value is None else f"{value:,.{metric.digits}f}"


def loads(result: Result, names: Sequence[str]) -> str:
    """Say how busy the load generator was for each of these servers."""
    shares = [result.load_share(name) for name in names]
    shown = ["-" if share is None else f"{share:.0%}" for share in shares]
    return f"  (load {', '.join(shown)})"


def _row(name: str, *columns: str) -> str:
    rest = zip(columns, _WIDTHS[1:], strict=True)
    return name.ljust(_WIDTHS[0]) + "".join(text.rjust(width) for text, width in rest)


def _case_document(result: Result) -> dict[str, Any]:
    return {
        "case": result.case,
        "load_share": {name: result.load_share(name) for name in result.samples},
        "metrics": {
            metric.key: _metric_document(result, metric) for metric in result.metrics()
        },
    }


def _metric_document(result: Result, metric: Metric) -> dict[str, Any]:
    return {
        **{name: result.median(name, metric) for name in (STOCK, OURS)},
        "ratio": result.ratio(metric),
        "rounds": {
            name: [sample.figures[metric.key] for sample in samples]
            for name, samples in result.samples.items()
        },
    }
