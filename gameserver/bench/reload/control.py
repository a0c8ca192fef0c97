"""A control beside slices: work that cannot take long by itself, timed as they are.

A virtual machine whose host takes the core away goes on counting CPU time, so a turn
over the limit does not say whose fault it is. The control says what the same machine
does, in the same moments, to work without any fault:

* After each turn with slices there is one piece, as long as these were, but at most
  ``MOST``. So there are as many pieces as turns with slices, of the same lengths, and
  both have the same limit: how many of each are over it can be compared as they stand.
* A piece is the same small unit again and again until that time is over by the clock,
  as a slice is one avatar after the other until its budget is. So an interruption of
  3 ms at the begin of a piece of 2.5 makes one of 3, as it does with a slice. A piece
  of a fixed number of units would be one of 5.5, and would excuse too much. Those parts
  of slices that do not look at the clock are hit harder than their control.
* Between two slices that migrate, the reactor waits; before a piece of more than
  that, so does this thread. One that has just run is sooner made to give up the core:
  pieces right after slices were over the limit 589 times in 12,845, slices 498 times.
  Long turns that store have no wait before them; so by the wall, on cores with other
  work, the control now has less over the limit rather than more: 503 to 593 in 3,829.
* A unit is a fixed number of steps, found once when the server starts: arithmetic on
  small numbers, without memory, files, locks or anything for the collector. If one is
  much longer than normal, that was not its own doing.

A full collection that a slice ends with is the slice's doing: see the rows of those.

What it does not show: a machine that is slow in giving memory, for it asks for none;
page faults of slices are counted for that. Other threads may take the interpreter's
lock from either, which is time by the wall, not CPU time.
"""

from __future__ import annotations

import time
from itertools import repeat
from typing import Final, NamedTuple

from gameserver.bench.reload.spent import Meter, Spent
from gameserver.services.slices import BUDGET, RESPITE

UNIT: Final = 25e-6
"""Seconds of a unit: about what it takes to migrate one avatar."""
MOST: Final = BUDGET + 0.001
"""Seconds of a piece: the budget, and a share that is encoded in the same turn.

A slice that took longer was interrupted, or is at fault; its control must be neither.
"""
EXCESS: Final = BUDGET
"""Seconds that a unit takes too long where that would spoil a slice: 5 less 2.5 ms."""
_TRIED: Final = 20_000
_TRIES: Final = 15


def work(steps: int) -> int:
    """Do the work of a unit; numbers this small are made once for all."""
    number = 1
    for _ in repeat(None, steps):
        number = (number * 5 + 3) & 31
    return number


class Piece(NamedTuple):
    """What one piece took, and its longest unit, seconds."""

    begun: float
    spent: Spent
    longest: float


class Control:
    """Pieces of work so far. ``steps``: of a unit; ``unit``: its normal seconds."""

    def __init__(self, steps: int, unit: float = UNIT) -> None:
        self._steps, self.unit = steps, unit
        self.pieces: list[Piece] = []

    @classmethod
    def calibrated(cls) -> Control:
        """Find how many steps a unit has on this machine.

        By the fastest of some tries: whatever interrupts makes a try longer.
        """
        steps = max(1, round(UNIT * _TRIED / _fastest(_TRIED)))
        return cls(steps, _fastest(steps))

    def run(self, seconds: float) -> None:
        """Do a piece of this length, or of ``MOST``."""
        if seconds > RESPITE:
            time.sleep(RESPITE)
        clock, steps = time.perf_counter, self._steps
        longest = 0.0
        meter = Meter()
        begun = before = clock()
        end = begun + min(seconds, MOST)
        while before < end:
            work(steps)
            now = clock()
            longest = max(longest, now - before)
            before = now
        self.pieces.append(Piece(begun, meter.spent(), longest))


def _fastest(steps: int) -> float:
    return min(map(_timed, repeat(steps, _TRIES)))


def _timed(steps: int) -> float:
    begun = time.perf_counter()
    work(steps)
    return time.perf_counter() - begun
