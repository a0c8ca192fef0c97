"""Measure all cases on all servers, interleaved, so that a bad moment hits both."""

from __future__ import annotations

import gc
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from gameserver.bench.figures import Result
from gameserver.bench.subjects import cores, pinned
from gameserver.errors import MeasurementFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from gameserver.bench.cases import Case
    from gameserver.bench.connection import Target
    from gameserver.bench.figures import Sample
    from gameserver.bench.subjects import Subject


def compare(
    cases: Sequence[Case],
    subjects: Iterable[Subject],
    rounds: int,
    seconds: float,
    progress: Callable[[str], None],
) -> list[Result]:
    """Measure each case ``rounds`` times on each server, for ``seconds`` each time.

    Raises ``MeasurementFailed`` when a server does not start or answers wrongly.
    """
    results = [Result(case.name) for case in cases]
    server_core, load_core = cores()
    with ExitStack() as stack:
        progress("starting the servers")
        with pinned(server_core):
            targets = [stack.enter_context(start()) for start in subjects]
        stack.enter_context(pinned(load_core))
        stack.enter_context(_uncollected())
        for number in range(rounds):
            for case, result in zip(cases, results, strict=True):
                # Each server goes first every other round.
                for target in targets[:: -1 if number % 2 else 1]:
                    place = f"round {number + 1} of {rounds}"
                    progress(f"{place}: {case.name}, {target.name}")
                    result.add(target.name, _measured(case, target, seconds))
    return results


def _measured(case: Case, target: Target, seconds: float) -> Sample:
    gc.collect()
    try:
        return case.measure(target, seconds)
    except (MeasurementFailed, OSError) as error:
        text = f"{case.name}, {target.name}: {error}"
        raise MeasurementFailed(text) from error


@contextmanager
def _uncollected() -> Iterator[None]:
    """Collect no garbage of the load generator while it measures."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
