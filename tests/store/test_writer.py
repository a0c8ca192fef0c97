"""Group commit, order, the lone culprit, and the end of the thread."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import event
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.trial.unittest import TestCase

from gameserver.errors import NotFound, StoreError
from gameserver.store import sqlite, sqlite_file
from gameserver.store.writer import Writer


class WriterTests(TestCase):
    """A real thread over a real file with one table of numbers."""

    def setUp(self):
        self.path = Path(self.enterContext(TemporaryDirectory())) / "numbers.db"
        database = sqlite_file.opened(self.path)
        sqlite.keep_log_ahead(database.connection, self.path)
        self.commits = []
        event.listen(database.connection.engine, "commit", self.commits.append)
        self.deliveries = 0
        self.writer = Writer(database, self.deliver)
        self.addCleanup(self.writer.close)

    def deliver(self, tell):
        self.deliveries += 1
        reactor.callFromThread(tell)

    async def table(self):
        """Make the table, then forget what that took."""
        await self.writer.submit(
            lambda c: c.exec_driver_sql("CREATE TABLE t (n INTEGER UNIQUE)").close()
        )
        self.commits.clear()
        self.deliveries = 0

    def held(self, *, reads: bool = False) -> threading.Event:
        """Stop the thread until the event is set, so that what follows is queued."""
        started, go_on = threading.Event(), threading.Event()

        def wait(_connection):
            started.set()
            go_on.wait(30)

        self.writer.submit(wait, reads=reads)
        started.wait(30)
        return go_on

    def insert(self, number: int) -> Deferred[int]:
        """Queue one row; its answer is the number."""

        def work(connection):
            connection.exec_driver_sql("INSERT INTO t VALUES (?)", (number,))
            return number

        return self.writer.submit(work)

    def numbers(self) -> Deferred[list[int]]:
        """Queue a read of all rows, in the order of insertion."""
        return self.writer.submit(
            lambda c: list(
                c.exec_driver_sql("SELECT n FROM t ORDER BY rowid").scalars()
            )
        )

    def reading(self) -> Deferred[list[int]]:
        """Queue a read of all rows, as one that needs no lock."""
        return self.writer.submit(
            lambda c: list(c.exec_driver_sql("SELECT n FROM t").scalars()), reads=True
        )

    async def test_one_commit_for_all_that_waits(self):
        """Five hundred writes that wait are one commit and one delivery."""
        await self.table()
        go_on = self.held()
        waiting = [self.insert(number) for number in range(500)]
        go_on.set()
        self.assertEqual(await gatherResults(waiting), list(range(500)))
        # The other commit and delivery are the operation that held the thread.
        self.assertEqual(len(self.commits), 2)
        self.assertEqual(self.deliveries, 2)

    async def test_answered_is_committed(self):
        """When an answer arrives, another connection to the file sees the write."""
        await self.table()
        await self.insert(7)
        with closing(sqlite3.connect(self.path)) as other:
            self.assertEqual(other.execute("SELECT n FROM t").fetchall(), [(7,)])

    async def test_order_is_kept(self):
        """Operations run in the order given, and a read sees the writes before it."""
        await self.table()
        go_on = self.held()
        first, early, second, late = (
            self.insert(1),
            self.numbers(),
            self.insert(2),
            self.numbers(),
        )
        go_on.set()
        self.assertEqual((await early, await late), ([1], [1, 2]))
        await gatherResults([first, second])

    async def test_only_the_culprit_fails(self):
        """One bad write among many fails alone; the others are stored."""
        await self.table()
        await self.insert(3)
        go_on = self.held()
        waiting = [self.insert(number) for number in range(6)]
        go_on.set()
        with self.assertRaisesRegex(StoreError, "UNIQUE constraint failed: t.n"):
            await waiting[3]
        self.assertEqual(
            await gatherResults(waiting[:3] + waiting[4:]), [0, 1, 2, 4, 5]
        )
        self.assertEqual(await self.numbers(), [3, 0, 1, 2, 4, 5])

    async def test_culprit_leaves_nothing(self):
        """What the culprit wrote before it failed is taken back."""
        await self.table()

        def half(connection):
            connection.exec_driver_sql("INSERT INTO t VALUES (1)")
            raise RuntimeError("a bug")

        go_on = self.held()
        other, bad = self.insert(2), self.writer.submit(half)
        go_on.set()
        with self.assertRaisesRegex(RuntimeError, "a bug"):
            await bad
        await other
        self.assertEqual(await self.numbers(), [2])

    async def test_refusal_costs_the_others_nothing(self):
        """A refusal is an answer: the group is still one commit."""
        await self.table()

        def refuse(_connection):
            raise NotFound("there is no such thing")

        go_on = self.held()
        before, refused, after = (
            self.insert(1),
            self.writer.submit(refuse),
            self.insert(2),
        )
        go_on.set()
        with self.assertRaises(NotFound):
            await refused
        await gatherResults([before, after])
        self.assertEqual(len(self.commits), 2)

    async def test_error_shows_no_values(self):
        """A database error names the file, and neither statement nor values."""
        await self.table()
        await self.insert(31337)
        error = await self.assertFailure(self.insert(31337), StoreError)
        self.assertIn(str(self.path), str(error))
        self.assertNotIn("31337", str(error) + str(error.__cause__))

    async def test_locked_file(self):
        """While another process holds the lock, writes fail; then they work again."""
        await self.table()
        with closing(sqlite3.connect(self.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            for waiting in [self.insert(number) for number in range(3)]:
                error = await self.assertFailure(waiting, StoreError)
                self.assertIn("database is locked", str(error))
        await self.insert(5)
        self.assertEqual(await self.numbers(), [5])

    async def test_reads_go_on_while_locked(self):
        """While another process holds the lock, what only reads is answered."""
        await self.table()
        await self.insert(1)
        with closing(sqlite3.connect(self.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            go_on = self.held(reads=True)
            refused, reading = self.insert(2), self.reading()
            go_on.set()
            self.assertEqual(await reading, [1])
            self.assertEqual(await self.reading(), [1])
            self.assertNoResult(refused)
            await self.assertFailure(refused, StoreError)

    async def test_full(self):
        """When there is no room, writes fail and reads go on; with room all is well."""
        await self.table()
        await self.insert(1)

        def limit(pages):
            statement = f"PRAGMA max_page_count={pages}"
            return self.writer.submit(lambda c: c.exec_driver_sql(statement).close())

        await limit(1)
        large = self.writer.submit(
            lambda c: c.exec_driver_sql(
                "INSERT INTO t VALUES (zeroblob(99999))"
            ).close()
        )
        error = await self.assertFailure(large, StoreError)
        self.assertIn("full", str(error))
        self.assertEqual(await self.reading(), [1])
        await limit(10_000)
        await self.insert(2)
        self.assertEqual(await self.numbers(), [1, 2])

    async def test_commit_fails(self):
        """When COMMIT itself is refused, only the culprit fails, and others go on."""
        await self.table()
        await self.writer.submit(
            lambda c: c.exec_driver_sql(
                "CREATE TABLE late (n REFERENCES t (n) DEFERRABLE INITIALLY DEFERRED)"
            ).close()
        )
        go_on = self.held()
        first = self.insert(1)
        bad = self.writer.submit(
            lambda c: c.exec_driver_sql("INSERT INTO late VALUES (99)").close()
        )
        last = self.insert(2)
        go_on.set()
        error = await self.assertFailure(bad, StoreError)
        self.assertIn("FOREIGN KEY", str(error))
        await gatherResults([first, last])
        self.assertEqual(await self.numbers(), [1, 2])

    async def test_file_removed(self):
        """Once the file is gone nothing is answered as stored, and close fails too."""
        await self.table()
        self.path.unlink()
        for _ in range(2):
            error = await self.assertFailure(self.insert(1), StoreError)
            self.assertIn(f"{self.path}: the database was removed", str(error))
        await self.assertFailure(self.writer.close(), StoreError)

    async def test_file_replaced(self):
        """So it is when another file has its name; the first one's return is fine."""
        await self.table()
        kept = self.path.rename(self.path.with_name("kept.db"))
        self.path.write_bytes(b"")
        error = await self.assertFailure(self.numbers(), StoreError)
        self.assertIn("removed or replaced", str(error))
        kept.replace(self.path)
        await self.insert(5)
        self.assertEqual(await self.numbers(), [5])

    async def test_close_drains(self):
        """Closing waits for all that was queued, and all of it is stored."""
        await self.table()
        go_on = self.held()
        waiting = [self.insert(number) for number in range(50)]
        closed = self.writer.close()
        go_on.set()
        await closed
        self.assertEqual([self.successResultOf(each) for each in waiting][-1], 49)
        with closing(sqlite3.connect(self.path)) as other:
            self.assertEqual(
                other.execute("SELECT count(*) FROM t").fetchall(), [(50,)]
            )

    async def test_closed_leaves_nothing(self):
        """After close the thread has ended and the log files are gone."""
        await self.table()
        await self.insert(1)
        await self.writer.close()
        names = [thread.name for thread in threading.enumerate()]
        self.assertNotIn(f"store {self.path}", names)
        self.assertEqual(
            [path.name for path in self.path.parent.iterdir()], ["numbers.db"]
        )

    async def test_closed_takes_nothing(self):
        """After close an operation is refused; closing again is no error."""
        await gatherResults([self.writer.close(), self.writer.close()])
        with self.assertRaisesRegex(StoreError, "closed"):
            await self.numbers()
        await self.writer.close()
