"""The broker between two ends: what is sent, in how many writes, what is refused."""

from __future__ import annotations

import datetime as dt
from typing import Any

from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.spread import pb
from twisted.spread.banana import BananaError
from twisted.trial.unittest import SynchronousTestCase

from gameserver.spread.broker import StrictBroker, WireBroker
from gameserver.wire.codec import encode
from gameserver.wire.encoder import NotPlain, integer, string
from gameserver.wire.limits import Limits
from gameserver.wire.message import Written
from tests.wire.stock import StockBanana, stock_bytes

SMALL = Limits(size=300, items=60, depth=12, string=100)


class Root(pb.Root):
    """Gives back what it is given."""

    def remote_echo(self, *args: Any, **kw: Any) -> Any:
        return [*args, kw]

    def remote_same(self, one: Any, other: Any) -> bool:
        return one is other

    def remote_itself(self) -> Any:
        return self


class CallFailed(Exception):
    """A call was answered by an error of this type."""


class Counting(StringTransport):
    """Counts writes."""

    writes = 0

    def write(self, data: bytes) -> None:
        self.writes += 1
        super().write(data)


class Line:
    """Two brokers, and what is under way between them."""

    def __init__(self, server: Any, client: Any) -> None:
        self.ends = [server, client]
        factory = pb.PBServerFactory(Root())
        for end in self.ends:
            end.factory = factory if end is server else pb.PBClientFactory()
            end.makeConnection(Counting())
        server.setNameForLocal("root", Root())
        self.pump()

    def pump(self) -> None:
        """Hand over what was written until nothing more is."""
        waiting = True
        while waiting:
            waiting = False
            for end, other in (self.ends, self.ends[::-1]):
                data = end.transport.value()
                end.transport.clear()
                if data:
                    waiting = True
                    other.dataReceived(data)

    def call(self, *args: Any, **kw: Any) -> Any:
        """Call the root, and give the answer."""
        given: list[Any] = []
        asked = self.ends[1].remoteForName("root").callRemote(*args, **kw)
        asked.addBoth(given.append)
        self.pump()
        (one,) = given
        if isinstance(one, Failure):
            raise CallFailed(repr(one.type))
        return one


class BrokerTests(SynchronousTestCase):
    """Ours with ours, and with stock's on either side."""

    def lines(self):
        for server in (WireBroker, StrictBroker, pb.Broker):
            for client in (WireBroker, StrictBroker, pb.Broker):
                yield Line(server(False), client(True))

    def test_plain(self):
        """Plain values come as they are."""
        values = [1, "é", b"list", None, True, 1.5, (1, [2]), {"a": {3}}, 2**64]
        for line in self.lines():
            self.assertEqual(line.call("echo", *values, x=[4]), [*values, {"x": [4]}])

    def test_references(self):
        """What is not plain goes Twisted's way, alone and amid plain values."""
        for line in self.lines():
            one, other = line.call("itself"), line.call("itself")
            self.assertIsInstance(one, pb.RemoteReference)
            self.assertEqual(one, other)
            called = one.callRemote("echo", 5)
            line.pump()
            self.assertEqual(self.successResultOf(called), [5, {}])

    def test_errors(self):
        """An error is an error."""
        for line in self.lines():
            with self.assertRaises(CallFailed) as caught:
                line.call("nothing")
            self.assertIn("NoSuchMethod", repr(caught.exception))
            self.flushLoggedErrors(pb.NoSuchMethod)

    def test_bytes_as_stock(self):
        """A call is written byte for byte as stock's broker writes it."""
        written = []
        for kind in (WireBroker, pb.Broker):
            line = Line(pb.Broker(False), kind(True))
            line.ends[1].remoteForName("root").callRemote("echo", 1, "list", x=(2,))
            written.append(line.ends[1].transport.value())
        self.assertEqual(*written)

    def test_one_write(self):
        """What one chunk of bytes brings is answered with one write."""
        line = Line(WireBroker(False), WireBroker(True))
        server, client = line.ends
        for number in range(50):
            client.remoteForName("root").callRemote("echo", number)
        before = server.transport.writes
        server.dataReceived(client.transport.value())
        self.assertEqual(server.transport.writes, before + 1)

    def test_close_amid_reading(self):
        """What was said before the close leaves before it: TLS takes nothing after."""

        class Closing(Counting):
            def write(self, data: bytes) -> None:
                assert not self.disconnecting, "it is lost"
                super().write(data)

        line = Line(WireBroker(False), WireBroker(True))
        server, client = line.ends
        server.transport = Closing()

        def last(message: Any) -> None:
            server.sendCall(b"decref", len(message))
            server.close()

        server.expressionReceived = last
        client.sendCall(b"version", 6)
        server.dataReceived(client.transport.value())
        self.assertEqual(server.transport.value(), stock_bytes([b"decref", 2]))
        self.assertTrue(server.transport.disconnecting)

    def test_event(self):
        """An event is a call that wants no answer, byte for byte as stock's."""
        line = Line(WireBroker(False), pb.Broker(True))
        server = line.ends[0]
        args, none = encode((1, "a")), encode({})
        server.send_event(7, string(b"told") + integer(0) + args + none)
        message = [
            b"message", 1, 7, b"told", 0,
            [b"tuple", 1, [b"unicode", b"a"]], [b"dictionary"],
        ]  # fmt: skip
        self.assertEqual(server.transport.value(), stock_bytes(message))

    def test_spliced_in_a_fallback(self):
        """What is written already stands as it is in a message of other things."""
        protocol = WireBroker()
        protocol.makeConnection(StringTransport())
        protocol._decoder.has_words, protocol.currentDialect = True, b"pb"
        protocol.transport.clear()
        protocol.sendCall(b"error", 1, [5, Written(encode("x"))])
        stock = StockBanana()
        stock.dataReceived(protocol.transport.value())
        self.assertEqual(stock.messages, [[b"error", 1, [5, [b"unicode", b"x"]]]])

    def test_not_sendable(self):
        """What Banana cannot send is said as stock says it."""
        for kind in (WireBroker, pb.Broker):
            line = Line(pb.Broker(False), kind(True))
            call = line.ends[1].remoteForName("root").callRemote
            for bad in (2**449, "x" * 700_000):
                self.assertRaises(BananaError, call, "echo", bad)


