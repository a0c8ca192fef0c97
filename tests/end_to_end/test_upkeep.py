"""The verbs for the database, at servers that run and that are stopped."""

from __future__ import annotations

import json
import os
import pty
import sqlite3
import stat
import subprocess
from contextlib import closing

from sqlalchemy import make_url

from gameserver.server.directory import database
from tests.end_to_end.processes import BIN, RUN, SETTINGS, Place
from tests.end_to_end.stock import ClientCase
from tests.store.postgres_server import fresh_database

SECRET = "s3cr3t-Qx"


class RunningTests(ClientCase):
    """Beside a running server."""

    place: Place

    @classmethod
    def setUpClass(cls):
        cls.place = Place(cls.addClassCleanup)
        cls.place.people()
        cls.place.start(*RUN)

    def test_stopped_only(self):
        """What needs the server stopped says so, and does nothing."""
        (self.place.folder / "empty").write_text("")
        for verb in (["export", "--to", "out"], ["accept-loss", "--yes"]):
            done = self.place.gameserver(*verb)
            self.assertEqual(done.code, 1, done.all)
            self.assertIn("is in use by process", done.err)
        self.assertFalse((self.place.folder / "out").exists())
        done = self.place.gameserver("import", "empty")
        self.assertIn("gameserver: empty:1: the end of the file seen", done.err)

    async def test_answered_is_in_copy(self):
        """A change that was answered before the backup is in the copy."""
        client = await self.connect(self.place, "tcp")
        await client.login("ada", self.place.tokens["ada"])
        await client.call("add", 41)
        self.place.did("backup", "after.sqlite")
        self.assertEqual(await client.call("add", 1), 42)  # it goes on
        await client.close()
        copy = Place(self.addCleanup)
        copy.data.mkdir()
        for end in ("", ".commits"):
            name = f"after.sqlite{end}"
            to = copy.data / f"gameserver.sqlite{end}"
            to.write_bytes((self.place.folder / name).read_bytes())
        exported = copy.gameserver("export").out.splitlines()
        states = {
            row["id"]: row["state"]
            for row in map(json.loads, exported)
            if row["line"] == "snapshot"
        }
        self.assertEqual(states["ada"], {"count": 41})

    def test_audit(self):
        """A backup is in the trail, a refused one too."""
        self.place.did("backup", "trail.sqlite")
        self.assertEqual(self.place.gameserver("backup", "trail.sqlite").code, 1)
        entries = json.loads(self.place.did("audit", "--json"))[:2]
        self.assertEqual(
            [(one["verb"], one["outcome"], one["origin"]) for one in entries],
            [
                ("backup", "refused: already-exists", "local"),
                ("backup", "done", "local"),
            ],
        )


