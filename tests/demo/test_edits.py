"""An author's edit of one place of a file."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gameserver.demo.edits import Edit, shortened
from gameserver.errors import DoesNotHold

EDIT = Edit("rules.py", "SWORD = 2\n", "SWORD = 4\n")


class EditTests(SynchronousTestCase):
    def test_apply(self):
        """It replaces the one place, and leaves the rest."""
        text = EDIT.apply("FIST = 1\nSWORD = 2\nSHIELD = 1\n")
        self.assertEqual(text, "FIST = 1\nSWORD = 4\nSHIELD = 1\n")

    def test_not_once(self):
        """A text that has the place not at all, or twice, does not hold."""
        for text, times in (("FIST = 1\n", 0), ("SWORD = 2\nSWORD = 2\n", 2)):
            failed = self.assertRaises(DoesNotHold, EDIT.apply, text)
            self.assertEqual(failed.seen, f"{times} times")
            self.assertIn("rules.py", failed.expected)

    def test_diff(self):
        """The diff has what goes and what comes, and no empty lines."""
        self.assertEqual(EDIT.diff(), ["- SWORD = 2", "+ SWORD = 4"])
        self.assertEqual(Edit("a.py", "A\n", "A\n\nB\n").diff(), ["+ B"])

    def test_shortened(self):
        """A long diff says how much is left out; a short one is whole."""
        self.assertEqual(shortened(["a", "b"], 2), ["a", "b"])
        self.assertEqual(
            shortened(["a", "b", "c", "d"], 3), ["a", "b", "  ... and 2 lines more"]
        )
