"""What the store last got of each live avatar and service, and what it lacks.

A record compares encoded state, so in-place changes of containers count. Everything
found changed in one pass is saved in one transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from twisted.internet.defer import DeferredLock
from twisted.python.failure import Failure

from gameserver.model.stateful import Seat, Stateful, make, snapshot_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gameserver.interfaces import SnapshotStore
    from gameserver.model.snapshot import Snapshot
    from gameserver.server.fence import Fence

S = TypeVar("S", bound=Stateful)


class Record(Generic[S]):
    """One live object and the snapshot of it that was last handed to the store.

    ``problem``: why its state cannot be stored, as the log has it; empty if it can.
    """

    def __init__(self, subject: S, stored: Snapshot | None) -> None:
        self.subject = subject
        self.problem = ""
        self._stored = stored
        self._revision = stored.revision if stored else 0

    def unsaved(self) -> Snapshot | None:
        """Give a snapshot if the state differs from what the store has, else None.

        Raises ``PluginError`` naming a field whose value cannot be stored, and
        whatever the author's own classes raise when they are looked at.
        """
        now = snapshot_of(self.subject, self._revision + 1)
        last = self._stored
        if last is not None and (last.version, last.state) == (now.version, now.state):
            return None
        return now

    def handed_over(self, snapshot: Snapshot) -> None:
        """Note what the store is about to get; the next one is compared with it."""
        self._stored = snapshot
        self._revision = snapshot.revision

    def refused(self) -> None:
        """Note that the store did not take it: whatever it is, it is unsaved."""
        self._stored = None


class Ledger:
    """Loads and saves live objects, and knows every one that is in memory."""

    def __init__(self, store: SnapshotStore, fence: Fence) -> None:
        self._store = store
        self._fence = fence
        self._records: set[Record[Any]] = set()
        self._saving = DeferredLock()

    @property
    def problems(self) -> list[str]:
        """What keeps which live objects from being stored."""
        return sorted(one.problem for one in self._records if one.problem)

    async def stored(self, owner: type[Stateful], name: str) -> Snapshot | None:
        """Give what the store has of that name, or None."""
        return await self._store.load(owner.kind, name)

    def open(self, owner: type[S], seat: Seat, stored: Snapshot | None) -> Record[S]:
        """Make the object live; raises ``PluginError`` if its state does not fit."""
        record = Record(make(owner, seat, stored), stored)
        self._records.add(record)
        return record

    def drop(self, record: Record[S]) -> None:
        """Forget an object that has left memory."""
        self._records.discard(record)

    async def save(self, records: Iterable[Record[S]] | None = None) -> int:
        """Save what changed, of ``records`` or of all, in one transaction.

        Gives how many were saved. An object whose state cannot be stored is left out,
        logged once, and has a ``problem`` from then on; the store keeps its last good
        state. Raises what the store refuses with; then everything counts as unsaved.
        One save at a time: what another one has under way is known when this begins.
        """
        async with self._saving:
            return await self._save(self._records if records is None else records)

    async def _save(self, chosen: Iterable[Record[Any]]) -> int:
        due = [
            (record, snapshot)
            for record in chosen
            if (snapshot := self._unsaved(record)) is not None
        ]
        if not due:
            return 0
        for record, snapshot in due:
            record.handed_over(snapshot)
        try:
            await self._store.save([snapshot for _, snapshot in due])
        except BaseException:
            for record, _ in due:
                record.refused()
            raise
        return len(due)

    def _unsaved(self, record: Record[Any]) -> Snapshot | None:
        try:
            snapshot = record.unsaved()
        except Exception as error:  # noqa: BLE001 - authors' classes can raise anything
            problem = f"{record.subject.name}: {type(error).__name__}: {error}"
            if problem != record.problem:
                self._fence.incident(Failure(), f"saving {record.subject.name}")
            record.problem = problem
            return None
        record.problem = ""
        return snapshot