class StoppedTests(ClientCase):
    """With no server."""

    def setUp(self):
        self.place = Place(self.addCleanup)
        self.place.people()

    def test_export_file(self):
        """An export is for its owner only, and replaces no file."""
        self.place.did("export", "--to", "out")
        out = self.place.folder / "out"
        self.assertEqual(stat.S_IMODE(out.stat().st_mode), 0o600)
        before = out.read_bytes()
        self.assertEqual(self.place.gameserver("export", "--to", "out").code, 1)
        self.assertEqual(out.read_bytes(), before)

    def test_pipe(self):
        """Without --to it goes to stdout; what is said goes to stderr."""
        done = self.place.gameserver("export")
        self.assertEqual(json.loads(done.out.splitlines()[0])["format"], 3)
        self.assertIn("exported 0 snapshots, 4 accounts", done.err)

    def test_damaged_row(self):
        """A damaged row refuses a backup, stopped or running, until it is removed."""
        with closing(sqlite3.connect(database(self.place.data))) as one, one:
            one.execute("UPDATE accounts SET created = 77 WHERE key = 'ada'")
        for is_running in (False, True):
            if is_running:
                self.place.start(*RUN)
            done = self.place.gameserver("backup", "copy.sqlite")
            self.assertEqual((done.code, done.err.count("\n")), (1, 1), done.all)
            self.assertIn("account 'ada': the stored row is damaged", done.err)
            self.assertFalse((self.place.folder / "copy.sqlite").exists())
        self.assertEqual(self.place.gameserver("account", "list").code, 1)
        self.place.did("account", "remove", "ada", "--yes")
        self.place.did("backup", "copy.sqlite")
        self.assertNotIn("ada", self.place.did("account", "list"))

    def test_damaged_schema(self):
        """Every verb names a database whose tables cannot be read, in one line.

        SQLite repeats the wrong byte in its message, which is no text then.
        """
        file = database(self.place.data)
        content = bytearray(file.read_bytes())
        content[content.index(b"CREATE TABLE snapshots") + 5] ^= 0x80
        file.write_bytes(content)
        for verb in (
            ["run"],
            ["account", "list"],
            ["audit"],
            ["export"],
            ["backup", "copy.sqlite"],
            ["migrate", "--dry-run"],
            ["accept-loss", "--yes"],
        ):
            done = self.place.gameserver(*verb)
            self.assertEqual((done.code, done.err.count("\n")), (1, 1), done.all)
            self.assertIn("gameserver.sqlite: the database is damaged", done.err)
            self.assertIn("restore a backup", done.err)

    def test_import_makes_directory(self):
        """An import makes the data directory; tokens come over sealed."""
        self.place.did("export", "--to", "out")
        self.place.did("import", "out", "--data", "new")
        listed = self.place.did("account", "list", "--json", "--data", "new")
        self.assertEqual(
            json.loads(listed), json.loads(self.place.did("account", "list", "--json"))
        )
        again = self.place.gameserver("import", "out", "--data", "new")
        self.assertIn("4 accounts", again.err)
        self.assertEqual(again.code, 1)

    def test_mistyped(self):
        """A data directory that is not there is named, and not made."""
        for verb in (
            ["export"],
            ["migrate", "--dry-run"],
            ["accept-loss", "--yes"],
            ["backup", "x"],
        ):
            done = self.place.gameserver(*verb, "--data", "nosuch")
            self.assertEqual(done.code, 2, done.all)
            self.assertIn("expected a server's data directory", done.err)
        self.assertFalse((self.place.folder / "nosuch").exists())

    def test_asked(self):
        """accept-loss asks first; without an answer it does nothing."""
        done = self.place.gameserver("accept-loss", stdin="n\n")
        self.assertEqual(done.code, 1)
        self.assertNotIn("accept_loss", self.place.did("audit"))

    def test_import_after_looks(self):
        """An import fills a world that was only looked at, and keeps who looked."""
        self.place.did("export", "--to", "out")
        there = "--data", "there"
        self.place.did("account", "add", "tmp", "--no-password", *there)
        self.place.did("account", "remove", "tmp", "--yes", *there)
        self.place.did("import", "out", *there)
        entries = json.loads(self.place.did("audit", "--json", *there))
        verbs = [one["verb"] for one in entries]
        self.assertEqual(verbs[:3], ["import", "account_remove", "account_add"])
        before = json.loads(self.place.did("audit", "--json"))
        # The export itself was recorded after it.
        self.assertEqual(entries[3:], before[-len(entries[3:]) :])
        self.assertTrue(entries[3:])

    def test_accept_nothing(self):
        """accept-loss says of a whole database that there is nothing to accept."""
        before = self.files()
        said = self.place.did("accept-loss", "--yes")
        self.assertIn("lacks nothing, with ", said)
        self.assertEqual(self.files(), before)

    def files(self) -> dict[str, bytes]:
        """Give the bytes of the database's files."""
        found = self.place.data.glob("gameserver.sqlite*")
        return {one.name: one.read_bytes() for one in found}

    def test_count_is_gone(self):
        """A verb says that the count is missing; a dry run, too, and leaves it so."""
        count = self.place.data / "gameserver.sqlite.commits"
        count.unlink()
        missing = "gameserver.sqlite.commits: no such file: "
        self.assertIn(missing, self.place.gameserver("migrate", "--dry-run").err)
        self.assertFalse(count.exists())
        self.assertIn(missing, self.place.gameserver("export").err)
        self.assertEqual(self.place.gameserver("account", "list").err, "")

    def test_settings(self):
        """Verbs find the data directory that gameserver.toml names."""
        self.place.data.rename(self.place.folder / "elsewhere")
        self.place.settings(f'{SETTINGS}data = "elsewhere"\n')
        self.assertIn("4 accounts", self.place.gameserver("export").err)
        self.assertIn("ada", self.place.did("account", "list"))

    def test_progress(self):
        """A terminal sees how far it is."""
        screen, own = pty.openpty()
        command = [str(BIN / "gameserver"), "export", "--to", "out"]
        done = subprocess.run(command, cwd=self.place.folder, stderr=own, check=False)
        os.close(own)
        with os.fdopen(screen, "rb", buffering=0) as read:
            seen = read.read(4096).decode()
        self.assertEqual(done.returncode, 0, seen)
        self.assertIn("rows, ", seen)


class PostgresTests(ClientCase):
    """A server whose database is PostgreSQL, by the environment."""

    async def test_world(self):
        """It keeps its world there, over a restart, and never shows the password."""
        url = make_url(fresh_database(self)).set(password=SECRET)
        given = {"GAMESERVER_DATABASE": url.render_as_string(hide_password=False)}
        place = Place(self.addCleanup)
        os.environ.update(given)
        self.addCleanup(os.environ.pop, "GAMESERVER_DATABASE")
        said = place.did("account", "add", "ada", "--no-password")
        token = place.did("account", "token", "ada")
        logs = []
        for count in (5, 10):
            server = place.start(*RUN)
            client = await self.connect(place, "tcp")
            await client.login("ada", token)
            self.assertEqual(await client.call("add", 5), count)
            refused = place.gameserver("backup", "copy.sqlite")
            self.assertIn("pg_dump", refused.err)
            tried = place.did("migrate", "--dry-run")
            self.assertIn("0 failed; nothing was changed", tried)
            await client.close()
            server.process.terminate()
            self.assertEqual(await server.has_ended(), 0)
            logs += [server.log, refused.err, tried]
        self.assertEqual(list(place.data.glob("*.sqlite*")), [])
        self.assertNotIn(SECRET, "\n".join([said, *logs]))
