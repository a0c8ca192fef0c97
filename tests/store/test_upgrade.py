"""From any older schema to the newest, or a refusal that changes nothing."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select
from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import StoreError
from gameserver.model.account import Account
from gameserver.model.audit import AuditEntry
from gameserver.model.roles import Role
from gameserver.model.snapshot import Snapshot
from gameserver.store import pages, schema, sqlite, sqlite_file
from gameserver.store.checksum import of_snapshot
from gameserver.store.reading import reading_file
from gameserver.store.sql_accounts import account_columns, account_of, entry_columns
from gameserver.store.upgrade import STEPS, Steps, bring_up

MORE = """
    from alembic import op

    revision = "0005"
    down_revision = "0004"


    def upgrade():
        op.execute("ALTER TABLE accounts ADD COLUMN mood VARCHAR")
"""


class UpgradeTests(SynchronousTestCase):
    """Real files, and the product's own steps with one more behind them."""

    def setUp(self):
        self.folder = Path(self.enterContext(TemporaryDirectory()))
        self.path = self.folder / "game.db"

    def bring_up(self, steps: Steps = STEPS) -> None:
        database = sqlite_file.opened(self.path)
        self.addCleanup(database.connection.close)
        bring_up(database, steps)
        database.close()

    def rows(self, statement: str, path: Path | None = None) -> list[tuple]:
        with closing(sqlite3.connect(path or self.path)) as connection, connection:
            return connection.execute(statement).fetchall()

    def with_one_more(self, more: str = "") -> Steps:
        """Give the product's steps and one more, in a folder with an odd name."""
        folder = self.folder / "100% new: steps"
        shutil.copytree(STEPS.folder, folder)
        file = folder / "versions" / "step_0005_mood.py"
        file.write_text(dedent(MORE) + more)
        return Steps(folder, 5)

    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir() if path.is_file())

    def test_empty_to_newest(self):
        """A new file gets exactly the tables that the program knows."""
        self.bring_up()
        with closing(sqlite.connected(self.path)) as connection:
            found = MigrationContext.configure(connection, opts={"compare_type": True})
            self.assertEqual(compare_metadata(found, schema.metadata), [])

    def test_new_is_what_steps_lead_to(self):
        """A new file, made without steps, is as one that went through all of them."""
        self.bring_up()
        made = self.made()
        self.path.unlink()
        for newest in range(schema.NEWEST):
            self.bring_up(Steps(STEPS.folder, newest + 1))
        self.assertEqual(made, self.made())

    def made(self) -> list[object]:
        """Give each table with its columns, keys and indexes, and the first rows."""
        names = [row[0] for row in self.rows("SELECT name FROM sqlite_master")]
        pragmas = ("table_xinfo", "index_list", "index_xinfo", "foreign_key_list")
        shapes = [
            (name, [self.rows(f"PRAGMA {one}({name})") for one in pragmas])
            for name in sorted(names)
        ]
        first = self.rows("SELECT * FROM meta, alembic_version")
        return [*shapes, first]

    def test_newest_is_the_last_step(self):
        """The number in the program is that of the last file in `steps/`."""
        files = sorted((STEPS.folder / "versions").glob("step_*.py"))
        self.assertTrue(files[-1].name.startswith(f"step_{schema.NEWEST:04}_"))
        self.assertEqual(len(files), schema.NEWEST)

    def test_new_file_needs_no_copy(self):
        """Nothing is copied when there was nothing."""
        self.bring_up()
        self.assertEqual(self.files(), ["game.db"])

    def test_newest_stays(self):
        """A database of the newest schema is opened without a copy or a change."""
        self.bring_up()
        before = self.path.read_bytes()
        self.bring_up()
        self.assertEqual((self.path.read_bytes(), self.files()), (before, ["game.db"]))

    def test_newest_needs_no_alembic(self):
        """Alembic is not imported where nothing is upgraded, nor for a new file."""
        program = f"""
            import sys
            from pathlib import Path
            from gameserver.store.sql import SqlStore

            for _ in range(2):
                SqlStore.open(Path({str(self.path)!r}), id).close_now()
            print([name for name in sys.modules if name.startswith("alembic")])
        """
        done = subprocess.run(
            [sys.executable, "-c", dedent(program)],
            capture_output=True,
            text=True,
            check=True,
        )
        self.assertEqual(done.stdout, "[]\n")

    def test_older_is_copied_and_upgraded(self):
        """An older file keeps its rows, and lies beside itself as it was before."""
        self.bring_up()
        self.rows("INSERT INTO accounts VALUES ('ada', 'Ada', '', '', x'00', 1, 0)")
        self.bring_up(self.with_one_more())
        self.assertEqual(self.rows("SELECT name, mood FROM accounts"), [("Ada", None)])
        self.assertEqual(self.rows("SELECT * FROM alembic_version"), [("0005",)])
        copy = self.folder / "game.db.before-0005"
        self.assertEqual(self.rows("SELECT * FROM alembic_version", copy), [("0004",)])
        self.assertEqual(self.rows("SELECT name FROM accounts", copy), [("Ada",)])
        self.assertEqual(copy.stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.files(), ["game.db", "game.db.before-0005"])

    def test_second_step_sums_up(self):
        """Snapshots of the first schema get their checksums, and so can be loaded."""
        self.bring_up(Steps(STEPS.folder, 1))
        states = {f"p{n}": b"\0" * n for n in range(1500)}
        with closing(sqlite3.connect(self.path)) as connection, connection:
            rows = ((id_, state) for id_, state in states.items())
            statement = "INSERT INTO snapshots VALUES ('Zoë', ?, 3, ?, 7)"
            connection.executemany(statement, rows)
        self.bring_up()
        for id_, checksum in self.rows("SELECT id, checksum FROM snapshots"):
            snapshot = Snapshot("Zoë", id_, 3, states.pop(id_), 7)
            self.assertEqual(checksum, of_snapshot(snapshot))
        self.assertEqual(states, {})

    def test_third_step_sums_up(self):
        """Accounts, audit trail and count of the second schema get their checksums."""
        self.bring_up(Steps(STEPS.folder, 2))
        accounts = [
            Account("Zoë", Role.ADMIN, "$argon2", b"\0\xff", 1234.5),
            Account("bob", Role.PLAYER, None, None, -0.0),
            Account("eve", Role.PLAYER, "", b"", 1.0),
        ]
        entries = [AuditEntry(n / 2, "a", "b", "c", "d\0", "é") for n in range(1500)]
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.executemany(
                "INSERT INTO accounts VALUES (:key, :name, :role, :password, "
                ":sealed_token, :created)",
                [account_columns(one) for one in accounts],
            )
            connection.executemany(
                "INSERT INTO audit VALUES (NULL, :when_, :who, :origin, :verb, "
                ":target, :outcome)",
                [entry_columns(one) for one in entries],
            )
            connection.execute("UPDATE meta SET commits = 7")
        self.bring_up()
        with reading_file(self.path) as connection:
            found = connection.execute(select(schema.accounts)).all()
            self.assertCountEqual(map(account_of, found), accounts)
            self.assertEqual(list(pages.audit(connection)), entries)
        self.assertEqual(self.rows("SELECT * FROM meta"), [(1, 7, -7)])

    def test_third_step_damaged_row(self):
        """A row that cannot be summed up is found when it is read."""
        self.bring_up(Steps(STEPS.folder, 2))
        self.rows("INSERT INTO audit VALUES (1, 'then', 'a', 'b', 'c', 'd', 'e')")
        self.bring_up()
        with (
            reading_file(self.path) as connection,
            self.assertRaisesRegex(StoreError, "audit entry 1: .*damaged"),
        ):
            list(pages.audit(connection))

    def test_failing_step_changes_nothing(self):
        """A step that fails half-way leaves the file as it was, and says so."""
        self.bring_up()
        steps = self.with_one_more('    op.execute("INSERT INTO nowhere VALUES (1)")\n')
        with self.assertRaisesRegex(StoreError, "game.db: .* 5 failed .*nowhere"):
            self.bring_up(steps)
        self.assertEqual(self.rows("SELECT * FROM alembic_version"), [("0004",)])
        columns = [row[1] for row in self.rows("PRAGMA table_info(accounts)")]
        self.assertNotIn("mood", columns)

    def test_failed_upgrade_can_be_repeated(self):
        """The copy of a failed try does not stand in the way of the next."""
        self.bring_up()
        steps = self.with_one_more('    op.execute("INSERT INTO nowhere VALUES (1)")\n')
        self.assertRaises(StoreError, self.bring_up, steps)
        file = steps.folder / "versions" / "step_0005_mood.py"
        file.write_text(dedent(MORE))
        self.bring_up(steps)
        self.assertEqual(self.rows("SELECT * FROM alembic_version"), [("0005",)])

    def test_newer_refused(self):
        """A newer database is refused with file, version seen and expected."""
        self.bring_up(self.with_one_more())
        before = self.path.read_bytes()
        with self.assertRaisesRegex(
            StoreError, "game.db: schema version 5 seen, at most 4 expected"
        ):
            self.bring_up()
        self.assertEqual((self.path.read_bytes(), self.files()), (before, ["game.db"]))

    def test_strange_version_refused(self):
        """A version that is no number is refused by name."""
        self.bring_up()
        self.rows("UPDATE alembic_version SET version_num = 'a1b2'")
        with self.assertRaisesRegex(StoreError, "game.db: .*a1b2"):
            self.bring_up()

    def test_foreign_database_refused(self):
        """A database of another program is refused and stays as it is."""
        self.rows("CREATE TABLE bookmarks (url TEXT)")
        before = self.path.read_bytes()
        with self.assertRaisesRegex(StoreError, "game.db: table 'bookmarks' seen"):
            self.bring_up()
        self.assertEqual((self.path.read_bytes(), self.files()), (before, ["game.db"]))

    def test_no_upgrade_without_a_copy(self):
        """When the copy cannot be written, no step is run."""
        self.bring_up()
        (self.folder / "game.db.before-0005").mkdir()
        with self.assertRaisesRegex(StoreError, "game.db: cannot copy it to"):
            self.bring_up(self.with_one_more())
        self.assertEqual(self.rows("SELECT * FROM alembic_version"), [("0004",)])
