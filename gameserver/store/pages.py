"""Reading every row of a table, page by page, so that no table has to fit in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, inspect, select, tuple_

from gameserver.errors import StoreError
from gameserver.model.snapshot import Snapshot
from gameserver.store import checksum, schema
from gameserver.store.sql_accounts import account_of, entry_of
from gameserver.store.sql_code import code_of
from gameserver.store.sql_releases import release_of
from gameserver.store.sql_sessions import answer_of, session_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection, Row, Select, Table

    from gameserver.model.account import Account
    from gameserver.model.audit import AuditEntry
    from gameserver.model.batch import KeptAnswer, StoredSession
    from gameserver.model.release_row import CodeRow, ReleaseRow

PAGE: Final = 1000
"""Rows of one page."""

LARGE_PAGE: Final = 20
"""Rows of one page, of those that hold whole texts."""

_snapshots: Final = schema.snapshots.c
_COLUMNS: Final = (
    _snapshots.kind,
    _snapshots.id,
    _snapshots.version,
    _snapshots.state,
    _snapshots.revision,
)


def snapshots(
    connection: Connection, damaged: Callable[[StoreError], object] | None = None
) -> Iterator[Snapshot]:
    """Give every snapshot, by kind and id; ``StoreError`` if a row is damaged.

    ``damaged``: told of such a row, which is then left out. Rows of a database that is
    older than checksums are taken as they are.
    """
    has_sums = any(
        column["name"] == _snapshots.checksum.name
        for column in inspect(connection).get_columns(schema.snapshots.name)
    )
    columns: list[Any] = [*_COLUMNS, *([_snapshots.checksum] if has_sums else [])]
    for row in _paged(connection, schema.snapshots, select(*columns)):
        snapshot = Snapshot(*row[: len(_COLUMNS)])
        try:
            if has_sums:
                what = f"{snapshot.kind} {snapshot.id!r}"
                checksum.require(what, row[-1], checksum.of_snapshot, snapshot)
        except StoreError as damage:
            if damaged is None:
                raise
            damaged(damage)
            continue
        yield snapshot


def audit(connection: Connection) -> Iterator[AuditEntry]:
    """Give the whole audit trail, oldest first; ``StoreError`` if a row is damaged."""
    return map(entry_of, _paged(connection, schema.audit))


def accounts(connection: Connection) -> Iterator[Account]:
    """Give every account; ``StoreError`` if a row is damaged."""
    return map(account_of, _paged(connection, schema.accounts))


def releases(connection: Connection) -> Iterator[ReleaseRow]:
    """Give the whole history, oldest first; ``StoreError`` if a row is damaged."""
    return map(release_of, _paged(connection, schema.releases, size=LARGE_PAGE))


def revisions(connection: Connection) -> Iterator[CodeRow]:
    """Give every revision, by module; ``StoreError`` if a row is damaged."""
    return map(code_of, _paged(connection, schema.revisions, size=LARGE_PAGE))


def sessions(connection: Connection) -> Iterator[StoredSession]:
    """Give every session; ``StoreError`` if a row is damaged."""
    return map(session_of, _paged(connection, schema.sessions))


def answers(connection: Connection) -> Iterator[KeptAnswer]:
    """Give all answers that are kept; ``StoreError`` if a row is damaged."""
    return map(answer_of, _paged(connection, schema.answers))


def _paged(
    connection: Connection,
    table: Table,
    wanted: Select[Any] | None = None,
    size: int = PAGE,
) -> Iterator[Row[Any]]:
    """Give every row in the order of the table's key; ``wanted``: of which columns."""
    columns = list(table.primary_key)
    key = tuple_(*columns)
    chosen = select(table) if wanted is None else wanted
    page = chosen.order_by(*columns).limit(size)
    rows = connection.execute(page).all()
    while rows:
        yield from rows
        last = tuple(getattr(rows[-1], one.name) for one in columns)
        rows = connection.execute(page.where(key > last)).all()


def counts(connection: Connection) -> dict[str, int]:
    """Give how many rows each table has that an export holds, and ``sessions``."""
    tables = (
        schema.snapshots,
        schema.accounts,
        schema.audit,
        schema.releases,
        schema.revisions,
        schema.sessions,
    )
    return {
        table.name: connection.scalar(select(func.count()).select_from(table)) or 0
        for table in tables
    }
