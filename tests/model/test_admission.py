"""One client more: admitted, refused, or in the oldest's place."""

from __future__ import annotations

from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.model.admission import Admission, admission
from tests.model.laws import law

counts = st.integers(0, 1000)
policies = st.sampled_from(["refuse", "replace_oldest"])


class AdmissionTests(SynchronousTestCase):
    """The rule, over all numbers of clients."""

    @law(counts, policies)
    def test_no_limit(self, present, when_full):
        """Without a limit everybody is admitted."""
        self.assertIs(admission(present, None, when_full), Admission.ADMIT)

    @law(counts, st.integers(1, 1000), policies)
    def test_below_the_limit(self, present, limit, when_full):
        """Below the limit everybody is admitted, and nobody at or above it."""
        is_admitted = admission(present, limit, when_full) is Admission.ADMIT
        self.assertEqual(is_admitted, present < limit)

    @law(st.integers(1, 1000), counts)
    def test_full(self, limit, surplus):
        """At or above the limit the class's own policy decides."""
        present = limit + surplus
        refused = admission(present, limit, "refuse")
        replaced = admission(present, limit, "replace_oldest")
        self.assertIs(refused, Admission.REFUSE)
        self.assertIs(replaced, Admission.REPLACE_OLDEST)
