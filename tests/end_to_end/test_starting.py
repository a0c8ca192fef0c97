"""The three ways to start the server, as real processes used by stock clients."""

from __future__ import annotations

import signal
import socket
import ssl

from twisted.internet.defer import Deferred

from gameserver.wire.codec import NAME
from tests.end_to_end.processes import RUN, SETTINGS, TAC, TWISTD, Place
from tests.end_to_end.stock import ClientCase

ONLY_AT_THE_STOP = SETTINGS + "[realm]\nsweep_every = 3600\n"


class Starting:
    """What holds for each of them; ``start`` is the command."""

    start: tuple[str, ...]

    def setUp(self):
        self.place = Place(self.addCleanup, settings=ONLY_AT_THE_STOP)
        self.place.people()

    async def test_state_outlives_a_stop(self):
        """What clients changed over TCP and TLS is there after SIGTERM and a start."""
        server = self.place.start(*self.start)
        plain = await self.join(self.place, "ada", "tcp")
        secure = await self.join(self.place, "ada", "tls")
        self.assertEqual(await plain.call("add", 2), 2)
        self.assertEqual(await secure.call("add", 3), 5)
        server.signal(signal.SIGTERM)
        self.assertEqual(await server.has_ended(), 0)
        self.assert_quiet(server)
        again = self.place.start(*self.start)
        for kind in ("tcp", "tls"):
            client = await self.join(self.place, "ada", kind)
            self.assertEqual(await client.mind.until("welcome"), [5])
            self.assertEqual(await client.call("starts"), 2)
            await client.close()
        self.assertEqual(again.stop(), 0)
        self.assert_quiet(again)


class RunTests(Starting, ClientCase):
    """``gameserver run``."""

    start = RUN

    async def test_clients_are_told(self):
        """SIGTERM tells every client why it is closed, then closes it."""
        server = self.place.start(*RUN)
        clients = [await self.join(self.place, "ada", kind) for kind in ("tcp", "tls")]
        server.signal(signal.SIGTERM)
        for client in clients:
            code, _ = await client.mind.until("closing")
            self.assertEqual(code, "stopping")
            await client.closed
        self.assertEqual(await server.has_ended(), 0)

    async def test_call_at_work(self):
        """A call that has begun when SIGTERM comes is answered, and saved."""
        server = self.place.start(*RUN)
        client = await self.join(self.place, "ada")
        held = Deferred.fromCoroutine(client.call("hold"))
        await client.mind.until("holding")
        server.signal(signal.SIGTERM)
        self.assertEqual(await held, 1)
        self.assertEqual(await server.has_ended(), 0)
        self.place.start(*RUN)
        client = await self.join(self.place, "ada")
        self.assertEqual(await client.mind.until("welcome"), [1])

    def test_codec(self):
        """It says which codec it has; the compiled one can be turned off."""
        server = self.place.start(*RUN)
        server.printed(f"  codec: {NAME}")
        self.assertEqual(server.stop(), 0)
        off = self.place.start(*RUN, GAMESERVER_PURE="1")
        off.printed("  codec: pure Python, for GAMESERVER_PURE is set")

    def test_interrupt(self):
        """Ctrl-C stops it as SIGTERM does."""
        server = self.place.start(*RUN)
        server.signal(signal.SIGINT)
        self.assertEqual(server.ended(), 0)
        self.assert_quiet(server)

    def test_how_to_join(self):
        """It prints the command to join with, and how accounts are made."""
        server = self.place.start(*RUN)
        lines = [line.strip() for line in server.output]
        join = next(line for line in lines if " play " in line)
        self.assertIn(f"--connect tls:localhost:{self.place.ports['tls']}", join)
        self.assertRegex(join, r"--pin sha256:[0-9a-f]{64}$")
        add = next(line for line in lines if " account add " in line)
        self.assertIn(f"--data {self.place.data}", add)

    def test_how_to_join_without_tls(self):
        """Players are not sent to the TLS port of admins."""
        listen = 'listen = ["{}:0:interface=127.0.0.1"]'
        own = f"[server]\n{listen.format('tcp')}\nport_file = 'ports'\n"
        self.place.settings(f"{own}[admin]\n{listen.format('tls')}\n")
        server = self.place.start(*RUN)
        self.assertIn("admin-tls", self.place.ports)
        self.assertEqual([one for one in server.output if " play " in one], [])
        self.assertIn("no TLS endpoint", server.log)

    async def test_after_a_kill(self):
        """After ``kill -9`` it starts again in the same place."""
        self.place.start(*RUN).kill()
        self.assertTrue((self.place.data / "admin.sock").exists())
        server = self.place.start(*RUN)
        await self.join(self.place, "ada", "tls")
        self.assertIn("ada", self.place.did("who"))
        self.assert_quiet(server)


