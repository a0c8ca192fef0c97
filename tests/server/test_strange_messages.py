"""Messages that only an odd peer sends: refused, and no line of the log for each."""

from __future__ import annotations

from typing import Any

from twisted.logger import globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from gameserver import Avatar
from gameserver.bench import canned
from gameserver.testing import World

IDS: list[Any] = [[1], [[b"tuple"]], 1.5, b"nobody", -1, 2**70]
"""What no object has, of any type that Banana can send."""


class Player(Avatar):
    """A player of no game."""


class StrangeTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.world = World(Player)
        self.world.login("ada")
        (self.broker,) = self.world.game.factory.connections
        self.lines: list[Any] = []
        globalLogPublisher.addObserver(self.lines.append)
        self.addCleanup(globalLogPublisher.removeObserver, self.lines.append)

    def receive(self, *message: Any) -> bytes:
        """Have a message received; gives what is sent then."""
        written = self.broker.transport.written
        written.clear()
        self.broker.dataReceived(canned.encode(list(message)))
        return bytes(written)

    def test_no_such_object(self) -> None:
        """A call on whatever is no object's number is the peer's fault."""
        for number in IDS:
            with self.subTest(number=number):
                call = [number, b"hello", 1, [b"tuple"], [b"dictionary"]]
                self.assertIn(b"bad-request", self.receive(b"message", 7, *call))
        self.assertEqual((self.lines, self.world.errors), ([], []))

    def test_did_not_understand(self) -> None:
        """A peer that says so again and again is not heard."""
        self.assertEqual(self.receive(b"didNotUnderstand", b"answer"), b"")
        self.assertEqual(self.lines, [])
        self.assertFalse(self.broker.transport.is_aborted)
