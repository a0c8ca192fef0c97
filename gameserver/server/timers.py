"""Timers by method name on a monotonic clock.

A timer keeps its owner and the *name* of a method, so a method replaced by a release is
the one that runs next. ``every`` keeps absolute due times (start + n * seconds): a late
tick does not move the ones after it, and ticks that could not run in time are left out
rather than run in a burst. What a call arms or cancels is undone if what it changed
could not be saved.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

from gameserver.server.awaiting import started
from gameserver.server.segments import CURRENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IDelayedCall, IReactorTime

    from gameserver.server.fence import Fence

    _Arguments = tuple[object, ...]

_ROUNDING = 1e-6  # of a period


def _on_way_back(act: Callable[[], object]) -> None:
    """Have a call's timers go if it is answered that it left nothing."""
    segment = CURRENT.get()
    if segment is not None:
        segment.on_way_back(act)


class OwnerTimers:
    """All timers of one avatar or service."""

    def __init__(self, clock: IReactorTime, fence: Fence) -> None:
        self._clock = clock
        self._fence = fence
        self._owner: object = None
        self._repeating: dict[str, Repeating] = {}
        self._single: dict[str, dict[IDelayedCall, _Arguments]] = {}
        self._is_open = True

    def own(self, owner: object) -> None:
        """Name the object whose methods are called; again after a succession."""
        self._owner = owner

    def every(self, seconds: float, method: str) -> None:
        """Call the method again and again; replaces one of the same name."""
        self._require_open()
        timer = Repeating(self._clock, seconds, lambda: self._run(method, ()))
        last = self._stop_repeating(method)
        self._repeating[method] = timer
        _on_way_back(lambda: self._repeat_instead(method, timer, last))

    def later(self, seconds: float, method: str, *args: object) -> None:
        """Call the method once, with these arguments."""
        self._require_open()
        call = self._arm(seconds, method, args)
        _on_way_back(lambda: self._disarm(method, call))

    def cancel(self, method: str) -> None:
        """Stop all timers of that method."""
        last = self._stop_repeating(method)
        if last is not None:
            _on_way_back(lambda: self._repeat_instead(method, None, last))
        for call, args in self._single.pop(method, {}).items():
            call.cancel()
            _on_way_back(partial(self._arm_again, call.getTime(), method, args))

    @property
    def is_armed(self) -> bool:
        """Whether some timer may be armed; cheaper than ``armed``."""
        return bool(self._repeating or self._single)

    @property
    def armed(self) -> list[str]:
        """The method of each timer that is armed, repeating ones first."""
        single = [name for name, calls in self._single.items() for _ in calls]
        return [*self._repeating, *single]

    @property
    def shown(self) -> list[tuple[object, ...]]:
        """What is armed: method and its next beat, or moment and arguments; for tests.

        Two of these are equal if the same ticks are to come at the same moments.
        """
        repeating = [(name, one.due) for name, one in self._repeating.items()]
        single = [
            (name, call.getTime(), args)
            for name, calls in self._single.items()
            for call, args in calls.items()
        ]
        return sorted([*repeating, *single], key=repr)

    def clear(self) -> None:
        """Stop all timers."""
        for method in [*self._repeating]:
            self._stop_repeating(method)
        for calls in self._single.values():
            for call in calls:
                call.cancel()
        self._single = {}

    def methods(self) -> set[str]:
        """Give the names of the methods that some timer is to call."""
        single = {method for method, calls in self._single.items() if calls}
        return single | self._repeating.keys()

    def kept(self) -> Callable[[], None]:
        """Give what makes all timers what they are now; within this turn only."""
        repeating = {name: (one, one.count) for name, one in self._repeating.items()}
        single = [
            (method, call, call.getTime(), args)
            for method, calls in self._single.items()
            for call, args in calls.items()
        ]

        def put_back() -> None:
            for method in [*self._repeating]:
                if self._repeating[method] is not repeating.get(method, (None,))[0]:
                    self._stop_repeating(method)
            for method, (timer, count) in repeating.items():
                self._repeating[method] = timer
                timer.resume(count)
            self._put_back_single(single)

        return put_back

    def _put_back_single(
        self, kept: list[tuple[str, IDelayedCall, float, _Arguments]]
    ) -> None:
        known = {call for _, call, _, _ in kept}
        for method, calls in self._single.items():
            for call in [one for one in calls if one not in known]:
                self._disarm(method, call)
        for method, call, due, args in kept:
            if call not in self._single.get(method, {}):
                self._arm_again(due, method, args)

    def close(self) -> None:
        """Stop all timers, and take no new ones: the owner has left memory."""
        self._is_open = False
        self.clear()

    def _require_open(self) -> None:
        if not self._is_open:
            raise RuntimeError(f"{self._owner!r} has been retired; it keeps no timers")

    def _arm(self, seconds: float, method: str, args: _Arguments) -> IDelayedCall:
        calls = self._single.setdefault(method, {})

        def fire() -> None:
            calls.pop(call, None)
            self._run(method, args)

        call = self._clock.callLater(seconds, fire)
        calls[call] = args
        return call

    def _disarm(self, method: str, call: IDelayedCall) -> None:
        if self._single.get(method, {}).pop(call, None) is not None:
            call.cancel()

    def _arm_again(self, due: float, method: str, args: _Arguments) -> None:
        if self._is_open:
            self._arm(max(0.0, due - self._clock.seconds()), method, args)

    def _repeat_instead(
        self, method: str, timer: Repeating | None, last: Repeating | None
    ) -> None:
        """Have the last one go on in its phase, unless there is yet another."""
        if self._repeating.get(method) is not timer or not self._is_open:
            return
        self._stop_repeating(method)
        if last is not None:
            self._repeating[method] = last
            last.go_on()

    def _stop_repeating(self, method: str) -> Repeating | None:
        timer = self._repeating.pop(method, None)
        if timer is not None:
            timer.stop()
        return timer

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
        self.go_on()

    def stop(self) -> None:
        """Beat no more; safe from within the beat."""
        if self._call is not None and self._call.active():
            self._call.cancel()
            self._count -= 1  # that beat has not been
        self._call = None

    def go_on(self) -> None:
        """Beat when the next beat is due."""
        elapsed = self._clock.seconds() - self._start
        # 4.01 / 0.01 is a little less than 401, whose beat is the one that is due now.
        passed = math.floor(elapsed / self._seconds + _ROUNDING)
        self._count = max(self._count, passed) + 1
        self._arm()

    @property
    def count(self) -> int:
        """Which beat is the next; a stopped one's is the last that has been."""
        return self._count

    @property
    def due(self) -> float:
        """The moment of the next beat, by its own phase."""
        return self._start + self._count * self._seconds

    def resume(self, count: int) -> None:
        """Have the beat of that count be the next, as if it had never been stopped."""
        if self._call is None or not self._call.active():
            self._count = count
            self._arm()

    def _arm(self) -> None:
        delay = max(0.0, self.due - self._clock.seconds())
        self._call = self._clock.callLater(delay, self._fire)

    def _fire(self) -> None:
        self.go_on()
        if self._is_working:
            return
        self._is_working = True
        started(self._beat()).addBoth(lambda _: self._rest())

    def _rest(self) -> None:
        self._is_working = False
