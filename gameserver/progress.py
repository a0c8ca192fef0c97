"""One line that says how far long work is, on a terminal and nowhere else."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable

_EVERY = 0.1  # seconds between two lines


class Progress:
    """Counts things: ``exported 12,000 rows, 81,000 a second``.

    Any thread may tell it; one at a time. Also a context manager that clears the line.
    """

    def __init__(
        self,
        verb: str,
        noun: str,
        stream: TextIO,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._verb = verb
        self._noun = noun
        self._stream = stream
        self._clock = clock
        self._is_shown = stream.isatty()
        self._began = self._due = clock()

    def __call__(self, count: int) -> None:
        """Tell how many are done."""
        if not self._is_shown or self._clock() < self._due:
            return
        now = self._clock()
        self._due = now + _EVERY
        rate = count / max(now - self._began, _EVERY)
        said = f"{self._verb} {count:,} {self._noun}, {rate:,.0f} a second"
        self._write(f"\r\x1b[K{said}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.clear()

    def clear(self) -> None:
        """Make room for another line; the next count is shown again."""
        if self._is_shown:
            self._write("\r\x1b[K")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
