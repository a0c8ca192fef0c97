from __future__ import annotations

import socket

from twisted.internet import endpoints, reactor
from twisted.internet.interfaces import IHostnameResolver
from twisted.internet.ssl import Certificate
from twisted.trial.unittest import SkipTest
from zope.interface import implementer

from gameserver.client import Trust
from gameserver.errors import CertificateRefused, ConnectionFailed, SettingError
from tests.client.case import ClientCase
from tests.client.pb_server import Authority, GameFactory, Lobby, Running
from tests.folders import temporary_folder


class ConnectingCase(ClientCase):
    async def refusal(self, kind, client):
        """Try hello; give the text of the failure, and see that it left nothing."""
        error = await self.assertFailure(client.hello(), kind)
        self.assertEqual(self.flushLoggedErrors(), [])
        return error.text


class ReachingTests(ConnectingCase):
    async def test_nothing_listens(self):
        """A closed port is said to be one."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
            text = await self.refusal(
                ConnectionFailed, self.client(f"tcp:127.0.0.1:{port}")
            )
        self.assertEqual(text, f"nothing listens at tcp:127.0.0.1:{port}")

    async def test_unknown_name(self):
        """A name without an address is said to be unknown."""

        @implementer(IHostnameResolver)
        class Nowhere:
            def resolveHostName(self, receiver, *args, **kw):
                receiver.resolutionBegan(None)
                receiver.resolutionComplete()

        former = reactor.installNameResolver(Nowhere())
        self.addCleanup(reactor.installNameResolver, former)
        text = await self.refusal(ConnectionFailed, self.client("tls:game.example"))
        self.assertEqual(text, "the host name 'game.example' is not known")

    async def test_silent_name_server(self):
        """A name server that never answers is no hang."""

        @implementer(IHostnameResolver)
        class Silent:
            def resolveHostName(self, receiver, *args, **kw):
                receiver.resolutionBegan(None)

        former = reactor.installNameResolver(Silent())
        self.addCleanup(reactor.installNameResolver, former)
        client = self.client("tls:game.example", patience=0.05)
        text = await self.refusal(ConnectionFailed, client)
        self.assertEqual(text, "tls:game.example:8787 did not answer within 0.05 s")

    async def test_impossible_name(self):
        """A host that no name can be is a failure to connect like others."""
        for kind in ("tls", "tcp"):
            client = self.client(f"{kind}:{'a' * 70}.example")
            self.assertIn("cannot be", await self.refusal(ConnectionFailed, client))

    async def test_unix_socket(self):
        """A UNIX socket works, and takes passwords."""
        path = f"{temporary_folder(self)}/game"
        factory = GameFactory(Lobby(self.world))
        port = await endpoints.UNIXServerEndpoint(reactor, path).listen(factory)
        self.ends(Running(port, factory))
        client = self.client(f"unix:{path}")
        await client.login("ada", "lace")
        self.assertEqual(await client.call("who"), ["ada"])

    async def test_no_unix_socket(self):
        """A missing UNIX socket is named."""
        text = await self.refusal(ConnectionFailed, self.client("unix:/nowhere/game"))
        self.assertEqual(
            text, "unix:/nowhere/game cannot be reached: No such file or directory"
        )

    async def test_address_of_version_6(self):
        """An IPv6 address works, in TLS too."""
        if not socket.has_ipv6:
            raise SkipTest("no IPv6 here")
        authority = Authority("::1")
        factory = GameFactory(Lobby(self.world))
        where = endpoints.TCP6ServerEndpoint(reactor, 0, interface="::1")
        try:
            port = await endpoints.wrapServerTLS(authority.options, where).listen(
                factory
            )
        except OSError as error:
            raise SkipTest("no IPv6 loopback here") from error
        running = self.ends(Running(port, factory))
        trust = Trust.file(self.written(authority.ca_pem))
        client = self.client(f"tls:[::1]:{running.number}", trust)
        self.assertEqual((await client.hello()).product, "gameserver")


class SpeakingTests(ConnectingCase):
    async def test_plaintext_to_a_tls_port(self):
        """The silence of a TLS port is explained, and ends in time."""
        port = (await self.serve(Authority())).number
        client = self.client(f"tcp:127.0.0.1:{port}", patience=0.1)
        text = await self.refusal(ConnectionFailed, client)
        self.assertEqual(
            text,
            f"tcp:127.0.0.1:{port} was silent for 0.1 s instead of the greeting; "
            f"the port may speak TLS: use tls:127.0.0.1:{port}",
        )

    async def test_tls_to_a_plaintext_port(self):
        """A plaintext PB server behind tls: is explained at once."""
        port = (await self.serve()).number
        text = await self.refusal(ConnectionFailed, self.client(f"127.0.0.1:{port}"))
        self.assertEqual(
            text,
            f"tls:127.0.0.1:{port} does not answer with TLS; "
            f"the port may speak no TLS: use tcp:127.0.0.1:{port}",
        )

    async def test_tls_to_a_silent_port(self):
        """A port that takes the handshake and says nothing is no hang."""
        port = (await self.canned()).number
        client = self.client(f"tls:127.0.0.1:{port}", patience=0.1)
        text = await self.refusal(ConnectionFailed, client)
        self.assertIn("was silent for 0.1 s instead of the TLS handshake", text)
        self.assertNotIn("tcp:", text)

    async def test_closed_in_the_handshake(self):
        """A server that closes in the handshake is said to; no word of plaintext."""
        port = (await self.canned(closes=True)).number
        text = await self.refusal(ConnectionFailed, self.client(f"127.0.0.1:{port}"))
        self.assertEqual(
            text, f"tls:127.0.0.1:{port} closed the connection before the greeting"
        )

    async def test_closed_before_the_greeting(self):
        """A server that closes at once is said to, over TCP with a hint at TLS."""
        port = (await self.canned(closes=True)).number
        text = await self.refusal(
            ConnectionFailed, self.client(f"tcp:127.0.0.1:{port}")
        )
        self.assertIn("closed the connection before the greeting; the port may", text)

    async def test_silent_after_the_handshake(self):
        """TLS without a greeting is no hang, and gets no hint at TLS."""
        authority = Authority()
        port = (await self.canned(authority=authority)).number
        client = self.client(
            f"tls:127.0.0.1:{port}", Trust.pin(authority.pin), patience=0.5
        )
        text = await self.refusal(ConnectionFailed, client)
        self.assertEqual(
            text, f"tls:127.0.0.1:{port} was silent for 0.5 s instead of the greeting"
        )

    async def test_another_protocol(self):
        """A server of another protocol is named by what it sent, and logs nothing."""
        port = (await self.canned(b"SSH-2.0-" + b"x" * 90 + b"\r\n")).number
        text = await self.refusal(
            ConnectionFailed, self.client(f"tcp:127.0.0.1:{port}")
        )
        self.assertIn("is no game server: it sent b'SSH-2.0-xxx", text)
        self.assertLess(len(text), 200)

    async def test_another_protocol_that_waits(self):
        """A short greeting of another protocol is shown when the time is up."""
        port = (await self.canned(b"220 mail\r\n")).number
        client = self.client(f"tcp:127.0.0.1:{port}", patience=0.1)
        text = await self.refusal(ConnectionFailed, client)
        self.assertIn(r"is no game server: it sent b'220 mail\r\n'", text)

    async def test_other_dialects(self):
        """A Banana server that speaks no PB is no game server."""
        port = (await self.canned(b"\x01\x80\x03\x82foo")).number
        text = await self.refusal(
            ConnectionFailed, self.client(f"tcp:127.0.0.1:{port}")
        )
        self.assertIn("is no game server", text)


class CertificateTests(ConnectingCase):
    async def test_ca_file(self):
        """A server whose name its CA vouches for is accepted, by name and address."""
        authority = Authority()
        port = (await self.serve(authority)).number
        trust = Trust.file(self.written(authority.ca_pem))
        for host in ("127.0.0.1", "localhost"):
            hello = await self.client(f"tls:{host}:{port}", trust).hello()
            self.assertEqual(hello.version, "0.1.0")

    async def test_certificate_file(self):
        """The server's own certificate in a file is as good as its CA."""
        authority = Authority()
        port = (await self.serve(authority)).number
        trust = Trust.file(self.written(authority.leaf_pem))
        hello = await self.client(f"127.0.0.1:{port}", trust).hello()
        self.assertTrue(hello.tls)

    async def test_file_does_not_replace_the_name(self):
        """A certificate from the file is still refused for another host."""
        authority = Authority("game.example")
        port = (await self.serve(authority)).number
        trust = Trust.file(self.written(authority.leaf_pem))
        client = self.client(f"127.0.0.1:{port}", trust)
        await self.refusal(CertificateRefused, client)

    async def test_wrong_name(self):
        """A wrong host is refused; the text has the one asked and those offered."""
        authority = Authority("game.example", "10.0.0.7")
        port = (await self.serve(authority)).number
        trust = Trust.file(self.written(authority.ca_pem))
        for host in ("127.0.0.1", "localhost"):
            client = self.client(f"tls:{host}:{port}", trust)
            text = await self.refusal(CertificateRefused, client)
            self.assertEqual(
                text,
                "the server's certificate is for game.example, 10.0.0.7: "
                f"expected {host}",
            )

    async def test_unknown_ca(self):
        """A certificate of another CA is refused and described."""
        authority = Authority()
        port = (await self.serve(authority)).number
        file = self.written(Authority().ca_pem)
        client = self.client(f"127.0.0.1:{port}", Trust.file(file))
        text = await self.refusal(CertificateRefused, client)
        self.assertIn(f"is not proved by {file}: it is for localhost, 127.0.0.1", text)
        self.assertIn(authority.pin.replace(":", "").lower()[6:], text)

    async def test_system_cas_by_default(self):
        """Without a trust only the system's CAs count."""
        port = (await self.serve(Authority())).number
        text = await self.refusal(CertificateRefused, self.client(f"127.0.0.1:{port}"))
        self.assertIn("not proved by the system's certificate authorities", text)

    async def test_pin(self):
        """The pinned certificate is accepted, whatever its name."""
        authority = Authority("game.example")
        port = (await self.serve(authority)).number
        for host in ("127.0.0.1", "localhost"):
            client = self.client(f"tls:{host}:{port}", Trust.pin(authority.pin))
            self.assertEqual((await client.hello()).product, "gameserver")

    async def test_wrong_pin(self):
        """Any other certificate is refused; the text has both fingerprints."""
        seen, expected = Authority(), Authority()
        port = (await self.serve(seen)).number
        client = self.client(f"127.0.0.1:{port}", Trust.pin(expected.pin))
        text = await self.refusal(CertificateRefused, client)
        prints = [pin.lower().replace(":", "")[6:] for pin in (seen.pin, expected.pin)]
        self.assertEqual(
            text,
            f"the server's certificate is sha256:{prints[0]}: "
            f"expected the pin sha256:{prints[1]}",
        )

    async def test_pin_is_of_the_leaf(self):
        """The fingerprint of the CA does not let in what the CA has signed."""
        authority = Authority()
        port = (await self.serve(authority)).number
        ca = Certificate.loadPEM(authority.ca_pem).digest("sha256").decode()
        client = self.client(f"127.0.0.1:{port}", Trust.pin(f"sha256:{ca}"))
        await self.refusal(CertificateRefused, client)

    async def test_judged_again_after_the_handshake(self):
        """A certificate that only the handshake let through is refused after it."""
        authority = Authority()
        port = (await self.serve(authority)).number
        right, wrong = Trust.pin(authority.pin), Trust.pin(Authority().pin)

        class Lax(Trust):
            def creator(self, host):
                return right.creator(host)

            def accepts(self, leaf):
                return wrong.accepts(leaf)

            def __str__(self):
                return "two minds"

        client = self.client(f"127.0.0.1:{port}", Lax())
        text = await self.refusal(CertificateRefused, client)
        self.assertIn("after the handshake", text)
        self.assertEqual(self.world.players, [])


