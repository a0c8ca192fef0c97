"""An SQLite file opened to be looked at: nothing that lies on the disk is changed.

Whoever closes an SQLite file last writes the log, ``NAME-wal``, into it and deletes the
log. Of a log with a wrong bit in the middle that is only the part before the bit, and
the rest would be gone for good, though it was only looked at. So where there is a log
the file is opened read-only, and so is the index of the log, ``NAME-shm``: SQLite then
makes an index of its own in memory. (Python 3.12 has a setting against the first;
nothing but this is against the second.)
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final

from gameserver.store.sqlite import TROUBLE, refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PATIENCE: Final = 0.9  # seconds that somebody else may hold a lock
_HEADER: Final = 32  # bytes at the start of a log: https://sqlite.org/fileformat2.html
_FIRST_CODE: Final = 0xFF  # what all codes of one kind of refusal have in common


@contextmanager
def looking(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a file that is there, for one moment of it; ``StoreError`` names it."""
    try:
        with closing(connected(path)) as connection:
            connection.execute("BEGIN")
            yield connection
    except TROUBLE as refusal:
        raise refused(path, refusal) from refusal


def connected(path: Path) -> sqlite3.Connection:
    """Open a file that is there, outside a transaction; raises ``sqlite.TROUBLE``."""
    is_unused = not path.with_name(f"{path.name}-shm").exists()
    if not _has_frames(log(path)):
        if is_unused and not os.access(path.parent, os.W_OK):
            return _connected(path, "mode=ro&immutable=1")  # which makes no log
        # Not read-only: such a connection makes the files of the log, and leaves them.
        return _connected(path, "mode=rw")
    if is_unused:
        # Nobody has it open, so no locks are needed; and without locks, no index.
        return _connected(
            path, "mode=ro&vfs=unix-none", "PRAGMA locking_mode=EXCLUSIVE"
        )
    try:
        return _connected(path, "mode=ro&readonly_shm=1")
    except sqlite3.OperationalError as refusal:
        if refusal.sqlite_errorcode & _FIRST_CODE != sqlite3.SQLITE_READONLY:
            raise
        # A server uses the file, and its index has no free mark yet: make one.
        return _connected(path, "mode=ro")


def log(path: Path) -> Path:
    """Say where the log of a file is."""
    return path.with_name(f"{path.name}-wal")


def _connected(path: Path, mode: str, *settings: str) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?{mode}"
    connection = sqlite3.connect(
        address, _PATIENCE, uri=True, isolation_level=None, check_same_thread=False
    )
    try:
        for statement in (*settings, "PRAGMA query_only=ON"):
            connection.execute(statement).close()
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").close()
    except BaseException:
        connection.close()
        raise
    return connection


def _has_frames(log: Path) -> bool:
    """Say whether there is more than the header, which a process left that was killed.

    Read-only, with an index of its own, SQLite waits ten seconds for what should follow
    that, and then refuses.
    """
    try:
        return log.stat().st_size > _HEADER
    except OSError:
        return False
