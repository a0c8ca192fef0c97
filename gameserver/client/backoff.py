"""How long to wait before the next try: exponential, with full jitter.

Full jitter spreads the clients of a restarted server evenly over the whole interval;
half of them come back sooner than with no jitter, and they do not come in waves.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Backoff:
    """The delays of one series of tries, in seconds.

    The n-th delay is drawn from 0 to ``min(cap, base * factor ** n)``. ``uniform(low,
    high)`` draws; a test gives its own. Not shared between connections.
    """

    def __init__(
        self,
        base: float = 0.5,
        factor: float = 2.0,
        cap: float = 30.0,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._base = base
        self._factor = factor
        self._cap = cap
        self._uniform = uniform
        self._ceiling = base

    def next_delay(self) -> float:
        """Draw the delay before the next try, and widen the interval."""
        ceiling = min(self._cap, self._ceiling)
        # Capped here, not at the draw, so that years of tries overflow no float.
        self._ceiling = min(self._cap, ceiling * self._factor)
        return self._uniform(0.0, ceiling)

    def reset(self) -> None:
        """Begin again with the shortest interval; called after a successful login."""
        self._ceiling = self._base
