"""Opening a file: its mode, its settings, and what is refused."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from gameserver.errors import StoreError
from gameserver.model.account import Account
from gameserver.model.snapshot import Snapshot
from gameserver.store.sql import SqlStore


class NewerRole(StrEnum):
    """The role of a newer program."""

    WIZARD = "wizard"


def open_files() -> list[Path]:
    """Give the files that this process has open."""
    return [link.resolve() for link in Path("/proc/self/fd").iterdir()]


class OpeningTests(TestCase):
    """Real files of every kind."""

    def setUp(self):
        self.folder = Path(self.enterContext(TemporaryDirectory()))
        self.path = self.folder / "game.db"

    def opened(self) -> SqlStore:
        store = SqlStore.open(self.path, reactor.callFromThread)
        self.addCleanup(store.close)
        return store

    def assertRefused(self, pattern: str) -> None:
        with self.assertRaisesRegex(StoreError, pattern) as caught:
            SqlStore.open(self.path, reactor.callFromThread)
        self.assertTrue(str(caught.exception).startswith(str(self.path)))
        self.assertNotIn("\n", str(caught.exception))

    async def filled(self) -> None:
        """Make a database of some hundred pages and close it."""
        store = self.opened()
        state = b"x" * 4000
        await store.snapshots.save(
            [Snapshot("Player", f"p{n}", 1, state, 1) for n in range(200)]
        )
        await store.close()

    async def test_private(self):
        """The database and its log are readable by the owner only."""
        store = self.opened()
        await store.snapshots.save([Snapshot("Player", "ada", 1, b"{}", 1)])
        modes = {
            path.name: path.stat().st_mode & 0o777 for path in self.folder.iterdir()
        }
        self.assertEqual(
            modes,
            {
                "game.db": 0o600,
                "game.db-wal": 0o600,
                "game.db-shm": 0o600,
                "game.db.commits": 0o600,
            },
        )

    async def test_made_private(self):
        """A file that others could read is shut when it is opened."""
        await self.filled()
        self.path.chmod(0o644)
        self.opened()
        self.assertEqual(self.path.stat().st_mode & 0o777, 0o600)

    async def test_settings(self):
        """The connection is as durable as an answered call needs it."""
        store = self.opened()

        def seen(connection):
            names = ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
            return [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
                for name in names
            ]

        self.assertEqual(await store._writer.submit(seen), ["wal", 2, 50, 1])

    async def test_second_opening_leaves_locks(self):
        """Opening the file once more in this process drops no lock of the first."""
        first = self.opened()
        await first.accounts.all()  # takes the lock, which stays with the connection
        await self.opened().close()
        program = (
            "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], timeout=0);"
            "c.execute('PRAGMA locking_mode=EXCLUSIVE');"
            "c.execute('BEGIN IMMEDIATE')"
        )
        done = subprocess.run(  # noqa: ASYNC221 - nothing else has to run
            [sys.executable, "-c", program, self.path],
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertIn("database is locked", done.stderr)
        await first.close()

    def test_garbage_refused(self):
        """A file that is no database is refused by name and stays as it is."""
        self.path.write_bytes(b"This is not a database. " * 400)
        before = self.path.read_bytes()
        self.assertRefused("not a database")
        self.assertEqual(self.path.read_bytes(), before)

    async def test_truncated_refused(self):
        """A database that lost its second half is refused by name."""
        await self.filled()
        whole = self.path.read_bytes()
        self.path.write_bytes(whole[: len(whole) // 2])
        self.assertRefused("malformed|damaged")

    async def test_stump_refused(self):
        """A database of which only some bytes are left is refused by name."""
        await self.filled()
        self.path.write_bytes(self.path.read_bytes()[:90])
        self.assertRefused("not a database|malformed")

    async def test_damaged_refused(self):
        """A database with a page of noise is refused by name."""
        await self.filled()
        whole = bytearray(self.path.read_bytes())
        whole[4096 : 4096 * 8] = b"\x5a" * 4096 * 7
        self.path.write_bytes(whole)
        self.assertRefused("malformed|damaged")

    def test_folder_refused(self):
        """A folder in the place of the file is refused and keeps its mode."""
        self.path.mkdir(0o755)
        self.assertRefused("not a file")
        self.assertEqual(self.path.stat().st_mode & 0o777, 0o755)

    def test_missing_folder_refused(self):
        """A path in a folder that does not exist is refused by name."""
        self.path = self.folder / "missing" / "game.db"
        self.assertRefused("No such file or directory")

    async def test_unknown_role_refused(self):
        """A role that this program does not know is refused, with the account."""
        store = self.opened()
        await store.accounts.add(Account("Ada", NewerRole.WIZARD))
        with self.assertRaisesRegex(StoreError, "'Ada'.*'wizard'.*player, builder"):
            await store.accounts.get("ada")

    async def test_text_that_cannot_be_stored(self):
        """Text that UTF-8 cannot hold is refused, and harms nobody else."""
        store = self.opened()
        bad = store.snapshots.load("Player", "\ud800")
        good = store.snapshots.ids("Player")
        await self.assertFailure(bad, StoreError)
        self.assertEqual(await good, [])

    async def test_refused_is_let_go(self):
        """A newer database is refused on opening, and its file is not kept open."""
        await self.filled()
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
        self.assertRefused("schema version 9999 seen, at most 4 expected")
        self.assertNotIn(self.path, open_files())
