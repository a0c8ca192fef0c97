"""One SQLite file as the writer's database, with its count of commits beside it."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError

from gameserver.errors import StoreError
from gameserver.store import sqlite, tally
from gameserver.store.tally import Tally

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection, RootTransaction

_COUNT: Final = "UPDATE meta SET commits = commits + 1 WHERE id = 1 RETURNING commits"


class SqliteFile:
    """One open file as the writer's database, with its count of commits beside it.

    Made by ``opened``; the tables may still have to be upgraded. ``start`` is called
    once they are.
    """

    def __init__(self, path: Path, connection: Connection) -> None:
        self.path = path
        self.connection = connection
        self._driver = sqlite.driver(connection)
        self._file = sqlite.identity(path)
        self._tally: Tally | None = None
        self._changes = 0
        self._transaction: RootTransaction | None = None

    @property
    def name(self) -> str:
        """The path."""
        return str(self.path)

    def start(self) -> None:
        """Switch to WAL and compare the counts; ``StoreError`` if commits lack."""
        sqlite.keep_log_ahead(self.connection, self.path)
        self._tally = Tally(self.path, counted(self.connection, self.path))

    def begin(self, *, reads: bool = False) -> Connection:
        """Take the write lock; ``StoreError`` if it is held, or the file is gone.

        Who only ``reads`` needs no lock, nor a file that can be written.
        """
        self._require_file()
        self.connection.info[sqlite.BEGIN] = "BEGIN" if reads else "BEGIN IMMEDIATE"
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
        known = (SQLAlchemyError, sqlite3.Error, UnicodeEncodeError, OverflowError)
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
    """Open the file as ``connected`` does; make none where one is lost."""
    commits = None if path.exists() else tally.read(path)
    if commits:
        raise StoreError(tally.loss(path, "no database", commits))
    return SqliteFile(path, sqlite.connected(path))


def accept_loss(path: Path) -> int:
    """Take the database as it is, though commits are lost; give how many it counts.

    For an operator who has no better copy, with no server running. A missing database
    is begun anew. Raises ``StoreError`` if the database itself is damaged.
    """
    if not path.exists():
        tally.accept(path, 0)
        return 0
    connection = sqlite.connected(path)
    try:
        has_count = inspect(connection).has_table("meta")  # not before step 2
        connection.rollback()
        commits = counted(connection, path) if has_count else 0
    finally:
        connection.close()
    tally.accept(path, commits)
    return commits


def counted(connection: Connection, path: Path) -> int:
    """Give how many commits the database counts; not inside a transaction."""
    try:
        found = sqlite.driver(connection).execute("SELECT commits FROM meta").fetchall()
    except sqlite3.Error as refusal:
        raise sqlite.refused(path, refusal) from refusal
    if len(found) != 1 or not isinstance(found[0][0], int):
        raise StoreError(f"{path}: counts {found} seen in table meta, one row expected")
    return found[0][0]
