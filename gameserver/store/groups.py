"""How a group of operations is carried out: in one commit, again, or one by one.

Rules:

* Operations run in the order in which they were given, reads among them, so that who
  reads after a write sees it. But while another process has the file locked, reads that
  come go first: nobody was told of those writes yet.
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
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from twisted.internet.defer import Deferred

from gameserver.errors import PeerError, StoreError, StoreLocked
from gameserver.store.batches import Rows, Statements
from gameserver.store.sqlite import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import Connection

    from gameserver.model.batch import Batch
    from gameserver.store.database import Database

T = TypeVar("T")


class Operation(Generic[T]):
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


class Commit:
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


_GLIMPSE = 0.05
"""Seconds between two looks at what is to be read, while the file is locked."""


class _StaleError(Exception):
    """One of several batches is stale; which one is not known yet."""


Queued: TypeAlias = Operation[Any] | Commit
"""What waits in the queue."""

Answers: TypeAlias = list["Callable[[], None]"]
"""What tells each answer, on the reactor's thread."""


class Groups:
    """Carries out group after group on one database; see the module.

    ``meanwhile``: called, on the writer's thread, now and then while a lock is waited
    for, outside all transactions. It is to carry out the operations that it is given,
    and may do others that only read.
    """

    def __init__(
        self, database: Database, meanwhile: Callable[[list[Queued]], object]
    ) -> None:
        self._database = database
        self._meanwhile = meanwhile
        self._statements = Statements.of(database.connection.dialect)
        self._chain = 0
        """Counts the refusals of batches that were told; for the reactor's thread."""
        self._broken = -1
        """The last chain in which one was refused; for the writer's thread."""

    def commit(self, batch: Batch) -> Commit:
        """Give a batch to queue, on the reactor's thread; ``StoreError`` for bad text.

        It belongs to the chain of all that were made since the last refusal was told.
        """
        try:
            return Commit(Rows(batch), self._chain)
        except UnicodeEncodeError as error:
            raise self.named(error) from error

    def answers(
        self, group: Sequence[Queued], *, careful: bool = False, again: bool = False
    ) -> Answers:
        """Carry out a group, on the writer's thread; give what tells each answer.

        ``careful``: with a savepoint for each batch. ``again``: after a connection was
        lost.
        """
        broken = [queued for queued in group if self._is_broken(queued)]
        rest = [queued for queued in group if not self._is_broken(queued)]
        told = [self._failed(queued, _after_another()) for queued in broken]
        if rest:
            told += self._carried_out(rest, careful=careful, again=again)
        return told

    def _carried_out(
        self, group: Sequence[Queued], *, careful: bool, again: bool
    ) -> Answers:
        try:
            connection, group = self._begun(group)
        except StoreLocked as refusal:  # what only reads is done by now
            writing = [queued for queued in group if not queued.reads] or group
            return [self._failed(queued, self.named(refusal)) for queued in writing]
        except Exception as refusal:  # noqa: BLE001 - the thread must live on
            return self._not_begun(group, self.named(refusal))
        return self._done(connection, group, careful=careful, again=again)

    def _done(
        self,
        connection: Connection,
        group: Sequence[Queued],
        *,
        careful: bool,
        again: bool,
    ) -> Answers:
        """Carry out a group whose transaction has begun."""
        try:
            answers = self._work(connection, group, careful=careful)
            self._database.commit()
        except _StaleError:
            self._database.rollback()
            return self.answers(group, careful=True, again=again)
        except Exception as culprit:  # noqa: BLE001 - whoever asked gets it
            is_lost = self._database.is_lost()
            self._database.rollback()
            if is_lost and not again:
                return self.answers(group, again=True)
            if len(group) == 1:
                return [self._failed(group[0], self.named(culprit))]
            return [tell for queued in group for tell in self.answers([queued])]
        return answers

    def _begun(self, group: Sequence[Queued]) -> tuple[Connection, Sequence[Queued]]:
        """Begin a transaction, and give those of a group that are still to be done.

        While it waits for a lock, it has others done that only read.
        """
        end = time.monotonic() + PATIENCE
        reads = all(queued.reads for queued in group)
        while True:
            try:
                return self._database.begin(reads=reads, wait=_GLIMPSE), group
            except StoreLocked:
                if reads or time.monotonic() >= end:
                    raise
            self._meanwhile([queued for queued in group if queued.reads])
            group = [queued for queued in group if not queued.reads]

    def _not_begun(self, group: Sequence[Queued], refusal: Exception) -> Answers:
        """Refuse what would write, and read the rest: that needs no lock.

        Nothing has run, so nobody is the culprit, and waiting for the lock once more
        for each operation would stop the queue for minutes.
        """
        reading = [queued for queued in group if queued.reads]
        if len(reading) == len(group):
            return [self._failed(queued, refusal) for queued in group]
        refused = [self._failed(each, refusal) for each in group if not each.reads]
        return refused + (self.answers(reading) if reading else [])

    def _work(
        self, connection: Connection, group: Iterable[Queued], *, careful: bool
    ) -> Answers:
        """Run a group in its order, batches that follow one another as one."""
        answers: Answers = []
        run: list[Commit] = []
        write = self._one_by_one if careful else self._together
        for queued in group:
            if isinstance(queued, Commit):
                run.append(queued)
                continue
            answers += write(connection, run)
            run = []
            answers.append(queued.run(connection))
        return answers + write(connection, run)

    def _together(self, connection: Connection, run: Sequence[Commit]) -> Answers:
        if run and self._statements.write(connection, [each.rows for each in run]):
            raise _StaleError
        return [each.done() for each in run]

    def _one_by_one(self, connection: Connection, run: Sequence[Commit]) -> Answers:
        return [self._alone(connection, each) for each in run]

    def _alone(self, connection: Connection, commit: Commit) -> Callable[[], None]:
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

    def _is_broken(self, queued: Queued) -> bool:
        return isinstance(queued, Commit) and queued.chain <= self._broken

    def _failed(self, queued: Queued, reason: Exception) -> Callable[[], None]:
        """Give what will tell the reason on the reactor's thread."""
        if not isinstance(queued, Commit):
            return queued.failed(reason)
        self._broken = max(self._broken, queued.chain)
        return partial(self._refuse, queued, reason)

    def _refuse(self, commit: Commit, reason: Exception) -> None:
        """Tell whoever made a batch; those made from now on are a new chain."""
        self._chain = max(self._chain, commit.chain + 1)
        commit.answer.errback(reason)

    def named(self, culprit: Exception) -> Exception:
        """Give the database's refusals as ``StoreError``; bugs stay what they are."""
        named = self._database.refusal(culprit)
        if named is None:
            return culprit
        named.__cause__ = culprit
        return named


def _after_another() -> StoreError:
    return StoreError("not saved: a batch before this one was refused")
