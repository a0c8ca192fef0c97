"""What people and programs read of hostile peers."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gameserver.bench.codec import COMPILED, PURE
from gameserver.bench.figures import Result, Sample
from gameserver.bench.wire.hostile.clock import Taken, TurnClock
from gameserver.bench.wire.hostile.honest import Waits
from gameserver.bench.wire.hostile.measure import CONTROL, NOTHING, figures
from gameserver.bench.wire.hostile.table import NOTE, document, holds, table
from gameserver.bench.wire.subjects import whole

SENT = {"opened": 30, "seconds": 2.0, "share": 0.25}


def result(case: str, *waits: float) -> Result:
    """Give a case with so many rounds, of waits in milliseconds."""
    made = Result(case)
    for wait in waits:
        seen = Waits(100, 2.0, wait / 1e3)
        found = figures(seen, Taken(0.05, 0.04, 4_000_000), 1.0, 2_000_000, SENT)
        made.add(whole(PURE), Sample(found, 0.25))
    return made


class TableTests(SynchronousTestCase):
    def test_line(self) -> None:
        """A kind has the longest wait, what it costs, and whether that is short."""
        head, line = table([result("player: sets", 90.0, 100.0, 900.0)], PURE)
        self.assertEqual(head.split()[-2:], ["<=", "250"])
        figures_ = ["100", "40", "2.0", "15", "250", "2.0", "yes"]
        self.assertEqual(line.split(), ["player:", "sets", *figures_])

    def test_verdict(self) -> None:
        """The median of the rounds is judged, and the control is not."""
        self.assertIs(holds(result("x", 251.0, 10.0, 300.0), PURE), False)
        self.assertIs(holds(result("x", 250.0), PURE), True)
        self.assertIsNone(holds(result(CONTROL, 900.0), PURE))
        self.assertIsNone(holds(result("x", 1.0), COMPILED))

    def test_document(self) -> None:
        """Programs get every round."""
        (case,) = document([result("x", 90.0, 300.0, 400.0)], [PURE])
        waits = [one["wait_max_ms"] for one in case["rounds"][whole(PURE)]]
        self.assertEqual(waits, [90.0, 300.0, 400.0])
        self.assertEqual(case["holds"], {PURE: False})

    def test_nothing_read(self) -> None:
        """Where nothing was read there is no price of a megabyte."""
        found = figures(Waits(1, 1.0, 0.1), Taken(0.1, 0.1, 0), 1.0, 0, NOTHING)
        self.assertEqual(found["cpu_ms_per_mb"], 0.0)

    def test_width(self) -> None:
        """The table fits a terminal of 88 columns."""
        lines = [*table([result("x" * 36, 9e4)], PURE), *NOTE.splitlines()]
        self.assertLessEqual(max(map(len, lines)), 88)


class ClockTests(SynchronousTestCase):
    def test_longest(self) -> None:
        """The longest turn is told once, and none is longer than all."""
        clock = TurnClock()
        clock.woke()
        clock.waits()
        clock.read = 7
        first = clock.taken()
        self.assertGreater(first.wall, 0)
        self.assertEqual((first.read, clock.taken()), (7, Taken(0.0, 0.0, 0)))
