"""Looking at every live object now and then, for changes that no touch told of.

A container that somebody keeps outside of calls, ticks and hooks can be changed without
the object being asked for it. So every live object is looked at once in a round, a few
each second; what the store refused is looked at each second.
"""

from __future__ import annotations

import math
from itertools import islice
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import succeed
from twisted.internet.task import LoopingCall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IReactorTime

    from gameserver.server.ledger import Ledger
    from gameserver.server.records import Record
    from gameserver.server.turns import Turns

STEP = 1.0
"""Seconds between two looks."""


class Sweep:
    """One round takes ``seconds``, whatever the number of objects."""

    def __init__(
        self, ledger: Ledger, turns: Turns, clock: IReactorTime, seconds: float
    ) -> None:
        self._ledger = ledger
        self._turns = turns
        self._steps = max(1, round(seconds / STEP))
        self._left: Iterator[Record[Any]] = iter(())
        self._share = 0
        self._loop = LoopingCall(self._look)
        self._loop.clock = clock
        self._done: Deferred[Any] = succeed(None)

    def start(self) -> None:
        """Begin; the first look comes after one step."""
        self._done = self._loop.start(STEP, now=False)

    async def stop(self) -> None:
        """End; what is under way is the turns' affair."""
        if self._loop.running:
            self._loop.stop()
        await self._done

    def _look(self) -> None:
        chosen = list(islice(self._left, self._share))
        if not chosen:
            records = list(self._ledger.records)
            self._share = math.ceil(len(records) / self._steps)
            self._left = iter(records)
            chosen = list(islice(self._left, self._share))
        live = (one for one in chosen if self._ledger.is_live(one))
        self._turns.retouch(dict.fromkeys(live))
