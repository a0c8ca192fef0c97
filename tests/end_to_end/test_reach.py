"""The admin commands from another machine: over TLS, as an account with the role."""

from __future__ import annotations

from twisted.internet import reactor
from twisted.internet.endpoints import UNIXServerEndpoint
from twisted.internet.threads import deferToThread

from gameserver.server.directory import DataDirectory
from tests.client.pb_server import CannedFactory
from tests.end_to_end.processes import RUN, SETTINGS, Done, Place
from tests.end_to_end.stock import ClientCase

ADMIN = SETTINGS + '[admin]\nlisten = ["tls:0:interface=127.0.0.1"]\n'
PASSWORD = "a very long word"


class ReachTests(ClientCase):
    """``--connect`` with ``--as``; the password comes on stdin."""

    @classmethod
    def setUpClass(cls):
        cls.place = Place(cls.addClassCleanup, settings=ADMIN)
        cls.place.people()
        cls.server = cls.place.start(*RUN)
        lines = (line.split() for line in cls.server.output)
        cls.pin = next(line[-1] for line in lines if "certificate:" in line)

    async def setUp(self):
        client = await self.connect(self.place, "unix")
        root = await client.factory.getRootObject()
        for name in ("root", "ada"):
            await root.callRemote("account_passwd", name, PASSWORD)

    def perform(self, name: str, *verb: str, pin: str = "", password=PASSWORD) -> Done:
        connect = f"tls:localhost:{self.place.ports['admin-tls']}"
        where = ("--connect", connect, "--as", name, "--pin", pin or self.pin)
        return self.place.gameserver(*verb, *where, stdin=f"{password}\n")

    def refused(self, done: Done) -> str:
        """Give the one line that the command ended with."""
        self.assertEqual((done.code, done.out), (1, ""), done.all)
        self.assertEqual(done.err.count("\n"), 1, done.err)
        return done.err

    async def test_admin(self):
        """An admin's verbs are carried out, and recorded under the account's name."""
        player = await self.join(self.place, "ada")
        done = self.perform("root", "kick", "ada", "--reason", "enough")
        said = "closed 1 connection(s) of ada\n"
        self.assertEqual((done.code, done.out, done.err), (0, said, ""))
        self.assertEqual(await player.mind.until("closing"), ["kicked", "enough"])
        self.assertRegex(self.place.did("audit"), r"root +127\.0\.0\.1:\d+ +kick")

    async def test_account(self):
        """Account verbs go there too."""
        self.assertEqual(
            self.perform("root", "account", "role", "bob", "builder").code, 0
        )
        builder = await self.join(self.place, "bob", "admin-tls")
        self.assertIn("uptime", await builder.call("stats"))

    async def test_new_password(self):
        """The login's password is read first, then the new one."""
        lines = f"{PASSWORD}\nanother long word"
        verb = ("account", "passwd", "bob", "--password-stdin")
        done = self.perform("root", *verb, password=lines)
        self.assertEqual((done.code, done.err), (0, ""))
        client = await self.connect(self.place, "tls")
        await client.login_password("bob", "another long word")

    async def test_players_port(self):
        """A verb at the players' port is refused; the game never hears of it."""
        where = f"tls:localhost:{self.place.ports['tls']}"
        options = ("--connect", where, "--as", "ada", "--pin", self.pin)
        done = self.place.gameserver("say", "hello", *options, stdin=f"{PASSWORD}\n")
        self.assertEqual((done.code, done.out, done.err.count("\n")), (2, "", 1))
        self.assertIn(f"{where}: this is the players' endpoint", done.err)

    def test_player(self):
        """A player is refused in one line."""
        self.assertIn("forbidden", self.refused(self.perform("ada", "who")))

    def test_wrong_password(self):
        """So is a wrong password, which is not repeated."""
        line = self.refused(self.perform("root", "who", password="a guessed word"))
        self.assertIn("login-refused", line)
        self.assertNotIn("guessed", line)

    def test_wrong_pin(self):
        """So is a server with another certificate."""
        line = self.refused(self.perform("root", "who", pin=f"sha256:{'0' * 64}"))
        self.assertIn("certificate-refused", line)
        self.assertIn(self.pin, line)

    def test_nobody_there(self):
        """So is a port that nobody listens on."""
        place = Place(self.addCleanup)
        where = ("--connect", "tls:localhost:1", "--as", "root")
        line = self.refused(place.gameserver("who", *where, stdin=f"{PASSWORD}\n"))
        self.assertIn("tls:localhost:1", line)

    def test_without_a_name(self):
        """Without an account's name it is a usage error."""
        done = self.place.gameserver("who", "--connect", "tls:localhost:1")
        self.assertEqual((done.code, done.out, done.err.count("\n")), (2, "", 1))
        self.assertIn("--as", done.err)


class LocalTests(ClientCase):
    """The socket in the data directory, behind which no server answers."""

    async def test_closes(self):
        """A process that holds the directory and only hangs up is named, at once."""
        place = Place(self.addCleanup)
        directory = DataDirectory.open(place.data)
        self.addCleanup(directory.close)
        where = UNIXServerEndpoint(reactor, str(directory.admin_socket))
        port = await where.listen(CannedFactory(closes=True))
        self.addCleanup(port.stopListening)
        done = await deferToThread(place.gameserver, "who")
        self.assertEqual((done.code, done.out, done.err.count("\n")), (1, "", 1))
        self.assertIn("admin.sock closed the connection", done.err)


class StopTests(ClientCase):
    """Stopping a server from another machine."""

    async def test_stop(self):
        """It is answered, and the process ends with 0."""
        place = Place(self.addCleanup, settings=ADMIN)
        place.people()
        server = place.start(*RUN)
        client = await self.connect(place, "unix")
        root = await client.factory.getRootObject()
        await root.callRemote("account_passwd", "root", PASSWORD)
        connect = f"tls:localhost:{place.ports['admin-tls']}"
        trust = str(place.data / "development-certificate.pem")
        where = ("--connect", connect, "--as", "root", "--trust", trust)
        done = place.gameserver("stop", *where, stdin=f"{PASSWORD}\n")
        self.assertEqual((done.code, done.err), (0, ""), done.all)
        self.assertEqual(await server.has_ended(), 0)
        self.assert_quiet(server)
