"""Connections share turns, and one that takes nothing costs the others nothing.

Over real sockets, plain and TLS, with stock PB on the other side.
"""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet import endpoints, reactor, ssl
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import LoopingCall
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.spread import pb
from twisted.trial.unittest import TestCase

from gameserver.spread import fair, line, outflow
from gameserver.spread.fair import FairBroker
from gameserver.spread.line import Line
from gameserver.wire.limits import Limits
from tests.client.pb_server import Authority

PAGE = "x" * 10_000
CALLS = 1_000
SMALL = 16_384  # bytes that sockets buffer, so that little is under way


class Server(FairBroker):
    """Watches from the first byte on what its peer takes."""

    first_limits = Limits(size=65_536, items=4_096, depth=16, string=32_768)
    clock = reactor

    def connectionMade(self) -> None:
        beneath = getattr(self.transport, "transport", self.transport)
        beneath.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL)
        self.line = self.factory.line
        super().connectionMade()
        self.factory.brokers.append(self)

    def dataReceived(self, chunk: bytes) -> None:
        self.begin_outflow()  # by now the handshake of TLS is over
        super().dataReceived(chunk)

    def guarded(self, act: Any) -> None:
        act()

    def cut(self, reason: str) -> None:
        self.factory.cut.append(reason)
        self.end_flow()
        self.transport.abortConnection()

    def connectionLost(self, reason: Any = None) -> None:
        self.finish(lambda: super(Server, self).connectionLost(reason))


