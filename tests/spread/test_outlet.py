"""Bytes leave at once where they can, and in order where they cannot."""

from __future__ import annotations

from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP4ServerEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.trial.unittest import TestCase

from gameserver import compiled
from gameserver.server.edition import EDITION
from gameserver.spread import outlet

_twin, _said = compiled.twin("gameserver.server", EDITION, {})
LARGE = bytes(range(256)) * 32_768  # 8 MB: more than any socket takes at once


class Reader(Protocol):
    """Keeps what comes."""

    def __init__(self) -> None:
        self.got = bytearray()
        self.wanted = 0
        self.enough: Deferred[None] | None = None
        self.lost: Deferred[None] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        self.got += data
        if self.enough is not None and len(self.got) >= self.wanted:
            self.enough.callback(None)
            self.enough = None

    def when(self, size: int) -> Deferred[None]:
        self.wanted, self.enough = size, Deferred()
        self.dataReceived(b"")
        return self.enough or Deferred()

    def connectionLost(self, reason: Any = None) -> None:
        self.lost.callback(None)


class PureTests(TestCase):
    """Over real sockets."""

    write = staticmethod(outlet.write)

    async def setUp(self):
        self.accepted: Deferred[Protocol] = Deferred()
        factory = Factory.forProtocol(Protocol)
        factory.buildProtocol = self.build
        server = TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1")
        port = await server.listen(factory)
        self.addCleanup(port.stopListening)
        client = TCP4ClientEndpoint(reactor, "127.0.0.1", port.getHost().port)
        self.reader = await client.connect(Factory.forProtocol(Reader))
        self.writer = await self.accepted
        self.addCleanup(self.end)

    def build(self, address: Any) -> Protocol:
        del address
        case = self

        class Accepted(Protocol):
            def connectionMade(self) -> None:
                case.accepted.callback(self)

        return Accepted()

    def end(self) -> Deferred[None]:
        self.reader.transport.abortConnection()
        return self.reader.lost

    async def test_at_once(self):
        """The socket has them before the reactor's next turn."""
        self.write(self.writer.transport, b"now")
        handle = self.reader.transport.getHandle()
        handle.setblocking(True)
        handle.settimeout(5)
        self.assertEqual(handle.recv(3), b"now")
        handle.setblocking(False)

    async def test_in_order(self):
        """What the socket does not take, and what comes after it, goes in order."""
        self.write(self.writer.transport, b"first")
        self.write(self.writer.transport, LARGE)
        self.write(self.writer.transport, b"last")
        whole = b"first" + LARGE + b"last"
        await self.reader.when(len(whole))
        self.assertEqual(bytes(self.reader.got), whole)

    async def test_after_twisted(self):
        """What was written Twisted's way before comes before."""
        self.writer.transport.write(b"before ")
        self.write(self.writer.transport, b"after")
        await self.reader.when(12)
        self.assertEqual(bytes(self.reader.got), b"before after")

    async def test_closing(self):
        """What is written when the connection is about to close still leaves."""
        self.write(self.writer.transport, b"one ")
        self.writer.transport.loseConnection()
        self.write(self.writer.transport, b"more")
        await self.reader.lost
        self.assertEqual(bytes(self.reader.got), b"one more")
        self.write(self.writer.transport, b"to nobody")

    def test_gone(self):
        """A peer that has reset the connection is noticed, and nothing raised."""
        self.reader.transport.abortConnection()
        for _ in range(5):
            self.write(self.writer.transport, b"x" * 1000)
        return self.reader.lost


class CompiledTests(PureTests):
    """The same, by the compiled twin."""

    if _twin is None:
        skip = _said
    else:
        write = staticmethod(_twin.write)
