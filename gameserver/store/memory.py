"""A store without a file, for tests and trials; keeps the contract of the SQL store.

Every answer is there at once, as a Deferred that has fired.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred, fail, succeed

from gameserver.errors import AlreadyExists, NotFound, StoreError
from gameserver.model.account import Account, name_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gameserver.interfaces import Store
    from gameserver.model.audit import AuditEntry
    from gameserver.model.snapshot import Snapshot


class MemorySnapshots:
    """Avatars and services in a dict."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], Snapshot] = {}

    def load(self, kind: str, id: str) -> Deferred[Snapshot | None]:  # noqa: A002 - the column's name
        """Give the newest snapshot, or None."""
        return succeed(self._rows.get((kind, id)))

    def save(self, snapshots: Sequence[Snapshot]) -> Deferred[None]:
        """Store all or none; ``StoreError`` if one is not newer than what is stored."""
        rows = dict(self._rows)
        for new in snapshots:
            old = rows.get((new.kind, new.id))
            if old is not None and new.revision <= old.revision:
                text = f"revision {new.revision} given, above {old.revision} expected"
                return fail(StoreError(f"{new.kind} {new.id!r}: {text}"))
            rows[new.kind, new.id] = new
        self._rows = rows
        return succeed(None)

    def delete(self, kind: str, id: str) -> Deferred[None]:  # noqa: A002 - the column's name
        """Forget it; no error if there is none."""
        self._rows.pop((kind, id), None)
        return succeed(None)

    def ids(self, kind: str) -> Deferred[list[str]]:
        """Give all ids of one kind, sorted."""
        return succeed(sorted(id_ for its_kind, id_ in self._rows if its_kind == kind))


class MemoryAccounts:
    """Accounts in a dict, found by ``name_key``."""

    def __init__(self) -> None:
        self._rows: dict[str, Account] = {}

    def get(self, name: str) -> Deferred[Account | None]:
        """Give the account, whatever the case of its name, or None."""
        return succeed(self._rows.get(name_key(name)))

    def add(self, account: Account) -> Deferred[None]:
        """Store a new one; ``AlreadyExists`` if the name is taken."""
        key = name_key(account.name)
        if key in self._rows:
            text = f"there is an account named {account.name!r} already"
            return fail(AlreadyExists(text))
        self._rows[key] = account
        return succeed(None)

    def replace(self, account: Account) -> Deferred[None]:
        """Store a changed one; ``NotFound`` if there is none of that name."""
        key = name_key(account.name)
        if key not in self._rows:
            return fail(NotFound(f"there is no account named {account.name!r}"))
        self._rows[key] = account
        return succeed(None)

    def remove(self, name: str) -> Deferred[None]:
        """Forget it; ``NotFound`` if there is none."""
        if self._rows.pop(name_key(name), None) is None:
            return fail(NotFound(f"there is no account named {name!r}"))
        return succeed(None)

    def all(self) -> Deferred[list[Account]]:
        """Give every account, in the order of their ``name_key``."""
        return succeed([self._rows[key] for key in sorted(self._rows)])


class MemoryAudit:
    """What admins did, in a list."""

    def __init__(self) -> None:
        self._entries: list[AuditEntry] = []

    def record(self, entry: AuditEntry) -> Deferred[None]:
        """Append one entry."""
        self._entries.append(entry)
        return succeed(None)

    def newest(self, limit: int) -> Deferred[list[AuditEntry]]:
        """Give at most ``limit`` entries, newest first."""
        return succeed(self._entries[::-1][: max(0, limit)])


class MemoryStore:
    """All that the server keeps, as long as this object lives.

    ``close`` keeps the rows, so that the next server started on the same object finds
    what the last one saved.
    """

    def __init__(self) -> None:
        self.snapshots = MemorySnapshots()
        self.accounts = MemoryAccounts()
        self.audit = MemoryAudit()

    def close(self) -> Deferred[None]:
        """Do nothing: there is no queue to finish and no file to let go of."""
        return succeed(None)


if TYPE_CHECKING:
    _keeps_the_contract: type[Store] = MemoryStore
