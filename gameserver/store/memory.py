"""A store without a file, for tests and trials; keeps the contract of the SQL store.

Every answer is there at once, as a Deferred that has fired.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred, fail, succeed

from gameserver.errors import AlreadyExists, NotFound, StoreError
from gameserver.interfaces import ANSWERS
from gameserver.model.account import Account, name_key
from gameserver.store.memory_releases import MemoryCode, MemoryReleases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gameserver.interfaces import Store
    from gameserver.model.audit import AuditEntry
    from gameserver.model.batch import Batch, KeptAnswer, StoredSession
    from gameserver.model.snapshot import Snapshot


class MemorySnapshots:
    """Avatars and services in a dict."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], Snapshot] = {}

    @property
    def rows(self) -> dict[tuple[str, str], Snapshot]:
        """A copy of all, by kind and id."""
        return dict(self._rows)

    def load(self, kind: str, id: str) -> Deferred[Snapshot | None]:  # noqa: A002 - the column's name
        """Give the newest snapshot, or None."""
        return succeed(self._rows.get((kind, id)))

    def save(self, snapshots: Sequence[Snapshot]) -> Deferred[None]:
        """Store all or none; ``StoreError`` if one is not newer than what is stored."""
        changed: dict[tuple[str, str], Snapshot] = {}
        for new in snapshots:
            key = new.kind, new.id
            old = changed.get(key) or self._rows.get(key)
            if old is not None and new.revision <= old.revision:
                text = f"revision {new.revision} given, above {old.revision} expected"
                return fail(StoreError(f"{new.kind} {new.id!r}: {text}"))
            changed[key] = new
        self._rows |= changed
        return succeed(None)

    def delete(self, kind: str, id: str) -> Deferred[None]:  # noqa: A002 - the column's name
        """Forget it; no error if there is none."""
        self._rows.pop((kind, id), None)
        return succeed(None)

    def ids(self, kind: str) -> Deferred[list[str]]:
        """Give all ids of one kind, sorted."""
        return succeed(sorted(id_ for its_kind, id_ in self._rows if its_kind == kind))

    def above(self, kind: str, version: int) -> Deferred[tuple[int, int]]:
        """Give how many of one kind are of a higher version, and the highest; or 0."""
        versions = [one.version for one in self._rows.values() if one.kind == kind]
        found = [one for one in versions if one > version]
        return succeed((len(found), max(found, default=0)))


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


class MemorySessions:
    """Sessions in a dict, with the answers of each by slot."""

    def __init__(self) -> None:
        self._rows: dict[str, StoredSession] = {}
        self._answers: dict[str, dict[int, KeptAnswer]] = {}

    def add(
        self, session: StoredSession, answers: Sequence[KeptAnswer] = ()
    ) -> Deferred[None]:
        """Store a new one with its answers; ``AlreadyExists`` if the id is taken."""
        if session.id in self._rows:
            text = f"there is a session of that id already: {session.name!r}"
            return fail(AlreadyExists(text))
        self._rows[session.id] = session
        self._answers[session.id] = {}
        self.keep(answers)
        return succeed(None)

    def get(self, id: str) -> Deferred[StoredSession | None]:  # noqa: A002 - the column's name
        """Give the session, or None."""
        return succeed(self._rows.get(id))

    def answers(self, id: str) -> Deferred[list[KeptAnswer]]:  # noqa: A002 - the column's name
        """Give the answers that are kept, by number."""
        kept = self._answers.get(id, {}).values()
        return succeed(sorted(kept, key=lambda answer: answer.number))

    def remove(self, ids: Sequence[str]) -> Deferred[None]:
        """Forget them with their answers; no error for one that is not there."""
        for each in ids:
            self._rows.pop(each, None)
            self._answers.pop(each, None)
        return succeed(None)

    def ids_before(self, since: float) -> Deferred[list[str]]:
        """Give the ids of those begun before a moment, sorted."""
        found = (row.id for row in self._rows.values() if row.since < since)
        return succeed(sorted(found))

    def keep(self, answers: Sequence[KeptAnswer]) -> None:
        """Keep them, each in its slot, unless a newer one is there.

        One of an unknown session is dropped.
        """
        for answer in answers:
            kept = self._answers.get(answer.session)
            if kept is None:
                continue
            slot = answer.number % ANSWERS
            if slot not in kept or kept[slot].number <= answer.number:
                kept[slot] = answer


class MemoryStore:
    """All that the server keeps, as long as this object lives.

    ``close`` keeps the rows, so that the next server started on the same object finds
    what the last one saved.
    """

    def __init__(self) -> None:
        self.snapshots = MemorySnapshots()
        self.accounts = MemoryAccounts()
        self.audit = MemoryAudit()
        self.releases = MemoryReleases()
        self.code = MemoryCode()
        self.sessions = MemorySessions()

    def commit(self, batch: Batch) -> Deferred[None]:
        """Store all of a batch or none; ``StoreError`` if a snapshot is not newer.

        An answer of a session that is not there is dropped: nobody can ask for it.
        """
        saved = self.snapshots.save(batch.snapshots)
        # A Deferred that has fired already runs this at once.
        saved.addCallback(lambda _: self.sessions.keep(batch.answers))
        return saved

    def close(self) -> Deferred[None]:
        """Do nothing: there is no queue to finish and no file to let go of."""
        return succeed(None)


if TYPE_CHECKING:
    _keeps_the_contract: type[Store] = MemoryStore
