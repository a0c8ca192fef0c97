"""A store that refuses for long is told of now and then, not once a batch."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.logger import capturedLogs, formatEvent
from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import StoreError
from gameserver.server.outage import EVERY, Outage


class OutageTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.outage = Outage(self.clock.seconds)

    def said(self, refusals: int, *, is_over: bool = False) -> list[str]:
        with capturedLogs() as logged:
            for _ in range(refusals):
                self.outage.refused(StoreError("disk\nfull"))
            if is_over:
                self.outage.over()
        self.assertFalse([one for one in logged if "log_failure" in one])
        return [formatEvent(one) for one in logged]

    def test_first(self) -> None:
        """The first is told at once, on one line."""
        self.assertEqual(self.said(1), ["1 batch(es) not saved: disk full"])

    def test_many(self) -> None:
        """Those that follow are counted, and told together."""
        self.said(500)
        self.clock.advance(EVERY - 0.1)
        self.assertEqual(self.said(3), [])
        self.clock.advance(0.1)
        self.assertEqual(self.said(1), ["503 batch(es) not saved: disk full"])

    def test_over(self) -> None:
        """The end is told, with those that were not told of; once."""
        self.assertEqual(
            self.said(3, is_over=True)[1:],
            ["changes are saved again; 2 more batch(es) were not"],
        )
        self.assertEqual(self.said(0, is_over=True), [])

    def test_by_turns(self) -> None:
        """A store that refuses every second batch does not flood the log either."""
        lines = [line for _ in range(99) for line in self.said(1, is_over=True)]
        self.assertEqual(len(lines), 2)
