"""What only a server can do: go away, come back, be used twice, refuse."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from twisted.internet import reactor
from twisted.internet.defer import gatherResults
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from gameserver.errors import StoreError
from gameserver.model.snapshot import Snapshot
from gameserver.store import postgres, schema
from gameserver.store.sql import SqlStore
from gameserver.store.upgrade import STEPS, Steps, bring_up
from tests.store.postgres_server import (
    fresh_database,
    require_driver,
    throw_away_server,
)


def ada(revision: int) -> Snapshot:
    return Snapshot("Player", "ada", 1, b"{}", revision)


class PostgresTests(TestCase):
    """A new database of a real server for each test."""

    def setUp(self):
        self.address = fresh_database(self)

    def opened(self) -> SqlStore:
        store = SqlStore.open_url(self.address, reactor.callFromThread)
        self.addCleanup(store.close)
        return store

    def database(self) -> postgres.PostgresDatabase:
        database = postgres.opened(self.address)
        self.addCleanup(database.close)
        return database

    async def commits(self, store: SqlStore) -> int:
        return await store._writer.submit(lambda c: c.scalar(postgres._COUNTED))

    def end_session(self, store: SqlStore) -> None:
        """Have the server end the store's session, as a restart does."""
        pid = store._writer._database.connection.connection.driver_connection.info
        require_driver()
        import psycopg

        with psycopg.connect(self.address) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [pid.backend_pid])

    def test_tables(self):
        """A new database gets exactly the tables that the program knows."""
        database = self.database()
        bring_up(database)
        self.assert_known(database)

    def test_tables_by_steps(self):
        """So does one of the first schema."""
        database = self.database()
        bring_up(database, Steps(STEPS.folder, 1))
        bring_up(database)
        self.assert_known(database)

    def assert_known(self, database):
        options = {"compare_type": True, "compare_server_default": True}
        found = MigrationContext.configure(database.connection, opts=options)
        self.assertEqual(compare_metadata(found, schema.metadata), [])

    def test_upgrade_keeps_a_copy(self):
        """Before an upgrade every table is copied to a schema of its own."""
        database = self.database()
        bring_up(database, Steps(STEPS.folder, 1))
        with database.connection.begin():
            database.connection.exec_driver_sql(
                "INSERT INTO snapshots VALUES ('Player', 'ada', 1, 'x', 4)"
            )
        bring_up(database)
        with database.connection.begin():
            kept = database.connection.exec_driver_sql(
                "SELECT id, revision FROM before_0004.snapshots"
            ).all()
        self.assertEqual([tuple(row) for row in kept], [("ada", 4)])

    async def test_one_server_at_a_time(self):
        """A second server is refused while the first has the database."""
        store = self.opened()
        with self.assertRaisesRegex(StoreError, "another server is using"):
            SqlStore.open_url(self.address, reactor.callFromThread)
        await store.close()
        await self.opened().close()

    async def test_lost_session(self):
        """When the session ends, what is asked next is done on a new one."""
        store = self.opened()
        await store.snapshots.save([ada(1)])
        self.end_session(store)
        await gatherResults([store.snapshots.save([ada(n)]) for n in (2, 3)])
        self.assertEqual(await store.snapshots.load("Player", "ada"), ada(3))

    async def test_lost_while_committing(self):
        """A commit whose answer was lost is asked for, and not done twice."""
        store = self.opened()
        await store.snapshots.save([ada(1)])
        database = store._writer._database
        real = database.connection.dialect.do_commit

        def lose_answer(connection):
            real(connection)
            database.connection.dialect.do_commit = real
            self.end_session(store)
            connection.execute("SELECT 1")

        database.connection.dialect.do_commit = lose_answer
        await store.snapshots.save([ada(2)])
        self.assertEqual(await store.snapshots.load("Player", "ada"), ada(2))
        self.assertEqual(await self.commits(store), 2)

    async def test_lost_before_committing(self):
        """A commit that never arrived is done again."""
        store = self.opened()
        await store.snapshots.save([ada(1)])
        database = store._writer._database
        real = database.connection.dialect.do_commit

        def lose_request(connection):
            database.connection.dialect.do_commit = real
            self.end_session(store)
            real(connection)

        database.connection.dialect.do_commit = lose_request
        await store.snapshots.save([ada(2)])
        self.assertEqual(await store.snapshots.load("Player", "ada"), ada(2))
        self.assertEqual(await self.commits(store), 2)

    async def test_reads_count_nothing(self):
        """A group that only reads is no commit."""
        store = self.opened()
        await store.snapshots.save([ada(1)])
        await store.snapshots.load("Player", "ada")
        self.assertEqual(await self.commits(store), 1)

    def test_no_server(self):
        """A server that is not there is refused, without the password."""
        address = "postgresql://ada:s3cret@/x?host=/nonexistent"
        with self.assertRaisesRegex(StoreError, "the database refused") as caught:
            SqlStore.open_url(address, reactor.callFromThread)
        self.assertNotIn("s3cret", str(caught.exception))

    def test_other_urls(self):
        """What is no URL of PostgreSQL is refused."""
        for address, seen in (("mysql://x/y", "mysql"), ("game.db", "URL")):
            with self.assertRaisesRegex(StoreError, seen):
                SqlStore.open_url(address, reactor.callFromThread)


class RestartTests(TestCase):
    """A server of our own, stopped hard under load."""

    def setUp(self):
        self.server = throw_away_server()

    async def test_restarted_under_load(self):
        """What is asked during a restart succeeds or is refused; nothing is lost."""
        address = self.server.url.render_as_string(hide_password=False)
        store = SqlStore.open_url(address, reactor.callFromThread)
        self.addCleanup(store.close)
        restarted = deferToThread(self.restart)
        stored, refused = 0, 0
        for revision in range(1, 100_000):
            try:
                await store.snapshots.save([ada(revision)])
                stored = revision
            except StoreError:
                refused += 1
            if restarted.called and stored == revision:
                break
        await restarted
        self.assertEqual(await store.snapshots.load("Player", "ada"), ada(stored))
        await store.snapshots.delete("Player", "ada")

    def restart(self) -> None:
        self.server.control("stop", "-m", "immediate")
        self.server.start()
