"""What came of a reload soak: a line while it runs, a table, and JSON."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

from tests.soak.reload.soak import Outcome

_SHARES = {"p50": 0.5, "p99": 0.99, "max": 1.0}


def line(outcome: Outcome) -> str:
    """Give one line of progress."""
    task, counts = outcome.task, outcome.seen.counts
    return (
        f"{len(outcome.releases)} of {task.releases} releases,"
        f" {_refused(outcome)} of them refused or undone, pause p99"
        f" {outcome.pause(0.99) * 1000:.1f} ms: {counts['answers']:,} calls answered,"
        f" {counts['notifications']:,} notifications,"
        f" {outcome.faults.total():,} faults"
    )


def table(outcome: Outcome, seconds: float) -> str:
    """Give the table; ``seconds`` is how long it all took."""
    counts, seen = outcome.seen.counts, outcome.seen
    by_step = Counter(one.fails for one in outcome.releases if one.fails)
    rows: list[tuple[str, str]] = [
        ("releases", f"{len(outcome.releases):,}"),
        ("refused or undone", f"{_refused(outcome):,}"),
        *((f"  at {step}", f"{number:,}") for step, number in by_step.items()),
        ("calls sent", f"{counts['calls']:,}"),
        ("calls answered", f"{counts['answers']:,}"),
        ("calls held for a release", f"{sum(x.held for x in outcome.releases):,}"),
        ("notifications", f"{counts['notifications']:,}"),
        ("ticks", f"{counts['ticks']:,}"),
        *_left_out(outcome),
        *((f"pause {x}", _ms(outcome.pause(y))) for x, y in _SHARES.items()),
        ("longest call", _ms(seen.longest)),
        *((f"FAULT {kind}", f"{number:,}") for kind, number in outcome.faults.items()),
    ]
    lines = [f"{name:<40}{figure:>12}" for name, figure in rows]
    task = outcome.task
    head = f"reload soak, {task.callers} callers, seed {task.seed}, {seconds:.0f} s"
    return "\n".join([head, "", *lines, "", *faults(outcome), verdict(outcome)])


def faults(outcome: Outcome) -> list[str]:
    """Give the first faults, in words."""
    bad = [x for x in outcome.releases if x.wrong]
    own = [f"release {x.number}, {x.fails or 'good'}: {x.wrong}" for x in bad]
    return (own + outcome.seen.texts)[:20]


def verdict(outcome: Outcome) -> str:
    """Say in one sentence what it means."""
    counts = outcome.seen.counts
    if outcome.faults:
        return "FAILED: the releases were noticed."
    if not outcome.is_good:
        open_ = counts["calls"] - counts["answers"]
        return f"FAILED: {open_} calls were not answered."
    if not outcome.is_done:
        return "FAILED: too little was released or heard, so nothing was proved."
    return "passed: every call was answered once, and nobody noticed a release."


def document(outcome: Outcome, seconds: float) -> dict[str, Any]:
    """Give the same for programs, with every release."""
    return {
        "task": asdict(outcome.task),
        "passed": outcome.is_good and outcome.is_done,
        "seconds": round(seconds, 1),
        "refused": _refused(outcome),
        "counts": dict(outcome.seen.counts),
        "faults": dict(outcome.faults),
        "texts": faults(outcome),
        "pause": {name: outcome.pause(share) for name, share in _SHARES.items()},
        "longest": outcome.seen.longest,
        "releases": [asdict(one) for one in outcome.releases],
    }


def _refused(outcome: Outcome) -> int:
    return sum(one.outcome != "committed" for one in outcome.releases)


def _left_out(outcome: Outcome) -> list[tuple[str, str]]:
    name = "ticks left out, by a late reactor"
    return [(name, f"{outcome.seen.counts[name]:,}")]


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.1f} ms"
