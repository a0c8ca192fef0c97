"""What a peer has sent that is gone by now is carried out in turns, too."""

from __future__ import annotations

from typing import Any

from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.spread import banana, pb
from twisted.trial.unittest import SynchronousTestCase

from gameserver.bench import canned
from gameserver.spread.fair import TURN, FairBroker
from gameserver.spread.line import RUSH, Line
from gameserver.wire.limits import Limits

CALLS = 20


class Root(pb.Root):
    """Takes half a turn for each call."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.asked = 0

    def remote_ask(self) -> None:
        """Take time."""
        self.asked += 1
        self.clock.rightNow += TURN / 2


class Server(FairBroker):
    """Ends its flow when it fails."""

    first_limits = Limits(size=65_536, items=4_096, depth=16, string=32_768)

    def guarded(self, act: Any, *given: object) -> None:
        try:
            act(*given)
        except (banana.BananaError, NotImplementedError):
            self.end_flow()


class GoneTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.root = Root(self.clock)
        self.line = Line(self.clock)
        self.broker = self.opened()
        self.done: list[None] = []

    def opened(self) -> Server:
        """Give a connection that has agreed how to speak."""
        broker = Server(isClient=False)
        broker.factory = pb.PBServerFactory(self.root)
        broker.clock, broker.line = self.clock, self.line
        broker.makeConnection(StringTransport())
        broker.setNameForLocal("root", self.root)
        broker.dataReceived(canned.OPENING)
        return broker

    def lose(self, sent: bytes) -> None:
        """Receive bytes, and the end of the connection with them."""
        self.broker.dataReceived(sent)
        self.broker.finish(lambda: self.done.append(None))

    def calls(self) -> bytes:
        """Give some calls."""
        numbers = range(canned.FIRST_REQUEST, canned.FIRST_REQUEST + CALLS)
        return b"".join(canned.call(one, b"root", "ask", []) for one in numbers)

    def turn(self) -> None:
        """Pass a turn of the reactor."""
        due, self.clock.calls = self.clock.calls, []
        for call in due:
            call.called = 1
            call.func(*call.args)

    def test_in_turns(self) -> None:
        """All calls are carried out, in turns; then the connection has ended."""
        self.lose(self.calls())
        turns = 0
        while not self.done:
            before = self.root.asked
            self.turn()
            self.assertLessEqual(self.root.asked - before, 3)
            turns += 1
        self.assertEqual(self.root.asked, CALLS)
        self.assertGreaterEqual(turns, CALLS // 4)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_not_at_once(self) -> None:
        """Also of who has taken little: many may go in one turn of the reactor."""
        self.broker.dataReceived(self.calls())
        self.broker.spent, before = 0.0, self.root.asked
        self.lose(b"")
        self.assertEqual((self.root.asked, self.done), (before, []))
        self.turn()
        self.assertGreater(self.root.asked, before)

    def test_rush(self) -> None:
        """Where those before it have used up the time, also a short one waits."""
        self.clock.rightNow += 1.0
        self.broker.line.rush = RUSH
        self.broker.dataReceived(self.calls()[: len(self.calls()) // CALLS])
        self.assertEqual(self.root.asked, 0)
        self.turn()
        self.assertEqual((self.root.asked, self.broker.line.rush), (1, 0.0))

    def test_little_first(self) -> None:
        """Who has sent little comes before those that have sent much."""
        other = self.broker
        self.broker = self.opened()
        other.spent = self.broker.spent = 0.0
        other.dataReceived(self.calls() * 20)
        self.broker.line.rush = RUSH
        self.broker.dataReceived(self.calls()[: len(self.calls()) // CALLS])
        self.assertEqual(list(self.broker.line.waiting), [other, self.broker])
        line = sorted(self.broker.line.waiting, key=lambda one: one.spent)
        self.assertEqual(line, [self.broker, other])

    def test_nothing_left(self) -> None:
        """With nothing to be carried out it has ended at once."""
        self.lose(b"")
        self.assertEqual(self.done, [None])

    def test_no_banana(self) -> None:
        """What is no Banana ends it as well, once."""
        self.lose(self.calls() + b"\xff" * 5_000)
        for _ in range(CALLS):
            self.turn()
        self.assertEqual((self.root.asked, self.done), (CALLS, [None]))

    def test_given_up(self) -> None:
        """Who gives it up in between ends it, and no more calls are carried out."""
        self.lose(self.calls())
        before = self.root.asked
        self.broker.end_flow()
        self.turn()
        self.assertEqual((self.root.asked, self.done), (before, [None]))

    def tearDown(self) -> None:
        self.broker.connectionLost(Failure(pb.PBConnectionLost()))
