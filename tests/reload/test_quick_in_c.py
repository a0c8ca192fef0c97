"""What a migration does for each instance: the compiled build as the pure one."""

from __future__ import annotations

import gc
import sys
from collections import OrderedDict

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.reload.giving import is_unchanged
from tests.reload.builds import COMPILED, MISSING, PURE, both
from tests.reload.test_lending import (
    CHANGES,
    FIELDS,
    PARTS,
    apply,
    change,
    graph,
    linked,
    reached,
)

STEPS = st.sampled_from(["nothing", "all", "new dict", "less", "more", "others"])


def stepped(build, fields, kind, changes):
    """Lend fields to a step and take them back; give what it gave, and both."""
    loan = build.lend(fields)
    state = loan[0]
    for one in changes:
        apply(one, state)
    if kind == "all":
        for one in reached(state):
            if isinstance(one, (list, dict)):
                change(one)
    elif kind == "new dict":
        state = dict(state)
    elif kind == "less" and state:
        del state[next(iter(state))]
    elif kind == "more":
        state["more"] = [[], state.get("a")]
    elif kind == "others":
        state = {name: fields[name] for name in reversed(fields)}
    return build.give_back(state, loan)


class AlikeTests(SynchronousTestCase):
    """The pure build is the reference."""

    if MISSING:
        skip = MISSING

    @given(FIELDS, STEPS)
    def test_fields(self, fields, kind):
        """The same objects where they are kept, equal ones where they are not."""
        self.same(fields, kind, [])

    @given(st.lists(PARTS, max_size=6), STEPS, st.lists(CHANGES, max_size=4))
    def test_linked(self, parts, kind, changes):
        """Of containers that hold one another."""
        self.same(linked(parts), kind, changes)

    def same(self, fields, kind, changes):
        one, lent = stepped(PURE, fields, kind, changes)
        other, own = stepped(COMPILED, fields, kind, changes)
        self.assertEqual(list(one), list(other))
        self.assertEqual(graph(one), graph(other))
        self.assertEqual(
            [one[name] is fields.get(name) for name in one],
            [other[name] is fields.get(name) for name in other],
        )
        self.assertEqual(len(lent), len(own))
        self.assertTrue(all(is_unchanged(*pair) for pair in own))


class FieldsRules:
    """What is asked of a dict of fields."""

    def test_refill(self):
        """Its content goes, the other comes, in its order."""
        fields = {"a": 1, "b": 2}
        self.build.refill(fields, {"c": 3, "a": 4})
        self.assertEqual(list(fields.items()), [("c", 3), ("a", 4)])

    def test_names(self):
        """Strings, and subclasses of str, are names."""

        class Name(str):
            __slots__ = ()

        has_names = self.build.has_names
        for names in ({}, {"a": 1}, {Name("a"): 1}, OrderedDict(a=1)):
            self.assertTrue(has_names(names))
        for names in ({1: 1}, {"a": 1, None: 2}, {b"a": 1}):
            self.assertFalse(has_names(names))


PureFieldsTests, CompiledFieldsTests = both(FieldsRules)


class OwnTests(SynchronousTestCase):
    """Of the compiled build."""

    if MISSING:
        skip = MISSING

    def test_misuse(self):
        """Wrong arguments are errors, and nothing else."""
        for act, *wrong in (
            (COMPILED.lend, 1), (COMPILED.lend, None), (COMPILED.lend,),
            (COMPILED.give_back, {}), (COMPILED.give_back, {}, 1),
            (COMPILED.give_back, {}, ({},)), (COMPILED.give_back, 1, ({}, [])),
            (COMPILED.refill, {}), (COMPILED.refill, [], {}),
            (COMPILED.has_names, "x"),
        ):  # fmt: skip
            self.assertRaises((TypeError, AttributeError), act, *wrong)

    def test_odd_loans(self):
        """What no ``lend`` has made is compared with care."""
        for row in ([1], [()], [(1, 2)], [([], 1)], [([], [], [])], [([1], [])]):
            bag = []
            try:
                given_back, _ = COMPILED.give_back({"bag": bag}, ({}, row))
            except (TypeError, ValueError):
                continue
            self.assertIs(given_back["bag"], bag)

    def test_own_keys(self):
        """Keys whose comparison changes the fields amid it."""

        class Key:
            def __hash__(self):
                fields.pop("bag", None)
                return 1

            def __eq__(self, other):
                fields.clear()
                return self is other

        fields = {"bag": [1], "more": [2]}
        fields[Key()] = [3]
        fields[Key()] = [4]
        lent, _ = COMPILED.lend(fields)
        COMPILED.give_back(lent, (lent, [([], [])]))

    def test_collected(self):
        """Code that the collector runs amid it finds whole objects."""
        fields = {str(number): [number] for number in range(50)}
        seen = []

        class Loop:
            def __init__(self):
                self.itself = self

            def __del__(self):
                for one in fields.values():
                    one.clear() if len(one) > 1 else one.append(None)
                seen.append(COMPILED.lend(fields))

        self.addCleanup(gc.set_threshold, *gc.get_threshold())
        gc.set_threshold(20)
        for _ in range(100):
            Loop()
            loan = COMPILED.lend(fields)
            COMPILED.give_back(loan[0], loan)
        gc.collect()
        self.assertEqual(len(seen), 100)

    def test_leaks(self):
        """A thousand loans leave as many objects as a thousand before."""
        kinds = [
            {"a": 1, "b": [1], "c": (1, 2)}, {"a": [[1]], "b": {}}, {},
            {"a": (1, [2]), "b": {"c": [3]}}, {"a": [1], "b": [2], "c": [3]},
        ]  # fmt: skip

        def all_of_it():
            for _ in range(200):
                for fields in kinds:
                    for kind in ("nothing", "all", "new dict", "less", "others"):
                        stepped(COMPILED, dict(fields), kind, [])
            gc.collect()
            return sys.getallocatedblocks()

        all_of_it()
        for fields in kinds:  # "all" changes what lies deeper
            for one in fields.values():
                if isinstance(one, (list, dict)):
                    one.clear()
        all_of_it()
        counts = [all_of_it() for _ in range(4)]
        self.assertLess(max(counts) - min(counts), 20)
