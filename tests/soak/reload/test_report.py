"""What a reload soak says in the end."""

from __future__ import annotations

from collections import Counter

from twisted.trial.unittest import SynchronousTestCase

from tests.soak.reload.arena import Seen
from tests.soak.reload.report import document, faults, line, table, verdict
from tests.soak.reload.soak import One, Outcome, Task

GOOD = {"calls": 10, "answers": 10, "ticks": 5, "notifications": 9}


def outcome(*ones: One, releases: int = 1, faults: int = 0, **counts: int) -> Outcome:
    seen = Seen(counts=Counter({**GOOD, **counts}), longest=0.25)
    if faults:
        seen.faults["connection"] = faults
        seen.texts.append("connection: ada: lost")
    done = list(ones) or [One(1, "", "committed", 0.010, 3)]
    return Outcome(Task(2, releases, 1), done, seen)


class VerdictTests(SynchronousTestCase):
    """Passed, or why not."""

    def says(self, found: Outcome) -> str:
        is_passed = document(found, 1.0)["passed"]
        self.assertEqual(is_passed, verdict(found).startswith("passed"))
        return verdict(found)

    def test_passed(self):
        """Nothing was wrong, and as much was done as was asked for."""
        self.assertIn("passed", self.says(outcome()))

    def test_fault(self):
        """Whatever a caller noticed fails it, and is told."""
        found = outcome(faults=1)
        self.assertIn("were noticed", self.says(found))
        self.assertIn("connection: ada: lost", table(found, 1.0))

    def test_unexpected(self):
        """So does a release that ended as it should not."""
        found = outcome(One(1, "hook", "committed", 0.01, 0, "committed"))
        self.assertIn("FAILED", self.says(found))
        self.assertEqual(faults(found), ["release 1, hook: committed"])

    def test_unanswered(self):
        """So does a call without an answer."""
        self.assertIn("1 calls were not", self.says(outcome(calls=11)))

    def test_too_little(self):
        """So does a soak that fell short, or that heard no tick."""
        self.assertIn("nothing was proved", self.says(outcome(releases=2)))
        self.assertIn("nothing was proved", self.says(outcome(ticks=0)))


class FigureTests(SynchronousTestCase):
    """The table's figures."""

    def test_pauses(self):
        """Quantiles are of those that were committed, in milliseconds."""
        ones = [One(n, "", "committed", n / 1000, 0) for n in range(1, 101)]
        found = outcome(*ones, One(101, "hook", "refused", None, 0), releases=101)
        shown = table(found, 1.0)
        self.assertRegex(shown, r"pause p50 +50\.0 ms")
        self.assertRegex(shown, r"pause p99 +99\.0 ms")
        self.assertRegex(shown, r"pause max +100\.0 ms")
        self.assertRegex(shown, r"longest call +250\.0 ms")
        self.assertIn("101 of 101 releases, 1 of them refused", line(found))