class StrictTests(SynchronousTestCase):
    """What a peer may not send."""

    def setUp(self):
        self.line = Line(StrictBroker(False), pb.Broker(True))
        self.server = self.line.ends[0]

    def test_shared(self):
        """A part that is sent twice is two parts; stock's broker gives one."""
        part = [1]
        self.assertFalse(self.line.call("same", part, part))
        stock = Line(pb.Broker(False), pb.Broker(True))
        self.assertTrue(stock.call("same", part, part))

    def test_exploding(self):
        """A few bytes that stand for gigabytes are refused, and the line goes on."""
        part = ["x"]
        for _ in range(40):
            part = [part, part]
        self.server.limit(Limits(size=65_536, items=5_000, depth=200, string=100))
        with self.assertRaises(CallFailed) as caught:
            self.line.call("echo", part)
        self.assertIn("NotPlain", repr(caught.exception))
        self.assertEqual(self.line.call("echo", 1), [1, {}])
        self.assertTrue(self.flushLoggedErrors(NotPlain))

    def test_shared_beside_others(self):
        """Nor does it matter what else is there: times, remote references."""
        part, day = (0, 0), dt.date(2026, 11, 22)
        given = self.line.call("echo", part, part, day, {b"reference": day})
        self.assertEqual(given, [part, part, day, {b"reference": day}, {}])
        one, other = self.line.call("itself"), self.line.call("itself")
        self.assertTrue(self.line.call("same", one, other))

    def test_limits(self):
        """A message beyond the limits ends it, and what came before is heard."""
        self.server.limit(SMALL)
        client = self.line.ends[1]
        answers: list[Any] = []
        remote = client.remoteForName("root")
        remote.callRemote("echo", 1).addCallback(answers.append)
        remote.callRemote("echo", "x" * 200)
        data = client.transport.value()
        client.transport.clear()
        self.assertRaises(BananaError, self.server.dataReceived, data)
        client.dataReceived(self.server.transport.value())
        self.assertEqual(answers, [[1, {}]])

    def test_dialect(self):
        """No other dialect is spoken."""
        server = StrictBroker(False)
        server.factory = pb.PBServerFactory(Root())
        server.makeConnection(StringTransport())
        server.dataReceived(stock_bytes(b"none"))
        self.assertTrue(server.transport.disconnecting)
