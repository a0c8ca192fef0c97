"""What is measured: each case is a name, a load, and what is read off it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from gameserver.bench import workloads
from gameserver.bench.loaded import Loaded, calling, pushing, shouting

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from gameserver.bench.connection import Target
    from gameserver.bench.figures import Sample
    from gameserver.bench.workloads import Workload

SHAPES: Final = ((1, 1), (1, 32), (50, 4))
"""Connections and calls in flight on each."""

MINDS: Final = 200
WARM_UP: Final = 0.2
"""The part of a measurement that comes before it, and does not count."""


@dataclass(frozen=True)
class Case:
    """One row group of the table.

    ``loaded``: opens the connections to a server. ``sample``: what its spells have
    measured.
    """

    name: str
    loaded: Callable[[Target], AbstractContextManager[Loaded]]
    sample: Callable[[Loaded], Sample]

    def measure(self, target: Target, seconds: float) -> Sample:
        """Measure it once, by itself."""
        return _measured(self.loaded(target), self.sample, seconds)


def all_cases(minds: int = MINDS) -> list[Case]:
    """Give every case in the order of the table."""
    loads = (workloads.GREET, workloads.MOVE)
    cases = [calls_case(load, *shape) for load in loads for shape in SHAPES]
    return [*cases, notify_case(minds), push_case()]


def calls_case(load: Workload, connections: int, window: int) -> Case:
    """Give the case of a load over so many connections, so many in flight on each."""

    def loaded(target: Target) -> AbstractContextManager[Loaded]:
        return calling([target] * connections, load, window)

    return Case(f"{load.method} {connections}x{window}", loaded, Loaded.calls)


def notify_case(minds: int) -> Case:
    """Give the case of notifications to so many minds."""
    shouted = partial(shouting, minds=minds)
    return Case(f"notify {minds} minds", shouted, Loaded.notifications)


def push_case() -> Case:
    """Give the case of an answer that follows a notification."""
    return Case("push, answer", pushing, Loaded.pushes)


def calls_of(
    targets: Sequence[Target], seconds: float, load: Workload, window: int
) -> Sample:
    """Measure calls over one connection to each target, all of one server."""
    return _measured(calling(targets, load, window), Loaded.calls, seconds)


def _measured(
    opened: AbstractContextManager[Loaded],
    sample: Callable[[Loaded], Sample],
    seconds: float,
) -> Sample:
    with opened as loaded:
        loaded.run(seconds * WARM_UP)
        loaded.forget()
        loaded.run(seconds)
        return sample(loaded)
