"""One thread that owns the connection and commits whatever is queued.

Rules:

* The commit is the window: while one is being written to the disk, operations gather,
  and all of them go into the next. A timer would only add its own length.
* Operations run in the order in which they were given, reads among them, so that who
  reads after a write sees it.
* An answer is given only after the commit that holds its operation.
* An operation may be run twice, so it does nothing but read and write the database. A
  ``PeerError`` is an answer like any other and has to be raised before the operation
  writes anything. After any other exception the group is rolled back and its
  operations run one by one, so that only the culprit fails.
* A file that was removed or replaced would take all writes and be gone with the
  process, so each group looks first, and so does the end.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy.exc import SQLAlchemyError
from twisted.internet.defer import Deferred, fail

from gameserver.errors import PeerError, StoreError
from gameserver.store.sqlite import identity, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

T = TypeVar("T")


class _Operation(Generic[T]):
    """Something to do in a transaction, and where its answer goes."""

    def __init__(self, work: Callable[[Connection], T]) -> None:
        self._work = work
        self.answer: Deferred[T] = Deferred()

    def run(self, connection: Connection) -> Callable[[], None]:
        """Do the work; give what will tell its answer on the reactor's thread."""
        try:
            result = self._work(connection)
        except PeerError as refusal:
            return self.failed(refusal)
        return partial(self.answer.callback, result)

    def failed(self, reason: Exception) -> Callable[[], None]:
        """Give what will tell the reason on the reactor's thread."""
        return partial(self.answer.errback, reason)


class Writer:
    """The queue and its thread; every method is for the reactor's thread.

    Takes over ``connection`` and closes it. ``deliver`` has a callable run on the
    reactor's thread: ``reactor.callFromThread``. ``path`` is for messages.
    """

    def __init__(
        self,
        connection: Connection,
        deliver: Callable[[Callable[[], None]], object],
        path: Path,
    ) -> None:
        self._connection = connection
        self._deliver = deliver
        self._path = path
        self._file = identity(path)
        self._changed = threading.Condition()
        self._queue: list[_Operation[Any]] = []
        self._is_closing = False
        self._is_closed = False
        self._waiting: list[Deferred[None]] = []
        # Daemon: a program that ends without close() must not hang, and loses nothing
        # that was answered.
        self._thread = threading.Thread(
            target=self._run, name=f"store {path.name}", daemon=True
        )
        self._thread.start()

    def submit(self, work: Callable[[Connection], T]) -> Deferred[T]:
        """Queue an operation; see the module's rules for what it may do."""
        operation = _Operation(work)
        with self._changed:
            if self._is_closing:
                return fail(StoreError(f"{self._path}: the store is closed"))
            self._queue.append(operation)
            self._changed.notify()
        return operation.answer

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

    def _run(self) -> None:
        while group := self._next_group():
            self._deliver(partial(_tell, self._answers(group)))
        lost = self._loss()
        self._connection.close()
        self._deliver(partial(self._ended, lost))

    def _next_group(self) -> list[_Operation[Any]]:
        """Wait for work and take all of it; nothing means that the end has come."""
        with self._changed:
            while not self._queue and not self._is_closing:
                self._changed.wait()
            group, self._queue = self._queue, []
            return group

    def _answers(self, group: list[_Operation[Any]]) -> list[Callable[[], None]]:
        lost = self._loss()
        if lost is not None:
            return [operation.failed(lost) for operation in group]
        try:
            transaction = self._connection.begin()
        except SQLAlchemyError as locked:
            # Nothing has run, so nobody is the culprit, and waiting for the lock once
            # more for each operation would stop the queue for minutes.
            return [operation.failed(self._named(locked)) for operation in group]
        try:
            with transaction:
                return [operation.run(self._connection) for operation in group]
        except Exception as culprit:  # noqa: BLE001 - whoever asked gets it
            if len(group) == 1:
                return [group[0].failed(self._named(culprit))]
        return [tell for operation in group for tell in self._answers([operation])]

    def _loss(self) -> StoreError | None:
        """Give the error if the path does not lead to the opened file any more."""
        if identity(self._path) == self._file:
            return None
        text = "the database was removed or replaced while it was in use"
        return StoreError(f"{self._path}: {text}: nothing is saved any more")

    def _named(self, culprit: Exception) -> Exception:
        """Give the database's refusals as ``StoreError``; bugs stay what they are."""
        if not isinstance(culprit, SQLAlchemyError | UnicodeEncodeError):
            return culprit
        named = refused(self._path, culprit)
        named.__cause__ = culprit
        return named

    def _ended(self, lost: StoreError | None) -> None:
        self._thread.join()
        self._is_closed = True
        for waiting in self._waiting:
            waiting.callback(None) if lost is None else waiting.errback(lost)


def _tell(answers: Sequence[Callable[[], None]]) -> None:
    for tell in answers:
        tell()
