"""When a release fails its players: errors per function, now and before it.

A function fails too often if it has failed more than ``errors`` times within
``seconds``, and more often than in as long a time just before the release: what was
broken before is no reason to take the release back.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FUNCTIONS: Final = 500
"""How many functions the record holds; those that failed last."""

FAILURES: Final = 500
"""How many failures of one function it holds."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """More than ``errors`` within ``seconds`` are too many."""

    errors: int = 5
    seconds: float = 10.0

    def __post_init__(self) -> None:
        if not 0 <= self.errors < FAILURES:
            seen = f"errors: saw {self.errors}"
            raise ValueError(f"{seen}, expected 0 to {FAILURES - 1}")
        if not self.seconds > 0:
            raise ValueError(f"seconds: saw {self.seconds}, expected more than 0")


@dataclass(frozen=True, slots=True)
class TooMany:
    """A function of new code that fails too often, and how it failed last.

    ``count``: within the last ``seconds``; ``before``: in as many before the release.
    ``error``: one line, with file and line.
    """

    function: str
    count: int
    before: int
    seconds: float
    error: str

    def __str__(self) -> str:
        return (
            f"{self.function} failed {self.count} times in {self.seconds:g} s "
            f"({self.before} before the release), the last time with {self.error}"
        )


class Recent:
    """When functions failed, in seconds on one clock; bounded in both directions."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def note(self, function: str, now: float) -> int:
        """Note a failure; gives how many there were within the last seconds."""
        times = self._times.setdefault(function, deque(maxlen=FAILURES))
        self._times.move_to_end(function)
        if len(self._times) > FUNCTIONS:
            self._times.popitem(last=False)
        times.append(now)
        return self._trimmed(times, now)

    def counts(self, now: float) -> dict[str, int]:
        """Count the failures of each function within the last seconds."""
        counted = {
            name: self._trimmed(times, now) for name, times in self._times.items()
        }
        return {name: count for name, count in counted.items() if count}

    def _trimmed(self, times: deque[float], now: float) -> int:
        while times and times[0] <= now - self._seconds:
            times.popleft()
        return len(times)


class Verdict:
    """Counts the failures of new functions since one release.

    ``before``: the counts of all functions when it was made.
    """

    def __init__(self, threshold: Threshold, before: Mapping[str, int]) -> None:
        self._threshold = threshold
        self._before = before
        self._since = Recent(threshold.seconds)

    def failed(
        self, functions: Iterable[str], error: str, now: float
    ) -> TooMany | None:
        """Note one error that went through these; the innermost last.

        Gives the innermost that fails too often, or None.
        """
        found = None
        for function in dict.fromkeys(functions):
            count, before = self._since.note(function, now), self._before.get(function)
            before = before or 0
            if count > max(self._threshold.errors, before):
                seconds = self._threshold.seconds
                found = TooMany(function, count, before, seconds, error)
        return found
