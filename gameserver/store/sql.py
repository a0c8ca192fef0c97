"""The store in SQL: each method is one operation of the writer's queue.

The statements are plain SQLAlchemy Core. What only SQLite has is in `store.sqlite`,
besides the ``ON CONFLICT`` clause below, which PostgreSQL's dialect spells the same.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or

from gameserver.errors import AlreadyExists, NotFound, StoreError
from gameserver.model.account import Account, name_key
from gameserver.model.audit import AuditEntry
from gameserver.model.roles import Role
from gameserver.model.snapshot import Snapshot
from gameserver.store import schema, sqlite, upgrade
from gameserver.store.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sqlalchemy import Connection, Row
    from twisted.internet.defer import Deferred

    from gameserver.interfaces import Store

_snapshots: Final = schema.snapshots.c
_accounts: Final = schema.accounts.c
_audit: Final = schema.audit.c

_new = insert_or(schema.snapshots)
_SAVE: Final = _new.on_conflict_do_update(
    index_elements=[_snapshots.kind, _snapshots.id],
    set_={name: _new.excluded[name] for name in ("version", "state", "revision")},
    where=_new.excluded.revision > _snapshots.revision,
).execution_options(preserve_rowcount=True)


class SqlSnapshots:
    """Avatars and services at rest, a row each."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def load(self, kind: str, id: str) -> Deferred[Snapshot | None]:  # noqa: A002 - the column's name
        """Give the newest snapshot, or None."""
        return self._writer.submit(partial(_load, kind, id))

    def save(self, snapshots: Sequence[Snapshot]) -> Deferred[None]:
        """Store all or none; ``StoreError`` if one is not newer than what is stored."""
        return self._writer.submit(partial(_save, tuple(snapshots)))

    def delete(self, kind: str, id: str) -> Deferred[None]:  # noqa: A002 - the column's name
        """Forget it; no error if there is none."""
        return self._writer.submit(partial(_delete, kind, id))

    def ids(self, kind: str) -> Deferred[list[str]]:
        """Give all ids of one kind, sorted."""
        return self._writer.submit(partial(_ids, kind))


class SqlAccounts:
    """Accounts at rest, a row each, found by ``name_key``."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def get(self, name: str) -> Deferred[Account | None]:
        """Give the account, whatever the case of its name, or None."""
        return self._writer.submit(partial(_get, name_key(name)))

    def add(self, account: Account) -> Deferred[None]:
        """Store a new one; ``AlreadyExists`` if the name is taken."""
        return self._writer.submit(partial(_add, account))

    def replace(self, account: Account) -> Deferred[None]:
        """Store a changed one; ``NotFound`` if there is none of that name."""
        return self._writer.submit(partial(_replace, account))

    def remove(self, name: str) -> Deferred[None]:
        """Forget it; ``NotFound`` if there is none."""
        return self._writer.submit(partial(_remove, name))

    def all(self) -> Deferred[list[Account]]:
        """Give every account, in the order of their ``name_key``."""
        return self._writer.submit(_all)


class SqlAudit:
    """What admins did, a row each, never deleted."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def record(self, entry: AuditEntry) -> Deferred[None]:
        """Append one entry."""
        return self._writer.submit(partial(_record, entry))

    def newest(self, limit: int) -> Deferred[list[AuditEntry]]:
        """Give at most ``limit`` entries, newest first."""
        return self._writer.submit(partial(_newest, limit))


