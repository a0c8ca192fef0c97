"""The codec alone: both give the same, and it is timed in a process of its own."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gameserver.bench import codec
from gameserver.bench.figures import STOCK
from gameserver.bench.wire import reading
from gameserver.bench.wire.subjects import wire
from gameserver.errors import MeasurementFailed

SHORT = 0.001  # seconds


class TimedTests(SynchronousTestCase):
    def test_whole_chunk(self) -> None:
        """A chunk holds as many calls as its time is divided by, for both alike."""
        work = reading.reader(1024)
        for act in work.acts.values():
            self.assertEqual(len(act()), work.count)

    def test_same_values(self) -> None:
        """What is timed gives the same with stock's codec and with ours."""
        reading.compare(reading.reader(1024))
        reading.compare(reading.writer([1, None, {"a": 0.5}]))
        reading.compare(reading.unjellier((1, "a", [True])))

    def test_different(self) -> None:
        """A codec that gives anything else is not timed."""
        work = reading.Works(1, {STOCK: lambda: 1, reading.OURS: lambda: 2})
        self.assertRaises(MeasurementFailed, reading.compare, work)

    def test_per_value(self) -> None:
        """The time is that of one value."""
        times = reading.timed(reading.reader(1024), SHORT)
        self.assertEqual(set(times), {STOCK, reading.OURS})
        self.assertTrue(all(0 < each < 1000 for each in times.values()), times)


class MeasureTests(SynchronousTestCase):
    def test_own_process(self) -> None:
        """Every round of a process with that codec is a sample, beside stock's."""
        shown: list[str] = []
        results = reading.measure(codec.PURE, 2, SHORT, shown.append)
        self.assertEqual([one.case for one in results], list(reading.all_works()))
        names = {name: len(of) for name, of in results[0].samples.items()}
        self.assertEqual(names, {STOCK: 2, wire(codec.PURE): 2})
        self.assertEqual(shown, ["the pure codec alone"])

    def test_absent_codec(self) -> None:
        """A codec that the process does not have is an error."""
        error = self.assertRaises(
            MeasurementFailed, reading.measure, "imagined", 1, SHORT, str
        )
        self.assertIn("asked for imagined", str(error))
