"""Accounts and the audit trail in SQL: each method is one operation of the queue."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, insert, select, update

from gameserver.errors import AlreadyExists, NotFound, StoreError
from gameserver.model.account import Account, name_key
from gameserver.model.audit import AuditEntry
from gameserver.model.roles import Role
from gameserver.store import checksum, schema

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row
    from twisted.internet.defer import Deferred

    from gameserver.store.writer import Writer

_accounts: Final = schema.accounts.c
_audit: Final = schema.audit.c


class SqlAccounts:
    """Accounts at rest, a row each, found by ``name_key``."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def get(self, name: str) -> Deferred[Account | None]:
        """Give the account, whatever the case of its name, or None."""
        return self._writer.submit(partial(_get, name_key(name)), reads=True)

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
        return self._writer.submit(_all, reads=True)


class SqlAudit:
    """What admins did, a row each, never deleted."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def record(self, entry: AuditEntry) -> Deferred[None]:
        """Append one entry."""
        return self._writer.submit(partial(_record, entry))

    def newest(self, limit: int) -> Deferred[list[AuditEntry]]:
        """Give at most ``limit`` entries, newest first."""
        return self._writer.submit(partial(_newest, limit), reads=True)


def _get(key: str, connection: Connection) -> Account | None:
    wanted = select(schema.accounts).where(_accounts.key == key)
    row = connection.execute(wanted).one_or_none()
    return None if row is None else account_of(row)


def _add(account: Account, connection: Connection) -> None:
    if _get(name_key(account.name), connection) is not None:
        raise AlreadyExists(f"there is an account named {account.name!r} already")
    connection.execute(insert(schema.accounts).values(account_columns(account)))


def _replace(account: Account, connection: Connection) -> None:
    columns = account_columns(account)
    changed = update(schema.accounts).where(_accounts.key == columns["key"])
    if connection.execute(changed.values(columns)).rowcount == 0:
        raise NotFound(f"there is no account named {account.name!r}")


def _remove(name: str, connection: Connection) -> None:
    unwanted = delete(schema.accounts).where(_accounts.key == name_key(name))
    if connection.execute(unwanted).rowcount == 0:
        raise NotFound(f"there is no account named {name!r}")


def _all(connection: Connection) -> list[Account]:
    rows = connection.execute(select(schema.accounts)).all()
    return [account_of(row) for row in sorted(rows, key=lambda row: str(row.key))]


def account_of(row: Row[Any]) -> Account:
    """Read a row; ``StoreError`` if it is damaged, or has a role that there is not."""
    found = Account(row.name, row.role, row.password, row.sealed_token, row.created)
    what = f"account {row.key!r}"  # what it is found by, whatever became of its name
    checksum.require(what, row.checksum, checksum.of_account, found)
    if row.role not in list(Role):
        expected = ", ".join(Role)
        raise StoreError(f"account {row.name!r}: role {row.role!r}: not of {expected}")
    return replace(found, role=Role(row.role))


def entry_of(row: Row[Any]) -> AuditEntry:
    """Read a row; ``StoreError`` if it is damaged."""
    number, *columns, stored = tuple(row)
    entry = AuditEntry(*columns)
    checksum.require(f"audit entry {number}", stored, checksum.of_entry, entry)
    return entry


def account_columns(account: Account) -> dict[str, Any]:
    """Give a row's values by column."""
    return {
        "key": name_key(account.name),
        "name": account.name,
        "role": account.role.value,
        "password": account.password,
        "sealed_token": account.sealed_token,
        "created": account.created,
        "checksum": checksum.of_account(account),
    }


def _record(entry: AuditEntry, connection: Connection) -> None:
    connection.execute(insert(schema.audit).values(entry_columns(entry)))


def entry_columns(entry: AuditEntry) -> dict[str, Any]:
    """Give a row's values by column, without its number."""
    return {
        "when_": entry.when,
        "who": entry.who,
        "origin": entry.origin,
        "verb": entry.verb,
        "target": entry.target,
        "outcome": entry.outcome,
        "checksum": checksum.of_entry(entry),
    }


def _newest(limit: int, connection: Connection) -> list[AuditEntry]:
    newest = select(schema.audit).order_by(_audit.id.desc()).limit(max(0, limit))
    return [entry_of(row) for row in connection.execute(newest)]