class Root(pb.Root):
    """Answers, and counts what it has answered."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def remote_page(self, who: str, number: int) -> tuple[int, str]:
        self.asked.append((who, number))
        return number, PAGE

    def remote_pages(self, number: int) -> list[str]:
        return [PAGE] * number

    def remote_count(self, who: str, number: int) -> int:
        self.asked.append((who, number))
        return number


class FairCase(TestCase):
    timeout = 60
    """A server with two clients, ``ada`` and ``ben``."""

    secure = False

    async def setUp(self) -> None:
        self.root = Root()
        self.factory = pb.PBServerFactory(self.root)
        self.factory.protocol = Server
        self.factory.brokers, self.factory.cut = [], []
        self.factory.line = Line(reactor)
        self.addCleanup(self.until, self.is_over)  # at last: clients end before
        at, to = self.ends()
        place = endpoints.TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1")
        listening = await place.listen(at(self.factory))
        self.addCleanup(listening.stopListening)
        self.ada = await self.client(to, listening.getHost().port)
        self.ben = await self.client(to, listening.getHost().port)

    def ends(self) -> tuple[Any, Any]:
        """Give what puts TLS, or nothing, around a factory and an endpoint."""
        return (lambda factory: factory), (lambda endpoint: endpoint)

    async def client(self, to: Any, port: int) -> Any:
        factory = pb.PBClientFactory()
        plain = endpoints.TCP4ClientEndpoint(reactor, "127.0.0.1", port)
        broker = await to(plain).connect(factory)
        self.addCleanup(self.ended, broker)
        beneath = getattr(broker.transport, "transport", broker.transport)
        beneath.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
        return await factory.getRootObject()

    def ended(self, broker: Any) -> Deferred[None]:
        done: Deferred[None] = Deferred()
        if broker.disconnected:
            done.callback(None)
        else:
            broker.notifyOnDisconnect(lambda: done.callback(None))
            broker.transport.abortConnection()
        return done

    def is_over(self) -> bool:
        """Say whether the server, too, knows that all have gone."""
        brokers, line = self.factory.brokers, self.factory.line
        return all(one.disconnected for one in brokers) and not line.waiting

    def until(self, holds: Any) -> Deferred[Any]:
        """Fire when something holds, looked at now and then."""
        look = LoopingCall(lambda: holds() and look.stop())
        return look.start(0.001)

    def read_slowly(self, share: int) -> None:
        """Have ``ada`` rest a little after each so many bytes."""
        transport = self.ada.broker.transport
        received = type(self.ada.broker).dataReceived
        size = 0

        def slowly(broker: Any, data: bytes) -> None:
            nonlocal size
            size += len(data)
            if broker is self.ada.broker and size > share:
                size = 0
                transport.pauseProducing()
                reactor.callLater(0.1, transport.resumeProducing)
            received(broker, data)

        self.patch(type(self.ada.broker), "dataReceived", slowly)

    @property
    def stopped(self) -> list[Any]:
        return [one for one in self.factory.brokers if one.is_stopped]


class FairTests(FairCase):
    """Over plain TCP."""

    async def test_takes_turns(self) -> None:
        """Who sends thousands of calls at once does not keep another one waiting."""
        many = [self.ada.callRemote("count", "ada", n) for n in range(5 * CALLS)]
        await self.until(lambda: self.root.asked)
        await self.ben.callRemote("count", "ben", 1)
        place = self.root.asked.index(("ben", 1))
        self.assertLess(place, 4 * CALLS)
        self.assertEqual(await gatherResults(many), list(range(5 * CALLS)))
        numbers = [number for who, number in self.root.asked if who == "ada"]
        self.assertEqual(numbers, list(range(5 * CALLS)))

    async def test_slow_calls(self) -> None:
        """A turn ends after four milliseconds, too, however few calls those are."""
        clock = iter(range(1_000_000))
        turns: list[int] = []
        batch = Server.carry_out_batch
        self.patch(fair, "TURN", 5)
        self.patch(line, "SLICE", 5)
        self.patch(Server, "clock", Ticking(clock))

        def counted(broker: Any) -> None:
            before = len(self.root.asked)
            batch(broker)
            turns.append(len(self.root.asked) - before)

        self.patch(Server, "carry_out_batch", counted)
        many = [self.ada.callRemote("count", "ada", n) for n in range(50)]
        self.assertEqual(await gatherResults(many), list(range(50)))
        self.assertLess(max(turns), 10)

    async def test_takes_nothing(self) -> None:
        """Whoever takes no answers is not read, until it does; nothing is lost."""
        self.ada.broker.transport.pauseProducing()
        many = [self.ada.callRemote("page", "ada", n) for n in range(CALLS)]
        await self.until(lambda: self.stopped)
        answered = len(self.root.asked)
        self.assertLess(answered * len(PAGE), 1_000_000)
        pages = [self.ben.callRemote("page", "ben", n) for n in range(100)]
        await gatherResults(pages)
        of_ada = [number for who, number in self.root.asked if who == "ada"]
        self.assertEqual(len(of_ada), answered)
        self.ada.broker.transport.resumeProducing()
        answers = await gatherResults(many)
        self.assertEqual([number for number, _ in answers], list(range(CALLS)))
        self.assertEqual(self.stopped, [])
        self.assertEqual(self.factory.cut, [])

    async def test_no_progress(self) -> None:
        """And is cut off in the end."""
        self.patch(outflow, "PATIENCE", 0.05)
        self.ada.broker.transport.pauseProducing()
        many = [self.ada.callRemote("page", "ada", n) for n in range(CALLS)]
        await self.until(lambda: self.factory.cut)
        self.assertIn("taken nothing for 0.05 s", self.factory.cut[0])
        self.ada.broker.transport.resumeProducing()
        for one in many:
            one.addErrback(lambda failure: failure.trap(pb.PBConnectionLost))
        await gatherResults(many)

    async def test_slowly(self) -> None:
        """Whoever takes a little now and then is not."""
        self.patch(outflow, "PATIENCE", 1.0)
        self.read_slowly(100_000)
        many = [self.ada.callRemote("page", "ada", n) for n in range(CALLS // 5)]
        answers = await gatherResults(many)
        self.assertEqual(len(answers), CALLS // 5)
        self.assertEqual(self.factory.cut, [])

    async def test_large_answer(self) -> None:
        """An answer of megabytes arrives, however slowly it is read."""
        self.patch(outflow, "PATIENCE", 1.0)
        self.read_slowly(100_000)
        self.assertEqual(await self.ada.callRemote("pages", 200), [PAGE] * 200)
        self.assertEqual(self.factory.cut, [])

    async def test_closed(self) -> None:
        """Whoever calls and then closes the connection has called."""
        self.patch(Server, "batch", 4)
        for number in range(CALLS):
            self.ada.callRemote("count", "ada", number).addErrback(lambda _: None)
        self.ada.broker.transport.loseConnection()
        await self.until(lambda: len(self.root.asked) == CALLS)
        numbers = [number for _, number in self.root.asked]
        self.assertEqual(numbers, list(range(CALLS)))

    async def test_too_much(self) -> None:
        """A megabyte beyond what it has not taken is too much."""
        self.ada.broker.transport.pauseProducing()
        many = [self.ada.callRemote("page", "ada", n) for n in range(CALLS)]
        await self.until(lambda: self.stopped)
        (broker,) = self.stopped
        for _ in range(outflow.MOST // len(PAGE)):
            broker.send(PAGE.encode())
        self.assertEqual(self.factory.cut, [])
        for _ in range(10):  # the system has taken some since it stopped
            if not self.factory.cut:
                broker.send(PAGE.encode())
        self.assertEqual(len(self.factory.cut), 1)
        self.ada.broker.transport.resumeProducing()
        for one in many:
            one.addErrback(lambda failure: failure.trap(pb.PBConnectionLost))
        await gatherResults(many)


class SecureTests(FairTests):
    """Over TLS, which keeps some of what is unsent itself."""

    def ends(self) -> tuple[Any, Any]:
        ours = Authority("127.0.0.1").options
        theirs = ssl.CertificateOptions()  # which trusts anybody

        def at(factory: Any) -> Any:
            return TLSMemoryBIOFactory(ours, False, factory)

        def to(endpoint: Any) -> Any:
            return endpoints.wrapClientTLS(theirs, endpoint)

        return at, to


class Ticking:
    """A clock that goes on by one each time it is looked at."""

    def __init__(self, ticks: Any) -> None:
        self._ticks = ticks
        self.callLater = reactor.callLater

    def seconds(self) -> float:
        return next(self._ticks)
