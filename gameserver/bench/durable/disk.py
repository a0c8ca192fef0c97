"""What the disk allows, without our writer: syncs, and one commit for each row."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_BLOCK: Final = 4096
_BLOCKS: Final = 256
"""Written in turn, in place: a log that was used before is no longer either."""

_TABLE: Final = "CREATE TABLE rows (id TEXT PRIMARY KEY, state BLOB, revision INTEGER)"
_ROW: Final = "INSERT OR REPLACE INTO rows VALUES (?, ?, ?)"


def syncs(folder: Path, seconds: float) -> float:
    """Give how often in a second 4 KiB can be written and synced in ``folder``."""
    path = folder / "syncs"
    file = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    sync = getattr(os, "fdatasync", os.fsync)
    try:
        os.pwrite(file, bytes(_BLOCK * _BLOCKS), 0)
        os.fsync(file)

        def once(number: int) -> None:
            os.pwrite(file, os.urandom(_BLOCK), number % _BLOCKS * _BLOCK)
            sync(file)

        return _rate(once, seconds)
    finally:
        os.close(file)
        path.unlink()


def row_commits(folder: Path, seconds: float) -> float:
    """Give how many rows a second plain sqlite3 stores, with a commit for each.

    As durable as ours: a log written ahead, synced at each commit.
    """
    path = folder / "rows.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(_TABLE)

        def once(number: int) -> None:
            connection.execute(_ROW, (f"p{number % 64}", state(number), number))

        rate = _rate(once, seconds)
    path.unlink()
    return rate


def state(number: int) -> bytes:
    """Give a small player's state, another for each number.

    SQLite writes nothing when a row is replaced by an equal one.
    """
    return b'{"gold":%d,"items":["sword","lamp"],"mood":"calm"}' % number


def _rate(once: Callable[[int], None], seconds: float) -> float:
    number, started = 0, time.perf_counter()
    ended = started
    while ended - started < seconds:
        once(number)
        number += 1
        ended = time.perf_counter()
    return number / (ended - started)
