"""The clocks of the measured server."""

from __future__ import annotations

import json
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gameserver.bench.reload.probe import Probe


class ProbeTests(SynchronousTestCase):
    """A reactor that waits and wakes by hand."""

    def setUp(self) -> None:
        self.now = 0.0
        self.probe = Probe(lambda: self.now)

    def turn(self, seconds: float, *slices: float) -> None:
        """Have one turn, with slices in it, after a second of waiting."""
        self.now += 1.0
        self.probe.woke()
        self.now += seconds
        for one in slices:
            self.probe.slice(one, one / 2)
        self.probe.waits()

    def summary(self, since: float = 0.0) -> Any:
        return json.loads(self.probe.summary(since))

    def test_turns(self) -> None:
        """The longest turn is told, without the waiting; earlier ones are left out."""
        self.turn(0.3)
        self.turn(0.2)
        self.assertAlmostEqual(self.summary()["turn_max_ms"], 300)
        self.assertAlmostEqual(self.summary(1.5)["turn_max_ms"], 200)

    def test_asked(self) -> None:
        """The turn in which the figures are summed up is not one of them."""
        self.turn(0.2)
        self.summary()
        self.turn(0.5)
        self.turn(0.3)
        self.assertAlmostEqual(self.summary()["turn_max_ms"], 300)

    def test_slices(self) -> None:
        """What slices took in one turn counts as one; turns without any do not."""
        self.turn(0.1)
        self.turn(0.1, 0.004, 0.003)
        self.turn(0.1, 0.001)
        found = self.summary()
        self.assertEqual((found["slices"], found["slices_over"]), (2, 1))
        self.assertAlmostEqual(found["slice_max_ms"], 7)
        self.assertAlmostEqual(found["slice_cpu_max_ms"], 3.5)
        self.assertEqual(found["slices_cpu_over"], 0)
        self.assertAlmostEqual(found["begun"], 2.1)

    def test_storing(self) -> None:
        """What the turn after a slice hands to the store belongs to it; later, not."""
        self.turn(0.1, 0.004)
        self.assertTrue(self.probe.is_slicing())
        self.turn(0.1)
        self.assertFalse(self.probe.is_slicing())

    def test_collections(self) -> None:
        """Full collections are counted and timed; those of young objects are not."""
        for generation in (0, 2):
            about = {"generation": generation, "collected": 0, "uncollectable": 0}
            self.probe.collected("start", about)
            self.now += 0.25
            self.probe.collected("stop", about)
        found = self.summary()
        self.assertEqual((found["collections"], found["collection_max_ms"]), (1, 250))

    def test_nothing(self) -> None:
        """Without any, all is zero."""
        self.assertEqual(set(self.summary().values()), {0})
