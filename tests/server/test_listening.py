"""Endpoint strings: what is understood, and what is refused before any port opens."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from twisted.internet import reactor
from twisted.internet.endpoints import _parse
from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import SettingError, StoreError
from gameserver.server.certificate import Pair, development_pair
from gameserver.server.listening import Listening, Site, parse, quoted, split


class Case(SynchronousTestCase):
    """Reads strings against a folder with a certificate in it."""

    def setUp(self):
        temporary = TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name).resolve()
        self.asked = 0

    def pair(self) -> Pair:
        self.asked += 1
        return development_pair(Pair(self.folder / "c.pem", self.folder / "k.pem"))

    def read(self, spec: str, **choices) -> Listening:
        site = Site(reactor, self.pair, folder=self.folder, **choices)
        return parse(spec, site)

    def refusal(self, spec: str, **choices) -> str:
        """Give the one line that a string is refused with."""
        with self.assertRaises(SettingError) as caught:
            self.read(spec, **choices)
        line = str(caught.exception)
        self.assertNotIn("\n", line)
        return line


class SplitTests(SynchronousTestCase):
    """Taking strings apart."""

    def test_as_twisted(self):
        """Words and names come out as Twisted's own reader has them."""
        for spec in (
            "tcp:80",
            "tcp:80:interface=127.0.0.1",
            r"tcp6:80:interface=\:\:1",
            "unix:/a/b:mode=660",
            r"unix:/a\:b\=c\\d",
            "x:a=b=c:d:a=e",
            "x:",
            "",
            ":",
            r"x:\a",
            "=",
        ):
            words, named = _parse(spec)
            self.assertEqual(split(spec), (list(words), named), spec)

    def test_quoted(self):
        """A quoted path is one word again."""
        path = "/tmp/a:b=c\\d"  # noqa: S108 - only a text
        self.assertEqual(split(f"unix:{quoted(path)}"), (["unix", path], {}))


class TlsTests(Case):
    """``tls:``, which is ours."""

    def test_understood(self):
        """Port and interface suffice; the certificate is the server's."""
        listening = self.read("tls:8787:interface=127.0.0.1")
        self.assertEqual((listening.kind, listening.secure), ("tls", True))
        self.assertEqual(self.asked, 1)

    def test_own_certificate(self):
        """Its own certificate and key are relative to the string's folder."""
        self.pair()
        self.asked = 0
        self.read("tls:0:certificate=c.pem:key=k.pem")
        self.assertEqual(self.asked, 0)

    def test_key_in_the_certificate_file(self):
        """Without ``key=`` the key is in the certificate's file."""
        pair = self.pair()
        both = pair.certificate.read_bytes() + pair.key.read_bytes()
        (self.folder / "both.pem").write_bytes(both)
        self.read("tls:0:certificate=both.pem")

    def test_bad_certificate(self):
        """A certificate that cannot be used is named with place and string."""
        line = self.refusal("tls:0:certificate=none.pem", place="g.toml:3: listen")
        start = f"g.toml:3: listen: tls:0:certificate=none.pem: {self.folder}/none.pem"
        self.assertTrue(line.startswith(start), line)

    def test_expired_development_certificate(self):
        """What the server's own certificate is refused with passes through."""

        def expired() -> Pair:
            raise StoreError("expired")

        with self.assertRaises(StoreError):
            parse("tls:0", Site(reactor, expired))

    def test_mistakes(self):
        """Each mistake is named in the reason at the end."""
        for spec, reason in {
            "tls": "(the port is missing)",
            "tls:": "(the port is missing)",
            "tls:abc": "(port 'abc' is not a number of base 10)",
            "tls:-1": "(port '-1' is not a number of base 10)",
            "tls:65536": "(port 65536 is above 65535)",
            "tls:0:interfce=x": "(interfce= is unknown, there are interface, "
            "certificate, key, backlog)",
            "tls:0:interface=::1": "('' has no name; write a colon in a value as \\:)",
            "tls:0:key=k.pem": "(key= needs certificate=)",
            "tls:0:backlog=x": "(backlog 'x' is not a number of base 10)",
        }.items():
            line = self.refusal(spec)
            start = f"--listen: saw {spec!r}, expected an endpoint such as tls:8787"
            self.assertTrue(line.startswith(start), line)
            self.assertTrue(line.endswith(reason), line)


class PlaintextTests(Case):
    """What anyone on the way could read."""

    def test_loopback(self):
        """On loopback plaintext is fine."""
        for interface in ("127.0.0.1", "127.9.9.9", "localhost"):
            listening = self.read(f"tcp:0:interface={interface}")
            self.assertEqual((listening.kind, listening.secure), ("tcp", False))
        self.read(r"tcp6:0:interface=\:\:1")
        self.read(r"tcp:0:interface=\:\:1")

    def test_refused(self):
        """Beyond it is refused, with the three ways out."""
        for spec in (
            "tcp:8787",
            "tcp:8787:interface=",
            "tcp:8787:interface=0.0.0.0",
            "tcp:8787:interface=192.168.1.2",
            "tcp:8787:interface=localhost.example.com",
            "tcp:8787:interface=127.0.0.1:interface=0.0.0.0",
            "tcp:8787:0.0.0.0",
            "tcp6:8787",
            "haproxy:tcp:8787",
        ):
            line = self.refusal(spec)
            expected = "tls:PORT, or interface=127.0.0.1, or plaintext = true"
            self.assertIn(expected, line)

    def test_asked_for(self):
        """With ``plaintext`` the operator has asked for it."""
        self.assertFalse(self.read("tcp:8787", plaintext=True).secure)


class OtherTests(Case):
    """UNIX sockets and Twisted's endpoints."""

    def test_unix(self):
        """A UNIX socket's path is relative to the string's folder."""
        listening = self.read("unix:s.sock:mode=600")
        self.assertEqual(listening.socket, self.folder / "s.sock")
        self.assertFalse(listening.secure)

    def test_unix_mistakes(self):
        """A missing path, a mode that is not octal, a path too long for the kernel."""
        self.assertIn("expected unix:FILE (the path is missing)", self.refusal("unix:"))
        self.assertIn(
            "mode '9' is not a number of base 8", self.refusal("unix:s:mode=9")
        )
        line = self.refusal("unix:" + "s" * 120)
        self.assertIn("expected a path of at most 107 bytes", line)

    def test_twisted(self):
        """A Twisted endpoint keeps its meaning, ``ssl:`` counts as secure."""
        pair = self.pair()
        files = f"privateKey={pair.key}:certKey={pair.certificate}"
        self.assertTrue(self.read(f"ssl:0:{files}").secure)

    def test_twisted_mistakes(self):
        """What Twisted does not understand is one line as well."""
        for spec, reason in {
            "": "(Unknown endpoint type: '')",
            "sctp:80": "(Unknown endpoint type: 'sctp')",
            "tcp": "(missing 1 required positional argument: 'port')",
            "tcp:x": "(invalid literal for int() with base 10: 'x')",
            "tcp:70000": "(port 70000 is above 65535)",
            "tcp:80:interfce=1": "(got an unexpected keyword argument 'interfce')",
            "tcp=80": "(the kind is missing)",
            "tcp:80:\\": "(the backslash at the end escapes nothing)",
            "ssl:0:privateKey=/none": "No such file or directory: '/none')",
            "stdio:": "(stdio is no place for many players)",
        }.items():
            line = self.refusal(spec)
            start = f"--listen: saw {spec!r}, expected an endpoint such as"
            self.assertTrue(line.startswith(start), line)
            self.assertTrue(line.endswith(reason), line)
