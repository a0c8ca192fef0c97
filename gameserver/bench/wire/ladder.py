"""What each part of a call's way costs: servers with one part more each.

All run at once and are measured in turn, in many short rounds, and of each server the
fastest counts: a shared machine takes time away and never gives any, and its pace
changes by more than a part costs, so a median tells of the neighbours.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gameserver.bench import cases, workloads
from gameserver.bench.codec import PURE
from gameserver.bench.run import compare
from gameserver.bench.subjects import stock
from gameserver.bench.wire import parts, subjects

if TYPE_CHECKING:
    from collections.abc import Callable

    from gameserver.bench.figures import Result
    from gameserver.bench.subjects import Subject

SHORTER: Final = 5
"""So many rounds for each that was asked for, and as much shorter."""

CPU: Final = "cpu_us_per_call"
SHAPES: Final = ((50, 4),)
UNLIMITED: Final = "our broker, messages without limits"
LIMITED: Final = "+ limits of messages"
BROKER: Final = "our broker, with limits of messages"
STEPS: Final = (
    ("", "+ realm, dispatch, current avatar"),
    (parts.FENCES, "+ fences of the broker"),
    (parts.PACE, "+ rate and calls in flight"),
    (parts.LIMITS, "+ limits of arguments"),
    (parts.TYPES, "+ types of arguments"),
    (parts.DURABILITY, "+ bookkeeping of durability"),
    (parts.SHORT_WAY, "all of it, common calls in one step"),
)
"""The server behind the broker: what is put back, in order, and what it is.

Last the short way of common calls, which does the same with fewer steps.
"""


@dataclass(frozen=True)
class Step:
    """One line: a server, what a call costs there, and how much more than above.

    Microseconds of the server's CPU time, in its fastest round.
    """

    name: str
    cost: float
    added: float | None


def measure(
    codec: str, rounds: int, seconds: float, progress: Callable[[str], None]
) -> list[Result]:
    """Measure ``greet`` on each server of the ladder."""
    measured = [cases.calls_case(workloads.GREET, *shape) for shape in SHAPES]
    short = seconds / SHORTER
    return compare(measured, servers(codec), rounds * SHORTER, short, progress)


def servers(codec: str) -> list[Subject]:
    """Give the servers, from the barest to the whole one.

    A compiled codec counts while it walks: there its limits cannot be taken out.
    """
    unlimited = subjects.bare_server(codec, UNLIMITED, [parts.MESSAGES])
    names = [part for part, _ in STEPS]
    made = [
        subjects.server_without(codec, name, names[at + 1 :])
        for at, (_, name) in enumerate(STEPS[:-1])
    ]
    return [
        stock,
        *([unlimited] if codec == PURE else []),
        subjects.bare_server(codec, LIMITED if codec == PURE else BROKER),
        *made,
        subjects.whole_server(codec, STEPS[-1][1]),
    ]


def steps(result: Result) -> list[Step]:
    """Give the lines of one case."""
    costs = {
        name: min(sample.figures[CPU] for sample in samples)
        for name, samples in result.samples.items()
    }
    found = [
        Step(name, costs[name], costs[name] - costs[below])
        for below, name in itertools.pairwise(costs)
    ]
    first = next(iter(costs))
    return [Step(first, costs[first], None), *found]
