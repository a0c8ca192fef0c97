"""One thread that owns the connection and commits whatever is queued.

Rules:

* The commit is the window: while one is being written to the disk, operations gather,
  and all of them go into the next. A timer would only add its own length.
* Operations run in the order in which they were given, reads among them, so that who
  reads after a write sees it.
* An answer is given only after the commit that holds its operation.
* An operation may be run twice, so it does nothing but read and write the database. A
  ``PeerError`` or ``StoreError`` is an answer like any other and has to be raised
  before the operation writes anything. After any other exception the group is rolled
  back and its operations run one by one, so that only the culprit fails.
* Batches that stand side by side in the queue are written together. If one of them is
  stale the group is run again with a savepoint for each batch, and only that one fails.
* Batches are a chain: who makes one builds on those before. So when one is refused, all
  are that were queued before the refusal was told.
* When the connection to a server was lost, the group is run again as a whole, once:
  ``begin`` connects, or refuses all of it at once.
* A file that was removed or replaced would take all writes and be gone with the
  process, so each group's ``begin`` looks first, and so does the end.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from twisted.internet.defer import Deferred, fail

from gameserver.errors import PeerError, StoreError
from gameserver.store.batches import Rows, Statements

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import Connection

    from gameserver.model.batch import Batch
    from gameserver.store.database import Database

T = TypeVar("T")


class _Operation(Generic[T]):
    """Something to do in a transaction, and where its answer goes."""

    __slots__ = ("_work", "answer", "reads")

    def __init__(self, work: Callable[[Connection], T], *, reads: bool) -> None:
        self._work = work
        self.reads = reads
        self.answer: Deferred[T] = Deferred()

    def run(self, connection: Connection) -> Callable[[], None]:
        """Do the work; give what will tell its answer on the reactor's thread."""
        try:
            result = self._work(connection)
        except (PeerError, StoreError) as refusal:
            return self.failed(refusal)
        return partial(self.answer.callback, result)

    def failed(self, reason: Exception) -> Callable[[], None]:
        """Give what will tell the reason on the reactor's thread."""
        return partial(self.answer.errback, reason)


class _Commit:
    """A batch to write, and where its answer goes."""

    __slots__ = ("answer", "chain", "rows")
    reads = False

    def __init__(self, rows: Rows, chain: int) -> None:
        self.rows = rows
        self.chain = chain
        self.answer: Deferred[None] = Deferred()

    def done(self) -> Callable[[], None]:
        """Give what will tell on the reactor's thread that it is stored."""
        return partial(self.answer.callback, None)


class _StaleError(Exception):
    """One of several batches is stale; which one is not known yet."""


