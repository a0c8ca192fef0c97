"""Opens one SQLite file so that a commit is on the disk and two writers never mix.

WAL with ``synchronous=FULL``: a committed transaction outlives the loss of power. The
driver's own BEGIN is switched off, since it is a deferred one: two connections could
both read first and then one of them fail on writing. Ours is BEGIN IMMEDIATE.

What a disk did to the file is found before it is opened, by `store.sqlite_file`.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from typing import TYPE_CHECKING, Final

from sqlalchemy import URL, NullPool, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from gameserver.errors import StoreError, StoreLocked

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

PATIENCE: Final = 0.9
"""Seconds that another process may hold the write lock.

A call may have to wait for the group before its own as well, and is refused within 2 s.
"""

BEGIN: Final = "begin"
"""The key in a connection's ``info`` of another statement to begin with."""

TROUBLE: Final = (sqlite3.Error, UnicodeDecodeError)
"""What the driver raises for a file; the second if not even SQLite's words are text."""

_DAMAGED: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_SIGNS: Final = ("no such column", "no such table", "Could not decode to UTF-8")
"""How messages begin that a whole database gives to none of our statements."""


def connected(path: Path) -> Connection:
    """Open the file, made with mode 0600 if it is missing.

    The caller owns the connection and may hand it to another thread, as long as one
    thread at a time uses it. Raises ``StoreError`` that names the file.
    """
    make_private(path)
    try:
        return _engine(path).connect()
    except (SQLAlchemyError, *TROUBLE) as refusal:
        raise refused(path, refusal) from refusal


def check(connection: sqlite3.Connection, path: Path) -> None:
    """Read all pages; ``StoreError`` if they are not those of a whole database."""
    # Not quick_check: it does not compare the indexes, so that a bit flipped in one
    # would make an avatar look new. For 100,000 rows in 61 MB 0.19 s instead of 0.06.
    try:
        (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    except TROUBLE as refusal:
        raise refused(path, refusal) from refusal
    if found != "ok":
        raise _damaged(path, " ".join(str(found).split()))


def _damaged(path: Path, finding: str) -> StoreError:
    return StoreError(f"{path}: the database is damaged: {finding}: restore a backup")


def _why_not(path: Path) -> str:
    """Give the reason why a file cannot be opened, which SQLite does not tell.

    Without opening it: see ``make_private``.
    """
    if not path.exists():
        return f": {os.strerror(errno.ENOENT)}"
    if not os.access(path, os.R_OK):
        return f": {os.strerror(errno.EACCES)}"
    is_shut = not os.access(path.parent, os.W_OK)
    return f": {path.parent} cannot be written to" if is_shut else ""


def make_private(path: Path) -> None:
    """Make the file if it is missing and shut others out; ``StoreError`` names it.

    An existing file is not opened: closing any descriptor of it would drop the locks
    that SQLite holds on it elsewhere in this process.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        if not path.is_file():
            raise StoreError(f"{path}: not a file: a database expected") from None
        path.chmod(0o600)
    except OSError as refusal:
        raise refused(path, refusal) from refusal


def keep_log_ahead(connection: Connection, path: Path) -> None:
    """Switch the file to WAL, which stays with it; not inside a transaction."""
    try:
        (mode,) = driver(connection).execute("PRAGMA journal_mode=WAL").fetchone()
    except sqlite3.Error as refusal:
        raise refused(path, refusal) from refusal
    if mode != "wal":
        raise StoreError(
            f"{path}: journal mode {mode!r} seen, 'wal' expected: "
            "the file system cannot hold a database that many processes map"
        )


def copy(connection: Connection, path: Path, target: Path) -> None:
    """Write what the database holds now to ``target``, mode 0600; whole or not at all.

    Not inside a transaction.
    """
    part = target.with_name(f"{target.name}.part")
    try:
        part.unlink(missing_ok=True)
        make_private(part)
        destination = sqlite3.connect(part)
        try:
            driver(connection).backup(destination)
        finally:
            destination.close()
        part.replace(target)
    except (OSError, sqlite3.Error) as refusal:
        raise StoreError(f"{path}: cannot copy it to {target}: {refusal}") from refusal


def identity(path: Path) -> tuple[int, int] | None:
    """Say which file is there, by device and inode, or None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def driver(connection: Connection) -> sqlite3.Connection:
    """Give the connection of the standard library below SQLAlchemy's."""
    found = connection.connection.driver_connection
    assert isinstance(found, sqlite3.Connection)
    return found


def refused(path: Path, cause: Exception) -> StoreError:
    """Give the one line an operator sees, without the statement and its values."""
    reason = cause.orig if isinstance(cause, DBAPIError) else cause
    text = reason.strerror if isinstance(reason, OSError) else str(reason)
    code = getattr(reason, "sqlite_errorcode", None)
    if isinstance(reason, UnicodeDecodeError):
        return _damaged(path, "its tables cannot be read")
    said, _, _value = (text or "").partition(" with text ")
    shown = said or type(reason).__name__
    if code in _DAMAGED or shown.startswith(_SIGNS):
        return _damaged(path, shown)
    why = _why_not(path) if code == sqlite3.SQLITE_CANTOPEN else ""
    kind = StoreLocked if code == sqlite3.SQLITE_BUSY else StoreError
    return kind(f"{path}: the database refused: {shown}{why}")


def _engine(path: Path) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=NullPool,
        # The values of a statement are password hashes and players' state.
        hide_parameters=True,
        connect_args={"check_same_thread": False, "isolation_level": None},
    )
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _set_up(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={PATIENCE * 1e3:.0f}")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(str(connection.info.get(BEGIN, "BEGIN IMMEDIATE")))
