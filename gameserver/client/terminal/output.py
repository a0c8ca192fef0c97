"""Plain lines on standard output for pipes, and one on standard error at the end."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable

    from gameserver.client.terminal.rendering import Piece


class PlainOutput:
    """Writes each piece at once. ``on_broken`` is called when that cannot go on.

    ``fault`` then says why, unless it is only that nobody reads any more.
    """

    def __init__(self, stream: TextIO, on_broken: Callable[[], None]) -> None:
        self._stream = stream
        self._on_broken = on_broken
        self.is_broken = False
        self.fault: str | None = None

    def show(self, piece: Piece) -> None:
        """Print a piece, unless that has failed before."""
        if self.is_broken:
            return
        try:
            _write(piece.text, self._stream)
        except OSError as error:
            self.is_broken = True
            if not isinstance(error, BrokenPipeError):
                self.fault = error.strerror or "it cannot be written"
            _discard(self._stream)
            self._on_broken()


def complain(text: str) -> None:
    """Say on standard error, in one line, why this ends."""
    if sys.stderr is None:  # closed by whoever started us
        return
    with suppress(OSError):
        _write(f"gameserver play: {text}", sys.stderr)


def _write(text: str, stream: TextIO) -> None:
    """Write whole lines; ``?`` for what the stream's encoding has no character for."""
    encoding = stream.encoding or "utf-8"
    safe = text.encode(encoding, errors="replace").decode(encoding)
    stream.write(f"{safe}\n")
    stream.flush()


def _discard(stream: TextIO) -> None:
    """Let what is still buffered go nowhere, so that Python's end is quiet."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
