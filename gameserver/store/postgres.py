"""A PostgreSQL database as the writer's, over one connection that is made anew if lost.

* One server at a time uses a database: an advisory lock, which goes with its session.
* ``synchronous_commit`` is on, whatever the server's default.
* Each commit that changes something counts in ``meta``, in its own transaction. When a
  connection is lost while committing, that number tells whether the commit was done:
  the lock on the new connection makes sure that the old session has ended.

psycopg comes with the extra ``postgres``; SQLAlchemy imports it when it is needed.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    NullPool,
    create_engine,
    inspect,
    make_url,
    text,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from gameserver.errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy import RootTransaction

_PATIENCE: Final = 1.5
"""Seconds that a group waits for a lost server to come back."""

_PAUSE: Final = 0.05
"""Seconds between two tries."""

_LOCK: Final = text("SELECT pg_try_advisory_lock(7263748)")

# Evaluated before the row is written: a transaction that only read has no number yet.
_COUNT: Final = text(
    "UPDATE meta SET commits = commits + 1, inverse = inverse - 1 WHERE id = 1 "
    "AND pg_current_xact_id_if_assigned() IS NOT NULL RETURNING commits"
)
_COUNTED: Final = text("SELECT commits FROM meta WHERE id = 1")

_SETTINGS: Final = {
    "connect_timeout": "2",
    "application_name": "gameserver",
    # A server whose machine is gone is found in 2 s, not in 15 minutes.
    "tcp_user_timeout": "2000",
    "options": "-c synchronous_commit=on -c lock_timeout=900",
}


class PostgresDatabase:
    """One database of a server; made by ``opened``."""

    def __init__(self, url: URL, engine: Engine) -> None:
        self._url = url
        self._engine = engine
        self.notes: tuple[str, ...] = ()
        self._counts = False
        self._lost_at: float | None = None
        self._transaction: RootTransaction | None = None
        self.connection = self._connected()

    @property
    def name(self) -> str:
        """The URL without its password."""
        return self._url.render_as_string(hide_password=True)

    def start(self) -> None:
        """Count commits from now on: the table is there."""
        self._counts = True

    def begin(self, *, reads: bool = False, wait: float = 0.0) -> Connection:  # noqa: ARG002 - no lock to spare
        """Begin, on a new connection if the last is lost, within ``_PATIENCE``."""
        if self.is_lost():
            self._reconnect()
        self._transaction = self.connection.begin()
        return self.connection

    def commit(self) -> None:
        """Count the commit if it writes, and make it durable.

        A connection that is lost meanwhile is no error if the commit was done.
        """
        assert self._transaction is not None
        commits = self.connection.scalar(_COUNT) if self._counts else None
        try:
            self._transaction.commit()
        except SQLAlchemyError:
            if not self.is_lost():
                raise
            if commits is None or not self._has(commits):
                self.connection.close()  # so that it still counts as lost
                raise

    def rollback(self) -> None:
        """Forget what was written since ``begin``."""
        if self._transaction is not None:
            with suppress(Exception):
                self._transaction.rollback()

    def is_lost(self) -> bool:
        """Say whether the connection has ended, by whoever's doing."""
        if self.connection.closed or self.connection.invalidated:
            return True
        driver: Any = self.connection.connection.driver_connection
        return driver is None or bool(driver.closed)

    def refusal(self, error: Exception) -> StoreError | None:
        """Give the server's refusals, and text that does not fit a column."""
        assert self._engine.dialect.dbapi is not None
        known = (SQLAlchemyError, self._engine.dialect.dbapi.Error, UnicodeEncodeError)
        return self._refused(error) if isinstance(error, known) else None

    def keep_copy(self, step: int) -> None:
        """Copy every table into the schema ``before_000N`` of the same database."""
        kept = f"before_{step:04}"
        with self.connection.begin():
            tables = inspect(self.connection).get_table_names()
            self.connection.execute(text(f"DROP SCHEMA IF EXISTS {kept} CASCADE"))
            self.connection.execute(text(f"CREATE SCHEMA {kept}"))
            for table in tables:
                copy = text(f'CREATE TABLE {kept}."{table}" AS TABLE "{table}"')
                self.connection.execute(copy)

    def close(self) -> None:
        """Let go of the connection."""
        with suppress(Exception):
            self.connection.close()
        self._engine.dispose()

    def _has(self, commits: int) -> bool:
        """Ask the server, after a lost answer, whether so many commits were done."""
        try:
            self._reconnect()
        except StoreError as gone:
            raise StoreError(
                f"{gone}; it was lost while committing, so whether the last changes "
                "are stored is not known"
            ) from gone
        with self.connection.begin():
            return int(self.connection.scalar(_COUNTED) or 0) >= commits

    def _reconnect(self) -> None:
        self._transaction = None
        with suppress(Exception):
            self.connection.invalidate()
        with suppress(Exception):
            self.connection.close()
        self.connection = self._connected()

    def _connected(self) -> Connection:
        """Connect and lock, trying for ``_PATIENCE``: a server may be restarting.

        Once that has passed, each further try is a single one, so that a server that
        stays away makes nobody wait.
        """
        self._lost_at = self._lost_at or time.monotonic()
        while True:
            try:
                connection = self._locked()
            except (SQLAlchemyError, StoreError) as refusal:
                if time.monotonic() > self._lost_at + _PATIENCE:
                    if isinstance(refusal, StoreError):
                        raise
                    raise self._refused(refusal) from refusal
            else:
                self._lost_at = None
                return connection
            time.sleep(_PAUSE)

    def _locked(self) -> Connection:
        connection = self._engine.connect()
        try:
            with connection.begin():
                is_ours = connection.scalar(_LOCK)
        except BaseException:
            connection.close()
            raise
        if not is_ours:
            connection.close()
            raise StoreError(f"{self.name}: another server is using this database")
        return connection

    def _refused(self, cause: Exception) -> StoreError:
        reason = cause.orig if isinstance(cause, DBAPIError) else cause
        # The rest of PostgreSQL's message may quote the values of a row.
        primary = getattr(getattr(reason, "diag", None), "message_primary", None)
        shown = " ".join(str(primary or reason).split()) or type(reason).__name__
        return StoreError(f"{self.name}: the database refused: {shown}")


def opened(address: str) -> PostgresDatabase:
    """Connect to ``postgresql://USER:PASSWORD@HOST/DATABASE``, or ``StoreError``."""
    try:
        url = make_url(address)
    except ArgumentError as error:
        raise StoreError(
            "the store's URL cannot be read: expected postgresql://..."
        ) from error
    if url.drivername not in ("postgresql", "postgresql+psycopg"):
        raise StoreError(
            f"{url.drivername}: seen in the store's URL, expected postgresql"
        )
    try:
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            poolclass=NullPool,
            hide_parameters=True,
            paramstyle="format",
            connect_args=_SETTINGS,
        )
    except (ImportError, NoSuchModuleError) as missing:
        raise StoreError(
            "psycopg is missing, and expected for PostgreSQL: "
            "install gameserver[postgres]"
        ) from missing
    return PostgresDatabase(url, engine)
