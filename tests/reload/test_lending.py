"""Containers lent to a step: the same again where it changed nothing, and watched."""

from __future__ import annotations

import copy

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.reload.lending import copies_in, give_back, is_unchanged, lend

VALUES = st.recursive(
    st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=2), inner, max_size=3)
        | st.tuples(inner, inner)
        | st.sets(st.integers(), max_size=3)
    ),
    max_leaves=12,
)
FIELDS = st.dictionaries(st.sampled_from("abcdef"), VALUES, max_size=4)


def containers(value):
    """Give the containers in a value that can change, outermost first."""
    if isinstance(value, (list, dict, set)):
        yield value
    if isinstance(value, (list, tuple, dict)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from containers(one)


def change(container):
    """Change a container in place."""
    if isinstance(container, list):
        container.append("new")
    elif isinstance(container, dict):
        container[f"new {len(container)}"] = 1
    else:
        container.add(f"new {len(container)}")


class LendingTests(SynchronousTestCase):
    """What a step is lent, and what comes back."""

    @given(FIELDS)
    def test_unchanged(self, fields):
        """A step that changes nothing gives the very objects back."""
        loan = lend(fields)
        state, _ = loan
        self.assertEqual(state, fields)
        given_back, _ = give_back(state, loan)
        self.assertEqual(list(given_back), list(fields))
        for name, one in fields.items():
            self.assertIs(given_back[name], one)

    @given(FIELDS, st.randoms(use_true_random=False))
    def test_changed(self, fields, random):
        """What a step changes in place is not changed in what the instance had."""
        before = copy.deepcopy(fields)
        loan = lend(fields)
        state, _ = loan
        lent = [one for value in state.values() for one in containers(value)]
        if not lent:
            return
        change(random.choice(lent))
        after = copy.deepcopy(state)
        given_back, _ = give_back(state, loan)
        self.assertEqual(fields, before)
        self.assertEqual(given_back, after)

    @given(FIELDS, st.booleans(), st.randoms(use_true_random=False))
    def test_watched(self, fields, by_step, random):
        """A change after it, at any depth, is seen beside the copies; none, if none."""
        loan = lend(fields)
        state, _ = loan
        if by_step:  # then the copies are what the instance has from now on
            for one in list(state.values()):
                for container in list(containers(one)):
                    change(container)
        given_back, lent = give_back(state, loan)
        self.assertTrue(all(is_unchanged(*pair) for pair in lent))
        live = [one for value in given_back.values() for one in containers(value)]
        if not live:
            return
        change(random.choice(live))
        self.assertFalse(all(is_unchanged(*pair) for pair in lent))

    def test_shared(self):
        """One list in two fields is one list for the step, and afterwards."""
        bag = [1]
        loan = lend({"one": bag, "two": bag})
        state, _ = loan
        self.assertIs(state["one"], state["two"])
        state["one"].append(2)
        given_back, _ = give_back(state, loan)
        self.assertIs(given_back["one"], given_back["two"])
        self.assertEqual(bag, [1])

    def test_not_ours(self):
        """The dict that a step gave is its own: nothing is written into it."""
        loan = lend({"bag": [1]})
        state, _ = loan
        given = {"bag": state["bag"]}
        kept = dict(given)
        given_back, _ = give_back(given, loan)
        self.assertIs(given["bag"], kept["bag"])
        self.assertIsNot(given_back["bag"], given["bag"])

    def test_plain(self):
        """Plain values and tuples of them need no copies."""
        self.assertEqual(copies_in({"a": 1, "b": (1, "x"), "c": ()}), [])