class TacTests(Starting, ClientCase):
    """``twistd -ny twistd.tac``."""

    start = TAC


class TwistdTests(Starting, ClientCase):
    """``twistd -n gameserver``."""

    start = TWISTD


class SecondServerTests(ClientCase):
    """A server on a data directory that another one holds."""

    @classmethod
    def setUpClass(cls):
        cls.place = Place(cls.addClassCleanup)
        cls.place.people()
        cls.server = cls.place.start(*RUN)

    async def refused(self, *command: str) -> str:
        """Start a second one elsewhere, and see that the first does not mind."""
        other = Place(self.addCleanup, settings="")
        listen = 'listen = ["tcp:0:interface=127.0.0.1"]'
        other.settings(f'[server]\ndata = "{self.place.data}"\n{listen}\n')
        client = await self.join(self.place, "ada")
        done = other.command(*command)
        self.assertNotIn("Traceback", done.all)
        self.assertEqual(done.code, 1, done.all)
        await client.call("add", 1)
        await self.join(self.place, "bob", "tls")
        self.assertIsNone(self.server.process.poll())
        lines = [one for one in done.all.split("\n") if str(self.place.data) in one]
        self.assertEqual(len(lines), 1, done.all)
        self.assertIn(f"in use by process {self.server.process.pid}", lines[0])
        return done.err

    async def test_run(self):
        """It is refused with one line that names directory and process."""
        self.assertEqual((await self.refused(*RUN)).count("\n"), 1)

    async def test_twistd(self):
        """So it is under ``twistd -n gameserver``."""
        await self.refused(*TWISTD)

    async def test_tac(self):
        """So it is under ``twistd -ny``."""
        await self.refused(*TAC)


class CertificateTests(ClientCase):
    """The development certificate proves the server."""

    def setUp(self):
        self.place = Place(self.addCleanup)
        self.server = self.place.start(*RUN)
        self.mine = self.place.data / "development-certificate.pem"

    def shake(self, authority, name: str) -> None:
        """Do one handshake as the standard library does."""
        trusted = ssl.create_default_context(cafile=authority)
        address = ("127.0.0.1", self.place.ports["tls"])
        with socket.create_connection(address, 10) as plain:
            trusted.wrap_socket(plain, server_hostname=name).close()

    def test_names(self):
        """It is good for localhost and the loopback address, and for nobody else."""
        self.shake(self.mine, "localhost")
        self.shake(self.mine, "127.0.0.1")
        with self.assertRaisesRegex(ssl.SSLCertVerificationError, "mismatch"):
            self.shake(self.mine, "example.org")

    def test_unknown(self):
        """Who does not know it refuses it."""
        with self.assertRaisesRegex(ssl.SSLCertVerificationError, "self-signed"):
            self.shake(None, "localhost")
        self.assert_quiet(self.server)

    def test_kept(self):
        """The next start shows the same one."""
        before = self.mine.read_bytes()
        self.assertEqual(self.server.stop(), 0)
        self.place.start(*RUN)
        self.assertEqual(self.mine.read_bytes(), before)
        self.shake(self.mine, "localhost")
