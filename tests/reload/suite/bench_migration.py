"""A release that migrates registered instances lazily: its pause, and its slices."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from tests.reload.suite import tools
from tests.reload.suite.bench_process import clock_ms, populate
from tests.reload.suite.bench_subject import reloadable_source
from tests.reload.suite.lab import Lab

if TYPE_CHECKING:
    from gameserver.reload import Release
    from tests.reload.suite.bench_process import Measured

SLICE = 0.002  # seconds
CONTAINERS = 1_000  # more than it takes to wake the collector; some 20 us


class Migrating:
    """So many instances of a ``Reloadable`` class, carried by a ``@migration`` step.

    The code changes as in the other measurements; the step adds a field.
    """

    def __init__(self, size: int, root: str) -> None:
        tool = tools.own_tool()()
        self.lab = Lab(tool, root)
        tool.setup(self.lab)
        self.engine = tool.engine
        self.module = self.lab.load("m", reloadable_source(0, 1))
        self.live = populate(self.module.Avatar, size)
        self.migrated = 0

    def measure(self, rounds: int) -> Measured:
        """Release some times; give what each release took, and whom it migrated."""
        laps = [self.round(version) for version in range(2, rounds + 2)]
        figures = {name: [lap[name] for lap in laps] for name in laps[0]}
        return {"figures": figures, "migrated": self.migrated}

    def round(self, version: int) -> dict[str, float]:
        """Release a version, then migrate everybody in slices."""
        self.lab.put("m", reloadable_source(version, version))
        plan = self.engine.plan(["m"])
        begun = clock_ms()
        release = self.engine.commit(plan, lazily=True)
        commit = clock_ms() - begun
        waiting = release.left
        assert waiting, "nobody waits, so the commit has migrated all"
        slices, between = sliced(release)
        release.make_permanent()
        bare = waiting * 1e3 / bare_ms(self.live, version)
        per_second = waiting * 1e3 / sum(slices)
        self.migrated += sum(one.carried == version for one in self.live)
        return {
            "commit_ms": commit,
            "writes_ms": release.pause * 1e3,
            "waiting": waiting,
            "slices": len(slices),
            "worst_slice_ms": max(slices),
            "worst_between_ms": max(between),
            "per_second": per_second,
            "bare_per_second": bare,
            "of_bare": per_second / bare,
            "per_second_in_all": waiting * 1e3 / (sum(slices) + sum(between)),
        }


def sliced(release: Release) -> tuple[list[float], list[float]]:
    """Migrate all; give the milliseconds of each slice, and of what came after it.

    That is the collector, which a slice keeps waiting: what a turn of the reactor does
    in between makes containers, as is done here, and so lets it run.
    """
    slices, between = [], []
    left = release.left
    while left:
        begun = clock_ms()
        left = release.advance(SLICE)
        ended = clock_ms()
        containers = [[] for _ in range(CONTAINERS)]
        slices.append(ended - begun)
        between.append(clock_ms() - ended)
        del containers
    return slices, between


def bare_ms(live: list[Any], version: int) -> float:
    """Do the same by a bare loop, with nothing kept that could take it back.

    Milliseconds. No laziness, no locks, no slices, no care for containers: what the
    step and two copies of an instance's fields cost in Python.
    """
    step = sys.modules["m"].step
    begun = clock_ms()
    for one in live:
        fields = one.__dict__
        state = step(fields.copy())
        fields.clear()
        fields.update(state)
    took = clock_ms() - begun
    assert all(one.carried == version for one in live)
    return took


def migrating(size: int, root: str) -> Migrating:
    """Set a measurement up, in the process that makes it."""
    return Migrating(size, root)
