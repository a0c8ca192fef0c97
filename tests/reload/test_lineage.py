"""Which siblings of one name are which in the next version."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.reload.labels import Label
from gameserver.reload.lineage import Sibling, matched

ROWS = st.lists(st.tuples(st.sampled_from(["", "a", "b", "c"]), st.integers(0, 2)))


def row(*ones: tuple[str, int]) -> list[Sibling]:
    """Give siblings under a key, or under nothing, with a meaning each."""
    return [
        Sibling(Label((key,), (key,)) if key else Label(), meaning)
        for key, meaning in ones
    ]


class MatchTests(SynchronousTestCase):
    def check(self, old, new, wanted):
        self.assertEqual(matched(row(*old), row(*new)), wanted)

    def test_key(self):
        """A key counts more than what the code does."""
        self.check([("a", 1), ("b", 2)], [("b", 1), ("a", 2)], {0: 1, 1: 0})

    def test_equal(self):
        """Without a key equal ones are the same."""
        self.check([("", 1), ("", 2)], [("", 0), ("", 2), ("", 1)], {1: 1, 2: 0})

    def test_between(self):
        """What is left between two that are matched is matched in order."""
        old = [("", 1), ("", 2), ("", 3)]
        self.check(old, [("", 0), ("", 1), ("", 4), ("", 3)], {1: 0, 2: 1, 3: 2})

    def test_other_key(self):
        """Under another key is another, unless only these two do what they do."""
        self.check([("a", 1)], [("b", 2)], {})
        self.check([("a", 1)], [("b", 1)], {0: 0})
        self.check([("a", 1)], [("b", 1), ("c", 1)], {})

    @given(ROWS)
    def test_itself(self, ones):
        """A row that did not change is itself."""
        self.check(ones, ones, {n: n for n in range(len(ones))})

    @given(ROWS, ROWS)
    def test_one_to_one(self, old, new):
        """Each is at most one."""
        found = matched(row(*old), row(*new))
        self.assertEqual(len(set(found.values())), len(found))
        self.assertLessEqual(set(found), set(range(len(new))))
        self.assertLessEqual(set(found.values()), set(range(len(old))))
