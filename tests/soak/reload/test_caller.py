"""What a caller takes for a fault, and what not."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.soak.reload.caller import Log, Phase, Row


class RowTests(SynchronousTestCase):
    """Numbers of notifications."""

    def heard(self, *numbers: int) -> dict[str, int]:
        log = Log()
        row = Row("ada", log)
        for number in numbers:
            row.heard(number)
        return dict(log.faults)

    def test_rows(self):
        """One after the other is right, from wherever it begins; a gap is not."""
        self.assertEqual(self.heard(4, 5, 6), {})
        self.assertEqual(self.heard(4, 6), {"notification lost": 1})
        self.assertEqual(self.heard(4, 4), {"notification doubled": 1})


class PhaseTests(SynchronousTestCase):
    """Moments of ticks; the period is half a second."""

    def heard(self, *ticks: tuple[float, float]) -> Log:
        log = Log()
        phase = Phase("ada", log)
        for elapsed, late in ticks:
            phase.heard(elapsed, late)
        return log

    def test_in_phase(self):
        """Each half second, a little late now and then."""
        log = self.heard((0.5, 0), (1.01, 0), (1.5, 0), (2.0, 0))
        self.assertEqual((log.faults, log.counts["ticks"]), ({}, 4))

    def test_doubled(self):
        """A second tick for one beat is out of phase."""
        log = self.heard((0.5, 0), (1.0, 0), (1.1, 0))
        self.assertEqual(log.faults, {"tick out of phase": 1})

    def test_missed(self):
        """A tick that was left out is a fault, unless the reactor was so late."""
        self.assertEqual(self.heard((0.5, 0), (1.6, 0)).faults, {"tick late": 1})
        log = self.heard((0.5, 0), (1.6, 0.7), (2.0, 0.7))
        self.assertEqual(log.faults, {})
        self.assertEqual(log.counts["ticks left out, by a late reactor"], 1)
