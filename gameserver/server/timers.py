"""Timers by method name on a monotonic clock.

A timer keeps its owner and the *name* of a method, so a method replaced by a release is
the one that runs next. ``every`` keeps absolute due times (start + n * seconds): a late
tick does not move the ones after it, and ticks that could not run in time are left out
rather than run in a burst.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from gameserver.server.awaiting import started

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IDelayedCall, IReactorTime

    from gameserver.server.fence import Fence

_ROUNDING = 1e-6  # of a period


class OwnerTimers:
    """All timers of one avatar or service."""

    def __init__(self, clock: IReactorTime, fence: Fence) -> None:
        self._clock = clock
        self._fence = fence
        self._owner: object = None
        self._repeating: dict[str, Repeating] = {}
        self._single: dict[str, set[IDelayedCall]] = {}
        self._is_open = True

    def own(self, owner: object) -> None:
        """Name the object whose methods are called; again after a succession."""
        self._owner = owner

    def every(self, seconds: float, method: str) -> None:
        """Call the method again and again; replaces one of the same name."""
        self._require_open()
        self._stop_repeating(method)
        timer = Repeating(self._clock, seconds, lambda: self._run(method, ()))
        self._repeating[method] = timer

    def later(self, seconds: float, method: str, *args: object) -> None:
        """Call the method once, with these arguments."""
        self._require_open()
        calls = self._single.setdefault(method, set())

        def fire() -> None:
            calls.discard(call)
            self._run(method, args)

        call = self._clock.callLater(seconds, fire)
        calls.add(call)

    def cancel(self, method: str) -> None:
        """Stop all timers of that method."""
        self._stop_repeating(method)
        for call in self._single.pop(method, set()):
            call.cancel()

    def clear(self) -> None:
        """Stop all timers."""
        for method in {*self._repeating, *self._single}:
            self.cancel(method)

    def close(self) -> None:
        """Stop all timers, and take no new ones: the owner has left memory."""
        self._is_open = False
        self.clear()

    def _require_open(self) -> None:
        if not self._is_open:
            raise RuntimeError(f"{self._owner!r} has been retired; it keeps no timers")

    def _stop_repeating(self, method: str) -> None:
        timer = self._repeating.pop(method, None)
        if timer is not None:
            timer.stop()

    def _run(self, method: str, args: tuple[object, ...]) -> object:
        name = f"timer {type(self._owner).__name__}.{method}"
        return self._fence.contain(name, lambda: getattr(self._owner, method)(*args))


class Repeating:
    """One call repeated in phase; a beat due while the last still works is left out."""

    def __init__(
        self, clock: IReactorTime, seconds: float, beat: Callable[[], Any]
    ) -> None:
        self._clock = clock
        self._seconds = seconds
        self._beat = beat
        self._start = clock.seconds()
        self._count = 0
        self._is_working = False
        self._call: IDelayedCall | None = None
        self._schedule()

    def stop(self) -> None:
        """Beat no more; safe from within the beat."""
        if self._call is not None and self._call.active():
            self._call.cancel()
        self._call = None

    def _schedule(self) -> None:
        elapsed = self._clock.seconds() - self._start
        # 4.01 / 0.01 is a little less than 401, whose beat is the one that is due now.
        passed = math.floor(elapsed / self._seconds + _ROUNDING)
        self._count = max(self._count, passed) + 1
        due = self._start + self._count * self._seconds
        self._call = self._clock.callLater(
            max(0.0, due - self._clock.seconds()), self._fire
        )

    def _fire(self) -> None:
        self._schedule()
        if self._is_working:
            return
        self._is_working = True
        started(self._beat()).addBoth(lambda _: self._rest())

    def _rest(self) -> None:
        self._is_working = False
