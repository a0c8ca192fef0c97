"""What a hypervisor took of all cores, as Linux is told of it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_STAT: Final = Path("/proc/stat")
_IDLE: Final = slice(3, 5)  # idle, and waiting for a disk
_STEAL: Final = 7
_COLUMNS: Final = 8  # those after it are parts of the first two
_OFTEN: Final = 0.1  # seconds between two looks, each of some 0.1 ms

Ticks = tuple[int, int]
"""Of all cores since the start: stolen ones, and those in which there was work."""


def ticks(text: str) -> Ticks | None:
    """Read them from the text of ``/proc/stat``; None if they are not in it.

    Stolen time is time in which there was work, so it is one of the second, too.
    """
    first = text.partition("\n")[0].split()
    if len(first) <= _COLUMNS or first[0] != "cpu":
        return None
    columns = [int(one) for one in first[1 : _COLUMNS + 1]]
    return columns[_STEAL], sum(columns) - sum(columns[_IDLE])


class Steal:
    """Looks now and then, and says what share was stolen between two of the looks.

    ``text``: gives that of ``/proc/stat``; OSError where there is none.
    """

    def __init__(
        self,
        text: Callable[[], str] = _STAT.read_text,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._text, self._clock = text, clock
        self._seen: list[tuple[float, Ticks]] = []

    def look(self) -> None:
        """Look, unless that was done a moment ago."""
        now = self._clock()
        if self._seen and now - self._seen[-1][0] < _OFTEN:
            return
        try:
            found = ticks(self._text())
        except OSError:
            return
        if found is not None:
            self._seen.append((now, found))

    def share(self, since: float) -> float | None:
        """Give the stolen share, 0 to 1, of the cores' work between looks since then.

        Counted in hundredths of a second: of much less than one it says nothing. None
        if there were not two looks, or nobody had work between them.
        """
        seen = [one for now, one in self._seen if now >= since]
        if not seen or seen[-1][1] == seen[0][1]:
            return None
        (stolen, work), (last_stolen, last_work) = seen[0], seen[-1]
        return (last_stolen - stolen) / (last_work - work)
