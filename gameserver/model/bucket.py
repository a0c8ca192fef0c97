"""A token bucket: so many at once, and so many a second for long."""

from __future__ import annotations

from typing import Final

_SLACK: Final = 0.01
"""Of a token, so that sums of floats do not cost a whole one."""

_PART: Final = 8
"""What divides a burst to give how many may be in hand."""

_MOST: Final = 32
"""Tokens in hand, the most of any bucket."""


class Bucket:
    """Holds at most ``burst`` tokens, and gets ``rate`` of them each second.

    In any time ``t`` at most ``burst + rate * t`` are taken. It has no clock: whoever
    asks says what time it is, in seconds; a clock that is set back gives none. So that
    it need not be looked at for each token, some are ``left`` in hand, of which one may
    be taken at any time. The bucket itself holds only the others, so that a second
    burst may be smaller by those. It is kept as one moment, when it will be full again
    (the generic cell rate algorithm, ITU-T I.371).
    ``rate`` 0: there is no end of them.
    """

    __slots__ = ("_deepest", "_each", "_full_at", "_in_hand", "_rate", "left")

    def __init__(self, rate: float, burst: int) -> None:
        if rate < 0 or burst < 1:
            raise ValueError(
                f"rate {rate!r}, burst {burst!r}: expected 0 and 1, or more"
            )
        self._in_hand = min(_MOST, burst // _PART)
        self.left: float = self._in_hand if rate else float("inf")
        self._rate = rate
        self._each = 1 / rate if rate else 0.0
        self._deepest = (burst - self._in_hand + _SLACK) * self._each
        self._full_at = float("-inf")

    def take(self, now: float) -> bool:
        """Take one; says whether there was one."""
        if self.left or self._fill(now, self._in_hand or 1):
            self.left -= 1
            return True
        return False

    def take_last(self, now: float) -> bool:
        """Take one, and have none in hand then; to be asked where none is ``left``."""
        if self._fill(now, 1):
            self.left = 0
            return True
        return False

    def _fill(self, now: float, most: int) -> bool:
        """Take some in hand, at least one if there is one; says whether there was."""
        full_at = max(self._full_at, now)
        some = int((self._deepest - (full_at - now)) * self._rate)
        if some > most:
            some = most
        elif some < 1:
            return False
        self._full_at = full_at + some * self._each
        self.left = some
        return True

    def wait(self, now: float) -> float:
        """Give the seconds until there surely is one; 0 if there is."""
        if self.left:
            return 0.0
        half = _SLACK / 2 * self._each  # else a sum of floats might just miss it
        return max(0.0, self._full_at + self._each + half - now - self._deepest)
