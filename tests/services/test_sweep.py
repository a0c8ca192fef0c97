"""What changes without a touch is found by looking at everybody, a few at a time."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver import Avatar
from gameserver.errors import StoreError
from gameserver.services.sweep import FEW, SHORTEST, STEP, Sweep, pace
from gameserver.testing import World
from tests.server.test_realm import hold


class Player(Avatar):
    """Has a bag."""

    bag: list[int] = []


class SweepTests(SynchronousTestCase):
    """A round of ten seconds."""

    def setUp(self) -> None:
        self.world = World(Player)
        game = self.world.game
        self.sweep = Sweep(game.ledger, game.turns, self.world.clock, 10.0)
        self.sweep.start()
        self.names = [f"p{n}" for n in range(25)]
        self.bags: list[list[int]] = []
        for name in self.names:
            self.world.login(name)
            self.bags.append(self.world.avatar(name).bag)
        self.world.settle()

    def stored(self) -> int:
        """Count those whose bag is stored with something in it."""
        load = self.world.store.snapshots.load
        found: list[Any] = [
            self.successResultOf(load("avatar", name)) for name in self.names
        ]
        return sum(b"[1]" in one.state for one in found)

    def test_found(self) -> None:
        """A list that somebody kept and changed is saved within a round."""
        for bag in self.bags:
            bag.append(1)
        self.world.settle()
        self.assertEqual(self.stored(), 0)
        self.world.advance(4.0)
        self.assertTrue(0 < self.stored() < len(self.bags))
        self.world.advance(8.0)
        self.assertEqual(self.stored(), len(self.bags))

    def test_never_saved(self) -> None:
        """A new object that the store refused is tried again within a second."""
        hold(self.world.store, "commit").errback(StoreError("disk full"))
        self.world.login("cy")
        load = self.world.store.snapshots.load
        self.assertIsNone(self.successResultOf(load("avatar", "cy")))
        self.world.advance(1.0)
        self.assertIsNotNone(self.successResultOf(load("avatar", "cy")))
        self.assertEqual(self.flushLoggedErrors(StoreError), [])

    def test_held(self) -> None:
        """While it is held nobody is looked at; then it goes on."""
        self.sweep.is_held = lambda: True
        self.bags[0].append(1)
        self.world.advance(20.0)
        self.assertEqual(self.stored(), 0)
        self.sweep.is_held = lambda: False
        self.world.advance(11.0)
        self.assertEqual(self.stored(), 1)

    @given(st.integers(0, 10**7), st.floats(1.0, 3600.0))
    def test_pace(self, number: int, seconds: float) -> None:
        """A round has them all in its time; at least one look in about a second."""
        share, step = pace(number, seconds)
        looks = round(seconds / step)
        self.assertGreaterEqual(share * looks, number)
        self.assertLessEqual(step, 2 * STEP)
        if number <= FEW * seconds / SHORTEST:
            self.assertLessEqual(share, FEW)

    def test_stop(self) -> None:
        """Once it is stopped nothing is looked at."""
        self.sweep.stop()
        self.bags[0].append(1)
        self.world.advance(20.0)
        self.assertEqual(self.stored(), 0)
