"""How many commits a database file must hold: a number beside it, in ``NAME.commits``.

SQLite takes a log that lost its tail for a shorter log and says nothing. So each group
counts in its transaction, and writes the same number here after its commit, without a
sync: this file may be behind the database after a loss of power, and never before it.
A database that counts less than this file has lost commits that were answered.

A missing file is no error: a backup that was restored elsewhere has none.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from zlib import crc32

from gameserver.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

_NUMBER = 8  # bytes, big-endian; their CRC-32 follows in four
_SIZE = _NUMBER + 4


class Tally:
    """The side file of one database, open for writing."""

    def __init__(self, database: Path, commits: int) -> None:
        """Compare with what the database counts, or make the file; see ``StoreError``.

        Refuses with both numbers if ``commits`` is less than the file's.
        """
        expected = read(database)
        if expected is None:
            _make(database, commits)
        require(database, commits, expected)
        self._file = os.open(beside(database), os.O_WRONLY | os.O_CLOEXEC)
        self.write(commits)

    def write(self, commits: int) -> None:
        """Note how many commits there are now, in place and without a sync."""
        os.pwrite(self._file, _encoded(commits), 0)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)


def beside(database: Path) -> Path:
    """Say where the side file of a database is."""
    return database.with_name(f"{database.name}.commits")


def read(database: Path) -> int | None:
    """Give what the side file says, or None; ``StoreError`` if it is damaged."""
    try:
        found = beside(database).read_bytes()
    except FileNotFoundError:
        return None
    number = int.from_bytes(found[:_NUMBER])
    if found != _encoded(number):
        raise StoreError(
            f"{beside(database)}: a count of commits and its checksum expected, "
            f"{len(found)} other bytes seen: if the database itself is whole, "
            "accept it as it is (`gameserver accept-loss`), else restore a backup"
        )
    return number


def require(database: Path, commits: int, expected: int | None) -> None:
    """Refuse a database that counts less than the side file said before; see module.

    ``expected``: what ``read`` gave, before the database was looked at.
    """
    if expected is not None and commits < expected:
        raise StoreError(loss(database, f"{commits} commits", expected))


def missing(database: Path) -> str:
    """Say what it means that there is no side file."""
    return (
        f"{beside(database)}: no such file: whether the last answered changes are in "
        "the database cannot be told this time; the file is written anew by whatever "
        "opens the database to change it"
    )


def loss(database: Path, seen: str, expected: int) -> str:
    """Say what is missing and what an operator can do."""
    return (
        f"{database}: {seen} seen, at least {expected} expected: answered changes "
        "are lost, with the end of its -wal file, or an older copy was put here: "
        "bring back the missing file or a backup, or accept the loss: "
        "`gameserver accept-loss`"
    )


def accept(database: Path, commits: int) -> None:
    """Write the side file anew: the database is taken with that many commits."""
    _make(database, commits)


def _encoded(commits: int) -> bytes:
    number = commits.to_bytes(_NUMBER)
    return number + crc32(number).to_bytes(_SIZE - _NUMBER)


def _make(database: Path, commits: int) -> None:
    """Put the whole file there at once, synced: later writes only change its block."""
    part = beside(database).with_name(f"{beside(database).name}.part")
    part.unlink(missing_ok=True)
    file = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        os.write(file, _encoded(commits))
        os.fsync(file)
    finally:
        os.close(file)
    part.replace(beside(database))
