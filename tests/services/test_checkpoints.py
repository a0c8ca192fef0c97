"""Changes are saved every so often, in one transaction, and tried again if refused."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from gameserver import Avatar
from gameserver.errors import StoreError
from gameserver.services.checkpoints import Checkpoints
from gameserver.testing import World
from tests.server.test_realm import hold


class Player(Avatar):
    """Counts."""

    count: int = 0


class CheckpointTests(SynchronousTestCase):
    """The saving loop."""

    def setUp(self) -> None:
        self.world = World(Player)
        self.points = Checkpoints(self.world.game.ledger, self.world.clock, 1.0)
        self.points.start()
        self.world.login("ada")
        self.world.login("bob")

    def stored(self, name: str) -> bytes:
        found = self.successResultOf(self.world.store.snapshots.load("avatar", name))
        return b"" if found is None else found.state

    def test_saves_what_changed(self) -> None:
        """Only what changed is saved, and once."""
        self.world.advance(1.0)
        self.assertEqual(self.points.saved, 2)
        self.world.avatar("ada").count = 5
        self.world.advance(5.0)
        self.assertEqual(self.points.saved, 3)
        self.assertIn(b"5", self.stored("ada"))

    def test_refused(self) -> None:
        """What the store refuses is saved at the next try."""
        hold(self.world.store.snapshots, "save").errback(StoreError("disk full"))
        self.world.advance(1.0)
        self.assertEqual((self.points.saved, self.points.refused), (0, 1))
        self.world.advance(1.0)
        self.assertEqual((self.points.saved, self.points.refused), (2, 1))
        self.assertEqual(len(self.flushLoggedErrors(StoreError)), 1)

    def test_one_transaction(self) -> None:
        """Two avatars changed between two saves are saved together or not at all."""
        self.world.advance(1.0)
        batches: list[int] = []
        real = self.world.store.snapshots.save
        self.patch(
            self.world.store.snapshots,
            "save",
            lambda snapshots: (batches.append(len(snapshots)), real(snapshots))[1],
        )
        self.world.avatar("ada").count -= 10
        self.world.avatar("bob").count += 10
        self.world.advance(1.0)
        self.assertEqual(batches, [2])

    def test_stop_waits(self) -> None:
        """``stop`` waits for a save that is under way."""
        saving = hold(self.world.store.snapshots, "save")
        self.world.advance(1.0)
        stopping = Deferred.fromCoroutine(self.points.stop())
        self.assertNoResult(stopping)
        saving.callback(None)
        self.successResultOf(stopping)
        self.world.advance(5.0)
        self.assertEqual(self.points.saved, 2)
