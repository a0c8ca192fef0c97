"""A limit in seconds for author code, in a process that does nothing beside.

A signal raises in the main thread, also out of a loop that never ends. So it is for
commands, not for a server.
"""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_AGAIN: Final = 0.5
"""Seconds to the next try, should the code swallow the first."""


class TookTooLong(BaseException):
    """The limit is over; no ``Exception``, which the code may well catch."""


class Limit:
    """The same limit for one piece of work after the other; ``was_passed``: by one."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.was_passed = False

    def __str__(self) -> str:
        return f"took longer than {self.seconds:g} s"

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Raise ``TookTooLong`` within, when it is passed; in the main thread only."""
        self.was_passed = False

        def over(*_: object) -> None:
            self.was_passed = True
            raise TookTooLong(str(self))

        before = signal.signal(signal.SIGALRM, over)
        try:
            signal.setitimer(signal.ITIMER_REAL, self.seconds, _AGAIN)
            yield
            if self.was_passed:  # the code has swallowed it, and ended after all
                raise TookTooLong(str(self))
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
            signal.signal(signal.SIGALRM, before)
