"""From rounds to medians and quotients."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.bench.durable.measured import Measured

KEY = "calls_per_second"


def measured(**places: list[float]) -> Measured:
    made = Measured()
    for place, figures in places.items():
        for figure in figures:
            made.add(place, {KEY: figure})
    return made


class MeasuredTests(SynchronousTestCase):
    def test_median(self) -> None:
        """A figure is the median over the rounds."""
        self.assertEqual(measured(disk=[1, 9, 2]).median("disk", KEY), 2)

    def test_not_measured(self) -> None:
        """What was not measured has neither a median nor a quotient."""
        made = measured(disk=[1])
        self.assertIsNone(made.median("store", KEY))
        self.assertIsNone(made.median("disk", "p50_ms"))
        self.assertIsNone(made.quotient("disk", "store", KEY))
        self.assertIsNone(made.quotient("store", "disk", KEY))

    def test_quotient_by_round(self) -> None:
        """A quotient compares within a round: a slow one changes nothing."""
        made = measured(store=[50, 5, 60], disk=[10, 1, 10])
        self.assertEqual(made.quotient("store", "disk", KEY), 5)

    @given(st.lists(st.floats(1, 1e6), min_size=1, max_size=9))
    def test_itself(self, figures: list[float]) -> None:
        """Anything has itself once."""
        self.assertEqual(measured(disk=figures).quotient("disk", "disk", KEY), 1)

    def test_document(self) -> None:
        """The document has every round's figure beside the median."""
        self.assertEqual(
            measured(disk=[1, 9, 2]).document(),
            {"disk": {KEY: {"median": 2, "rounds": [1, 9, 2]}}},
        )
