"""The pipe that stored snapshots go through: pages with their lengths, then a 0."""

from __future__ import annotations

import os
from itertools import islice
from typing import TYPE_CHECKING, Final

import msgspec

from gameserver.model.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LENGTH: Final = 4  # bytes before a page that say how long it is
_pages: Final = msgspec.msgpack.Decoder(list[Snapshot | str])


def read_pages(given: int) -> Iterator[Snapshot | str]:
    """Give what the parent sends; ``EOFError`` if its end does not come."""
    while length := int.from_bytes(_exactly(given, _LENGTH), "big"):
        yield from _pages.decode(_exactly(given, length))


def _exactly(given: int, length: int) -> bytes:
    parts: list[bytes] = []
    while length:
        part = os.read(given, min(length, 1 << 20))
        if not part:
            raise EOFError("the stored snapshots ended early")
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def send_pages(taken: int, stored: Iterable[Snapshot | str], size: int = 500) -> int:
    """Write all that is stored, and the end, for ``play``; blocks. Give how many.

    Raises ``BrokenPipeError`` when the child is gone.
    """
    number = 0
    ahead = iter(stored)
    while page := list(islice(ahead, size)):
        number += len(page)
        _send(taken, msgspec.msgpack.encode(page))
    _send(taken, b"")
    return number


def _send(taken: int, content: bytes) -> None:
    left = memoryview(len(content).to_bytes(_LENGTH, "big") + content)
    while left:
        left = left[os.write(taken, left) :]