class SqlStore:
    """One database file with all that the server keeps; made by ``open``."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self.snapshots = SqlSnapshots(writer)
        self.accounts = SqlAccounts(writer)
        self.audit = SqlAudit(writer)

    @classmethod
    def open(
        cls, path: Path, deliver: Callable[[Callable[[], None]], object]
    ) -> SqlStore:
        """Open the file, made if it is missing and upgraded if it is older.

        Blocks, so that every error comes before the server listens: ``StoreError`` for
        a file that is no database, damaged, not ours or newer than this program.
        ``deliver`` is ``reactor.callFromThread``.
        """
        connection = sqlite.connected(path)
        try:
            upgrade.bring_up(connection, path)
            sqlite.keep_log_ahead(connection, path)
        except BaseException:
            connection.close()
            raise
        return cls(Writer(connection, deliver, path))

    def close(self) -> Deferred[None]:
        """Finish what is queued, then let go of the file; may be called again."""
        return self._writer.close()


if TYPE_CHECKING:
    _keeps_the_contract: type[Store] = SqlStore


def _load(kind: str, id: str, connection: Connection) -> Snapshot | None:  # noqa: A002 - the column's name
    wanted = (_snapshots.kind == kind) & (_snapshots.id == id)
    row = connection.execute(select(schema.snapshots).where(wanted)).one_or_none()
    return None if row is None else Snapshot(*row)


def _save(snapshots: tuple[Snapshot, ...], connection: Connection) -> None:
    if not snapshots:
        return
    written = connection.execute(_SAVE, [_columns(each) for each in snapshots])
    stale = len(snapshots) - written.rowcount
    if stale:
        given = ", ".join(f"{s.kind} {s.id!r} {s.revision}" for s in snapshots[:3])
        raise StoreError(
            f"{stale} of {len(snapshots)} snapshots are not newer than what is stored, "
            f"so none was saved; expected higher revisions than given: {given}"
        )


def _columns(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "kind": snapshot.kind,
        "id": snapshot.id,
        "version": snapshot.version,
        "state": snapshot.state,
        "revision": snapshot.revision,
    }


def _delete(kind: str, id: str, connection: Connection) -> None:  # noqa: A002 - the column's name
    unwanted = (_snapshots.kind == kind) & (_snapshots.id == id)
    connection.execute(delete(schema.snapshots).where(unwanted))


def _ids(kind: str, connection: Connection) -> list[str]:
    found = connection.scalars(select(_snapshots.id).where(_snapshots.kind == kind))
    return sorted(found)


def _get(key: str, connection: Connection) -> Account | None:
    wanted = select(schema.accounts).where(_accounts.key == key)
    row = connection.execute(wanted).one_or_none()
    return None if row is None else _account(row)


def _add(account: Account, connection: Connection) -> None:
    if _get(name_key(account.name), connection) is not None:
        raise AlreadyExists(f"there is an account named {account.name!r} already")
    connection.execute(insert(schema.accounts).values(_account_columns(account)))


def _replace(account: Account, connection: Connection) -> None:
    columns = _account_columns(account)
    changed = update(schema.accounts).where(_accounts.key == columns["key"])
    if connection.execute(changed.values(columns)).rowcount == 0:
        raise NotFound(f"there is no account named {account.name!r}")


def _remove(name: str, connection: Connection) -> None:
    unwanted = delete(schema.accounts).where(_accounts.key == name_key(name))
    if connection.execute(unwanted).rowcount == 0:
        raise NotFound(f"there is no account named {name!r}")


def _all(connection: Connection) -> list[Account]:
    rows = connection.execute(select(schema.accounts)).all()
    return [_account(row) for row in sorted(rows, key=lambda row: str(row.key))]


def _account(row: Row[Any]) -> Account:
    if row.role not in list(Role):
        expected = ", ".join(Role)
        raise StoreError(f"account {row.name!r}: role {row.role!r}: not of {expected}")
    return Account(
        row.name, Role(row.role), row.password, row.sealed_token, row.created
    )


def _account_columns(account: Account) -> dict[str, Any]:
    return {
        "key": name_key(account.name),
        "name": account.name,
        "role": account.role.value,
        "password": account.password,
        "sealed_token": account.sealed_token,
        "created": account.created,
    }


def _record(entry: AuditEntry, connection: Connection) -> None:
    connection.execute(
        insert(schema.audit).values(
            when_=entry.when,
            who=entry.who,
            origin=entry.origin,
            verb=entry.verb,
            target=entry.target,
            outcome=entry.outcome,
        )
    )


def _newest(limit: int, connection: Connection) -> list[AuditEntry]:
    columns = [column for column in schema.audit.columns if column is not _audit.id]
    newest = select(*columns).order_by(_audit.id.desc()).limit(max(0, limit))
    return [AuditEntry(*row) for row in connection.execute(newest)]
