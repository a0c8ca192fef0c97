"""How late the reactor is, measured beside everything that a release touches."""

from __future__ import annotations

import time
from collections import deque

from twisted.internet import reactor

from gameserver import Service

BEAT = 0.02  # seconds
_SPAN = 1.0  # seconds that are remembered

_late: deque[tuple[float, float]] = deque()
_last = [time.monotonic()]


class Meter(Service):
    """Looks at the clock without end; its timer is the reactor's own, not ours."""

    def started(self) -> None:
        _last[0] = time.monotonic()
        _beat()


def lateness() -> float:
    """Give the longest time, in seconds, that the reactor was late by of late."""
    now = time.monotonic()
    return max([late for _, late in _late] + [now - _last[0] - BEAT, 0.0])


def _beat() -> None:
    now = time.monotonic()
    late = now - _last[0] - BEAT
    if late > BEAT:
        _late.append((now, late))
    while _late and _late[0][0] < now - _SPAN:
        _late.popleft()
    _last[0] = now
    reactor.callLater(BEAT, _beat)
