"""A connection that has ended while its calls wait for their turn in the line."""

from __future__ import annotations

from typing import Any

from twisted.internet import ssl
from twisted.internet.error import ConnectionLost
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure
from twisted.spread import pb
from twisted.trial.unittest import SynchronousTestCase

from gameserver import Avatar
from gameserver.bench import canned
from gameserver.server.backlog import EVENTS
from gameserver.server.short_way import Reached
from gameserver.testing import World
from gameserver.testing.pipe import Pipe
from gameserver.testing.window import Window
from tests.client.pb_server import Authority

CALLS = 150


class Player(Avatar):
    max_clients = 1
    pings: int = 0

    def perspective_ping(self) -> int:
        self.pings += 1
        return self.pings


class HeldWorld(World):
    """A world in which one connection has no turn yet: others come before it."""

    held: Any = None

    def _turn(self) -> bool:
        brokers = [one for one in self.game.factory.connections if one is not self.held]
        return self.game.turns.end() or any(one.next_turn() for one in brokers)


class TLSWorld(HeldWorld):
    """One whose windows speak TLS."""

    def connect(self, name: str) -> Window:
        """Connect without logging in."""
        factory = pb.PBClientFactory()
        ours, theirs = Authority("127.0.0.1").options, ssl.CertificateOptions()
        above = TLSMemoryBIOFactory(ours, False, self.game.factory, self.clock)
        below = TLSMemoryBIOFactory(theirs, True, factory, self.clock)
        server, client = above.buildProtocol(None), below.buildProtocol(None)
        window = Window(
            name, Pipe(server, client, next(self._ports)), factory, self.settle
        )
        self._windows.append(window)
        self.settle()
        return window

    def _turn(self) -> bool:
        due = [one for one in self.clock.getDelayedCalls() if self._is_of_tls(one)]
        for one in due:
            self.clock.calls.remove(one)
            one.called = 1
            one.func(*one.args, **one.kw)
        return super()._turn() or bool(due)

    def _is_of_tls(self, call: Any) -> bool:
        is_line = getattr(call.func, "__self__", None) is self.game.factory.line
        return call.getTime() <= self.clock.seconds() and not is_line


class TCPTests(SynchronousTestCase):
    world_type: type[HeldWorld] = HeldWorld

    def setUp(self) -> None:
        self.world = self.world_type(Player)
        self.window = self.world.login("ada")
        (self.client,) = self.world.avatar("ada").clients
        self.last = self.client.connection

    def lose(self) -> None:
        """Have calls come, and the end of the connection after them."""
        (target,) = (
            number
            for number, local in self.last.localObjects.items()
            if type(local.object) is Reached
        )
        numbers = range(canned.FIRST_REQUEST, canned.FIRST_REQUEST + CALLS)
        self.world.held = self.last
        calls = (canned.call(one, target, "ping", []) for one in numbers)
        self.receive(b"".join(calls))
        self.world._windows.remove(self.window)
        self.end(Failure(ConnectionLost()))
        self.assertIn(self.last, self.world.game.factory.line.waiting)

    def receive(self, content: bytes) -> None:
        """Have more come than is carried out at once, whether it is read or not."""
        self.last._heavy = 0
        self.last._decoder.feed(content)

    def end(self, reason: Failure) -> None:
        """End the connection."""
        self.last.connectionLost(reason)

    def carried_out(self) -> int:
        """Let the calls have their turns; gives how many were carried out."""
        while self.last in self.world.game.factory.line.waiting:
            self.last.next_turn()
        return int(self.world.avatar("ada").pings)

    def test_back_at_once(self) -> None:
        """Its player is let in again at once; the calls are of nobody by then."""
        self.lose()
        self.assertTrue(self.client.is_away)
        self.world.login("ada")
        self.assertEqual(self.carried_out(), 0)

    def test_carried_out(self) -> None:
        """Otherwise its login ends when they are carried out."""
        self.lose()
        self.assertEqual(self.carried_out(), CALLS)
        self.assertTrue(self.client.is_gone)

    def test_told(self) -> None:
        """Telling it more than is kept raises nothing in the author's face."""
        self.last.outflow.pauseProducing()
        self.client.notify("heard", 0)
        self.lose()
        for number in range(EVENTS + 5):
            self.world.avatar("ada").clients.notify("heard", number)

    def test_closed(self) -> None:
        """Closing it leaves nothing to be done later."""
        self.lose()
        self.client.close("kicked", "be kind")
        self.carried_out()
        self.world.advance(60.0)
        self.assertEqual(self.world.flush_errors(), [])

    def test_resumed(self) -> None:
        """A session goes on over another connection."""
        token = self.window.call("gameserver.session", "", 0)["token"]
        self.lose()
        window = self.world.connect("ada")
        root = self.successResultOf(window.factory.getRootObject())
        announced = root.callRemote("session", token)
        self.world.settle()
        self.successResultOf(announced)
        entering = self.world._enter(window, "ada", None)
        self.successResultOf(entering)
        self.assertEqual(self.world.flush_errors(), [])
        (client,) = self.world.avatar("ada").clients
        self.assertIs(client, self.client)
        self.assertIsNot(client.connection, self.last)


class TLSTests(TCPTests):
    world_type = TLSWorld

    def end(self, reason: Failure) -> None:
        """End the connection beneath."""
        self.last.transport.connectionLost(reason)

    def test_no_banana(self) -> None:
        """What is no Banana amid the calls is met in their turn, without a fuss."""
        self.lose()
        self.receive(b"\xff" * 500)
        self.carried_out()
        self.assertTrue(self.client.is_gone)
