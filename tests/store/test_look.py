"""Whoever looks at a database, or refuses it, changes no byte of its files."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from twisted.internet import reactor
from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import StoreError
from gameserver.store import look, pages
from gameserver.store.backup import back_up
from gameserver.store.reading import reading_file
from gameserver.store.sql import SqlStore
from gameserver.store.sqlite_file import Accepted, accept_loss
from tests.folders import temporary_folder

COMMITS = 30
KILLED = """
import os, queue, sys
from pathlib import Path
from gameserver.model.batch import Batch
from gameserver.model.snapshot import Snapshot
from gameserver.store.sql import SqlStore

answers = queue.Queue()
store = SqlStore.open(Path(sys.argv[1]), answers.put)
for revision in range(1, int(sys.argv[2]) + 1):
    ada = Snapshot("avatar", "ada", 1, b"%d" % revision, revision)
    done = store.commit(Batch((ada,)))
    while not done.called:
        answers.get()()
os.kill(os.getpid(), 9)
"""
LOST = r"game.db: \d+ commits seen, at least 30 expected: answered changes are lost"


class KilledTests(SynchronousTestCase):
    """The files of a process that was killed, with all commits in the log."""

    @classmethod
    def setUpClass(cls):
        cls.killed = Path(cls.enterClassContext(TemporaryDirectory()))
        path = cls.killed / "game.db"
        command = [sys.executable, "-c", KILLED, path, str(COMMITS)]
        done = subprocess.run(command, check=False)
        assert done.returncode == -9

    def setUp(self):
        self.folder = temporary_folder(self)
        self.path = self.folder / "game.db"
        for file in self.killed.iterdir():
            shutil.copy(file, self.folder)

    def damage(self) -> None:
        """Flip one bit in the middle of the log."""
        log = look.log(self.path)
        content = bytearray(log.read_bytes())
        content[len(content) // 2] ^= 4
        log.write_bytes(content)

    def files(self) -> dict[str, bytes]:
        return {one.name: one.read_bytes() for one in self.folder.iterdir()}

    def refused(self, act) -> None:
        """Expect the refusal and no change, with the log's index and without."""
        for _ in range(2):
            before = self.files()
            with self.assertRaisesRegex(StoreError, LOST):
                act()
            self.assertEqual(self.files(), before)
            (self.folder / "game.db-shm").unlink(missing_ok=True)

    def test_header_alone(self):
        """A log that ends with its header, as a kill may leave it, is no obstacle."""
        with closing(sqlite3.connect(self.path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            log, header = look.log(self.path), self.killed / "game.db-wal"
            log.write_bytes(header.read_bytes()[:32])
            files = self.files()
        for name, content in files.items():
            (self.folder / name).write_bytes(content)
        self.assertEqual(len(self.files()), 4, "with the index, and the count")
        with look.looking(self.path) as connection:
            rows = connection.execute("SELECT revision FROM snapshots").fetchall()
        self.assertEqual(rows, [(COMMITS,)])

    def test_start(self):
        """A start that is refused changes nothing."""
        self.damage()
        self.refused(lambda: SqlStore.open(self.path, reactor.callFromThread))

    def test_backup(self):
        """So does a backup."""
        self.damage()
        self.refused(lambda: back_up(self.path, self.folder / "copy"))

    def test_reading(self):
        """So does a dry run."""
        self.damage()
        self.refused(lambda: reading_file(self.path).__enter__())

    def test_whole(self):
        """A whole log is read to its end, and stays."""
        for _ in range(2):
            before = self.files()
            with reading_file(self.path) as connection:
                (ada,) = pages.snapshots(connection)
            self.assertEqual(ada.revision, COMMITS)
            target = temporary_folder(self) / "copy"
            self.assertEqual(back_up(self.path, target).commits, COMMITS)
            self.assertEqual(self.files(), before)
            (self.folder / "game.db-shm").unlink(missing_ok=True)

    def test_damaged_database(self):
        """Damage of the database below a whole log leaves both as they are, too."""
        content = bytearray(self.path.read_bytes())
        content[16:18] = b"\xff\xff"
        self.path.write_bytes(content)
        before = self.files()
        for act in (
            lambda: SqlStore.open(self.path, reactor.callFromThread),
            lambda: back_up(self.path, self.folder / "copy"),
            lambda: accept_loss(self.path),
        ):
            with self.assertRaisesRegex(StoreError, "not a database"):
                act()
        self.assertEqual(self.files(), before)

    def test_accepted(self):
        """What the operator accepts is served; the log stays beside it."""
        self.damage()
        log = look.log(self.path).read_bytes()
        accepted = accept_loss(self.path)
        self.assertTrue(0 < accepted.commits < COMMITS)
        self.assertEqual(accepted.kept.read_bytes(), log)
        with reading_file(self.path) as connection:
            (ada,) = pages.snapshots(connection)
        self.assertEqual(ada.state, b"%d" % ada.revision)
        self.assertEqual(
            accept_loss(self.path), Accepted(accepted.commits, is_loss=False)
        )


class ShutTests(SynchronousTestCase):
    """A folder that may be read and not written to."""

    def setUp(self):
        self.folder = temporary_folder(self)
        self.path = self.folder / "game.db"
        with closing(sqlite3.connect(self.path)) as made:
            made.execute("PRAGMA journal_mode=WAL")
            made.execute("CREATE TABLE meta (id, commits)")
            made.execute("INSERT INTO meta VALUES (1, 7)")
            made.commit()
        self.path.chmod(0o444)
        self.folder.chmod(0o555)

    def read(self) -> str:
        """Read as a user who is nobody, in a process of his own."""
        code = (
            "import os, sys; from pathlib import Path;"
            "from gameserver.errors import StoreError;"
            "from gameserver.store.reading import reading_file;"
            "from sqlalchemy import text; os.geteuid() or os.setuid(65534)\n"
            "try:\n"
            "    with reading_file(Path(sys.argv[1])) as one:\n"
            "        print(one.scalar(text('SELECT commits FROM meta')))\n"
            "except StoreError as error:\n"
            "    print(error)\n"
        )
        command = [sys.executable, "-c", code, self.path]
        return subprocess.check_output(command, text=True).strip()

    def test_read(self):
        """What is whole in it is read."""
        before = set(self.folder.iterdir())
        self.assertEqual(self.read(), "7")
        self.assertEqual(set(self.folder.iterdir()), before)

    def test_refused(self):
        """What may not be read is named with the reason."""
        self.path.chmod(0)
        self.assertEqual(
            self.read(),
            f"{self.path}: the database refused: unable to open database file: "
            "Permission denied",
        )


class LiveTests(SynchronousTestCase):
    def test_index_without_a_mark(self):
        """A file that another process has just begun to write is read as it is."""
        path = temporary_folder(self) / "game.db"
        program = (
            "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]);"
            "c.execute('PRAGMA journal_mode=WAL'); c.execute('CREATE TABLE t (n)');"
            "c.execute('INSERT INTO t VALUES (1)'); c.commit();"
            "print(flush=True); sys.stdin.read()"
        )
        with subprocess.Popen(
            [sys.executable, "-c", program, path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as live:
            live.stdout.readline()
            with look.looking(path) as connection:
                self.assertEqual(connection.execute("SELECT n FROM t").fetchone(), (1,))
                with self.assertRaisesRegex(sqlite3.Error, "readonly"):
                    connection.execute("DELETE FROM t")
            live.stdin.close()
