"""Clocks at a server's reactor, slices and collector; ``probed.py`` puts them there.

A turn is the time from one end of waiting for sockets to the next beginning of it:
nobody is answered meanwhile.

The control (``control.py``) comes between the end of a turn and the waiting, so it is
in no turn, no slice and no pause. Whoever calls meanwhile does wait for it, and so does
the next slice: the delays of answers, and the time until all are stored, have it in
them. The same goes for looks at what was stolen, of some 0.1 ms and a tenth of a second
apart.
"""

from __future__ import annotations

import gc
import json
import time
from functools import wraps
from typing import TYPE_CHECKING, Any, Final

from gameserver.bench.reload.probe_figures import of_control, of_slices
from gameserver.bench.reload.spent import NOTHING, Meter
from gameserver.server.turns import Turns
from gameserver.services.slices import Slices

if TYPE_CHECKING:
    from collections.abc import Callable

    from gameserver.bench.reload.control import Control
    from gameserver.bench.reload.spent import Spent
    from gameserver.bench.reload.steal import Steal

    Timed = list[tuple[float, float]]
    """When it began, on the clock of ``time.perf_counter``, and how long it took."""


class Probe:
    """Turns, slices, the turns that had a slice in them, and full collections.

    ``control``, ``steal``: run and looked at after each turn with slices, if there.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self.control: Control | None = None
        self.steal: Steal | None = None
        self.turns: Timed = []
        self.slices: list[tuple[float, Spent]] = []
        """By turn that had some: when it began, and what they took together."""
        self.collections: Timed = []
        self._turn = self._collection = clock()
        self._own = NOTHING
        self._is_after_slice = self._is_asked = False

    def waits(self) -> None:
        """Hear that the reactor is about to wait."""
        now = self._clock()
        if not self._is_asked:  # that took its time, which no other server would
            self.turns.append((self._turn, now - self._turn))
        self._is_asked = False
        own, self._own = self._own, NOTHING
        self._is_after_slice = own.wall > 0
        if self._is_after_slice:
            self.slices.append((self._turn, own))
            self._compare(own.wall)

    def _compare(self, seconds: float) -> None:
        """See what the machine does to others than slices, outside all turns."""
        if self.steal is not None:
            self.steal.look()
        if self.control is not None:
            self.control.run(seconds)

    def woke(self) -> None:
        """Hear that the reactor goes on."""
        self._turn = self._clock()

    def slice(self, spent: Spent) -> None:
        """Hear of what slices took in this turn.

        On a machine with other work, wall and CPU differ by what others have taken.
        """
        self._own = self._own.plus(spent)

    def is_slicing(self) -> bool:
        """Say whether there was a slice in this turn or the one before.

        What that has looked at is encoded and handed to the store by the next.
        """
        return self._own.wall > 0 or self._is_after_slice

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
        slices = [one for one in self.slices if one[0] >= since]
        turns, full = (
            [took for begun, took in timed if begun >= since]
            for timed in (self.turns, self.collections)
        )
        return json.dumps(
            {
                "turn_max_ms": max(turns, default=0) * 1e3,
                **of_slices([spent for _, spent in slices]),
                **self._compared(since),
                "collections": len(full),
                "collection_max_ms": max(full, default=0) * 1e3,
                "begun": slices[0][0] if slices else 0.0,
                "ended": slices[-1][0] + slices[-1][1].wall if slices else 0.0,
            }
        )

    def _compared(self, since: float) -> dict[str, float]:
        """Give figures of the control and of what was stolen, where they are known."""
        found: dict[str, float] = {}
        if self.control is not None:
            pieces = [one for one in self.control.pieces if one.begun >= since]
            found |= of_control(pieces, self.control.unit)
        stolen = None if self.steal is None else self.steal.share(since)
        return found if stolen is None else {**found, "stolen_percent": stolen * 100}


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
        meter = Meter()
        go(self)
        probe.slice(meter.spent())

    @wraps(end)
    def timed_end(self: Turns) -> bool:
        meter = Meter()
        try:
            return end(self)
        finally:
            if probe.is_slicing():
                probe.slice(meter.spent())

    Slices._go = timed_go  # type: ignore[method-assign]  # noqa: SLF001 - a clock around it
    Turns.end = timed_end  # type: ignore[method-assign]  # as above
    gc.callbacks.append(probe.collected)
