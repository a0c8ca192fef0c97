"""The events of a session: those sent, by number, and those that wait.

Pure. Both sides count events as they are sent. The last ``EVENTS`` that were sent are
kept, so a client that says how many it has heard gets the others. Where some are gone,
because it was too slow or away for too long, it is told how many, at that place; and
told so again if it may not have heard that.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from gameserver.errors import BadArguments
from gameserver.server.backlog import EVENTS, LARGEST, Backlog

if TYPE_CHECKING:
    from collections.abc import Iterator

_GAPS: Final = 16  # places of gaps that are told apart

Gap = int
"""How many events are gone, in the place of an event."""


class Events:
    """The events of a session, counted from its begin or from a gap."""

    def __init__(self) -> None:
        self.count = 0
        """How many were sent, to this client program or the one before."""
        self.waiting = Backlog()
        """Those that are not, and so have no number yet."""
        self._kept: deque[bytes] = deque()
        self._size = 0
        self._gaps: dict[int, Gap] = {}
        """How many are gone after which number."""

    def note(self, event: bytes) -> None:
        """Count and keep one, as it is sent."""
        self.count += 1
        self._size += len(event)
        self._kept.append(event)
        while len(self._kept) > EVENTS or self._size > LARGEST:
            self._size -= len(self._kept.popleft())

    def due(self) -> Iterator[bytes | Gap]:
        """Give what waits, each counted as it is taken."""
        while self.waiting or self.waiting.lost:
            gap = self.waiting.gap()
            if gap:
                self._note_gap(gap)
                yield gap
            if self.waiting:
                event = self.waiting.next()
                self.note(event)
                yield event

    def _note_gap(self, gap: Gap) -> None:
        self._gaps[self.count] = self._gaps.get(self.count, 0) + gap
        if len(self._gaps) > _GAPS:
            oldest, following, *_ = self._gaps
            self._gaps[following] += self._gaps.pop(oldest)

    def after(self, heard: int) -> list[bytes | Gap]:
        """Give what was sent and a client misses that has heard so many.

        Raises ``BadArguments`` if there were not as many.
        """
        if not 0 <= heard <= self.count:
            raise BadArguments(f"heard: saw {heard}, expected 0 to {self.count}")
        begin = self.count - len(self._kept)
        first = max(heard, begin)
        gone = first - heard
        gone += sum(gap for at, gap in self._gaps.items() if heard <= at <= first)
        found: list[bytes | Gap] = [gone] if gone else []
        for number, event in enumerate(list(self._kept)[first - begin :], first + 1):
            found.append(event)
            if number in self._gaps:
                found.append(self._gaps[number])
        return found
