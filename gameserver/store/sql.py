"""The store in SQL: each method is one operation of the writer's queue.

The statements are plain SQLAlchemy Core. What only SQLite has is in `store.sqlite` and
`store.sqlite_file`, what only PostgreSQL has in `store.postgres`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from sqlalchemy import delete, func, select

from gameserver.model.batch import Batch
from gameserver.model.snapshot import Snapshot
from gameserver.store import checksum, postgres, schema, sqlite_file, upgrade
from gameserver.store.sql_accounts import SqlAccounts, SqlAudit
from gameserver.store.sql_code import SqlCode
from gameserver.store.sql_releases import SqlReleases
from gameserver.store.sql_sessions import SqlSessions
from gameserver.store.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sqlalchemy import Connection
    from twisted.internet.defer import Deferred

    from gameserver.interfaces import Store
    from gameserver.store.database import Database

T = TypeVar("T")
_snapshots: Final = schema.snapshots.c


class SqlSnapshots:
    """Avatars and services at rest, a row each."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def load(self, kind: str, id: str) -> Deferred[Snapshot | None]:  # noqa: A002 - the column's name
        """Give the newest snapshot, or None; ``StoreError`` if its row is damaged."""
        return self._writer.submit(partial(_load, kind, id), reads=True)

    def save(self, snapshots: Sequence[Snapshot]) -> Deferred[None]:
        """Store all or none; ``StoreError`` if one is not newer than what is stored."""
        return self._writer.commit(Batch(tuple(snapshots)))

    def delete(self, kind: str, id: str) -> Deferred[None]:  # noqa: A002 - the column's name
        """Forget it; no error if there is none."""
        return self._writer.submit(partial(_delete, kind, id))

    def ids(self, kind: str) -> Deferred[list[str]]:
        """Give all ids of one kind, sorted."""
        return self._writer.submit(partial(_ids, kind), reads=True)

    def above(self, kind: str, version: int) -> Deferred[tuple[int, int]]:
        """Give how many of one kind are of a higher version, and the highest; or 0."""
        return self._writer.submit(partial(_above, kind, version), reads=True)


class SqlStore:
    """One database with all that the server keeps; made by ``open`` or ``open_url``."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self.notes: tuple[str, ...] = ()
        """What an operator should know though it opened, a line each."""
        self.snapshots = SqlSnapshots(writer)
        self.accounts = SqlAccounts(writer)
        self.audit = SqlAudit(writer)
        self.releases = SqlReleases(writer)
        self.code = SqlCode(writer)
        self.sessions = SqlSessions(writer)

    @classmethod
    def open(
        cls, path: Path, deliver: Callable[[Callable[[], None]], object]
    ) -> SqlStore:
        """Open the file, made if it is missing and upgraded if it is older.

        Blocks, so that every error comes before the server listens: ``StoreError`` for
        a file that is no database, damaged, without commits that were answered, not
        ours or newer than this program.
        ``deliver`` is ``reactor.callFromThread``.
        """
        return cls._started(sqlite_file.opened(path), deliver)

    @classmethod
    def open_url(
        cls, address: str, deliver: Callable[[Callable[[], None]], object]
    ) -> SqlStore:
        """Open a PostgreSQL database, ``postgresql://...``, as ``open`` does a file.

        ``StoreError`` for a server that cannot be reached, a database that another
        server uses, or one that is not ours or newer than this program.
        """
        return cls._started(postgres.opened(address), deliver)

    @classmethod
    def _started(
        cls, database: Database, deliver: Callable[[Callable[[], None]], object]
    ) -> SqlStore:
        try:
            upgrade.bring_up(database)
            database.start()
        except BaseException:
            database.connection.close()
            raise
        store = cls(Writer(database, deliver))
        store.notes = tuple(database.notes)
        return store

    def commit(self, batch: Batch) -> Deferred[None]:
        """Store all of a batch or none; ``StoreError`` if a snapshot is not newer.

        An answer of a session that is not there is dropped: nobody can ask for it.
        """
        return self._writer.commit(batch)

    def run(
        self, work: Callable[[Connection], T], *, reads: bool = False
    ) -> Deferred[T]:
        """Do something with the whole database, as one operation of the queue.

        See ``store.groups`` for what it may do, and ``store.transfer`` for what does.
        """
        return self._writer.submit(work, reads=reads)

    def close(self) -> Deferred[None]:
        """Finish what is queued, then let go of the file; may be called again."""
        return self._writer.close()

    def close_now(self) -> Deferred[None]:
        """Close, and block until the file is let go of: no reactor need run."""
        closing = self._writer.close()
        self._writer.join()
        return closing


if TYPE_CHECKING:
    _keeps_the_contract: type[Store] = SqlStore


def _load(kind: str, id: str, connection: Connection) -> Snapshot | None:  # noqa: A002 - the column's name
    wanted = (_snapshots.kind == kind) & (_snapshots.id == id)
    row = connection.execute(select(schema.snapshots).where(wanted)).one_or_none()
    if row is None:
        return None
    *columns, stored = row
    snapshot = Snapshot(*columns)
    checksum.require(f"{kind} {id!r}", stored, checksum.of_snapshot, snapshot)
    return snapshot


def _delete(kind: str, id: str, connection: Connection) -> None:  # noqa: A002 - the column's name
    unwanted = (_snapshots.kind == kind) & (_snapshots.id == id)
    connection.execute(delete(schema.snapshots).where(unwanted))


def _ids(kind: str, connection: Connection) -> list[str]:
    found = connection.scalars(select(_snapshots.id).where(_snapshots.kind == kind))
    return sorted(found)


def _above(kind: str, version: int, connection: Connection) -> tuple[int, int]:
    wanted = (_snapshots.kind == kind) & (_snapshots.version > version)
    counted = select(func.count(), func.max(_snapshots.version)).where(wanted)
    count, highest = connection.execute(counted).one()
    return count, highest or 0
