"""The how-to on the database: its commands are run, in its order, on real servers."""

from __future__ import annotations

import os
import shlex
import subprocess

from twisted.trial.unittest import SynchronousTestCase

from gameserver.server.directory import database
from gameserver.store import tally
from tests.docs.pages import page, shows
from tests.end_to_end.processes import BIN, COUNTING, RUN, SETTINGS, Place
from tests.store.postgres_server import fresh_database

PAGE = page("docs/how-to/operate-the-database.md")
RUN_HERE = {
    "back up",
    "restore",
    "export",
    "gameserver.toml",
    "import",
    "migrate",
    "loss",
    "accept",
}


class OperateTests(SynchronousTestCase):
    def setUp(self):
        self.place = Place(self.addCleanup)
        self.place.people()

    def run_block(self, name: str) -> None:
        """Run a block's commands and compare all that they print."""
        block = PAGE.block(name)
        done = subprocess.run(
            ["/bin/sh", "-c", "\n".join(block.commands)],
            cwd=self.place.folder,
            env={**os.environ, "PATH": f"{BIN}:/usr/bin:/bin"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            text=True,
        )
        self.assertTrue(shows(block.output, done.stdout), done.stdout)

    def store_something(self) -> None:
        """Have a service stored, by a server that starts and stops."""
        self.assertEqual(self.place.start(*RUN).stop(), 0)

    def test_whole(self):
        """Every block is run by a test below."""
        self.assertEqual(set(PAGE.names), RUN_HERE)

    def test_back_up_and_restore(self):
        """A copy of the running server's database takes the place of a damaged one."""
        server = self.place.start(*RUN)
        self.run_block("back up")
        self.assertEqual(server.stop(), 0)
        later = self.place.did("account", "add", "late", "--no-password")
        self.assertEqual(later, "made the account late (player)")
        file = database(self.place.data)
        file.write_bytes(b"\0" * file.stat().st_size)
        self.run_block("restore")
        self.assertNotIn("late", self.place.did("account", "list"))
        self.assertEqual(self.place.start(*RUN).stop(), 0)

    def test_older_copy_alone(self):
        """An older copy beside the newer count is refused, as the page says."""
        self.place.did("backup", "old.sqlite")
        self.place.did("account", "add", "late", "--no-password")
        file = database(self.place.data)
        file.write_bytes((self.place.folder / "old.sqlite").read_bytes())
        self.assertIn("answered changes are lost", self.place.gameserver("audit").err)

    def test_move(self):
        """What was in SQLite is served from PostgreSQL."""
        address = fresh_database(self)
        self.store_something()
        self.run_block("export")
        (self.place.folder / "database.address").write_text(f"{address}\n")
        setting = PAGE.block("gameserver.toml").text
        _, own = setting.splitlines()
        self.place.settings(f"{SETTINGS}{own}\n")
        self.run_block("import")
        for file in self.place.data.glob("gameserver.sqlite*"):
            file.unlink()
        server = self.place.start(*RUN)
        self.assertNotIn(address, server.log)
        refused = self.place.gameserver("backup", "copy.sqlite")
        self.assertIn("pg_dump", refused.err)
        self.assertEqual(refused.code, 1)
        self.assertEqual(server.stop(), 0)
        self.assertEqual(list(self.place.data.glob("gameserver.sqlite*")), [])

    def test_migrate(self):
        """A field of another type is found, with the server running."""
        self.store_something()
        self.put_avatar()
        server = self.place.start(*RUN)
        changed = COUNTING.replace("count: int = 0", 'count: str = ""')
        (self.place.folder / "next").mkdir()
        (self.place.folder / "next" / "game.py").write_text(changed)
        self.run_block("migrate")
        command = shlex.split(PAGE.block("migrate").commands[0])
        self.assertEqual(self.place.command(*command).code, 1)
        self.assertEqual(server.stop(), 0)

    def put_avatar(self) -> None:
        """Store ada's avatar, through an export of all and an import."""
        self.place.did("export", "--to", "all.jsonl")
        head, *rows = (self.place.folder / "all.jsonl").read_text().splitlines()
        row = (
            '{"line":"snapshot","kind":"avatar","id":"ada","version":1,'
            '"revision":1,"state":{"count":3}}'
        )
        end = rows.pop().replace('"snapshots":1', '"snapshots":2')
        text = "\n".join([head, row, *rows, end]) + "\n"
        (self.place.folder / "all.jsonl").write_text(text)
        for file in self.place.data.glob("gameserver.sqlite*"):
            file.unlink()
        self.place.did("import", "all.jsonl")

    def test_loss(self):
        """Lost commits are named, and accepted when that is asked for."""
        tally.accept(database(self.place.data), 999_999)
        self.run_block("loss")
        self.run_block("accept")
        self.assertIn("ada", self.place.did("account", "list"))
        self.assertIn("accept_loss", self.place.did("audit"))
