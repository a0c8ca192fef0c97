"""The token bucket: what may be taken in any time, with no clock of its own."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.model.bucket import Bucket, Filling

RATES = st.sampled_from([0.5, 3.0, 50.0, 1e6])
BURSTS = st.integers(1, 300)
PAUSES = st.lists(st.floats(0, 20), min_size=1, max_size=40)


def taken(bucket: Bucket, now: float, most: int, *, is_last: bool = False) -> int:
    """Take as many as there are, at most ``most``; gives how many."""
    for number in range(most):
        last = is_last and not bucket.left
        if not (bucket.take_last(now) if last else bucket.take(now)):
            return number
    return most


class BucketTests(SynchronousTestCase):
    @given(RATES, BURSTS, PAUSES, st.booleans())
    def test_never_more(self, rate, burst, pauses, is_last):
        """In no time are more taken than the burst and what has come back since."""
        bucket, now, all_taken = Bucket(Filling(rate, burst)), 0.0, []
        for pause in pauses:
            now += pause
            all_taken.append((now, taken(bucket, now, 400, is_last=is_last)))
        for at, (begin, _) in enumerate(all_taken):
            number = 0
            for end, some in all_taken[at:]:
                number += some
                self.assertLessEqual(number, burst + rate * (end - begin) + 0.02)

    @given(RATES, BURSTS, st.floats(-1e6, 1e6))
    def test_whole_burst(self, rate, burst, now):
        """A new one gives its whole burst at once, and not one more."""
        self.assertEqual(taken(Bucket(Filling(rate, burst)), now, burst + 1), burst)

    @given(st.sampled_from([0.5, 3.0, 50.0]), BURSTS, st.lists(st.floats(0, 1)))
    def test_refused_takes_none(self, rate, burst, tries):
        """Who is refused takes no token: after the wait there is one."""
        bucket = Bucket(Filling(rate, burst))
        taken(bucket, 0.0, burst)
        due = bucket.wait(0.0)
        self.assertLess(abs(due * rate - 1), 0.02)
        for part in tries:
            self.assertFalse(bucket.take(due * part * 0.9))
        self.assertTrue(bucket.take(due + 1e-9))

    def test_for_long(self):
        """Whoever takes all there is gets the rate, however long."""
        bucket = Bucket(Filling(50.0, 200))
        taken(bucket, 0.0, 200)
        some = sum(taken(bucket, at / 100, 99) for at in range(1, 1001))
        self.assertIn(some, (499, 500))

    def test_full_again(self):
        """After a pause there is about the burst again, and never more."""
        bucket = Bucket(Filling(50.0, 200))
        taken(bucket, 0.0, 200)
        self.assertEqual(taken(bucket, 1000.0, 999), 175)  # the others were in hand
        bucket = Bucket(Filling(50.0, 200))
        taken(bucket, 0.0, 12)
        self.assertEqual(taken(bucket, 1000.0, 999), 188)

    def test_last(self):
        """One taken as the last leaves none in hand."""
        bucket = Bucket(Filling(50.0, 200))
        taken(bucket, 0.0, 200)
        self.assertTrue(bucket.take_last(2.0))
        self.assertEqual(bucket.left, 0)
        self.assertFalse(bucket.take_last(0.0))

    def test_clock_set_back(self):
        """A clock that is set back gives none, and stops nobody for ever."""
        bucket = Bucket(Filling(50.0, 200))
        taken(bucket, 1000.0, 200)
        self.assertFalse(bucket.take(0.0))
        self.assertTrue(bucket.take(1000.1))

    def test_no_limit(self):
        """Rate 0 has no end."""
        bucket = Bucket(Filling(0, 1))
        self.assertEqual(taken(bucket, 0.0, 5000), 5000)
        self.assertEqual(bucket.wait(0.0), 0.0)

    def test_wait_with_some_left(self):
        """Where there is one there is nothing to wait for."""
        self.assertEqual(Bucket(Filling(50.0, 200)).wait(0.0), 0.0)

    def test_refused_settings(self):
        """A bucket that could never give one is not made."""
        for rate, burst in ((-1.0, 5), (1.0, 0)):
            self.assertRaises(ValueError, Filling, rate, burst)
