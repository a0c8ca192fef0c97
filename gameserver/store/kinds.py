"""The kinds of rows that an export holds, in its order, each with how it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from gameserver.model.account import Account, name_key
from gameserver.model.audit import AuditEntry
from gameserver.model.release_row import CodeRow, ReleaseRow
from gameserver.model.snapshot import Snapshot
from gameserver.store import checksum, pages, schema
from gameserver.store.sql_accounts import account_columns, entry_columns
from gameserver.store.sql_code import code_columns
from gameserver.store.sql_releases import release_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection, Table

Key: TypeAlias = tuple[object, ...]

_MANY: Final = 500


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind; its functions take rows of that kind alone."""

    table: Table
    read: Callable[[Connection], Iterator[Any]]
    """Give every row, in order; ``StoreError`` for a damaged one."""
    columns: Callable[[Any], dict[str, Any]]
    """Give a row's values by column, with its checksum."""
    key: Callable[[Any], Key | None]
    """Give what only one row of the kind may have, or None."""
    named: Callable[[Any], str]
    """Give what messages call a row."""
    many: int = _MANY
    """How many rows are written by one statement, so are in memory at once."""

    @property
    def name(self) -> str:
        """What counts call it: the name of its table."""
        return self.table.name


def _snapshot_columns(row: Snapshot) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "id": row.id,
        "version": row.version,
        "state": row.state,
        "revision": row.revision,
        "checksum": checksum.of_snapshot(row),
    }


def _of_snapshot(row: Snapshot) -> Key:
    return row.kind, row.id


def _of_account(row: Account) -> Key:
    return (name_key(row.name),)


def _of_entry(_row: AuditEntry) -> None:
    """Give none: two entries may be equal."""


def _of_release(row: ReleaseRow) -> Key:
    return (row.number,)


def _of_revision(row: CodeRow) -> Key:
    return row.module, row.revision


KINDS: Final[dict[type, Kind]] = {
    Snapshot: Kind(
        schema.snapshots,
        pages.snapshots,
        _snapshot_columns,
        _of_snapshot,
        lambda row: f"{row.kind} {row.id!r}",
    ),
    Account: Kind(
        schema.accounts,
        pages.accounts,
        account_columns,
        _of_account,
        lambda row: f"account {row.name!r}",
    ),
    AuditEntry: Kind(
        schema.audit,
        pages.audit,
        entry_columns,
        _of_entry,
        lambda _: "an audit entry",
    ),
    ReleaseRow: Kind(
        schema.releases,
        pages.releases,
        release_columns,
        _of_release,
        lambda row: f"release {row.number}",
        pages.LARGE_PAGE,
    ),
    CodeRow: Kind(
        schema.revisions,
        pages.revisions,
        code_columns,
        _of_revision,
        lambda row: f"module {row.module!r}, revision {row.revision}",
        pages.LARGE_PAGE,
    ),
}


def kind_of(row: object) -> Kind:
    """Give a row's kind."""
    return KINDS[type(row)]
