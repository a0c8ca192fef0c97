"""The line of connections that take long: all together they have a part of each turn.

Who has taken the least comes first (fair queueing: Demers, Keshav and Shenker, 1989).
Time is counted for each connection as it takes it; where the line is ``now`` is what
each of them could have had by now. One that comes begins one turn before that: before
those whose turn is due, but nobody saves more up, and nobody is kept back for long by
ever new ones. Hence whoever asks for little is heard between any two of those that ask
for much, however many these are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from twisted.internet.interfaces import IDelayedCall, IReactorTime

SLICE: Final = 0.01
"""Seconds of a turn of the reactor for all that wait; who has begun goes on."""

LEAST: Final = 0.00025
"""Seconds that a turn lasts however many wait; less would cost as much as it brings."""

AHEAD: Final = 0.004
"""Seconds before where the line is, at which one begins who has taken none of late."""

MOST: Final = 0.01
"""Seconds that count of a single turn: nobody is to be kept back by one for long."""

RUSH: Final = 0.01
"""Seconds for those that need not wait; then all wait, until the next turn: many may
ask for little at the same moment."""

SHORT: Final = 0.001
"""Seconds that count of what did not wait: what takes longer there is mostly the
collector's work, or the game's, and not the doing of whoever has sent it."""


class Waiting(Protocol):
    """One that waits in the line."""

    spent: float

    def next_turn(self) -> bool:
        """Have a turn, out of the line; it may join again."""


class Line:
    """Those that wait, and how much time whoever had a turn last has taken."""

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self.waiting: dict[Waiting, None] = {}
        self._due: IDelayedCall | None = None
        self.now = AHEAD
        """Who has spent less of late need not wait."""
        self._last = 0.0
        """The most that anybody has taken who had a turn in the line."""
        self.rush = 0.0
        """Seconds taken by those that did not wait, since the last turn of the line."""

    @property
    def _begin(self) -> float:
        return self.now - AHEAD

    def took(self, one: Waiting, seconds: float, *, waited: bool) -> None:
        """Count what one has taken, in a turn for which it waited or at once."""
        # Once for every chunk that comes: without min() and max(), for their price.
        begin, most, spent = self.now - AHEAD, MOST if waited else SHORT, one.spent
        counted = seconds if seconds < most else most  # noqa: FURB136
        spent = counted + (spent if spent > begin else begin)  # noqa: FURB136
        one.spent = spent
        if spent > self._last:  # noqa: PLR1730
            self._last = spent
        if not waited:
            self.rush = rush = self.rush + seconds
            if rush > RUSH / 2 and self._due is None:
                self._due = self._clock.callLater(0, self._go)  # begins it anew
        if self.waiting:  # each of them could have had its share of that time
            self.now += counted / (len(self.waiting) + 1)

    def share(self, most: float) -> float:
        """Give the seconds of a turn of one that has waited: few where many wait.

        Who has little to do is done in its first turn, and that comes soon.
        """
        return min(most, max(LEAST, SLICE / (len(self.waiting) + 1)))

    def join(self, one: Waiting) -> None:
        """Wait for a turn."""
        one.spent = max(one.spent, self._begin)
        self.waiting[one] = None
        if self._due is None:
            self._due = self._clock.callLater(0, self._go)

    def leave(self, one: Waiting) -> None:
        """Wait no more."""
        self.waiting.pop(one, None)
        self._settle()

    def _go(self) -> None:
        """Give turns, the first to who has taken the least; each has one at most."""
        self._due = None
        self.rush = 0.0
        end = self._clock.seconds() + SLICE
        for one in sorted(self.waiting, key=_spent):
            if one in self.waiting:
                one.next_turn()
                if self._clock.seconds() >= end:
                    break
        self._settle()

    def _settle(self) -> None:
        """Go on later; if nobody waits, all that was taken is past."""
        if not self.waiting:
            self.now = max(self.now, self._last + AHEAD)
            if self._due is not None:
                self._due.cancel()
                self._due = None
        elif self._due is None:
            self._due = self._clock.callLater(0, self._go)


def _spent(one: Waiting) -> float:
    return one.spent
