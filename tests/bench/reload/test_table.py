"""What people and programs read of ``gameserver bench reload``."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gameserver.bench.durable.measured import Measured
from gameserver.bench.reload.plan import QUIET, RELEASE, Sizes
from gameserver.bench.reload.table import document, table


class TableTests(SynchronousTestCase):
    """Two releases, with some turns over the limit."""

    def made(self, *keys: str) -> str:
        measured = Measured()
        for number in (1, 2):
            figures = {}
            for key in keys:
                rest = {f"{key}_over": 3.0 * number, f"{key}_cpu_over": 1.0 * number}
                figures |= {key: 1000.0, **rest}
            measured.add(RELEASE, figures)
            measured.add(QUIET, dict.fromkeys(figures, 0.0))
        return table(measured, Sizes())

    def test_compared(self) -> None:
        """What is over the limit is summed over releases, of slices and control."""
        text = self.made("slices", "controls")
        self.assertEqual(text.count("in all, of"), 2)
        over = "9 over 5 ms, 3 of CPU time"
        self.assertIn(f"  in all, of 2,000 turns with slices: {over}\n", text)
        self.assertIn(f"  in all, of 2,000 control pieces: {over}\n", text)

    def test_no_control(self) -> None:
        """Without a control there is nothing to compare, and its rows are empty."""
        text = self.made("slices")
        self.assertNotIn("in all, of", text)
        row = next(x for x in text.splitlines() if "pieces of the control" in x)
        self.assertEqual(row.split()[-3:], ["-", "-", "-"])

    def test_about(self) -> None:
        """The document says whether there was one: answers wait for it."""
        without = document(Measured(), Sizes(control=False))
        self.assertFalse(without["about"]["control"])
