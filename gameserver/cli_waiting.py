"""What a verb says while the server is at work, and the patience it has."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE: Final = 600.0
"""Seconds for a plan, a rehearsal and a release."""

_FIRST = 0.5  # seconds until it is worth a word
_EVERY = 1.0  # seconds between two


@contextmanager
def waiting(doing: str, stream: TextIO | None = None) -> Iterator[None]:
    """Show ``doing... 3 s`` on a terminal while the body runs; nothing elsewhere.

    ``stream``: stderr for None. A thread writes it: the body runs the reactor.
    """
    shown = sys.stderr if stream is None else stream
    if not shown.isatty():
        yield
        return
    done = threading.Event()
    teller = threading.Thread(target=_tell, args=(doing, shown, done), daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()


def _tell(doing: str, stream: TextIO, done: threading.Event) -> None:
    began = time.monotonic()
    pause = _FIRST
    while not done.wait(pause):
        pause = _EVERY
        stream.write(f"\r\x1b[K{doing}... {time.monotonic() - began:.0f} s")
        stream.flush()
    stream.write("\r\x1b[K")
    stream.flush()
