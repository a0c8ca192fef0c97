"""Clocks at a server's reactor, slices and collector; ``probed.py`` puts them there.

A turn is the time from one end of waiting for sockets to the next beginning of it:
nobody is answered meanwhile.
"""

from __future__ import annotations

import gc
import json
import time
from functools import wraps
from typing import TYPE_CHECKING, Any, Final

from gameserver.bench.figures import percentile
from gameserver.bench.load import Delay
from gameserver.server.turns import Turns
from gameserver.services.slices import Slices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Timed = list[tuple[float, float]]
    """When it began, on the clock of ``time.perf_counter``, and how long it took."""

LIMIT: Final = 0.005
"""Seconds of a turn that slices may take."""


class Probe:
    """Turns, slices, the turns that had a slice in them, and full collections."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self.turns: Timed = []
        self.slices: Timed = []
        self.cpu: Timed = []
        """Of the same turns, the CPU time of slices."""
        self.collections: Timed = []
        self._turn = self._collection = clock()
        self._own = self._cpu = 0.0
        self._is_after_slice = self._is_asked = False

    def waits(self) -> None:
        """Hear that the reactor is about to wait."""
        now = self._clock()
        if not self._is_asked:  # that took its time, which no other server would
            self.turns.append((self._turn, now - self._turn))
        self._is_asked = False
        if self._own:
            self.slices.append((self._turn, self._own))
            self.cpu.append((self._turn, self._cpu))
        self._is_after_slice = self._own > 0
        self._own = self._cpu = 0.0

    def woke(self) -> None:
        """Hear that the reactor goes on."""
        self._turn = self._clock()

    def slice(self, seconds: float, cpu: float) -> None:
        """Hear of what slices took in this turn, by the wall and of this thread's CPU.

        On a machine with other work the two differ by what others have taken.
        """
        self._own += seconds
        self._cpu += cpu

    def is_slicing(self) -> bool:
        """Say whether there was a slice in this turn or the one before.

        What that has looked at is encoded and handed to the store by the next.
        """
        return self._own > 0 or self._is_after_slice

    def collected(self, phase: str, about: dict[str, int]) -> None:
        """Hear of the collector; for ``gc.callbacks``."""
        if about["generation"] == 2 and phase == "start":  # noqa: PLR2004 - the oldest
            self._collection = self._clock()
        elif about["generation"] == 2:  # noqa: PLR2004 - as above
            took = self._clock() - self._collection
            self.collections.append((self._collection, took))

    def summary(self, since: float) -> str:
        """Give figures of what began since then, as JSON; milliseconds and counts.

        The turn in which they are asked for is left out.
        """
        self._is_asked = True
        of_slices = [one for one in self.slices if one[0] >= since]
        turns, slices, cpu, full = (
            [took for begun, took in timed if begun >= since]
            for timed in (
                self.turns,
                self.slices,
                self.cpu,
                self.collections,
            )
        )
        return json.dumps(
            {
                "turn_max_ms": max(turns, default=0) * 1e3,
                **_quantiles("slice", slices),
                **_quantiles("slice_cpu", cpu),
                "slices": len(slices),
                "slices_over": sum(one > LIMIT for one in slices),
                "slices_cpu_over": sum(one > LIMIT for one in cpu),
                "collections": len(full),
                "collection_max_ms": max(full, default=0) * 1e3,
                "begun": of_slices[0][0] if of_slices else 0.0,
                "ended": sum(of_slices[-1]) if of_slices else 0.0,
            }
        )


def _quantiles(name: str, seconds: Iterable[float]) -> dict[str, float]:
    delays = [Delay(one, 1) for one in seconds] or [Delay(0.0, 1)]
    return {
        f"{name}_p50_ms": percentile(delays, 0.5) * 1e3,
        f"{name}_p99_ms": percentile(delays, 0.99) * 1e3,
        f"{name}_max_ms": max(one.seconds for one in delays) * 1e3,
    }


def _since(wall: float, cpu: float) -> tuple[float, float]:
    return time.perf_counter() - wall, time.thread_time() - cpu


PROBE: Final = Probe()
"""That of this process; the plugin asks it."""


class _Poller:
    """A poller that says when it waits."""

    def __init__(self, poller: Any, probe: Probe) -> None:  # noqa: ANN401 - select's
        self._poller, self._probe = poller, probe

    def poll(self, *given: Any) -> Any:  # noqa: ANN401 - as the poller's
        """Wait for sockets."""
        self._probe.waits()
        try:
            return self._poller.poll(*given)
        finally:
            self._probe.woke()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as the poller's
        return getattr(self._poller, name)


def attach(probe: Probe, reactor: Any) -> None:  # noqa: ANN401 - one with a poller
    """Put the clocks at this process's reactor, slices, turns and collector."""
    reactor._poller = _Poller(reactor._poller, probe)  # noqa: SLF001 - nothing else says it
    go, end = Slices._go, Turns.end  # noqa: SLF001 - as above

    @wraps(go)
    def timed_go(self: Slices) -> None:
        begun = time.perf_counter(), time.thread_time()
        go(self)
        probe.slice(*_since(*begun))

    @wraps(end)
    def timed_end(self: Turns) -> bool:
        begun = time.perf_counter(), time.thread_time()
        try:
            return end(self)
        finally:
            if probe.is_slicing():
                probe.slice(*_since(*begun))

    Slices._go = timed_go  # type: ignore[method-assign]  # noqa: SLF001 - a clock around it
    Turns.end = timed_end  # type: ignore[method-assign]  # as above
    gc.callbacks.append(probe.collected)
