from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gameserver.client import Backoff


class BackoffTests(SynchronousTestCase):
    def setUp(self):
        self.intervals = []

    def backoff(self, **options):
        def uniform(low, high):
            self.intervals.append((low, high))
            return high / 2

        return Backoff(uniform=uniform, **options)

    def test_doubles_up_to_the_cap(self):
        """Each delay is drawn from 0 to twice the former limit, never above the cap."""
        backoff = self.backoff()
        for _ in range(9):
            backoff.next_delay()
        limits = [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
        self.assertEqual(self.intervals, [(0, limit) for limit in limits])

    def test_gives_what_was_drawn(self):
        """The delay is the random draw itself."""
        self.assertEqual(self.backoff(base=3.0).next_delay(), 1.5)

    def test_begins_again(self):
        """After a success the first delay is short again."""
        backoff = self.backoff()
        backoff.next_delay()
        backoff.next_delay()
        backoff.reset()
        backoff.next_delay()
        self.assertEqual(self.intervals[-1], (0, 0.5))

    def test_years_of_tries(self):
        """Ten thousand failures overflow nothing."""
        backoff = self.backoff()
        for _ in range(10_000):
            backoff.next_delay()
        self.assertEqual(self.intervals[-1], (0, 30))

    def test_spreads_by_default(self):
        """Without a draw of its own it is random within the interval."""
        delays = {Backoff().next_delay() for _ in range(20)}
        self.assertTrue(all(0 <= delay <= 0.5 for delay in delays))
        self.assertGreater(len(delays), 1)
