"""The three stores, for contract suites: a new one for each test, opened again."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from twisted.internet import reactor

from gameserver.store.memory import MemoryStore
from gameserver.store.sql import SqlStore
from tests.store.postgres_server import fresh_database

if TYPE_CHECKING:
    from gameserver.interfaces import Store


class InMemory:
    """The store in memory; `reopened` is the same object, as after a restart."""

    def setUp(self):
        self.store = MemoryStore()

    async def reopened(self) -> Store:
        await self.store.close()
        return self.store


class InSql:
    """A database; a subclass opens it."""

    wrong: str
    """A value for a column of bytes, in the words of the database."""

    def setUp(self):
        self.store = self.opened()

    def opened(self) -> SqlStore:
        store = self.made()
        self.addCleanup(store.close)
        return store

    def made(self) -> SqlStore:
        raise NotImplementedError

    async def reopened(self) -> Store:
        await self.store.close()
        return self.opened()

    async def damaged(self, statement: str) -> None:
        """Change rows by hand; ``{wrong}`` is a value for a column of bytes."""
        wrong = statement.replace("{wrong}", self.wrong)
        await self.store.run(lambda connection: connection.exec_driver_sql(wrong))


class InSqlite(InSql):
    """The store in a real SQLite file."""

    wrong = "x'7b7d'"

    def setUp(self):
        self.path = Path(self.enterContext(TemporaryDirectory())) / "game.db"
        super().setUp()

    def made(self) -> SqlStore:
        return SqlStore.open(self.path, reactor.callFromThread)


class InPostgres(InSql):
    """The store in a real PostgreSQL server, a new database for each test."""

    wrong = r"'\x7b7d'"

    def setUp(self):
        self.address = fresh_database(self)
        super().setUp()

    def made(self) -> SqlStore:
        return SqlStore.open_url(self.address, reactor.callFromThread)
