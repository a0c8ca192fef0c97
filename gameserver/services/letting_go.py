"""After a release is permanent: what it remembers of avatars is freed, a little a turn.

With 100,000 of them it takes 0.1 to 0.25 s of one turn to free it all at once.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twisted.internet.interfaces import IDelayedCall, IReactorTime

    from gameserver.reload.release import Release

BUDGET = 0.001
"""Seconds of a turn; slices of a later release may come in the same one."""
RESPITE = 0.002
"""Seconds between two."""


class LettingGo:
    """Frees what permanent releases remember, the oldest first."""

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._releases: deque[Release] = deque()
        self._call: IDelayedCall | None = None
        self._is_open = True

    def begin(self, release: Release) -> None:
        """Free what this one remembers, too."""
        self._releases.append(release)
        if self._call is None and self._is_open:
            self._call = self._clock.callLater(0, self._go)

    def stop(self) -> None:
        """Free no more in turns; all goes at once with this object."""
        self._is_open = False
        if self._call is not None:
            self._call.cancel()
            self._call = None

    def _go(self) -> None:
        self._call = None
        if not self._releases[0].let_go(BUDGET):
            self._releases.popleft()
        if self._releases:
            self._call = self._clock.callLater(RESPITE, self._go)
