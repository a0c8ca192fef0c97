"""Containers lent to a step: the same again where it changed nothing, and watched."""

from __future__ import annotations

import copy
from collections import defaultdict, deque

from hypothesis import example, given
from hypothesis import strategies as st

from gameserver.reload.giving import is_unchanged
from gameserver.reload.lending import copies_in
from tests.reload.builds import both

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


PARTS = st.tuples(
    st.sampled_from([list, dict, tuple, deque]),
    st.lists(st.integers(0, 9), max_size=3),
)
"""A container's kind, and which of those before it, or which numbers, it holds."""

CHANGES = st.tuples(
    st.sampled_from(["add", "copy", "swap", "number"]),
    st.integers(0, 9),
    st.integers(0, 9),
)


def linked(parts):
    """Make containers that hold one another, one part perhaps many times."""
    made = []
    for kind, held in parts:
        values = [made[x] if x < len(made) else x for x in held]
        made.append(dict(enumerate(values)) if kind is dict else kind(values))
    return {f"field {number}": one for number, one in enumerate(made)}


def held_by(one):
    return list(one.values()) if isinstance(one, dict) else list(one)


def reached(fields):
    """List the containers within reach, once each, the nearest first."""
    found, waiting = {}, list(fields.values())
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, (list, dict, tuple, deque)) and id(one) not in found:
            found[id(one)] = one
            waiting += held_by(one)
    return list(found.values())


def graph(fields):
    """Tell what holds what, and which are one."""
    every = reached(fields)
    # An empty tuple is one for all of Python.
    numbers = {id(one): number for number, one in enumerate(every) if one != ()}

    def told(one):
        return ("part", numbers[id(one)]) if id(one) in numbers else one

    held = [(type(one), list(map(told, held_by(one)))) for one in every if one != ()]
    return [told(one) for one in fields.values()], held


def apply(change, fields):
    """Change some containers in place, as a step might."""
    kind, first, second = change
    every = [one for one in reached(fields) if not isinstance(one, tuple)]
    if not every:
        return
    one, other = every[first % len(every)], every[second % len(every)]
    places = list(one) if isinstance(one, dict) else range(len(one))
    if kind == "add" and isinstance(one, dict):
        one[f"new {len(one)}"] = other
    elif kind == "add":
        one.append(other)
    elif kind == "number" and places:
        one[places[0]] = second
    elif kind == "swap" and len(places) > 1:
        one[places[0]], one[places[1]] = one[places[1]], one[places[0]]
    elif kind == "copy" and places and isinstance(one[places[0]], (list, dict, deque)):
        one[places[0]] = one[places[0]].copy()


class LendingRules:
    """What a step is lent, and what comes back."""

    @given(FIELDS)
    def test_unchanged(self, fields):
        """A step that changes nothing gives the very objects back."""
        loan = self.build.lend(fields)
        state, _ = loan
        self.assertEqual(state, fields)
        given_back, _ = self.build.give_back(state, loan)
        self.assertEqual(list(given_back), list(fields))
        for name, one in fields.items():
            self.assertIs(given_back[name], one)

    @given(FIELDS, st.randoms(use_true_random=False))
    def test_changed(self, fields, random):
        """What a step changes in place is not changed in what the instance had."""
        before = copy.deepcopy(fields)
        loan = self.build.lend(fields)
        state, _ = loan
        lent = [one for value in state.values() for one in containers(value)]
        if not lent:
            return
        change(random.choice(lent))
        after = copy.deepcopy(state)
        given_back, _ = self.build.give_back(state, loan)
        self.assertEqual(fields, before)
        self.assertEqual(given_back, after)

    @given(FIELDS, st.booleans(), st.randoms(use_true_random=False))
    def test_watched(self, fields, by_step, random):
        """A change after it, at any depth, is seen beside the copies; none, if none."""
        loan = self.build.lend(fields)
        state, _ = loan
        if by_step:  # then the copies are what the instance has from now on
            for one in list(state.values()):
                for container in list(containers(one)):
                    change(container)
        given_back, lent = self.build.give_back(state, loan)
        self.assertTrue(all(is_unchanged(*pair) for pair in lent))
        live = [one for value in given_back.values() for one in containers(value)]
        if not live:
            return
        change(random.choice(live))
        self.assertFalse(all(is_unchanged(*pair) for pair in lent))

    def test_shared(self):
        """One list in two fields is one list for the step, and afterwards."""
        bag = [1]
        loan = self.build.lend({"one": bag, "two": bag})
        state, _ = loan
        self.assertIs(state["one"], state["two"])
        state["one"].append(2)
        given_back, _ = self.build.give_back(state, loan)
        self.assertIs(given_back["one"], given_back["two"])
        self.assertEqual(bag, [1])

    def test_not_ours(self):
        """The dict that a step gave is its own: nothing is written into it."""
        loan = self.build.lend({"bag": [1]})
        state, _ = loan
        given = {"bag": state["bag"]}
        kept = dict(given)
        given_back, _ = self.build.give_back(given, loan)
        self.assertIs(given["bag"], kept["bag"])
        self.assertIsNot(given_back["bag"], given["bag"])

    @given(st.lists(PARTS, min_size=1, max_size=6), st.lists(CHANGES, max_size=4))
    @example([(tuple, []), (tuple, [0]), (list, [0])], [])
    def test_as_by_itself(self, parts, changes):
        """What holds what is as if the step had had it all to itself."""
        fields = linked(parts)
        before = graph(fields)
        alone = copy.deepcopy(fields)
        loan = self.build.lend(fields)
        for one in changes:
            apply(one, loan[0])
            apply(one, alone)
        given_back, lent = self.build.give_back(loan[0], loan)
        self.assertEqual(graph(given_back), graph(alone))
        self.assertEqual(graph(fields), before)
        self.assertTrue(all(is_unchanged(*pair) for pair in lent))
        if not changes:
            self.assertTrue(all(given_back[key] is fields[key] for key in fields))

    def test_default_factory(self):
        """A table that makes other defaults has changed."""
        loan = self.build.lend({"a": defaultdict(int), "b": [defaultdict(int)]})
        loan[0]["a"].default_factory = loan[0]["b"][0].default_factory = list
        given_back, _ = self.build.give_back(loan[0], loan)
        found = given_back["a"], given_back["b"][0]
        self.assertEqual([one.default_factory for one in found], [list, list])

    def test_moved_into_a_new_one(self):
        """A container that a step left alone is the former one wherever it is now."""
        bag = [1]
        loan = self.build.lend({"bag": bag})
        state = {"bags": {"first": loan[0]["bag"]}, "row": (loan[0]["bag"], [2])}
        given_back, _ = self.build.give_back(state, loan)
        self.assertIs(given_back["bags"]["first"], bag)
        self.assertIs(given_back["row"][0], bag)

    def test_plain(self):
        """Plain values and tuples of them need no copies."""
        self.assertEqual(copies_in({"a": 1, "b": (1, "x"), "c": ()}), [])


PureLendingTests, CompiledLendingTests = both(LendingRules)
