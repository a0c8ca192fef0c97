"""Looking at every live object now and then, for changes that no touch told of.

A container that somebody keeps outside of calls, ticks and hooks can be changed without
the object being asked for it. So every live object is looked at once in a round, a few
at a time: each costs 10 to 15 us of a turn, and with 100,000 of them a share for each
second took 45 ms. What the store refused is looked at each second.

While a release brings everybody up to date nobody else looks: a look is a touch, and
would migrate all whom it meets in one turn.
"""

from __future__ import annotations

import math
from itertools import islice
from typing import TYPE_CHECKING, Any

from twisted.logger import Logger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from twisted.internet.interfaces import IDelayedCall, IReactorTime

    from gameserver.server.ledger import Ledger
    from gameserver.server.records import Record
    from gameserver.server.turns import Turns

_log = Logger("gameserver.sweep")

STEP = 1.0
"""Seconds between two looks, at most."""
FEW = 50
"""Objects of one look, where looks need not come more often than ``SHORTEST``."""
SHORTEST = 0.02


def pace(number: int, seconds: float) -> tuple[int, float]:
    """Give how many of a number to look at, and how often, for a round of seconds."""
    wanted = min(number / FEW, seconds / SHORTEST)
    looks = max(1, round(seconds / STEP), math.ceil(wanted))
    return math.ceil(number / looks), seconds / looks


class Sweep:
    """One round takes ``seconds``, whatever the number of objects."""

    def __init__(
        self, ledger: Ledger, turns: Turns, clock: IReactorTime, seconds: float
    ) -> None:
        self.is_held: Callable[[], bool] = _never
        """Says whether nobody is to be looked at now."""
        self._ledger = ledger
        self._turns = turns
        self._clock = clock
        self._seconds = seconds
        self._left: Iterator[Record[Any]] = iter(())
        self._share, self._step = 0, STEP
        self._next: IDelayedCall | None = None

    def start(self) -> None:
        """Begin; the first look comes after one step."""
        self._next = self._clock.callLater(self._step, self._go)

    def stop(self) -> None:
        """End; what is under way is the turns' affair."""
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def _go(self) -> None:
        try:
            if not self.is_held():
                self._look()
        except Exception:  # noqa: BLE001 - a fence: the next look comes all the same
            _log.failure("a look at live objects failed")
        self.start()

    def _look(self) -> None:
        chosen = list(islice(self._left, self._share))
        if not chosen:
            records = list(self._ledger.records)
            self._share, self._step = pace(len(records), self._seconds)
            self._left = iter(records)
            chosen = list(islice(self._left, self._share))
        live = (one for one in chosen if self._ledger.is_live(one))
        self._turns.retouch(dict.fromkeys(live))


def _never() -> bool:
    return False
