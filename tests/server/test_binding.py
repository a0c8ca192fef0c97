"""Ports: opened all or none, named, and written down."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
from pathlib import Path
from tempfile import TemporaryDirectory

from twisted.internet import reactor
from twisted.internet.defer import Deferred, fail
from twisted.internet.endpoints import (
    AdoptedStreamServerEndpoint,
    TCP4ClientEndpoint,
    UNIXClientEndpoint,
    connectProtocol,
    wrapClientTLS,
)
from twisted.internet.interfaces import ISSLTransport, IStreamServerEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.ssl import Certificate, optionsForClientTLS
from twisted.trial.unittest import TestCase
from zope.interface import implementer

from gameserver.errors import CannotListen, SettingError
from gameserver.server.binding import Bound, bind, write_port_file
from gameserver.server.certificate import Pair, development_pair
from gameserver.server.listening import Listening, Site, parse, quoted


class Greeter(Protocol):
    """Says how it was reached, and closes."""

    def connectionMade(self):
        secure = ISSLTransport.providedBy(self.transport)
        asked = hasattr(self.transport, "getPeerCertificate")
        self.transport.write(b"tls" if secure and asked else b"plain")
        self.transport.loseConnection()


class Reader(Protocol):
    """Collects all that comes until the end."""

    def __init__(self):
        self.seen = b""
        self.ended = Deferred()

    def dataReceived(self, data):
        self.seen += data

    def connectionLost(self, reason):
        self.ended.callback(self.seen)


@implementer(IStreamServerEndpoint)
class SlowEndpoint:
    """As some plugin's might be: opens some time."""

    def listen(self, protocolFactory):
        return Deferred()


@implementer(IStreamServerEndpoint)
class OddEndpoint:
    """As some plugin's might be: wrong."""

    def listen(self, protocolFactory):
        return fail(ZeroDivisionError())


class Case(TestCase):
    """Binds on loopback with a development certificate."""

    timeout = 20

    def setUp(self):
        temporary = TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name).resolve()
        self.pair = Pair(self.folder / "c.pem", self.folder / "k.pem")
        self.factory = Factory.forProtocol(Greeter)
        self.factory.noisy = False

    def bind(self, *specs: str, prefix: str = "") -> list[Bound]:
        site = Site(reactor, lambda: development_pair(self.pair), folder=self.folder)
        listenings = [parse(spec, site) for spec in specs]
        bounds = bind(listenings, self.factory, prefix)
        for bound in bounds:
            self.addCleanup(bound.listening.stopListening)
        return bounds

    def refusal(self, *specs: str) -> str:
        with self.assertRaises(CannotListen) as caught:
            self.bind(*specs)
        self.assertNotIn("\n", str(caught.exception))
        return str(caught.exception)

    def taken(self) -> int:
        """Give a port of 127.0.0.1 on which somebody listens."""
        other = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(other.close)
        return other.getsockname()[1]

    async def greeting(self, endpoint) -> bytes:
        return await (await connectProtocol(endpoint, Reader())).ended


class BindTests(Case):
    """Opening endpoints."""

    async def test_tls(self):
        """A verified TLS client gets in, and the protocol can see that it is TLS."""
        (bound,) = self.bind("tls:0:interface=127.0.0.1")
        trusted = Certificate.loadPEM(self.pair.certificate.read_bytes())
        options = optionsForClientTLS("localhost", trustRoot=trusted)
        plain = TCP4ClientEndpoint(reactor, "127.0.0.1", bound.port)
        self.assertEqual(await self.greeting(wrapClientTLS(options, plain)), b"tls")
        self.assertTrue(bound.secure)

    async def test_tcp(self):
        """Over plain TCP it can see that it is not."""
        (bound,) = self.bind("tcp:0:interface=127.0.0.1")
        endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", bound.port)
        self.assertEqual(await self.greeting(endpoint), b"plain")
        self.assertFalse(bound.secure)

    def test_unix_mode(self):
        """A UNIX socket is there with the mode asked for."""
        (bound,) = self.bind("unix:s.sock:mode=600")
        self.assertEqual(bound.host, str(self.folder / "s.sock"))
        self.assertEqual(Path(bound.host).stat().st_mode & 0o777, 0o600)

    async def test_unix(self):
        """A UNIX socket has a path and no port."""
        (bound,) = self.bind("unix:s.sock")
        self.assertEqual(bound.port, None)
        endpoint = UNIXClientEndpoint(reactor, bound.host)
        self.assertEqual(await self.greeting(endpoint), b"plain")

    def test_names(self):
        """Endpoints are named by kind, the second of a kind with its number."""
        tls, tcp = "tls:0:interface=127.0.0.1", "tcp:0:interface=127.0.0.1"
        names = [bound.name for bound in self.bind(tls, tcp, tls, "unix:s", tls)]
        self.assertEqual(names, ["tls", "tcp", "tls-2", "unix", "tls-3"])
        self.assertEqual(self.bind(tls, prefix="admin-")[0].name, "admin-tls")

    def test_shown(self):
        """In text a bound endpoint is its name and address."""
        tcp, unix = self.bind("tcp:0:interface=127.0.0.1", "unix:s.sock")
        self.assertEqual(str(tcp), f"tcp 127.0.0.1:{tcp.port}")
        self.assertEqual(str(unix), f"unix {self.folder}/s.sock")

    async def test_close(self):
        """Closing takes the socket's file away, and nobody is answered any more."""
        (bound,) = self.bind("unix:s.sock")
        await bound.close()
        self.assertEqual(list(self.folder.iterdir()), [])

    async def test_close_without_the_file(self):
        """That somebody removed the file, or its folder, is no error at the end."""
        for removed in (Path.unlink, lambda path: shutil.rmtree(path.parent)):
            (self.folder / "sockets").mkdir(exist_ok=True)
            (bound,) = self.bind("unix:sockets/s.sock")
            removed(Path(bound.host))
            await bound.close()

    def test_ipv6(self):
        """IPv6 addresses are shown in brackets."""
        if not socket.has_ipv6 or not Path("/proc/net/if_inet6").exists():
            self.skipTest("no IPv6 here")
        (bound,) = self.bind(r"tls:0:interface=\:\:1")
        self.assertEqual(str(bound), f"tls [::1]:{bound.port}")


