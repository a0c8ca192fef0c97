"""One thread that owns the connection and commits whatever is queued.

Rules:

* The commit is the window: while one is being written to the disk, operations gather,
  and all of them go into the next. A timer would only add its own length.
* What goes wrong in a group is for `store.groups`.
* An answer is given only after the commit that holds its operation.
* A file that was removed or replaced would take all writes and be gone with the
  process, so each group's ``begin`` looks first, and so does the end.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from twisted.internet.defer import Deferred, fail

from gameserver.errors import StoreError
from gameserver.store.groups import Groups, Operation, Queued

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from gameserver.model.batch import Batch
    from gameserver.store.database import Database

T = TypeVar("T")


class Writer:
    """The queue and its thread; every method is for the reactor's thread.

    Takes over ``database`` and closes it. ``deliver`` has a callable run on the
    reactor's thread: ``reactor.callFromThread``.
    """

    def __init__(
        self, database: Database, deliver: Callable[[Callable[[], None]], object]
    ) -> None:
        self._database = database
        self._deliver = deliver
        self._groups = Groups(database, self._read)
        self._changed = threading.Condition()
        self._queue: list[Queued] = []
        self._is_closing = False
        self._is_closed = False
        self._waiting: list[Deferred[None]] = []
        # Daemon: a program that ends without close() must not hang, and loses nothing
        # that was answered.
        self._thread = threading.Thread(
            target=self._run, name=f"store {database.name}", daemon=True
        )
        self._thread.start()

    def submit(
        self, work: Callable[[Connection], T], *, reads: bool = False
    ) -> Deferred[T]:
        """Queue an operation; see `store.groups` for what it may do.

        One that only ``reads`` goes on while the file is locked or cannot be written.
        """
        operation = Operation(work, reads=reads)
        return operation.answer if self._put(operation) else self._refused()

    def commit(self, batch: Batch) -> Deferred[None]:
        """Queue a batch: all or nothing; ``StoreError`` if a snapshot is stale."""
        try:
            commit = self._groups.commit(batch)
        except StoreError as refusal:
            return fail(refusal)
        return commit.answer if self._put(commit) else self._refused()

    def close(self) -> Deferred[None]:
        """Take nothing more; fires when the queue is done and the thread has ended.

        Fails with ``StoreError`` if the file is not there any more.
        """
        ended: Deferred[None] = Deferred()
        if self._is_closed:
            ended.callback(None)
            return ended
        self._waiting.append(ended)
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        return ended

    def join(self) -> None:
        """Block until the thread has ended, after ``close``; needs no reactor."""
        self._thread.join()

    def _put(self, queued: Queued) -> bool:
        with self._changed:
            if self._is_closing:
                return False
            self._queue.append(queued)
            self._changed.notify()
        return True

    def _refused(self) -> Deferred[Any]:
        return fail(StoreError(f"{self._database.name}: the store is closed"))

    def _run(self) -> None:
        while group := self._next_group():
            self._deliver(partial(_tell, self._groups.answers(group)))
        lost: Exception | None = None
        try:
            self._database.close()
        except Exception as refusal:  # noqa: BLE001 - whoever closes gets it
            lost = self._groups.named(refusal)
        self._deliver(partial(self._ended, lost))

    def _read(self, reads: list[Queued]) -> None:
        """Carry out, out of turn, what only reads, while a lock is waited for."""
        with self._changed:
            reads = reads + [one for one in self._queue if one.reads]
            self._queue = [one for one in self._queue if not one.reads]
        if reads:
            self._deliver(partial(_tell, self._groups.answers(reads)))

    def _next_group(self) -> list[Queued]:
        """Wait for work and take all of it; nothing means that the end has come."""
        with self._changed:
            while not self._queue and not self._is_closing:
                self._changed.wait()
            group, self._queue = self._queue, []
            return group

    def _ended(self, lost: Exception | None) -> None:
        self._thread.join()
        self._is_closed = True
        for waiting in self._waiting:
            waiting.callback(None) if lost is None else waiting.errback(lost)


def _tell(answers: Sequence[Callable[[], None]]) -> None:
    for tell in answers:
        tell()
