"""The collector beside releases."""

from __future__ import annotations

import gc
import sys
import weakref

from twisted.trial.unittest import SynchronousTestCase

from gameserver.services import collector
from gameserver.services.collector import Collector, Unmoved


class Leftover:
    """What nobody holds but itself."""

    def __init__(self) -> None:
        self.itself = self


class CollectorTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.before = gc.get_threshold()
        self.assertEqual(gc.get_freeze_count(), 0)
        self.collector = Collector()
        self.addCleanup(self.collector.end)

    def test_hold(self) -> None:
        """No full collection begins; young objects are collected as ever."""
        self.collector.hold()
        self.collector.hold()
        *others, full = gc.get_threshold()
        self.assertEqual(others, [*self.before[:2]])
        self.assertGreater(full, 2**30)
        self.collector.end()
        self.assertEqual(gc.get_threshold(), self.before)

    def test_pass_by(self) -> None:
        """While it is held, what was made is walked over no more, until the end."""
        self.collector.pass_by()
        self.assertEqual(gc.get_freeze_count(), 0)
        self.collector.hold()
        made = [[] for _ in range(500)]
        self.collector.pass_by()
        self.assertFalse(any(gc.get_count()[1:]))
        frozen = gc.get_freeze_count()
        self.assertGreater(frozen, len(made))
        with self.collector.seeing():
            self.assertEqual(gc.get_freeze_count(), 0)
        self.assertGreater(gc.get_freeze_count(), frozen - len(made))
        self.collector.end()
        self.assertEqual(gc.get_freeze_count(), 0)

    def test_rest(self) -> None:
        """What lives is walked over no more, until the end; the limits are back."""
        self.collector.hold()
        self.collector.rest()
        self.assertGreater(gc.get_freeze_count(), 1000)
        self.assertEqual(gc.get_threshold(), self.before)
        self.collector.end()
        self.assertEqual(gc.get_freeze_count(), 0)

    def test_garbage(self) -> None:
        """What release after release leaves behind in cycles does not stay for good."""
        self.leave_behind(many=10**9, most=2.0)

    def test_much_garbage(self) -> None:
        """Nor where much is in use; it takes longer there."""
        self.leave_behind(many=0, most=2.5)

    def leave_behind(self, many: int, most: float) -> None:
        self.patch(collector, "MANY", many)
        self.patch(collector, "MOST", 10**9)
        gc.collect()
        self.collector.rest()
        most *= sys.getallocatedblocks()
        left: list[weakref.ref[Leftover]] = []
        for _ in range(80):
            made = [Leftover() for _ in range(20000)]
            left.append(weakref.ref(made[0]))
            self.collector.rest()
            del made
            self.assertLess(sys.getallocatedblocks(), most)
        self.assertIsNone(left[0]())

    def test_too_long(self) -> None:
        """Where so much is in use that it would take long, nothing is collected."""
        self.patch(collector, "MOST", 0)
        self.collector.rest()
        left = Leftover()
        seen = weakref.ref(left)
        grown = [[] for _ in range(sys.getallocatedblocks())]
        del left
        self.collector.rest()
        self.assertIsNotNone(seen())
        del grown

    def test_seeing(self) -> None:
        """The engine sees all, and no collection comes between; then all rest again."""
        self.collector.rest()
        with self.collector.seeing():
            self.assertEqual(gc.get_freeze_count(), 0)
            self.assertFalse(gc.isenabled())
        self.assertTrue(gc.isenabled())
        self.assertGreater(gc.get_freeze_count(), 1000)

    def test_seeing_fails(self) -> None:
        """An error within changes nothing of that."""
        self.collector.rest()
        with self.assertRaises(ZeroDivisionError), self.collector.seeing():
            raise ZeroDivisionError
        self.assertTrue(gc.isenabled())
        self.assertGreater(gc.get_freeze_count(), 1000)

    def test_seeing_without_rest(self) -> None:
        """Where nothing rests, nothing does afterwards."""
        with self.collector.seeing():
            pass
        self.assertEqual(gc.get_freeze_count(), 0)

    def test_begin(self) -> None:
        """All that lives when the server has started is walked over no more."""
        self.collector.begin()
        self.addCleanup(self.collector.close)
        frozen = gc.get_freeze_count()
        self.assertGreater(frozen, 1000)
        left = weakref.ref(Leftover())
        gc.collect()
        self.assertIsNone(left())
        self.assertEqual(gc.get_freeze_count(), frozen)
        self.collector.close()
        self.collector.close()
        gc.collect()
        self.assertEqual(gc.get_freeze_count(), 0)

    def test_grown(self) -> None:
        """What went in cycles since is found once much more memory is in use."""
        self.patch(collector, "MANY", 10**9)
        gc.collect()
        held = Leftover()
        left = weakref.ref(held)
        self.collector.begin()
        self.addCleanup(self.collector.close)
        del held
        gc.collect()
        self.assertIsNotNone(left())
        grown = [[] for _ in range(sys.getallocatedblocks() // 3)]
        gc.collect()  # sees how much it is by now
        self.assertEqual(gc.get_freeze_count(), 0)
        gc.collect()
        self.assertIsNone(left())
        self.assertGreater(gc.get_freeze_count(), len(grown))

    def test_after_releases(self) -> None:
        """Once none can be undone, one collection is of all; then all rests again."""
        self.collector.begin()
        self.addCleanup(self.collector.close)
        self.collector.hold()
        self.collector.rest()
        held = Leftover()
        left = weakref.ref(held)
        self.collector.rest()
        del held
        self.collector.end()
        self.assertEqual(gc.get_freeze_count(), 0)
        gc.collect()
        self.assertIsNone(left())
        self.assertGreater(gc.get_freeze_count(), 1000)

    def test_collected_while_seeing(self) -> None:
        """A collection within a scan hides nothing from it."""
        self.collector.begin()
        self.addCleanup(self.collector.close)
        self.collector.end()
        with self.collector.seeing():
            gc.collect()
            self.assertEqual(gc.get_freeze_count(), 0)

    def test_unmoved(self) -> None:
        """The other one leaves all as it is."""
        unmoved = Unmoved()
        unmoved.hold()
        unmoved.begin()
        unmoved.rest()
        self.assertEqual(gc.get_freeze_count(), 0)
        self.assertEqual(gc.get_threshold(), self.before)
        unmoved.end()
        unmoved.close()
