"""What the store last got of each live avatar and service, and what it lacks.

A record compares encoded state, so in-place changes of containers count. Who may have
changed is known by touch (``model/tracking.py``); ``turns.py`` says when to look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from twisted.python.failure import Failure

from gameserver.model.batch import Batch
from gameserver.model.stateful import Seat, Stateful, make, restore, snapshot_of
from gameserver.server.awaiting import ended, started

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twisted.internet.defer import Deferred

    from gameserver.interfaces import Store
    from gameserver.model.snapshot import Snapshot
    from gameserver.server.fence import Fence

S = TypeVar("S", bound=Stateful)


class Record(Generic[S]):
    """One live object and the snapshot of it that was last handed to the store.

    ``problem``: why its state cannot be stored, as the log has it; empty if it can.
    ``batch``: number of the last batch that it was part of; 0 for none.
    ``taken_back``: how often it was given its saved state again; ``refused``: number
    of the last batch of which calls must know that it was refused.
    """

    def __init__(self, subject: S, stored: Snapshot | None) -> None:
        self.subject = subject
        self.problem = ""
        self.batch = 0
        self.taken_back = self.refused = 0
        self.is_fresh = False
        self._saved = self._stored = self._seen = stored

    def look(self) -> bool:
        """Encode the state; say whether it is another than at the last look.

        Raises ``PluginError`` naming a field whose value cannot be stored, and
        whatever the author's own classes raise when they are looked at. ``is_fresh``
        until the object is touched again.
        """
        last, before = self._stored, self._seen
        now = snapshot_of(self.subject, last.revision + 1 if last else 1)
        self._seen, self.is_fresh = now, True
        return before is None or not _is_same(before, now)

    def unsaved(self) -> Snapshot | None:
        """Give a snapshot if the state differs from what the store has, else None.

        Raises as ``look`` does.
        """
        if not self.is_fresh:
            self.look()
        last, now = self._stored, self._seen
        return None if last is not None and now and _is_same(last, now) else now

    def handed_over(self, snapshot: Snapshot, batch: int) -> None:
        """Note what the store is about to get; the next one is compared with it."""
        self._stored = self._seen = snapshot
        self.is_fresh = False
        self.batch = batch

    def saved(self, snapshot: Snapshot) -> None:
        """Note what the store has."""
        self._saved = snapshot

    def take_back(self) -> bool:
        """Give the object its saved state again; False if it was never saved."""
        self._stored = self._seen = self._saved
        self.is_fresh = False
        if self._saved is None:
            return False
        self.taken_back += 1
        restore(self.subject, self._saved)
        return True


def _is_same(one: Snapshot, other: Snapshot) -> bool:
    return one.state == other.state and one.version == other.version


Touched = dict[Record[Any], None]
"""A set of records, in the order in which they were touched."""


class Ledger:
    """Loads and saves live objects, and knows every one that is in memory.

    ``touched``: who may have changed; each segment of author code puts its own there.
    """

    def __init__(self, store: Store, fence: Fence) -> None:
        self._store = store
        self._fence = fence
        self._records: dict[int, Record[Any]] = {}
        """By id of the live object, which the record keeps alive."""
        self.touched: Touched = {}
        self.never_saved: Touched = {}
        """Who was refused by the store and never saved: there is no way back."""
        self.batches = 0
        """How many batches were handed to the store."""
        self._under_way: dict[int, Deferred[None]] = {}
        """By number, the batches that the store has not answered yet."""

    @property
    def records(self) -> Iterable[Record[Any]]:
        """Every live object's record."""
        return self._records.values()

    @property
    def problems(self) -> list[str]:
        """What keeps which live objects from being stored."""
        return sorted(one.problem for one in self.records if one.problem)

    async def stored(self, owner: type[Stateful], name: str) -> Snapshot | None:
        """Give what the store has of that name, or None."""
        return await self._store.snapshots.load(owner.kind, name)

    def open(self, owner: type[S], seat: Seat, stored: Snapshot | None) -> Record[S]:
        """Make the object live; raises ``PluginError`` if its state does not fit."""
        record = Record(make(owner, seat, stored), stored)
        self._records[id(record.subject)] = record
        return record

    def is_live(self, record: Record[Any]) -> bool:
        """Say whether an object is in memory yet."""
        return self._records.get(id(record.subject)) is record

    def drop(self, record: Record[S]) -> None:
        """Forget an object that has left memory."""
        self._records.pop(id(record.subject), None)

    def touch(self, subject: Stateful) -> None:
        """Note that an object may have changed; one that is being made has not."""
        record = self._records.get(id(subject))
        if record is not None:
            record.is_fresh = False
            self.touched[record] = None

    def changed(self, records: Iterable[Record[Any]]) -> Touched:
        """Look at some and give those that are other than at the last look."""
        return {record: None for record in records if self._is_other(record)}

    @staticmethod
    def _is_other(record: Record[Any]) -> bool:
        try:
            return record.look()
        except Exception:  # noqa: BLE001 - the end of the turn says what is wrong
            record.is_fresh = False
            return True

    def unsaved(self, records: Iterable[Record[Any]]) -> list[Unsaved]:
        """Encode each and give those whose state is not what the store has.

        An object whose state cannot be stored is left out, logged once, and has a
        ``problem`` from then on; the store keeps its last good state.
        """
        found = []
        for record in records:
            snapshot = self._unsaved(record)
            record.is_fresh = False  # next turn it may have changed without a touch
            if snapshot is not None:
                found.append((record, snapshot))
        return found

    def hand_over(self, due: list[Unsaved]) -> int:
        """Take these for saved, as a batch whose number is given."""
        self.batches += 1
        for record, snapshot in due:
            record.handed_over(snapshot, self.batches)
        return self.batches

    def commit(self, due: list[Unsaved]) -> Deferred[None]:
        """Have the store save a batch; the Deferred tells when it has.

        It fails with what the store refuses with. Then every object of it is what was
        saved last, but for one that never was; and so are those of the batches after
        it, for a store refuses those, too, until the refusal is heard here.
        """
        batch, number = Batch(tuple(snapshot for _, snapshot in due)), self.batches
        told = [(record, snapshot, record.taken_back) for record, snapshot in due]
        done = started(self._store.commit(batch))
        self._under_way[number] = done
        return done.addCallbacks(
            self._saved,
            self._refused,
            callbackArgs=(number, told),
            errbackArgs=(number, told),
        )

    def _saved(self, _: object, number: int, told: list[_Told]) -> None:
        self._under_way.pop(number, None)
        for record, snapshot, _since in told:
            record.saved(snapshot)
            self.never_saved.pop(record, None)

    def _refused(self, failure: Failure, number: int, told: list[_Told]) -> Failure:
        self._under_way.pop(number, None)
        self.batches += 1  # whoever begins from now on is not concerned
        for record, _snapshot, since in told:
            is_touched = record in self.touched
            record.refused = self.batches if is_touched else number
            if record.taken_back == since and not record.take_back():
                self.never_saved[record] = None
        return failure

    async def save(self, records: Iterable[Record[Any]] | None = None) -> int:
        """Save what changed, of ``records`` or of all, and wait for what is under way.

        Gives how many were saved or waited for: 0 says that all is on disk.
        """
        chosen = list(self.records if records is None else records)
        due = self.unsaved(chosen)
        if due:
            self.hand_over(due)
            await self.commit(due)
            return len(due)
        batches = {one.batch for one in chosen} & self._under_way.keys()
        for number in sorted(batches):
            await ended(self._under_way[number])
        return len(batches)

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


Unsaved = tuple[Record[Any], "Snapshot"]
_Told = tuple[Record[Any], "Snapshot", int]