class RefusedTests(Case):
    """Endpoints that do not open."""

    def test_port_in_use(self):
        """A port in use is one line with place, string, port and reason."""
        port = self.taken()
        spec = f"tls:{port}:interface=127.0.0.1"
        other = f"tls:{port + 1}:interface=127.0.0.1"
        line = f'listen = ["{other}"] under [server] in gameserver.toml'
        expected = (
            f"--listen: cannot listen on {spec!r}: port {port}: Address already in use;"
            f" take another, with {line}, or --listen {other}"
        )
        self.assertEqual(self.refusal(spec), expected)

    async def test_all_or_none(self):
        """What was opened before a refused one is closed again."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        first = f"tcp:{port}:interface=127.0.0.1"
        self.refusal(first, f"tcp:{self.taken()}:interface=127.0.0.1")
        turn = Deferred()
        reactor.callLater(0, turn.callback, None)
        await turn
        self.bind(first)

    def test_foreign_address(self):
        """An address of another machine is told as such."""
        line = self.refusal("tls:0:interface=192.0.2.1")
        self.assertTrue(line.endswith("port 0: Cannot assign requested address"), line)

    def test_killed_servers_socket(self):
        """A socket file on which nobody listens is replaced."""
        path = self.folder / "s.sock"
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(path))
        self.bind(f"unix:{quoted(path)}")

    def test_read_only_folder(self):
        """One that cannot be removed is named, with the reason."""
        path = self.folder / "s.sock"
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(path))
        path.chmod(0o666)
        self.folder.chmod(0o555)
        if os.geteuid() == 0:  # who may do everything
            os.seteuid(65534)
            self.addCleanup(os.seteuid, 0)
        line = self.refusal(f"unix:{quoted(path)}")
        self.assertIn(f"cannot remove the old {path}: Permission denied", line)

    def test_running_servers_socket(self):
        """A socket on which somebody listens is left alone."""
        path = self.folder / "s.sock"
        with socket.socket(socket.AF_UNIX) as alive:
            alive.bind(str(path))
            alive.listen()
            line = self.refusal(f"unix:{quoted(path)}")
            self.assertTrue(line.endswith(f"another process listens on {path}"), line)
        self.assertTrue(path.exists())

    def test_busy_servers_socket(self):
        """A socket whose queue is full is somebody's, and left alone."""
        path = self.folder / "s.sock"
        with socket.socket(socket.AF_UNIX) as alive, contextlib.ExitStack() as many:
            alive.bind(str(path))
            alive.listen(0)
            with contextlib.suppress(BlockingIOError):
                while True:
                    client = many.enter_context(socket.socket(socket.AF_UNIX))
                    client.setblocking(False)
                    client.connect(str(path))
            line = self.refusal(f"unix:{quoted(path)}")
        self.assertTrue(line.endswith(f"another process listens on {path}"), line)

    def test_not_a_socket(self):
        """A file that is no socket is not removed."""
        path = self.folder / "precious"
        path.write_text("")
        line = self.refusal("unix:precious")
        self.assertTrue(line.endswith(f"{path} is there and is no socket"), line)
        self.assertTrue(path.exists())

    def test_broken_descriptor(self):
        """An inherited socket that is none is refused as a port would be."""
        endpoint = AdoptedStreamServerEndpoint(reactor, 99_999, socket.AF_INET)
        source = Listening("systemd:x", "--listen", "systemd", False, endpoint)
        with self.assertRaises(CannotListen) as caught:
            bind([source], self.factory)
        self.assertIn("Bad file descriptor", str(caught.exception))

    def test_slow_endpoint(self):
        """An endpoint that does not open at once is refused, not waited for."""
        source = Listening("slow:x", "--listen", "slow", False, SlowEndpoint())
        with self.assertRaises(CannotListen) as caught:
            bind([source], self.factory)
        self.assertIn("'slow:x': the endpoint did not open", str(caught.exception))

    def test_foreign_mistake(self):
        """A mistake inside an endpoint is raised as it is."""
        source = Listening("odd:x", "--listen", "odd", False, OddEndpoint())
        with self.assertRaises(ZeroDivisionError):
            bind([source], self.factory)

    def test_no_folder(self):
        """A socket in a directory that is missing is told as such."""
        line = self.refusal("unix:none/s.sock")
        self.assertTrue(line.endswith(f"there is no directory {self.folder}/none"))


class PortFileTests(Case):
    """The file that tells others the ports."""

    def test_written(self):
        """One ``name port`` a line; a UNIX socket has no port and no line."""
        tls, tcp = "tls:0:interface=127.0.0.1", "tcp:0:interface=127.0.0.1"
        bounds = self.bind(tls, "unix:s.sock", tcp)
        write_port_file(self.folder / "ports", bounds)
        lines = (self.folder / "ports").read_text()
        self.assertEqual(lines, f"tls {bounds[0].port}\ntcp {bounds[2].port}\n")

    def test_not_writable(self):
        """A place that takes no file is one line."""
        with self.assertRaises(SettingError) as caught:
            write_port_file(self.folder / "none" / "ports", [])
        line = str(caught.exception)
        expected = f"--port-file: cannot write {self.folder}/none/ports (No such file"
        self.assertTrue(line.startswith(expected), line)
