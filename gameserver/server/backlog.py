"""Events that a client cannot be given now: bounded, and of a state only the newest.

Pure. What waits keeps its order. An event with a key takes the place of an earlier one
with that key, at the end: a client that is slow, or away, hears the state as it is by
then, and not each state that it had meanwhile.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

EVENTS: Final = 256
"""How many may wait for one client."""

LARGEST: Final = 1 << 20
"""How many bytes of them."""


class Backlog:
    """What waits for one client, the oldest first."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[object, bytes] = OrderedDict()
        self._size = 0
        self.lost = 0
        """How many had to make room since ``gap`` was asked."""

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, event: bytes, key: str | None = None) -> None:
        """Let one wait; the oldest make room for it where there are too many."""
        place = object() if key is None else key
        earlier = self._waiting.pop(place, None)
        self._size += len(event) - len(earlier or b"")
        self._waiting[place] = event
        while len(self._waiting) > EVENTS or self._size > LARGEST:
            _, oldest = self._waiting.popitem(last=False)
            self._size -= len(oldest)
            self.lost += 1

    def gap(self) -> int:
        """Give how many are lost that would come next, and forget that."""
        lost, self.lost = self.lost, 0
        return lost

    def next(self) -> bytes:
        """Take the oldest; ``KeyError`` if none waits."""
        _, event = self._waiting.popitem(last=False)
        self._size -= len(event)
        return event
