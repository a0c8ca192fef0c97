"""Measure all cases on all servers, in turns, so that a bad moment hits all."""

from __future__ import annotations

import gc
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

from gameserver.bench.cases import WARM_UP
from gameserver.bench.figures import Result
from gameserver.bench.subjects import cores, pinned
from gameserver.errors import MeasurementFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from gameserver.bench.cases import Case
    from gameserver.bench.connection import Target
    from gameserver.bench.figures import Sample
    from gameserver.bench.loaded import Loaded
    from gameserver.bench.subjects import Subject

SPELL: Final = 0.1
"""Seconds for which one server is loaded before it is another's turn."""


def compare(
    cases: Sequence[Case],
    subjects: Iterable[Subject],
    rounds: int,
    seconds: float,
    progress: Callable[[str], None],
) -> list[Result]:
    """Measure each case ``rounds`` times on each server, for ``seconds`` each time.

    The servers of a case are loaded in spells by turns, and all their connections are
    open together.

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
                place = f"round {number + 1} of {rounds}: {case.name}"
                with ExitStack() as opened:
                    loads = Loads(case, opened, partial(_shown, progress, place))
                    for target in targets:
                        loads.open(target)
                    loads.run(seconds)
                    for name, sample in loads.samples():
                        result.add(name, sample)
    return results


def _shown(progress: Callable[[str], None], place: str, name: str) -> None:
    progress(f"{place}, {name}")


class Loads:
    """One case on all servers, their connections open together."""

    def __init__(
        self, case: Case, stack: ExitStack, progress: Callable[[str], None]
    ) -> None:
        self._case = case
        self._stack = stack
        self._progress = progress
        self._loaded: list[tuple[str, Loaded]] = []

    def open(self, target: Target) -> None:
        """Open the connections to one server."""
        with self._named(target.name):
            opened = self._stack.enter_context(self._case.loaded(target))
        self._loaded.append((target.name, opened))

    def run(self, seconds: float) -> None:
        """Load each server for so many seconds, in spells by turns."""
        spells = max(1, round(seconds / SPELL))
        gc.collect()
        self._turn(seconds * WARM_UP)
        for _, loaded in self._loaded:
            loaded.forget()
        for _ in range(spells):
            self._turn(seconds / spells)

    def _turn(self, seconds: float) -> None:
        self._loaded.reverse()  # each of two neighbours goes first as often
        for name, loaded in self._loaded:
            with self._named(name):
                loaded.run(seconds)

    def samples(self) -> Iterator[tuple[str, Sample]]:
        """Give what was measured, by the servers' names."""
        return ((name, self._case.sample(loaded)) for name, loaded in self._loaded)

    @contextmanager
    def _named(self, name: str) -> Iterator[None]:
        self._progress(name)
        try:
            yield
        except (MeasurementFailed, OSError) as error:
            text = f"{self._case.name}, {name}: {error}"
            raise MeasurementFailed(text) from error


@contextmanager
def _uncollected() -> Iterator[None]:
    """Collect no garbage of the load generator while it measures."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