_Queued: TypeAlias = _Operation[Any] | _Commit
_Answers: TypeAlias = list["Callable[[], None]"]


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
        self._statements = Statements.of(database.connection.dialect)
        self._changed = threading.Condition()
        self._queue: list[_Queued] = []
        self._chain = 0
        """Counts the refusals of batches that were told; for the reactor's thread."""
        self._broken = -1
        """The last chain in which one was refused; for the writer's thread."""
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
        """Queue an operation; see the module's rules for what it may do.

        One that only ``reads`` goes on while the file is locked or cannot be written.
        """
        operation = _Operation(work, reads=reads)
        return operation.answer if self._put(operation) else self._refused()

    def commit(self, batch: Batch) -> Deferred[None]:
        """Queue a batch: all or nothing; ``StoreError`` if a snapshot is stale."""
        try:
            commit = _Commit(Rows(batch), self._chain)
        except UnicodeEncodeError as error:
            return fail(self._named(error))
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

    def _put(self, queued: _Queued) -> bool:
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
            self._deliver(partial(_tell, self._answers(group)))
        lost: Exception | None = None
        try:
            self._database.close()
        except Exception as refusal:  # noqa: BLE001 - whoever closes gets it
            lost = self._named(refusal)
        self._deliver(partial(self._ended, lost))

    def _next_group(self) -> list[_Queued]:
        """Wait for work and take all of it; nothing means that the end has come."""
        with self._changed:
            while not self._queue and not self._is_closing:
                self._changed.wait()
            group, self._queue = self._queue, []
            return group

    def _answers(
        self, group: Sequence[_Queued], *, careful: bool = False, again: bool = False
    ) -> _Answers:
        broken = [queued for queued in group if self._is_broken(queued)]
        rest = [queued for queued in group if not self._is_broken(queued)]
        told = [self._failed(queued, _after_another()) for queued in broken]
        if rest:
            told += self._carried_out(rest, careful=careful, again=again)
        return told

    def _carried_out(
        self, group: Sequence[_Queued], *, careful: bool, again: bool
    ) -> _Answers:
        reads = all(queued.reads for queued in group)
        try:
            connection = self._database.begin(reads=reads)
        except Exception as refusal:  # noqa: BLE001 - the thread must live on
            return self._not_begun(group, self._named(refusal))
        try:
            answers = self._work(connection, group, careful=careful)
            self._database.commit()
        except _StaleError:
            self._database.rollback()
            return self._answers(group, careful=True, again=again)
        except Exception as culprit:  # noqa: BLE001 - whoever asked gets it
            is_lost = self._database.is_lost()
            self._database.rollback()
            if is_lost and not again:
                return self._answers(group, again=True)
            if len(group) == 1:
                return [self._failed(group[0], self._named(culprit))]
            return [tell for queued in group for tell in self._answers([queued])]
        return answers

    def _not_begun(self, group: Sequence[_Queued], refusal: Exception) -> _Answers:
        """Refuse what would write, and read the rest: that needs no lock.

        Nothing has run, so nobody is the culprit, and waiting for the lock once more
        for each operation would stop the queue for minutes.
        """
        reading = [queued for queued in group if queued.reads]
        if len(reading) == len(group):
            return [self._failed(queued, refusal) for queued in group]
        refused = [self._failed(each, refusal) for each in group if not each.reads]
        return refused + (self._answers(reading) if reading else [])

    def _work(
        self, connection: Connection, group: Iterable[_Queued], *, careful: bool
    ) -> _Answers:
        """Run a group in its order, batches that follow one another as one."""
        answers: _Answers = []
        run: list[_Commit] = []
        write = self._one_by_one if careful else self._together
        for queued in group:
            if isinstance(queued, _Commit):
                run.append(queued)
                continue
            answers += write(connection, run)
            run = []
            answers.append(queued.run(connection))
        return answers + write(connection, run)

    def _together(self, connection: Connection, run: Sequence[_Commit]) -> _Answers:
        if run and self._statements.write(connection, [each.rows for each in run]):
            raise _StaleError
        return [each.done() for each in run]

    def _one_by_one(self, connection: Connection, run: Sequence[_Commit]) -> _Answers:
        return [self._alone(connection, each) for each in run]

    def _alone(self, connection: Connection, commit: _Commit) -> Callable[[], None]:
        """Write one batch; if it is stale take it back, and break the chain."""
        if self._is_broken(commit):
            return self._failed(commit, _after_another())
        savepoint = connection.begin_nested()
        stale = self._statements.write(connection, [commit.rows])
        if not stale:
            savepoint.commit()
            return commit.done()
        savepoint.rollback()
        return self._failed(commit, commit.rows.stale(stale))

    def _is_broken(self, queued: _Queued) -> bool:
        return isinstance(queued, _Commit) and queued.chain <= self._broken

    def _failed(self, queued: _Queued, reason: Exception) -> Callable[[], None]:
        """Give what will tell the reason on the reactor's thread."""
        if not isinstance(queued, _Commit):
            return queued.failed(reason)
        self._broken = max(self._broken, queued.chain)
        return partial(self._refuse, queued, reason)

    def _refuse(self, commit: _Commit, reason: Exception) -> None:
        """Tell whoever made a batch; those made from now on are a new chain."""
        self._chain = max(self._chain, commit.chain + 1)
        commit.answer.errback(reason)

    def _named(self, culprit: Exception) -> Exception:
        """Give the database's refusals as ``StoreError``; bugs stay what they are."""
        named = self._database.refusal(culprit)
        if named is None:
            return culprit
        named.__cause__ = culprit
        return named

    def _ended(self, lost: Exception | None) -> None:
        self._thread.join()
        self._is_closed = True
        for waiting in self._waiting:
            waiting.callback(None) if lost is None else waiting.errback(lost)


def _after_another() -> StoreError:
    return StoreError("not saved: a batch before this one was refused")


def _tell(answers: Sequence[Callable[[], None]]) -> None:
    for tell in answers:
        tell()
