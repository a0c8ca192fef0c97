"""Count whole messages in a stream that is cut anywhere, and refuse any other byte.

Both counters check every byte they count: a wrong answer, an error or a message out of
turn raises ``MeasurementFailed`` at the chunk in which it comes. They do it with one
comparison or one regular expression per chunk, so counting stays far cheaper than
serving.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gameserver.errors import MeasurementFailed

if TYPE_CHECKING:
    import re

RECEIVE: Final = 1 << 16
"""The longest chunk that a counter is given, in bytes."""

_SHOWN: Final = 80


class RepeatedBlock:
    """Counts messages of a stream that is one block of equal sizes, again and again."""

    def __init__(self, block: bytes, messages: int) -> None:
        self._size = len(block) // messages
        if self._size * messages != len(block):
            raise ValueError("messages of a block must be equally long")
        self._length = len(block)
        self._ring = block * (2 + RECEIVE // self._length)
        self._phase = 0
        self._loose = 0

    def feed(self, chunk: bytes) -> int:
        """Give how many messages ``chunk`` completes."""
        if not self._ring.startswith(chunk, self._phase):
            raise self._foreign(chunk)
        self._phase = (self._phase + len(chunk)) % self._length
        whole, self._loose = divmod(self._loose + len(chunk), self._size)
        return whole

    def is_between(self) -> bool:
        """Tell whether the stream stands between two messages."""
        return self._loose == 0

    def _foreign(self, chunk: bytes) -> MeasurementFailed:
        expected = self._ring[self._phase : self._phase + len(chunk)]
        at = next(
            i
            for i, pair in enumerate(zip(chunk, expected, strict=True))
            if len(set(pair)) > 1
        )
        start = max(0, at - self._size)
        seen = chunk[start : start + _SHOWN]
        return MeasurementFailed(
            f"the server sent {seen!r}, expected {expected[start : start + _SHOWN]!r}"
        )


class MatchedMessages:
    """Counts messages of one pattern; for streams whose numbers are not known."""

    def __init__(self, pattern: re.Pattern[bytes], longest: int) -> None:
        self._pattern = pattern
        self._longest = longest
        self._pending = b""

    def feed(self, chunk: bytes) -> int:
        """Give how many messages ``chunk`` completes."""
        stream = self._pending + chunk
        found: list[bytes] = self._pattern.findall(stream)
        whole = b"".join(found)
        self._pending = stream[len(whole) :]
        if not stream.startswith(whole) or len(self._pending) >= self._longest:
            seen, expected = stream[:_SHOWN], self._pattern.pattern[:_SHOWN]
            raise MeasurementFailed(f"the server sent {seen!r}, expected {expected!r}")
        return len(found)

    def is_between(self) -> bool:
        """Tell whether the stream stands between two messages."""
        return not self._pending
