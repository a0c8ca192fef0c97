"""When a function fails too often since a release."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.services.error_rules import (
    FAILURES,
    FUNCTIONS,
    Recent,
    Threshold,
    TooMany,
    Verdict,
)

FIVE = Threshold(5, 10.0)


class RecentTests(SynchronousTestCase):
    """The record of failures."""

    def test_window(self) -> None:
        """Failures count for as long as the window is, each function for itself."""
        recent = Recent(10.0)
        recent.note("f", 0.0)
        recent.note("g", 4.0)
        self.assertEqual(recent.note("f", 9.9), 2)
        self.assertEqual(recent.counts(9.9), {"f": 2, "g": 1})
        self.assertEqual(recent.counts(10.0), {"f": 1, "g": 1})
        self.assertEqual(recent.counts(100.0), {})

    def test_bounded(self) -> None:
        """It forgets the oldest failures, and the functions that failed longest ago."""
        recent = Recent(10.0)
        for _ in range(FAILURES + 7):
            recent.note("first", 1.0)
        self.assertEqual(recent.counts(1.0), {"first": FAILURES})
        for number in range(FUNCTIONS):
            recent.note(f"f{number}", 2.0)
        counts = recent.counts(2.0)
        self.assertNotIn("first", counts)
        self.assertEqual(len(counts), FUNCTIONS)

    @given(st.lists(st.floats(0.0, 100.0), max_size=50))
    def test_law(self, times: list[float]) -> None:
        """The count is that of the failures within the window."""
        recent = Recent(10.0)
        for now in sorted(times):
            count = recent.note("f", now)
            within = [one for one in times if now - 10.0 < one < now]
            self.assertGreaterEqual(count, len(within) + 1)
            self.assertLessEqual(count, len(within) + times.count(now))


class VerdictTests(SynchronousTestCase):
    """The rule."""

    def failing(
        self, verdict: Verdict, count: int, step: float = 0.1
    ) -> list[TooMany | None]:
        return [verdict.failed(["f"], "boom", n * step) for n in range(count)]

    def test_above(self) -> None:
        """More than so many are too many; just as many are not."""
        found = self.failing(Verdict(FIVE, {}), 6)
        self.assertEqual(found[:5], [None] * 5)
        self.assertEqual(found[5], TooMany("f", 6, 0, 10.0, "boom"))

    def test_slow(self) -> None:
        """As many in a longer time are not."""
        self.assertEqual(self.failing(Verdict(FIVE, {}), 50, 2.0), [None] * 50)

    def test_before(self) -> None:
        """A function that failed as often before is no worse; one more, and it is."""
        found = self.failing(Verdict(FIVE, {"f": 8, "g": 99}), 9)
        self.assertEqual(found[:8], [None] * 8)
        assert found[8] is not None
        self.assertEqual((found[8].count, found[8].before), (9, 8))

    def test_each_for_itself(self) -> None:
        """Errors of several functions do not add up."""
        verdict = Verdict(FIVE, {})
        found = [verdict.failed([f"f{n % 3}"], "boom", 0.0) for n in range(15)]
        self.assertEqual(found, [None] * 15)

    def test_innermost(self) -> None:
        """Of several that an error went through, the innermost is named."""
        verdict = Verdict(Threshold(0, 10.0), {})
        found = verdict.failed(["outer", "inner"], "boom", 0.0)
        assert found is not None
        self.assertEqual(found.function, "inner")

    def test_recursion(self) -> None:
        """An error that goes through a function many times counts once."""
        found = Verdict(FIVE, {}).failed(["f"] * 50, "boom", 0.0)
        self.assertIsNone(found)

    def test_reason(self) -> None:
        """The reason names function, counts and the last error."""
        reason = str(TooMany("plugins.a:f", 6, 1, 10.0, "KeyError: 'x' at a.py:3"))
        for part in ("plugins.a:f", "6 times in 10 s", "1 before", "at a.py:3"):
            self.assertIn(part, reason)

    def test_settings(self) -> None:
        """A threshold that cannot be is refused, with what was seen."""
        with self.assertRaisesRegex(ValueError, "errors: saw -1"):
            Threshold(errors=-1)
        with self.assertRaisesRegex(ValueError, r"errors: saw 500, expected 0 to 499"):
            Threshold(errors=FAILURES)
        with self.assertRaisesRegex(ValueError, "seconds: saw 0"):
            Threshold(seconds=0)
