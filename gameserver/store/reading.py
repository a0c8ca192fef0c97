"""A database for reading only, beside the server that uses it or without one.

No lock is taken, no table upgraded, no file made, and whoever tries to write is refused
by the database. What is read is one moment of it.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import NullPool, create_engine, event
from sqlalchemy.exc import NoSuchModuleError, SQLAlchemyError

from gameserver.errors import StoreError
from gameserver.store import look, tally
from gameserver.store.sqlite import TROUBLE, refused
from gameserver.store.sqlite_file import counted

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine


@contextmanager
def reading_file(
    path: Path, warn: Callable[[str], object] | None = None
) -> Iterator[Connection]:
    """Open an SQLite file that is there; ``StoreError`` names it.

    It also tells of commits that are lost, as a start does. ``warn``: told if that
    cannot be known, since their count is missing.
    """
    expected = tally.read(path)  # before the database, which may count on

    def connect() -> sqlite3.Connection:
        connection = look.connected(path)
        try:
            commits = counted(connection, path)
            tally.require(path, commits, expected)
        except BaseException:
            connection.close()
            raise
        if commits and expected is None and warn is not None:
            warn(tally.missing(path))
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    event.listen(engine, "begin", _begin)
    try:
        with _connected(engine) as connection:
            yield connection
    except (SQLAlchemyError, *TROUBLE) as refusal:
        raise refused(path, refusal) from refusal


def _begin(connection: Connection) -> None:
    """Hold one moment, which the driver's own transactions would not."""
    connection.exec_driver_sql("BEGIN")


@contextmanager
def reading_url(address: str, name: str) -> Iterator[Connection]:
    """Open a PostgreSQL database; ``StoreError`` has ``name`` for the address."""
    try:
        engine = create_engine(
            address.replace("postgresql://", "postgresql+psycopg://", 1),
            poolclass=NullPool,
            hide_parameters=True,
            isolation_level="REPEATABLE READ",
            execution_options={"postgresql_readonly": True},
            connect_args={"connect_timeout": "5", "application_name": "gameserver"},
        )
    except (ImportError, NoSuchModuleError) as missing:
        raise StoreError(
            "psycopg is missing, and expected for PostgreSQL: "
            "install gameserver[postgres]"
        ) from missing
    try:
        with _connected(engine) as connection:
            yield connection
    except SQLAlchemyError as refusal:
        reason = getattr(refusal, "orig", None) or refusal
        primary = getattr(getattr(reason, "diag", None), "message_primary", None)
        shown = " ".join(str(primary or reason).split())
        raise StoreError(f"{name}: the database refused: {shown}") from refusal


@contextmanager
def _connected(engine: Engine) -> Iterator[Connection]:
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()
