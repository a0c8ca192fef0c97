"""What the log says while the store refuses: a line now and then, not one a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twisted.logger import Logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from gameserver.errors import StoreError

_log = Logger("gameserver.turns")

EVERY: Final = 10.0
"""Seconds between two lines about batches that were refused."""


class Outage:
    """Counts refused batches, and tells of them; ``now``: seconds of any clock."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._told_at: float | None = None
        self._untold = 0
        self._is_open = False

    def refused(self, why: StoreError) -> None:
        """Note one; the line has the reason, and how many there were since the last."""
        self._untold += 1
        now = self._now()
        if self._told_at is not None and now - self._told_at < EVERY:
            return
        n, self._untold = self._untold, 0
        self._told_at, self._is_open = now, True
        _log.error("{n} batch(es) not saved: {why}", n=n, why=why.line())

    def over(self) -> None:
        """Note that a batch was saved; if the log knows of an outage, say so."""
        if self._is_open:
            n, self._untold, self._is_open = self._untold, 0, False
            _log.info("changes are saved again; {n} more batch(es) were not", n=n)
