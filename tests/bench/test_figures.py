"""From samples to figures."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.bench.figures import METRICS, OURS, STOCK, Result, Sample, percentile
from gameserver.bench.load import Delay

RATE = METRICS["calls_per_second"]
CPU = METRICS["cpu_us_per_call"]


def result(stock: list[float], ours: list[float]) -> Result:
    """Give a result whose rate and CPU time are both the given numbers."""
    made = Result("greet 1x1")
    for name, numbers in ((STOCK, stock), (OURS, ours)):
        for number in numbers:
            made.add(name, Sample({RATE.key: number, CPU.key: number}, number / 1000))
    return made


class PercentileTests(SynchronousTestCase):
    @given(
        delays=st.lists(
            st.builds(Delay, st.floats(0, 10), st.integers(1, 5)), min_size=1
        ),
        share=st.floats(0.01, 1),
    )
    def test_weighted(self, delays: list[Delay], share: float) -> None:
        """A delay of several calls counts as often as it has calls."""
        each = sorted(d.seconds for d in delays for _ in range(d.calls))
        within = percentile(delays, share)
        at_most = sum(seconds <= within for seconds in each)
        below = sum(seconds < within for seconds in each)
        self.assertGreaterEqual(at_most, share * len(each))
        self.assertLess(below, share * len(each))

    def test_nothing_measured(self) -> None:
        """No calls have no percentile."""
        self.assertRaises(ValueError, percentile, [], 0.5)


class ResultTests(SynchronousTestCase):
    def test_median(self) -> None:
        """A figure is the median over the rounds."""
        self.assertEqual(result([1, 9, 2], []).median(STOCK, RATE), 2)

    def test_ratio_of_rates(self) -> None:
        """Twice the calls per second is a ratio of 2."""
        self.assertEqual(result([100], [200]).ratio(RATE), 2.0)

    def test_ratio_of_costs(self) -> None:
        """Twice the CPU time is a ratio of one half."""
        self.assertEqual(result([100], [200]).ratio(CPU), 0.5)

    def test_paired_ratio(self) -> None:
        """Each round's own ratio counts where the whole machine changes its pace."""
        made = result([100, 1000, 300], [200, 2000, 300])
        self.assertEqual(made.paired_ratio(RATE, OURS), 2.0)
        self.assertEqual(made.paired_ratio(CPU, OURS), 0.5)
        self.assertIsNone(made.paired_ratio(CPU, "nobody"))

    def test_one_server_alone(self) -> None:
        """Without the other server there is neither a median nor a ratio."""
        alone = result([100], [])
        self.assertIsNone(alone.median(OURS, RATE))
        self.assertIsNone(alone.ratio(RATE))

    def test_load_share(self) -> None:
        """The load generator's share is its highest: one full core spoils a round."""
        self.assertEqual(result([100, 900, 200], []).load_share(STOCK), 0.9)

    def test_metrics(self) -> None:
        """A case lists only what it measures, in the order of the table."""
        self.assertEqual(result([1], [1]).metrics(), [RATE, CPU])
