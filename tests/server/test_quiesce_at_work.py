"""Calls at work when a release comes: waited for, counted, or reason to refuse."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred

from gameserver.errors import Stopping
from gameserver.server.quiesce_rules import Policy, Quiesced
from gameserver.testing import Window
from tests.server.quiesce_case import QuiesceCase


class AtWorkTests(QuiesceCase):
    """Calls at work when the release comes."""

    def dig(self, name: str = "ada", window: Window | None = None) -> Deferred[Any]:
        self.wait(name)
        return (window or self.ada).start("dig")

    def end(self, name: str = "ada") -> None:
        self.sword.WAITS[name].callback(None)
        self.world.settle()

    def test_end_in_time(self) -> None:
        """The release comes as soon as they have ended."""
        dug = self.dig()
        closing = self.closing()
        self.world.advance(4.9)
        self.assertNoResult(closing)
        self.end()
        self.world.advance(0)
        self.assertEqual(self.successResultOf(closing), Quiesced(waited=1))
        self.assertEqual(self.successResultOf(dug), "dug")

    def test_not_within_author_code(self) -> None:
        """A call that ends within another does not let the release come there."""
        bob = self.world.login("bob")
        self.dig()
        closing = self.closing()
        closing.addCallback(lambda _: self.log.append("committed"))
        bob.call("free", "ada")
        self.world.advance(0)
        self.assertEqual(self.log, ["freed", "committed"])

    def test_wait(self) -> None:
        """Under ``wait`` those that are late refuse the release; all is open again."""
        self.dig()
        closing = self.closing(Policy.WAIT)
        hit = self.world.login("bob").start("hit", 1)
        self.world.advance(5.0)
        quiesced = self.successResultOf(closing)
        self.assertEqual(quiesced, Quiesced(refused=1, names=("Player.dig of ada",)))
        self.world.advance(0)
        self.assertEqual(self.successResultOf(hit), 1)
        self.end()

    def test_proceed(self) -> None:
        """Under ``proceed`` they are counted, and end in their own time."""
        bob = self.world.login("bob")
        dug, also = self.dig(), self.dig("bob", bob)
        closing = self.closing("proceed")
        self.end()
        self.world.advance(5.0)
        quiesced = self.successResultOf(closing)
        self.assertEqual((quiesced.waited, quiesced.proceeded), (1, 1))
        self.assertEqual(quiesced.names, ("Player.dig of bob",))
        self.open()
        self.end("bob")
        self.assertEqual(
            [self.successResultOf(one) for one in (dug, also)], ["dug"] * 2
        )

    def test_refuse(self) -> None:
        """Under ``refuse`` there is no release as long as one is at work."""
        self.dig()
        quiesced = self.successResultOf(self.closing("refuse"))
        self.assertEqual(quiesced.refused, 1)
        self.assertIsNone(self.world.game.calls.barrier)
        self.end()
        self.assertEqual(self.successResultOf(self.closing("refuse")), Quiesced())

    def test_elsewhere(self) -> None:
        """Calls at work in other modules are no concern of it."""
        self.dig()
        closing = Deferred.fromCoroutine(self.quiesce.close(["plugins.player"]))
        self.assertEqual(self.successResultOf(closing), Quiesced())
        self.end()

    def test_twice(self) -> None:
        """Two releases at once are refused, and the first is not disturbed."""
        self.close()
        self.failureResultOf(self.closing(), RuntimeError)
        self.assertNoResult(self.ada.start("hit", 1))

    def test_policy(self) -> None:
        """A policy that there is not is refused, and nothing is closed."""
        self.failureResultOf(self.closing("hurry"), ValueError)
        self.assertEqual(self.ada.call("hit", 1), 1)

    def test_stop_within(self) -> None:
        """A stop while calls get their limit ends the release."""
        self.dig()
        closing = self.closing()
        stopping = Deferred.fromCoroutine(self.world.game.calls.finish())
        self.world.advance(0)
        self.failureResultOf(closing, Stopping)
        self.end()
        self.successResultOf(stopping)