class TrustTests(ClientCase):
    def test_pin_forms(self):
        """A pin may be in capitals and have colons between the digits."""
        digits = "ab" * 32
        colons = ":".join(["AB"] * 32)
        for text in (
            f"sha256:{digits}",
            f" SHA256:{digits.upper()}",
            f"sha256:{colons}",
        ):
            self.assertEqual(str(Trust.pin(text)), f"the pin sha256:{digits}")

    def test_no_pin(self):
        """What is no fingerprint is refused with what is expected."""
        for text in ("", "ab" * 32, "sha1:" + "ab" * 20, "sha256:" + "ab" * 31 + "x!"):
            error = self.assertRaises(SettingError, Trust.pin, text)
            self.assertIn(f"{text!r} cannot be read: expected sha256:", str(error))

    def test_no_file(self):
        """A missing file is named at once, not at the first connection."""
        error = self.assertRaises(SettingError, Trust.file, "/nowhere/ca.pem")
        self.assertIn("/nowhere/ca.pem: No such file", str(error))

    def test_no_certificate_in_the_file(self):
        """A file without a certificate is named with what is expected."""
        path = self.written(b"-----BEGIN CERTIFICATE-----\nnonsense\n")
        error = self.assertRaises(SettingError, Trust.file, path)
        self.assertIn("expected at least one PEM certificate", str(error))
