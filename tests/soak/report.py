"""What came of a kill soak: a line while it runs, a table, and JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from tests.soak.soak import Kill, Outcome

_CHANGES = ("lost", "doubled")
_TORN = ("torn", "gold", "items-lost", "items-doubled", "bank", "unsent", "refused")


def line(outcome: Outcome) -> str:
    """Give one line of progress."""
    found, task = outcome.found(), outcome.task
    return (
        f"{len(outcome.kills)} of {task.kills} kills, the last"
        f" {moment(outcome.kills[-1])}:"
        f" {outcome.total('acknowledged'):,} of {task.changes:,} changes acknowledged,"
        f" {found['lost']:,} lost, {found['doubled']:,} doubled,"
        f" {sum(found[kind] for kind in _TORN):,} other faults"
    )


def moment(kill: Kill) -> str:
    """Say when the server was killed."""
    delay = f"{kill.delay * 1000:.1f} ms"
    return f"{delay} after answer {kill.answers}"


def faults(kill: Kill) -> list[str]:
    """Give a line for each kind of finding of one kill, with the first as example."""
    kinds = {one.kind: one for one in reversed(kill.findings)}
    counts = {
        kind: sum(one.count for one in kill.findings if one.kind == kind)
        for kind in kinds
    }
    return [
        f"kill {kill.number}, {moment(kill)}: {counts[kind]:,} {kind} ({first.text})"
        for kind, first in kinds.items()
    ]


def table(outcome: Outcome, seconds: float) -> str:
    """Give the table; ``seconds`` is how long it all took."""
    found = outcome.found()
    rows = [
        ("kills", len(outcome.kills)),
        ("changes sent", outcome.total("sent")),
        ("changes acknowledged", outcome.total("acknowledged")),
        ("answered by the next server", outcome.total("late")),
        ("open at a kill, applied", outcome.total("open_applied")),
        ("open at a kill, not applied", outcome.total("open_dropped")),
        *((kind, found[kind]) for kind in (*_CHANGES, *_TORN)),
    ]
    lines = [f"{name:<28}{number:>12,}" for name, number in rows]
    head = f"kill soak, seed {outcome.task.seed}, {seconds:.0f} s"
    return "\n".join([head, "", *lines, "", verdict(outcome)])


def verdict(outcome: Outcome) -> str:
    """Say in one sentence what it means."""
    if set(outcome.found()) == {"refused"}:
        return "FAILED: calls were refused, or connections lost before the kill."
    if outcome.found():
        return "FAILED: what was answered was not kept, or more than once."
    if not outcome.is_good:
        return "FAILED: nothing was acknowledged, so nothing was proved."
    if not outcome.is_done:
        return "FAILED: too few changes were acknowledged; the server is too slow."
    return "passed: every answered change was kept, once."


def document(outcome: Outcome, seconds: float) -> dict[str, Any]:
    """Give the same for programs, with every kill."""
    names = ("sent", "acknowledged", "late", "open_applied", "open_dropped")
    found = outcome.found()
    return {
        "task": asdict(outcome.task),
        "passed": outcome.is_good and outcome.is_done,
        "seconds": round(seconds, 1),
        "totals": {"kills": len(outcome.kills)}
        | {name: outcome.total(name) for name in names}
        | {kind: found[kind] for kind in (*_CHANGES, *_TORN)},
        "kills": [asdict(kill) for kill in outcome.kills],
    }
