"""One SQLite file as the writer's database, with its count of commits beside it."""

from __future__ import annotations

import itertools
import os
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import SQLAlchemyError

from gameserver.errors import StoreError
from gameserver.store import look, sqlite, tally
from gameserver.store.tally import Tally

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection, RootTransaction

_COUNT: Final = (
    "UPDATE meta SET commits = commits + 1, inverse = inverse - 1 WHERE id = 1 "
    "RETURNING commits"
)
_HAS_META: Final = "SELECT 1 FROM sqlite_master WHERE type='table' AND name='meta'"


class SqliteFile:
    """One open file as the writer's database, with its count of commits beside it.

    Made by ``opened``; the tables may still have to be upgraded. ``start`` is called
    once they are.
    """

    def __init__(self, path: Path, connection: Connection) -> None:
        self.path = path
        self.connection = connection
        self.notes: list[str] = []
        """What an operator should know though it opens; each is one line."""
        self._driver = sqlite.driver(connection)
        self._file = sqlite.identity(path)
        self._tally: Tally | None = None
        self._changes = 0
        self._wait = sqlite.PATIENCE
        self._transaction: RootTransaction | None = None

    @property
    def name(self) -> str:
        """The path."""
        return str(self.path)

    def start(self) -> None:
        """Switch to WAL and compare the counts; ``StoreError`` if commits lack."""
        sqlite.keep_log_ahead(self.connection, self.path)
        commits = counted(self._driver, self.path)
        if commits and tally.read(self.path) is None:
            self.notes.append(tally.missing(self.path))
        self._tally = Tally(self.path, commits)

    def begin(
        self, *, reads: bool = False, wait: float = sqlite.PATIENCE
    ) -> Connection:
        """Take the write lock; ``StoreError`` if the file is gone, or it is held.

        ``StoreLocked`` then. Who only ``reads`` needs no lock, nor a file that can be
        written.
        """
        self._require_file()
        self.connection.info[sqlite.BEGIN] = "BEGIN" if reads else "BEGIN IMMEDIATE"
        if wait != self._wait:
            self._wait = wait
            self._driver.execute(f"PRAGMA busy_timeout={wait * 1e3:.0f}")
        try:
            self._transaction = self.connection.begin()
        except SQLAlchemyError as locked:
            raise sqlite.refused(self.path, locked) from locked
        self._changes = self._driver.total_changes
        return self.connection

    def commit(self) -> None:
        """Count the commit if it changes a row, make it durable, note the count."""
        assert self._transaction is not None
        if self._tally is None or self._driver.total_changes == self._changes:
            self._transaction.commit()
            return
        (commits,) = self._driver.execute(_COUNT).fetchone()
        self._transaction.commit()
        # It is stored, so no error may come from here: a note that could not be
        # written only finds less.
        with suppress(OSError):
            self._tally.write(commits)

    def rollback(self) -> None:
        """Forget what was written since ``begin``."""
        if self._transaction is not None:
            with suppress(SQLAlchemyError):
                self._transaction.rollback()
        # After a COMMIT that failed SQLAlchemy takes the transaction for ended, and
        # SQLite does not: nothing could ever begin again.
        if self._driver.in_transaction:
            with suppress(sqlite3.Error):
                self._driver.rollback()

    def is_lost(self) -> bool:
        """Say no: there is no connection to lose."""
        return False

    def refusal(self, error: Exception) -> StoreError | None:
        """Give SQLite's refusals, and text or numbers that do not fit a column."""
        known = (SQLAlchemyError, sqlite3.Error, UnicodeError, OverflowError)
        return sqlite.refused(self.path, error) if isinstance(error, known) else None

    def keep_copy(self, step: int) -> None:
        """Copy the file to ``NAME.before-000N`` beside it."""
        target = self.path.with_name(f"{self.path.name}.before-{step:04}")
        sqlite.copy(self.connection, self.path, target)

    def close(self) -> None:
        """Let go; ``StoreError`` if the path does not lead to the opened file."""
        try:
            self._require_file()
        finally:
            self.connection.close()
            if self._tally is not None:
                self._tally.close()

    def _require_file(self) -> None:
        if sqlite.identity(self.path) != self._file:
            text = "the database was removed or replaced while it was in use"
            raise StoreError(f"{self.path}: {text}: nothing is saved any more")


def opened(path: Path) -> SqliteFile:
    """Open the file, made if none is lost; ``StoreError`` if it is not whole.

    Whether pages or commits lack is found before anything is opened that can write, so
    a refused file is left to the last byte as it was, and so is its log.
    """
    expected = tally.read(path)
    if expected and not path.exists():
        raise StoreError(tally.loss(path, "no database", expected))
    sqlite.make_private(path)
    with look.looking(path) as seen:
        sqlite.check(seen, path)
        tally.require(path, counted(seen, path), expected)
    return SqliteFile(path, sqlite.connected(path))


@dataclass(frozen=True, slots=True)
class Accepted:
    """How many commits a database counts, and whether any were lost before."""

    commits: int
    is_loss: bool
    kept: Path | None = None
    """Where the log is kept from which commits were lost, if there is one."""


def accept_loss(path: Path) -> Accepted:
    """Take the database as it is, though commits are lost.

    For an operator who has no better copy, with no server running. A missing database
    is begun anew. Where nothing is lost, nothing is changed. Raises ``StoreError`` if
    the database itself is damaged.
    """
    is_loss, commits = True, 0
    if path.exists():
        with look.looking(path) as seen:
            sqlite.check(seen, path)
            commits = counted(seen, path)
    with suppress(StoreError):
        is_loss = commits < (tally.read(path) or 0)
    if not is_loss:
        return Accepted(commits, is_loss=False)
    kept = _kept_log(path)
    tally.accept(path, commits)
    return Accepted(commits, is_loss=True, kept=kept)


def _kept_log(path: Path) -> Path | None:
    """Copy the log aside: the next start deletes it, with what cannot be read of it."""
    log = look.log(path)
    try:
        content = log.read_bytes()
        if not content:
            return None
        names = (f"{log.name}.damaged{n or ''}" for n in itertools.count())
        kept = next(k for k in map(log.with_name, names) if not os.path.lexists(k))
        sqlite.make_private(kept)
        kept.write_bytes(content)
    except FileNotFoundError:
        return None
    except OSError as refusal:
        raise sqlite.refused(log, refusal) from refusal
    return kept


def counted(connection: sqlite3.Connection, path: Path) -> int:
    """Give how many commits the database counts: none before schema version 2."""
    try:
        if connection.execute(_HAS_META).fetchone() is None:
            return 0
        found = connection.execute("SELECT * FROM meta").fetchall()
    except sqlite.TROUBLE as refusal:
        raise sqlite.refused(path, refusal) from refusal
    numbers = found[0][1:] if len(found) == 1 else ()
    if not numbers or not all(isinstance(one, int) for one in numbers):
        raise StoreError(f"{path}: counts {found} seen in table meta, one row expected")
    commits, *inverse = numbers
    if any(commits + one for one in inverse):
        raise StoreError(
            f"{path}: the database is damaged: {commits} commits and {-inverse[0]} "
            "seen in table meta, the same expected: restore a backup"
        )
    return int(commits)
