"""What a kill soak says in the end."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.soak.comparing import Finding
from tests.soak.report import document, faults, line, table
from tests.soak.soak import Kill, Outcome, Task

LOST = (Finding("lost", 2, "ada: 2 lost: 1, 2"), Finding("lost", 1, "bob: 1 lost: 7"))


def outcome(*findings: Finding, acknowledged: int = 100, kills: int = 1) -> Outcome:
    kill = Kill(1, 90, 0.005, 120, acknowledged, 15, 5, findings)
    return Outcome(Task(kills=1, changes=100, seed=3), [kill] * kills)


class ReportTests(SynchronousTestCase):
    """Each verdict."""

    def verdict(self, of: Outcome) -> tuple[str, bool]:
        """Give the table's last line, and what the JSON says."""
        return table(of, 1.0).splitlines()[-1], document(of, 1.0)["passed"]

    def test_passed(self):
        """Enough was acknowledged and nothing found."""
        text, is_passed = self.verdict(outcome())
        self.assertTrue(is_passed)
        self.assertIn("passed", text)

    def test_every_kind_fails(self):
        """One finding of any kind is a failure, and stands in the table."""
        for kind in ("lost", "doubled", "torn", "gold", "items-lost", "refused"):
            found = outcome(Finding(kind, 7, "some"))
            text, is_passed = self.verdict(found)
            self.assertFalse(is_passed, kind)
            self.assertIn("FAILED", text)
            self.assertRegex(table(found, 1.0), rf"(?m)^{kind} +7$")

    def test_refused(self):
        """Refusals alone are not called losses."""
        text, _ = self.verdict(outcome(Finding("refused", 1, "some")))
        self.assertIn("were refused", text)

    def test_nothing_proved(self):
        """A soak in which nothing was acknowledged does not pass."""
        text, is_passed = self.verdict(outcome(acknowledged=0))
        self.assertEqual((text[:26], is_passed), ("FAILED: nothing was acknow", False))

    def test_too_little_proved(self):
        """Nor does one that fell short of its task."""
        text, is_passed = self.verdict(outcome(acknowledged=99))
        self.assertEqual((text[:22], is_passed), ("FAILED: too few change", False))

    def test_faults(self):
        """Findings of one kind are one line, with the moment and an example."""
        self.assertEqual(
            faults(outcome(*LOST).kills[0]),
            ["kill 1, 5.0 ms after answer 90: 3 lost (ada: 2 lost: 1, 2)"],
        )

    def test_progress(self):
        """The line of progress has kills, changes, lost and doubled so far."""
        self.assertEqual(
            line(outcome(*LOST)),
            "1 of 1 kills, the last 5.0 ms after answer 90:"
            " 100 of 100 changes acknowledged, 3 lost, 0 doubled, 0 other faults",
        )
