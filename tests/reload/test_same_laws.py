"""Laws of sameness: what a text makes twice is the same, and nothing else is."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.reload.same import Comparison, is_one_of_a_kind, remember

same = Comparison(lambda one, other: one is other).same


@dataclass(frozen=True)
class Point:
    x: Any


class Row(NamedTuple):
    left: Any
    right: Any


class Quarrel:
    """A class, which is one of a kind by its name only."""


NAN = float("nan")
PLAIN = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.text(max_size=2),
    st.binary(max_size=2), st.sampled_from([0.0, -0.0, 0.5, NAN, 1j, complex(NAN, 1)]),
)  # fmt: skip
KEYS = st.one_of(PLAIN, st.tuples(PLAIN, PLAIN))


def _plain_containers(inner):
    tables = st.dictionaries(KEYS, inner, max_size=3)
    rows = st.lists(inner, max_size=3)
    return st.one_of(
        rows, rows.map(tuple), tables, tables.map(OrderedDict), tables.map(Counter),
        tables.map(MappingProxyType), rows.map(lambda one: Row(one, None)),
        st.builds(defaultdict, st.sampled_from([int, list, None]), tables),
        st.builds(deque, rows, st.sampled_from([3, 9, None])),
        st.builds(bytearray, st.binary(max_size=2)), inner.map(Point),
        st.sets(KEYS, max_size=3), st.frozensets(KEYS, max_size=3),
    )  # fmt: skip


PLAIN_VALUES = st.recursive(PLAIN, _plain_containers, max_leaves=10)


def afresh(value):  # noqa: PLR0911 - one line per kind
    """Make a plain value again from its parts, as a second run of the text does."""
    kind = type(value)
    if kind in (float, complex):
        return eval(repr(value), {"nan": float("nan"), "nanj": complex(0, NAN)})  # noqa: S307 - a number's own words
    if isinstance(value, Mapping):
        items = [(afresh(key), afresh(one)) for key, one in value.items()]
        if kind is defaultdict:
            return defaultdict(value.default_factory, items)
        return kind(dict(items))
    if kind is deque:
        return deque(map(afresh, value), value.maxlen)
    if isinstance(value, Row):
        return Row(*map(afresh, value))
    if isinstance(value, Point):
        return Point(afresh(value.x))
    return kind(map(afresh, value)) if kind in (list, tuple, set, frozenset) else value


def leaf_changed(value):  # noqa: PLR0911 - one line per kind
    """Give the value with one leaf another, the first that there is."""
    kind = type(value)
    if isinstance(value, Mapping):
        if not value:
            return None
        first, *others = value.items()
        items = [(first[0], (first[1], "other")), *others]
        if kind is defaultdict:
            return defaultdict(value.default_factory, items)
        return kind(dict(items))
    if isinstance(value, Point):
        return Point((value.x, "other"))
    if isinstance(value, Row):
        return Row((value.left, "other"), value.right)
    if kind is deque:
        return (
            deque([(value[0], "other"), *list(value)[1:]], value.maxlen)
            if value
            else None
        )
    if kind in (list, tuple, set, frozenset):
        first, *others = value or [None]
        return kind([(first, "other"), *others]) if value else None
    return (value, "other")


class LawTests(SynchronousTestCase):
    @given(PLAIN_VALUES)
    def test_reflexive(self, value):
        """What the text makes twice is the same, not-a-number too."""
        self.assertTrue(same(value, value))
        self.assertTrue(same(value, afresh(value)))

    @given(PLAIN_VALUES)
    def test_remembered(self, value):
        """What is remembered of a value is the same as the value."""
        self.assertTrue(same(remember(value), value))
        self.assertTrue(same(remember(value), afresh(value)))

    @given(PLAIN_VALUES)
    def test_leaf(self, value):
        """A value in which one leaf is another is not the same."""
        changed = leaf_changed(value)
        if changed is not None:
            self.assertFalse(same(value, changed))
            self.assertFalse(same(changed, value))

    @given(PLAIN_VALUES, PLAIN_VALUES)
    def test_symmetric(self, one, other):
        """Which of the two is the older one does not matter."""
        self.assertEqual(same(one, other), same(other, one))

    def test_numbers(self):
        """Not-a-number is itself; a sign and a type are part of a number."""
        for words in (
            "nan",
            "complex(0, nan)",
            "(nan, 1)",
            "[nan]",
            "{nan}",
            "{nan: 1}",
        ):
            one, other = (eval(words, {"nan": float("nan")}) for _ in range(2))  # noqa: S307 - the words above
            self.assertTrue(same(one, other), words)
        self.assertTrue(same(Decimal("nan"), Decimal("nan")))
        for one, other in (
            ({1}, {True}), ({0.0}, {-0.0}), (Point(1), Point(True)), ({1: 2}, {1.0: 2}),
            (complex(0.0, 0.0), complex(-0.0, 0.0)), (Point(0.0), Point(-0.0)),
            (frozenset({(1,)}), frozenset({(True,)})),
        ):  # fmt: skip
            self.assertFalse(same(one, other), (one, other))

    def test_long_number(self):
        """An integer of more digits than Python writes out is compared all the same."""
        one, other = (int("9" * 4000) ** 2 for _ in range(2))
        self.assertTrue(same(one, other))
        self.assertFalse(same(one, other + 1))

    def test_made_otherwise(self):
        """The longest length of a deque and the factory of a dict count."""
        self.assertFalse(same(deque([1], 3), deque([1], 4)))
        self.assertFalse(same(defaultdict(int, a=1), defaultdict(float, a=1)))

    def test_order(self):
        """The order of a dict is part of its text; a set has none."""
        self.assertFalse(same({1: 1, 2: 2}, {2: 2, 1: 1}))
        self.assertTrue(same({8, 16, 0}, {0, 16, 8}))

    def test_set_of_one_of_a_kind(self):
        """Sets of what is one of a kind are the same, if they hold as many of each."""
        self.assertTrue(same({object(), object()}, {object(), object()}))
        self.assertFalse(same({object(), Quarrel}, {object(), object()}))

    def test_named(self):
        """A named tuple is remembered with its containers copied."""
        row = Row([1], 2)
        kept = remember(row)
        row.left.append(2)
        self.assertEqual((type(kept), kept), (Row, Row([1], 2)))
        self.assertFalse(same(kept, row))

    def test_view(self):
        """So is a read-only view; it is worth what it shows."""
        table = {"a": [1]}
        view = MappingProxyType(table)
        kept = remember(view)
        table["a"].append(2)
        self.assertEqual(kept, {"a": [1]})
        self.assertFalse(same(kept, view))
        self.assertFalse(is_one_of_a_kind(view))
