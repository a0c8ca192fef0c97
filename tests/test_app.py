"""The whole server in this process: what it refuses, warns of, and ends with."""

from __future__ import annotations

import socket
import sqlite3
from contextlib import closing

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.logger import globalLogPublisher
from twisted.trial.unittest import TestCase

from gameserver.app import GameServer
from gameserver.config import load
from gameserver.errors import CannotListen, OperatorError, PluginError, StoreError
from tests.folders import temporary_folder

PLUGIN = "from gameserver import Avatar\nclass Player(Avatar):\n    pass\n"


class Case(TestCase):
    """One plugin and a data directory; ports that are free."""

    timeout = 20

    def setUp(self):
        self.folder = temporary_folder(self)
        self.data = self.folder / "data"
        self.plugins = self.folder / "plugins"
        self.plugins.mkdir()
        (self.plugins / "game.py").write_text(PLUGIN)

    def server(self, text: str = "", ready=None) -> GameServer:
        """Give a server; ``text``: settings beyond those that every test needs."""
        file = self.folder / "game.toml"
        listen = 'listen = ["tls:0:interface=127.0.0.1"]'
        file.write_text(f"[server]\n{listen}\n{text}\n")
        paths = {"server.data": self.data}
        if "plugins =" not in text:
            paths["server.plugins"] = self.plugins
        return GameServer(load(file, paths), reactor, ready)

    async def started(self) -> GameServer:
        """Start a server and wait until it is up."""
        ready = Deferred()
        server = self.server(ready=ready.callback)
        server.startService()
        self.addCleanup(server.stopService)
        await ready
        return server


class RefusedTests(Case):
    """Starts that fail: the place of the mistake comes first."""

    def refusal(self, error: type[Exception], text: str = "") -> str:
        """Give the line that a start is refused with, from the file's name on."""
        with self.assertRaises(error) as caught:
            self.server(text).startService()
        line = caught.exception.line()
        return line[line.index("game.toml") :] if "game.toml" in line else line

    def test_certificate(self):
        """A wrong certificate is named with its setting's place."""
        line = self.refusal(OperatorError, 'certificate = "none.pem"')
        start = f"game.toml:3: server.certificate: {self.folder}/none.pem: cannot be"
        self.assertTrue(line.startswith(start), line)

    def test_key(self):
        """With a key of its own, so is that: the file at fault is named anyway."""
        text = 'certificate = "none.pem"\nkey = "none.key"'
        line = self.refusal(OperatorError, text)
        self.assertIn("game.toml:3: server.certificate, ", line)
        self.assertIn("game.toml:4: server.key: ", line)

    def test_avatar(self):
        """So is the name of an avatar class that there is not."""
        line = self.refusal(PluginError, '[realm]\navatar = "game:Nope"')
        start = f"game.toml:4: realm.avatar: {self.plugins}: saw 'game:Nope', "
        self.assertTrue(line.startswith(start), line)
        self.assertIn("expected one of ['game:Player']", line)

    def test_broken_plugin(self):
        """An author's mistake keeps the author's place, whatever is set."""
        (self.plugins / "game.py").write_text("def (\n")
        line = self.refusal(PluginError, '[realm]\navatar = "game:Player"')
        self.assertTrue(line.startswith(f"{self.plugins}/game.py:1: "), line)

    def test_unreadable_plugins(self):
        """A folder of plugins that cannot be read is one line, and no demo game."""
        (self.plugins / "game.py").rename(self.folder / "loop")
        self.plugins.rmdir()
        self.plugins.symlink_to("plugins")  # a way that root cannot go either
        line = self.refusal(OperatorError, 'plugins = "plugins"')
        self.assertIn(f"game.toml:3: server.plugins: {self.plugins}: Too many", line)

    async def test_admin_socket(self):
        """A second server after the lock was removed is told of the admin socket."""
        await self.started()
        (self.data / "lock").unlink()
        line = self.refusal(CannotListen)
        self.assertTrue(line.startswith("the admin socket: cannot listen on"), line)
        self.assertIn("another process listens", line)

    def busy_port(self) -> int:
        """Give a port on which somebody else listens."""
        other = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(other.close)
        return other.getsockname()[1]

    def test_makes_nothing(self):
        """A start that is refused leaves no data directory that it made."""
        text = f'[admin]\nlisten = ["tls:{self.busy_port()}:interface=127.0.0.1"]'
        self.assertIn("Address already in use", self.refusal(CannotListen, text))
        self.assertFalse(self.data.exists())

    async def test_keeps_what_was(self):
        """One that was there stays, and can be served."""
        await (await self.started()).stopService()
        before = {one.name for one in self.data.iterdir()}
        text = f'[admin]\nlisten = ["tls:{self.busy_port()}:interface=127.0.0.1"]'
        self.refusal(CannotListen, text)
        self.assertEqual({one.name for one in self.data.iterdir()}, before)
        await (await self.started()).stopService()

    async def test_damaged_account(self):
        """A damaged account is told of at the start; the others can play."""
        server = await self.started()
        await server.game.accounts.add("ada", None, "player")
        await server.stopService()
        with closing(sqlite3.connect(self.data / "gameserver.sqlite")) as database:
            database.execute("UPDATE accounts SET created = 1.0")
            database.commit()
        said: list[str] = []
        note = noted(self, said)
        server = await self.started()
        await note
        self.assertIn("account 'ada': the stored row is damaged", said[0])
        self.assertTrue(server.running)

    async def test_missing_count(self):
        """A missing count of commits is told of at the start."""
        server = await self.started()
        await server.game.accounts.add("ada", None, "player")
        await server.stopService()
        (self.data / "gameserver.sqlite.commits").unlink()
        said: list[str] = []
        note = noted(self, said)
        await self.started()
        await note
        self.assertIn("gameserver.sqlite.commits: no such file: ", said[0])


def noted(test: TestCase, said: list[str]) -> Deferred[None]:
    """Fire at the next warning of the server, which is put into ``said``."""
    warned: Deferred[None] = Deferred()

    def observe(event) -> None:
        if event.get("log_namespace") == "gameserver.app" and not warned.called:
            said.append(event["log_format"].format(**event))
            warned.callback(None)

    globalLogPublisher.addObserver(observe)
    test.addCleanup(globalLogPublisher.removeObserver, observe)
    return warned


class LostFilesTests(Case):
    """Files that somebody removed from the data directory."""

    async def test_admin_socket(self):
        """Without its admin socket a server stops as ever."""
        server = await self.started()
        (self.data / "admin.sock").unlink()
        await server.stopService()
        self.assertEqual(server.exit_code, 0)

    async def test_database(self):
        """Without its database a server does not stop as if all were well."""
        server = await self.started()
        (self.data / "gameserver.sqlite").unlink()
        await server.stopService()
        self.assertEqual(server.exit_code, 1)
        said = [str(each.value) for each in self.flushLoggedErrors(StoreError)]
        self.assertIn(f"{self.data}/gameserver.sqlite: the database was", said[0])

    async def test_token_key(self):
        """Tokens that a lost key sealed are told of at the next start."""
        server = await self.started()
        await server.game.accounts.add("ada", None, "player")
        await server.game.accounts.issue_token("ada")
        await server.stopService()
        (self.data / "token.key").unlink()
        said: list[str] = []
        note = noted(self, said)
        await self.started()
        await note
        self.assertIn(f"1 app token(s) do not open with {self.data}/token.key", said[0])
