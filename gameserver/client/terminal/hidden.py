"""A password typed at a terminal that prompt_toolkit cannot hide it on."""

from __future__ import annotations

import asyncio
import os
import termios
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CHUNK = 4096  # bytes; no terminal's line is longer
_LOCAL_MODES = 3  # the place in what tcgetattr gives; see termios(3)


async def read_hidden(
    loop: asyncio.AbstractEventLoop, descriptor: int, ask: Callable[[], None]
) -> str:
    """Read one line of the terminal, which does not echo it; ``ask`` puts the question.

    ``CancelledError`` at its end. Not ``getpass``, which keeps the whole program
    waiting: signals, and news of the connection.
    """
    line: asyncio.Future[bytes] = loop.create_future()

    def read() -> None:
        if line.done():
            return
        try:
            line.set_result(os.read(descriptor, _CHUNK))
        except OSError:
            line.set_result(b"")  # the terminal is gone

    with _no_echo(descriptor):
        loop.add_reader(descriptor, read)
        try:
            ask()
            typed = await line
        finally:
            loop.remove_reader(descriptor)
    if not typed:
        raise asyncio.CancelledError
    return typed.decode(errors="replace").rstrip("\r\n")


@contextmanager
def _no_echo(descriptor: int) -> Iterator[None]:
    former = termios.tcgetattr(descriptor)
    silent = [*former]
    silent[_LOCAL_MODES] &= ~termios.ECHO
    # FLUSH: what was typed before is on the screen, so it is no password.
    termios.tcsetattr(descriptor, termios.TCSAFLUSH, silent)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSAFLUSH, former)
