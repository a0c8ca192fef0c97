"""The control beside slices."""

from __future__ import annotations

from time import perf_counter

from twisted.trial.unittest import SynchronousTestCase

from gameserver.bench.reload import control
from gameserver.bench.reload.control import MOST, Control
from gameserver.bench.reload.probe_figures import LIMIT
from gameserver.bench.reload.spent import Meter, Spent
from gameserver.services.slices import RESPITE


class ControlTests(SynchronousTestCase):
    """Real work, on a machine that may be slow at any moment: no upper bounds."""

    def test_length(self) -> None:
        """A piece lasts as long as is asked for, and each has its moment."""
        one = Control(100)
        begun = perf_counter()
        one.run(0.0002)
        one.run(0.0004)
        first, second = one.pieces
        self.assertGreaterEqual(first.spent.wall, 0.0002)
        self.assertGreaterEqual(second.spent.wall, 0.0004)
        self.assertLess(begun, first.begun)
        self.assertLess(first.begun + 0.0002, second.begun)

    def test_longest_unit(self) -> None:
        """The longest unit is a part of its piece, and none of nothing."""
        one = Control(100)
        one.run(0.0005)
        piece = one.pieces[0]
        self.assertLess(0, piece.longest)
        self.assertLessEqual(piece.longest, piece.spent.wall)

    def test_most(self) -> None:
        """After slices that took far too long it does not: it ends with a unit."""
        now = [0.0]
        self.patch(control.time, "perf_counter", lambda: now[0])
        self.patch(control, "work", lambda _: now.__setitem__(0, now[0] + 0.001))
        one = Control(1)
        one.run(60.0)
        self.assertAlmostEqual(one.pieces[0].spent.wall, 0.004)
        self.assertLess(MOST, LIMIT)

    def test_wait(self) -> None:
        """Before a piece as long as slices that migrate it waits, as they have."""
        waits: list[float] = []
        self.patch(control.time, "sleep", waits.append)
        one = Control(100)
        one.run(RESPITE / 2)
        self.assertEqual(waits, [])
        one.run(RESPITE * 2)
        self.assertEqual(waits, [RESPITE])

    def test_calibrated(self) -> None:
        """Steps are found on this machine; a unit has its normal time."""
        one = Control.calibrated()
        self.assertGreater(one.unit, 0)
        one.run(0.0001)
        self.assertEqual(len(one.pieces), 1)


class SpentTests(SynchronousTestCase):
    def test_meter(self) -> None:
        """Work takes time by the wall and of the CPU; nothing is below zero."""
        meter = Meter()
        control.work(20_000)
        spent = meter.spent()
        self.assertGreater(spent.wall, 0)
        self.assertGreater(spent.cpu, 0)
        self.assertGreaterEqual(min(spent), 0)

    def test_together(self) -> None:
        """Two stretches of a turn count as one."""
        both = Spent(1.0, 0.5, 1, 2, 3).plus(Spent(2.0, 1.0, 4, 5, 6))
        self.assertEqual(both, Spent(3.0, 1.5, 5, 7, 9))
