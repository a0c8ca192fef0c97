"""The pipe behaves as a socket does, as far as a protocol can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import ITCPTransport
from twisted.internet.protocol import Protocol
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from gameserver.testing.pipe import Pipe

if TYPE_CHECKING:
    from collections.abc import Callable


class Noting(Protocol):
    """Notes what it is given, and may act on it."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.reasons: list[type[BaseException]] = []
        self.act: Callable[[], None] = lambda: None

    @property
    def received(self) -> bytes:
        return b"".join(self.pieces)

    def dataReceived(self, data: bytes) -> None:
        assert not self.reasons, "data after the end of the connection"
        self.pieces.append(data)
        self.act()

    def connectionLost(self, reason) -> None:
        self.reasons.append(reason.type)


class PipeCase(SynchronousTestCase):
    """Two connected protocols."""

    def setUp(self):
        self.server, self.client = Noting(), Noting()
        self.pipe = Pipe(self.server, self.client, 50_001)

    def pump(self) -> None:
        """Deliver everything."""
        while self.pipe.pump():
            pass


class DeliveryTests(PipeCase):
    """Bytes get there when the pipe is pumped, and not before."""

    def test_nothing_before_the_pump(self):
        """A write returns before anything is received."""
        self.server.transport.write(b"a")
        self.assertEqual(self.client.received, b"")
        self.assertTrue(self.pipe.pump())
        self.assertEqual(self.client.received, b"a")
        self.assertFalse(self.pipe.pump())

    @settings(deadline=None)
    @given(st.lists(st.tuples(st.booleans(), st.binary(min_size=1, max_size=4))))
    def test_both_ways_in_order(self, writes):
        """What one side wrote is what the other receives, in order."""
        self.setUp()
        for from_server, data in writes:
            side = self.server if from_server else self.client
            side.transport.write(data)
        self.pump()
        sent = {True: b"", False: b""}
        for from_server, data in writes:
            sent[from_server] += data
        self.assertEqual(
            (self.client.received, self.server.received), (sent[1], sent[0])
        )

    def test_sequence(self):
        """Pieces written at once arrive at once."""
        self.client.transport.writeSequence([b"a", b"bc"])
        self.pump()
        self.assertEqual(self.server.pieces, [b"abc"])

    def test_answer_while_receiving(self):
        """What is written during a delivery is delivered, too."""
        self.client.act = lambda: self.client.transport.write(b"pong")
        self.server.transport.write(b"ping")
        self.pump()
        self.assertEqual(self.server.received, b"pong")


class EndTests(PipeCase):
    """Ways in which a connection ends, each told once to both sides."""

    def ended(self) -> list[list[type[BaseException]]]:
        return [self.server.reasons, self.client.reasons]

    def test_lose_connection(self):
        """What was written before ``loseConnection`` arrives, then both are told."""
        self.server.transport.write(b"last words")
        self.server.transport.loseConnection()
        self.server.transport.write(b"too late")
        self.pump()
        self.assertEqual(self.client.received, b"last words")
        self.assertEqual(self.ended(), [[ConnectionDone]] * 2)
        self.assertFalse(self.pipe.is_open)

    def test_abort(self):
        """What was written before an abort is lost, on both sides."""
        self.server.transport.write(b"lost")
        self.client.transport.write(b"lost")
        self.server.transport.abortConnection()
        self.pump()
        self.assertEqual((self.client.received, self.server.received), (b"", b""))
        self.assertEqual(self.ended(), [[ConnectionLost]] * 2)

    def test_close(self):
        """A cut cable loses what is under way, and is told once."""
        self.server.transport.write(b"lost")
        self.pipe.close()
        self.pipe.close()
        self.assertEqual(self.ended(), [[ConnectionDone]] * 2)
        self.client.transport.write(b"too late")
        self.assertFalse(self.pipe.pump())
        self.assertEqual((self.client.received, self.server.received), (b"", b""))

    def test_cut_while_receiving(self):
        """After the end nothing is received, even of what had been written."""
        self.server.transport.write(b"ping")
        self.client.transport.write(b"under way")
        self.client.act = self.pipe.close
        self.pump()
        self.assertEqual(self.client.received, b"ping")
        self.assertEqual(self.server.received, b"")
        self.assertEqual(self.ended(), [[ConnectionDone]] * 2)


class TransportTests(PipeCase):
    """Each end is a TCP transport."""

    def test_interface(self):
        """It has everything that ``ITCPTransport`` asks for."""
        for side in (self.server, self.client):
            self.assertTrue(verifyObject(ITCPTransport, side.transport))

    def test_addresses(self):
        """One end's peer is the other end's host; each client has its own port."""
        here, there = self.server.transport, self.client.transport
        self.assertEqual(here.getPeer(), there.getHost())
        self.assertEqual(there.getPeer(), here.getHost())
        self.assertEqual(
            (here.getPeer().host, here.getPeer().port), ("127.0.0.1", 50_001)
        )

    def test_no_delay(self):
        """It remembers whether NODELAY was asked for."""
        transport = self.server.transport
        self.assertFalse(transport.getTcpNoDelay())
        transport.setTcpNoDelay(True)
        self.assertTrue(transport.getTcpNoDelay())

    def test_what_memory_does_not_need(self):
        """Keepalive and producers are taken and do nothing."""
        transport = self.server.transport
        transport.setTcpKeepAlive(True)
        self.assertFalse(transport.getTcpKeepAlive())
        transport.registerProducer(object(), True)
        transport.unregisterProducer()
        transport.write(b"a")
        self.pump()
        self.assertEqual(self.client.received, b"a")
