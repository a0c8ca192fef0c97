"""Every live avatar and service, and who of them may differ from what is stored.

Records compare encoded state, so in-place changes of containers count. Who may have
changed is known by touch (``model/tracking.py``); ``turns.py`` says when to look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from twisted.python.failure import Failure

from gameserver.model.batch import Batch
from gameserver.model.stateful import Seat, Stateful, make
from gameserver.server.awaiting import started
from gameserver.server.records import Record, Touched, Unsaved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from twisted.internet.defer import Deferred

    from gameserver.interfaces import Store
    from gameserver.model.batch import KeptAnswer
    from gameserver.model.snapshot import Snapshot
    from gameserver.server.fence import Fence

S = TypeVar("S", bound=Stateful)


class Ledger:
    """Loads live objects, looks at them, and hands their states to the store.

    ``touched``: who may have changed in this turn.
    """

    __slots__ = ("__dict__", "batches")  # C reads a slot in no time

    def __init__(self, store: Store, fence: Fence) -> None:
        self._store = store
        self._fence = fence
        self._records: dict[int, Record[Any]] = {}
        """By id of the live object, which the record keeps alive."""
        self.touched: Touched = {}
        self.batches = 0
        """How many batches were handed to the store, and refusals heard."""

    @property
    def records(self) -> Iterable[Record[Any]]:
        """Every live object's record."""
        return self._records.values()

    def keys(self) -> list[int]:
        """Give the keys of all records: a list of numbers is made in a moment."""
        return list(self._records)

    def at(self, key: int) -> Record[Any] | None:
        """Give a record by its key, unless it is there no more."""
        return self._records.get(key)

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
        """Say whether an object is in memory yet, and more than half created."""
        return record.is_ready and self._records.get(id(record.subject)) is record

    def drop(self, record: Record[S]) -> None:
        """Forget an object that has left memory."""
        self._records.pop(id(record.subject), None)

    def succeed(self, record: Record[S], new: S) -> None:
        """Let another object take a live one's place, and its record."""
        self.drop(record)
        record.subject, record.is_fresh = new, False
        self._records[id(new)] = record

    def touch(self, subject: Stateful) -> Record[Any] | None:
        """Note that an object may have changed; one that is being made has not."""
        record = self._records.get(id(subject))
        if record is not None:
            record.is_fresh = False
            self.touched[record] = None
        return record

    def changed(self, records: Iterable[Record[Any]]) -> Touched:
        """Look at some and give those that are other than at the last look."""
        return {record: None for record in records if self._is_other(record)}

    @staticmethod
    def _is_other(record: Record[Any]) -> bool:
        try:
            return record.look()
        except (Exception, SystemExit):  # noqa: BLE001 - the turn's end says what is wrong
            record.is_fresh = False
            return True

    def unsaved(self, records: Iterable[Record[Any]]) -> tuple[list[Unsaved], Touched]:
        """Encode each; give those that differ from what the store has, and bad ones.

        A bad one is one whose state cannot be stored: it is logged once, and has a
        ``problem`` from then on; the store keeps its last good state.
        """
        found: list[Unsaved] = []
        bad: Touched = {}
        for record in records:
            try:
                snapshot = record.unsaved()
            except (Exception, SystemExit) as error:  # noqa: BLE001 - authors' classes raise anything
                self._note(record, error)
                bad[record] = None
            else:
                record.problem = ""
                if snapshot is not None:
                    found.append((record, snapshot))
            record.is_fresh = False  # next turn it may have changed without a touch
        return found, bad

    def _note(self, record: Record[Any], error: BaseException) -> None:
        said = f"{record.subject.name}: {type(error).__name__}"
        try:
            problem = f"{said}: {error}"
        except Exception:  # noqa: BLE001 - an author's __str__
            problem = said
        if problem != record.problem:
            self._fence.incident(Failure(error), f"saving {record.subject.name}")
        record.problem = problem

    def hand_over(self, due: list[Unsaved]) -> int:
        """Take these for saved, as a batch whose number is given."""
        self.batches += 1
        for record, snapshot in due:
            record.handed_over(snapshot, self.batches)
        return self.batches

    def commit(
        self, due: list[Unsaved], answers: Sequence[KeptAnswer]
    ) -> Deferred[None]:
        """Have the store save a batch; fails with what the store refuses with.

        ``answers``: of numbered calls, to be stored in the same transaction.
        """
        snapshots = tuple(snapshot for _, snapshot in due)
        return started(self._store.commit(Batch(snapshots, tuple(answers))))

    def take_back(self, records: Iterable[Record[Any]]) -> None:
        """Give objects their saved state again; calls at work on them shall know."""
        self._back(records, Record.take_back)

    def give_up(self, records: Iterable[Record[Any]]) -> None:
        """Give objects the state again that was handed over last, as above."""
        self._back(records, Record.give_up)

    def _back(
        self,
        records: Iterable[Record[Any]],
        act: Callable[[Record[Any], int], object],
    ) -> None:
        self.batches += 1  # whoever begins from now on is not concerned
        for record in records:
            try:
                act(record, self.batches)
            except Exception as error:  # noqa: BLE001 - a migration's, or an author's class's
                self._note(record, error)
