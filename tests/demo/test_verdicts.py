"""What must hold of what players have heard, and how it is told where it does not."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gameserver.demo.verdicts import require_in_order, require_once, require_steady
from gameserver.errors import DoesNotHold


class SteadyTests(SynchronousTestCase):
    def test_holds(self):
        """Numbers one after the other, a second apart, are steady."""
        self.assertEqual(require_steady("ada", [(3, 0.0), (4, 1.0), (5, 2.25)]), 1.25)
        self.assertEqual(require_steady("ada", [(1, 0.0)]), 0.0)

    def test_numbers(self):
        """A breath that is lost, doubled or out of order does not hold."""
        for wrong in ([1, 3], [1, 1], [2, 1]):
            breaths = [(number, float(at)) for at, number in enumerate(wrong)]
            failed = self.assertRaises(DoesNotHold, require_steady, "ada", breaths)
            self.assertEqual(failed.seen, str(wrong))

    def test_times(self):
        """A tick that is missed does not hold."""
        breaths = [(1, 0.0), (2, 2.0)]
        failed = self.assertRaises(DoesNotHold, require_steady, "ada", breaths)
        self.assertEqual(failed.seen, "2.00 s between two")


class LineTests(SynchronousTestCase):
    def test_in_order(self):
        """Other lines between do not matter; each has to come once, in order."""
        require_in_order(["x: one", "y", "x: two"], ["one", "two"])
        for wrong in (["one"], ["two", "one"], ["one", "one", "two"]):
            self.assertRaises(DoesNotHold, require_in_order, wrong, ["one", "two"])

    def test_once(self):
        """A line that comes twice, or not at all, does not hold."""
        require_once("ada", ["you shout", "other"], "shout")
        for wrong in (["other"], ["you shout", "you shout"]):
            self.assertRaises(DoesNotHold, require_once, "ada", wrong, "shout")
