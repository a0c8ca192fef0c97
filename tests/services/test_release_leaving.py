"""A removed service that takes long to stop: an undo has it run again, or refuses."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred

from gameserver.errors import StoreError
from gameserver.model.release_row import Outcome
from tests.services.release_case import CLOCK, DOUBLE, PLAYER, ReleaseCase

SLOW = CLOCK.replace(
    """        def stopped(self) -> None:
            self.log.append("stopped")
""",
    """        async def stopped(self) -> None:
            from twisted.internet.defer import Deferred

            self.log.append("stopping")
            self._gate = Deferred()
            await self._gate
""",
)


class LeavingTests(ReleaseCase):
    """The clock is removed, and stops for longer than a release waits for that."""

    texts = {"player": PLAYER, "other": SLOW}

    def setUp(self) -> None:
        super().setUp()
        self.world.advance(2.0)
        self.clock = self.world.service("clock")
        self.plugins.put(other="LIMIT = 1\n")
        begun = self.begin(self.service.release("eve", "here"))
        self.world.advance(11.0)
        self.assertIs(self.successResultOf(begun).outcome, Outcome.COMMITTED)

    def running(self) -> list[str]:
        return [one.subject.name for one in self.world.game.troupe]

    def assert_runs(self) -> None:
        """Require a new object that ticks, with the state that was stored."""
        again: Any = self.world.service("clock")
        self.assertIsNot(again, self.clock)
        self.assertEqual(again.log, ["started", "stopping", "started"])
        beats = again.beats
        self.world.advance(3.0)
        self.assertEqual(again.beats, beats + 3)

    def test_waited_for(self) -> None:
        """The undo waits until it has left, and starts it again."""
        undone = self.begin(self.service.undo("eve", "here"))
        self.world.advance(5.0)
        self.assertNoResult(undone)
        self.clock._gate.callback(None)
        self.turns()
        self.successResultOf(undone)
        self.assert_runs()

    def test_refused(self) -> None:
        """One that goes on stopping refuses the undo by its name, until it has left."""
        undone = self.begin(self.service.undo("eve", "here"))
        self.world.advance(11.0)
        text = self.failureResultOf(undone).value.text
        self.assertIn("service clock is stopping yet", text)
        self.assertEqual(self.service.current, 1)
        self.clock._gate.callback(None)
        self.turns()
        self.ended(self.service.undo("eve", "here"))
        self.assert_runs()

    def test_later_release(self) -> None:
        """A later release does not stop it once more."""
        self.release(player=DOUBLE)
        self.assertEqual(self.clock.log, ["started", "stopping"])
        self.clock._gate.callback(None)
        self.turns()
        self.assertEqual(self.running(), [])

    def test_released_again(self) -> None:
        """Its name is not free before it has left."""
        self.plugins.put(other=SLOW)
        text = self.refused(self.service.release("eve", "here"))
        self.assertIn("service clock is stopping yet", text)
        self.clock._gate.callback(None)
        self.turns()
        self.ended(self.service.release("eve", "here"))
        self.assertEqual(self.running(), ["clock"])


class UnsavedTests(ReleaseCase):
    """The store refuses the last state of a service that is removed."""

    texts = {"player": PLAYER, "other": CLOCK}

    def test_undone(self) -> None:
        """It is gone all the same, so the undo starts it again as it is stored."""
        self.world.advance(2.0)

        def refused(_: object) -> Deferred[None]:
            answer: Deferred[None] = Deferred()
            full = StoreError("disk full")
            self.world.clock.callLater(0.1, answer.errback, full)
            return answer

        patched = self.patch(self.world.store, "commit", refused)
        self.plugins.put(other="LIMIT = 1\n")
        self.begin(self.service.release("eve", "here"))
        self.world.advance(11.0)
        patched.restore()
        self.assertEqual(list(self.world.game.troupe), [])
        self.ended(self.service.undo("eve", "here"))
        self.assertEqual(self.world.service("clock").beats, 2)
        self.world.advance(1.0)
        self.assertEqual(self.world.service("clock").beats, 3)
        self.world.flush_errors()
        self.flushLoggedErrors()
