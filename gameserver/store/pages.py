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

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from gameserver.model.account import Account
    from gameserver.model.audit import AuditEntry
    from gameserver.model.release_row import CodeRow, ReleaseRow

PAGE: Final = 1000
"""Rows of one page."""

LARGE_PAGE: Final = 20
"""Rows of one page, of those that hold whole texts."""

_snapshots: Final = schema.snapshots.c
_audit: Final = schema.audit.c
_releases: Final = schema.releases.c
_revisions: Final = schema.revisions.c
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
    key = tuple_(_snapshots.kind, _snapshots.id)
    page = select(*columns).order_by(*key).limit(PAGE)
    rows = connection.execute(page).all()
    while rows:
        for row in rows:
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
        last = rows[-1]
        rows = connection.execute(page.where(key > (last.kind, last.id))).all()


def audit(connection: Connection) -> Iterator[AuditEntry]:
    """Give the whole audit trail, oldest first; ``StoreError`` if a row is damaged."""
    page = select(schema.audit).order_by(_audit.id).limit(PAGE)
    rows = connection.execute(page).all()
    while rows:
        for row in rows:
            yield entry_of(row)
        rows = connection.execute(page.where(_audit.id > rows[-1].id)).all()


def accounts(connection: Connection) -> Iterator[Account]:
    """Give every account; ``StoreError`` if a row is damaged."""
    for row in connection.execute(select(schema.accounts)).all():
        yield account_of(row)


def releases(connection: Connection) -> Iterator[ReleaseRow]:
    """Give the whole history, oldest first; ``StoreError`` if a row is damaged."""
    page = select(schema.releases).order_by(_releases.number).limit(LARGE_PAGE)
    rows = connection.execute(page).all()
    while rows:
        for row in rows:
            yield release_of(row)
        rows = connection.execute(page.where(_releases.number > rows[-1].number)).all()


def revisions(connection: Connection) -> Iterator[CodeRow]:
    """Give every revision, by module; ``StoreError`` if a row is damaged."""
    key = tuple_(_revisions.module, _revisions.revision)
    page = select(schema.revisions).order_by(*key).limit(LARGE_PAGE)
    rows = connection.execute(page).all()
    while rows:
        for row in rows:
            yield code_of(row)
        last = rows[-1]
        rows = connection.execute(page.where(key > (last.module, last.revision))).all()


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
