"""A token bucket: so many at once, and so many a second for long."""

from __future__ import annotations

from typing import Final

_SLACK: Final = 0.01
"""Of a token, so that sums of floats do not cost a whole one."""

_PART: Final = 8
"""What divides a burst to give how many may be in hand."""

_MOST: Final = 32
"""Tokens in hand, the most of any bucket."""

_ENDLESS: Final = float("inf")
_LONG_AGO: Final = float("-inf")


class Filling:
    """What all buckets of a kind have in common; each by itself would take as much.

    ``rate``: tokens a second, 0 for no end of them. ``burst``: the most at once.
    """

    __slots__ = ("deepest", "each", "in_hand", "rate")

    def __init__(self, rate: float, burst: int) -> None:
        if rate < 0 or burst < 1:
            raise ValueError(
                f"rate {rate!r}, burst {burst!r}: expected 0 and 1, or more"
            )
        self.rate = rate
        self.each = 1 / rate if rate else 0.0
        self.in_hand = min(_MOST, burst // _PART)
        self.deepest = (burst - self.in_hand + _SLACK) * self.each


class Bucket:
    """Holds at most a burst of tokens, and gets so many more of them each second.

    In any time ``t`` at most ``burst + rate * t`` are taken. It has no clock: whoever
    asks says what time it is, in seconds; a clock that is set back gives none. So that
    it need not be looked at for each token, some are ``left`` in hand, of which one may
    be taken at any time. The bucket itself holds only the others, so that a second
    burst may be smaller by those. It is kept as one moment, when it will be full again
    (the generic cell rate algorithm, ITU-T I.371).
    """

    __slots__ = ("_filling", "_full_at", "left")

    def __init__(self, filling: Filling) -> None:
        self._filling = filling
        self.left: float = filling.in_hand if filling.rate else _ENDLESS
        self._full_at = _LONG_AGO

    def take(self, now: float) -> bool:
        """Take one; says whether there was one."""
        if self.left or self._fill(now, self._filling.in_hand or 1):
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
        full_at, filling = max(self._full_at, now), self._filling
        some = int((filling.deepest - (full_at - now)) * filling.rate)
        if some > most:
            some = most
        elif some < 1:
            return False
        self._full_at = full_at + some * filling.each
        self.left = some
        return True

    def wait(self, now: float) -> float:
        """Give the seconds until there surely is one; 0 if there is."""
        if self.left:
            return 0.0
        filling = self._filling
        half = _SLACK / 2 * filling.each  # else a sum of floats might just miss it
        return max(0.0, self._full_at + filling.each + half - now - filling.deepest)
