"""Reading a database beside the server that uses it: nothing can be changed."""

from __future__ import annotations

from sqlalchemy import text
from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from gameserver.errors import StoreError
from gameserver.model.snapshot import Snapshot
from gameserver.store.pages import snapshots
from gameserver.store.reading import reading_file, reading_url
from gameserver.store.sql import SqlStore
from tests.folders import temporary_folder
from tests.store.postgres_server import fresh_database

ADA = Snapshot("avatar", "ada", 1, b"{}", 1)


class ReadingContract:
    """The rules for a database that a store uses at the same time."""

    async def test_reads(self):
        """What was committed is read, as of one moment."""
        with self.reading() as connection:
            self.assertEqual(list(snapshots(connection)), [ADA])
            await self.store.snapshots.save([Snapshot("avatar", "bob", 1, b"{}", 1)])
            self.assertEqual(list(snapshots(connection)), [ADA])
        with self.reading() as connection:
            self.assertEqual(len(list(snapshots(connection))), 2)

    async def test_cannot_write(self):
        """Writing is refused by the database, and named as its refusal."""
        with self.assertRaisesRegex(StoreError, "read-?only"), self.reading() as one:
            one.execute(text("DELETE FROM snapshots"))
        self.assertEqual(await self.store.snapshots.load("avatar", "ada"), ADA)


class SqliteTests(ReadingContract, TestCase):
    async def setUp(self):
        self.path = temporary_folder(self) / "game.db"
        self.store = SqlStore.open(self.path, reactor.callFromThread)
        self.addCleanup(self.store.close)
        await self.store.snapshots.save([ADA])

    def reading(self):
        return reading_file(self.path)

    async def test_leaves_nothing(self):
        """Of a stopped server's files none is changed, made or removed."""
        await self.store.close()

        def files():
            return {
                one: (one.read_bytes(), one.stat().st_mtime_ns)
                for one in self.path.parent.iterdir()
            }

        before = files()
        with self.reading() as connection:
            list(snapshots(connection))
        self.assertEqual(files(), before)

    async def test_not_there(self):
        """A file that is not there is named, and not made."""
        missing = self.path.with_name("none.db")
        before = set(self.path.parent.iterdir())
        with self.assertRaisesRegex(StoreError, "none.db"), reading_file(missing):
            pass
        self.assertEqual(set(self.path.parent.iterdir()), before)


class PostgresTests(ReadingContract, TestCase):
    async def setUp(self):
        self.address = fresh_database(self)
        self.store = SqlStore.open_url(self.address, reactor.callFromThread)
        self.addCleanup(self.store.close)
        await self.store.snapshots.save([ADA])

    def reading(self):
        return reading_url(self.address, "the database")

    async def test_not_there(self):
        """A database that is not there is named as it is to be shown."""
        gone = self.address.replace("gameserver_test", "gone")
        with (
            self.assertRaisesRegex(StoreError, "^shown: the database refused: "),
            reading_url(gone, "shown"),
        ):
            pass
