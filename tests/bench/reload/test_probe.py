"""The clocks of the measured server."""

from __future__ import annotations

import json
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gameserver.bench.reload.control import Control, Piece
from gameserver.bench.reload.probe import Probe
from gameserver.bench.reload.spent import Spent
from gameserver.bench.reload.steal import Steal


class Noted(Control):
    """A control that takes a second of the clock, and notes what it was asked for."""

    def __init__(self, case: ProbeTests) -> None:
        super().__init__(1, unit=0.001)
        self.case, self.asked = case, list[float]()

    def run(self, seconds: float) -> None:
        self.asked.append(seconds)
        spent = Spent(0.004 * len(self.asked), 0.002, 2)
        self.pieces.append(Piece(self.case.now, spent, 0.0025 * len(self.asked)))
        self.case.now += 1.0


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
            self.probe.slice(Spent(one, one / 2, round(one * 1000), 10, 1))
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

    def test_counts(self) -> None:
        """What the system says of a turn is told of those over the limit, and others.

        Page faults, which are many, and the core lost to others.
        """
        self.turn(0.1, 0.004, 0.003)
        self.turn(0.1, 0.001)
        self.turn(0.1, 0.002)
        found = self.summary()
        told = {key: found[f"slice_{key}"] for key in ("switches_over", "faults_over")}
        self.assertEqual(told, {"switches_over": 7, "faults_over": 20})
        told = {key: found[f"slice_{key}"] for key in ("switches_else", "faults_else")}
        self.assertEqual(told, {"switches_else": 1.5, "faults_else": 10})
        self.assertEqual(found["slice_reads"], 4)
        self.assertAlmostEqual(found["slices_s"], 0.01)

    def test_control(self) -> None:
        """After each turn with slices there is a piece as long as these, in no turn."""
        self.probe.control = noted = Noted(self)
        self.turn(0.1)
        self.turn(0.1, 0.002, 0.001)
        self.turn(0.1, 0.004)
        self.assertEqual(noted.asked, [0.003, 0.004])
        found = self.summary()
        self.assertAlmostEqual(found["turn_max_ms"], 100)
        self.assertAlmostEqual(found["slice_max_ms"], 4)
        self.assertEqual((found["controls"], found["controls_over"]), (2, 1))
        self.assertAlmostEqual(found["control_max_ms"], 8)
        self.assertEqual(found["controls_cpu_over"], 0)
        self.assertAlmostEqual(found["controls_s"], 0.012)
        self.assertEqual(
            (found["control_switches"], found["control_units_over"]), (2, 1)
        )
        self.assertEqual(self.summary(3.5)["controls"], 1)

    def test_stolen(self) -> None:
        """What was stolen while there were slices is a share of the cores' work."""
        told = [f"cpu  {n * 90} 0 0 0 0 0 0 {n * 10} 0 0\n" for n in range(3)]
        self.probe.steal = Steal(lambda: told.pop(0), lambda: self.now)
        self.turn(0.1)
        self.turn(0.1, 0.002)
        self.assertNotIn("stolen_percent", self.summary())
        self.turn(0.1, 0.002)
        self.assertAlmostEqual(self.summary()["stolen_percent"], 10)

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
