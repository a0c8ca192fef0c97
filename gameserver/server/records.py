"""One live object and what the store has of it, or is about to get."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from gameserver.model.snapshot import Snapshot
from gameserver.model.stateful import Stateful, restore, snapshot_of

S = TypeVar("S", bound=Stateful)


class Record(Generic[S]):
    """An object, its state at the last look, handed over last, and saved last.

    ``problem``: why its state cannot be stored, as the log has it; empty if it can.
    ``batch``: number of the last batch that it was part of; 0 for none. ``refused``:
    calls that began before that number of batches hold what is out of date.
    ``is_ready``: False while it is being created.
    """

    __slots__ = ("__dict__", "subject")  # C reads a slot in no time

    def __init__(self, subject: S, stored: Snapshot | None) -> None:
        self.subject = subject
        self.problem = ""
        self.batch = self.refused = 0
        self.is_fresh = False
        self.is_ready = True
        self._saved = self._stored = self._seen = stored
        self._first: Snapshot | None = None
        """What was handed over first; the way back of one that was never saved."""

    @property
    def is_stored(self) -> bool:
        """Whether the store has any state of it."""
        return self._saved is not None

    @property
    def size(self) -> int:
        """Bytes of its state at the last look; 0 if there was none."""
        return 0 if self._seen is None else len(self._seen.state)

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
        self._first = self._first or snapshot
        self._stored = self._seen = snapshot
        self.is_fresh = False
        self.batch = batch

    def saved(self, snapshot: Snapshot) -> None:
        """Note what the store has."""
        self._saved = snapshot

    def take_back(self, batches: int) -> None:
        """Give the object its saved state again, or the one that it began with."""
        self._stored = self._saved
        self._restore(self._saved or self._first, batches)

    def give_up(self, batches: int) -> None:
        """Give the object the state that the store has, or is about to get."""
        self._restore(self._stored or self._first, batches)

    def _restore(self, back: Snapshot | None, batches: int) -> None:
        self._seen, self.is_fresh = back, False
        self.refused = batches
        if back is not None:
            restore(self.subject, back)


def _is_same(one: Snapshot, other: Snapshot) -> bool:
    return one.state == other.state and one.version == other.version


Touched = dict[Record[Any], None]
"""A set of records, in the order in which they were touched."""

Unsaved = tuple[Record[Any], Snapshot]
