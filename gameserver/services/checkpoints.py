"""Saving what changed, every so often, while the world runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

if TYPE_CHECKING:
    from twisted.internet.interfaces import IReactorTime

    from gameserver.server.ledger import Ledger

_log = Logger("gameserver.checkpoints")


class Checkpoints:
    """Saves all that changed since the last time, in one transaction."""

    def __init__(self, ledger: Ledger, clock: IReactorTime, seconds: float) -> None:
        self._ledger = ledger
        self._seconds = seconds
        self._loop = LoopingCall(lambda: Deferred.fromCoroutine(self._save()))
        self._loop.clock = clock
        self._done: Deferred[Any] = succeed(None)
        self.saved = 0
        self.refused = 0

    def start(self) -> None:
        """Begin; the first save comes after one interval."""
        self._done = self._loop.start(self._seconds, now=False)

    async def stop(self) -> None:
        """End, after a save that is under way."""
        if self._loop.running:
            self._loop.stop()
        await self._done

    async def _save(self) -> None:
        """Save; what the store refuses is unsaved still, and tried again next time.

        Nothing may end the loop: this is a fence, and state that nobody saves is lost.
        """
        try:
            self.saved += await self._ledger.save()
        except Exception:  # noqa: BLE001 - see above
            self.refused += 1
            _log.failure("nothing was saved; the next try is in {s} s", s=self._seconds)
