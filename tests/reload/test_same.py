"""When two values count as the same initial value."""

from __future__ import annotations

import datetime as dt
import functools
import math
import re
import threading
from collections import defaultdict, deque
from dataclasses import dataclass
from types import CellType, FunctionType, SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.reload.adapter import adapter_for
from gameserver.reload.same import (
    DEEPEST,
    Comparison,
    content,
    is_one_of_a_kind,
    remember,
)

ATOMS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3),
    st.binary(max_size=3), st.just(...), st.builds(object),
)  # fmt: skip
HASHABLE = st.one_of(st.none(), st.integers(), st.text(max_size=3))
VALUES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(HASHABLE, inner, max_size=4),
        st.sets(HASHABLE, max_size=3),
        st.frozensets(HASHABLE, max_size=3),
        st.builds(bytearray, st.binary(max_size=3)),
    ),
    max_leaves=12,
)


@dataclass(frozen=True)
class Point:
    x: int


class Quarrel:
    """A value type whose comparison fails."""

    __hash__ = int.__hash__

    def __eq__(self, other):
        raise RuntimeError("not comparable")


def same(one, other):
    return Comparison(lambda a, b: a is b).same(one, other)


def alike(one, other):
    """Compare, with all code taken for the same."""
    return Comparison(lambda _a, _b: True).same(one, other)


class RememberTests(SynchronousTestCase):
    @given(VALUES)
    def test_law(self, value):
        """A value is the same as what is remembered of it."""
        self.assertTrue(same(value, remember(value)))

    def test_containers(self):
        """Plain containers are copied, all the way down; what is in them is not."""
        thing = object()
        value = {"a": [thing, ({1}, bytearray(b"x"))]}
        kept = remember(value)
        value["a"][1][0].add(2)
        value["a"][1][1].append(1)
        value["a"].append(3)
        value["b"] = 1
        self.assertEqual(kept, {"a": [thing, ({1}, bytearray(b"x"))]})
        self.assertIs(kept["a"][0], thing)

    def test_others(self):
        """Anything else is kept as it is."""
        for value in (object(), len, int, math):
            self.assertIs(remember(value), value)

    def test_kinds_of_containers(self):
        """A deque or a ``defaultdict`` is copied, as the kind it is."""
        for value in (defaultdict(list, a=[1]), deque([[1]], 3)):
            copied = remember(value)
            self.assertEqual((type(copied), copied), (type(value), value))
            self.assertIsNot(copied, value)

    def test_adapter(self):
        """What an adapter claims is remembered as the adapter says."""
        value = functools.lru_cache(int)
        adapter = adapter_for(value)
        assert adapter is not None
        self.assertIs(remember(value), adapter.remembered(value))

    def test_endless(self):
        """A container that holds itself ends somewhere, and is the same still."""
        value = []
        value.append(value)
        self.assertTrue(same(value, remember(value)))


class SameTests(SynchronousTestCase):
    def test_atoms(self):
        """Numbers and text are the same if equal, of one type, and written alike."""
        self.assertTrue(same(1.5, 1.5))
        self.assertTrue(same("a" * 50, "".join(["a"] * 50)))
        for one, other in ((1, True), (1, 1.0), (0.0, -0.0), ("a", b"a"), (1, 2)):
            self.assertFalse(same(one, other))

    def test_containers(self):
        """Containers are the same if what they hold is, in the same order."""
        self.assertTrue(same([1, {"a": (2,)}], [1, {"a": (2,)}]))
        for one, other in (
            ([1], [2]), ([1], [1, 1]), ([1], (1,)), ({"a": 1}, {"a": 2}),
            ({"a": 1}, {"b": 1}), ({"a": 1}, {}), ({1: 1, 2: 2}, {2: 2, 1: 1}),
            ({1}, {2}), (frozenset({1}), frozenset({2})), (bytearray(1), bytearray(2)),
        ):  # fmt: skip
            self.assertFalse(same(one, other), (one, other))

    def test_worth(self):
        """Patterns, dates and frozen dataclasses are the same if equal."""
        self.assertTrue(same(re.compile("a+"), re.compile("a+")))
        self.assertFalse(same(Point(1), Point(2)))
        day = dt.date(2000, 1, 1)
        self.assertTrue(same(day, dt.date(2000, 1, 1)))

    def test_quarrel(self):
        """A value whose comparison fails is one of a kind: two are the same."""
        self.assertTrue(same(Quarrel(), Quarrel()))

    def test_one_of_a_kind(self):
        """Two locks, both made by the text, count as the same initial value."""
        self.assertTrue(same(threading.Lock(), threading.Lock()))
        self.assertFalse(same(threading.Lock(), object()))

    def test_definitions(self):
        """Classes and modules are the same only as one object."""
        self.assertTrue(same(int, int))
        self.assertFalse(same(type("C", (), {}), type("C", (), {})))
        self.assertFalse(same(math, re))

    def test_storage(self):
        """Descriptors of a class's own storage are always the same."""
        slotted = [type("C", (), {"__slots__": ("a",)}) for _ in range(2)]
        self.assertTrue(same(slotted[0].a, slotted[1].a))
        plain = [type("C", (), {}) for _ in range(2)]
        one, other = (vars(cls)["__dict__"] for cls in plain)
        self.assertTrue(same(one, other))

    def test_too_deep(self):
        """What lies deeper than anybody looks counts as the same."""
        one, other = [1], [2]
        for _ in range(DEEPEST + 1):
            one, other = [one], [other]
        self.assertTrue(same(one, other))

    def test_adapter(self):
        """What an adapter claims is compared by the adapter."""
        one, other = (functools.partial(int, base=n) for n in (2, 8))
        if adapter_for(one) is None:
            one, other = (functools.lru_cache(f) for f in (self.test_worth, len))
        self.assertIsInstance(same(one, other), bool)


class FunctionTests(SynchronousTestCase):
    def test_code(self):
        """Functions are the same if their code corresponds."""
        one, other = (eval("lambda: 1") for _ in range(2))  # noqa: S307 - two of one text
        self.assertTrue(alike(one, other))
        changed = FunctionType(compile("2", "<m>", "eval"), {})
        self.assertFalse(same(one, changed))

    def test_parts(self):
        """Defaults, keyword defaults, attributes and cells count."""

        def make(default, named, cell, attribute):
            def f(a=default, *, b=named):
                return cell

            f.attribute = attribute
            return f

        one = make(1, 2, 3, 4)
        self.assertTrue(same(one, make(1, 2, 3, 4)))
        for other in (
            make(0, 2, 3, 4), make(1, 0, 3, 4), make(1, 2, 0, 4), make(1, 2, 3, 0)
        ):  # fmt: skip
            self.assertFalse(same(one, other))

    def test_methods(self):
        """Static and class methods and properties are what is inside them."""

        def made(number):
            def f(_=number):
                return 1

            return [
                staticmethod(f), classmethod(f), property(f), property(None, f),
                property(None, None, f),
            ]  # fmt: skip

        for one, other, changed in zip(made(1), made(1), made(2), strict=True):
            self.assertTrue(same(one, other))
            self.assertFalse(same(one, changed))
        self.assertFalse(same(property(doc="a"), property(doc="b")))


class KindTests(SynchronousTestCase):
    def test_kinds(self):
        """Locks and singletons are; values, containers and definitions are not."""
        for one in (threading.Lock(), object(), SimpleNamespace()):
            self.assertTrue(is_one_of_a_kind(one), one)
        for one in (
            1, "a", None, ..., [], {}, set(), frozenset(), bytearray(), (), int, len,
            math, Point(1), Point, re.compile("a"), property(), staticmethod(len),
            classmethod(len), self.test_kinds, functools.lru_cache(int),
        ):  # fmt: skip
            self.assertFalse(is_one_of_a_kind(one), one)


class ContentTests(SynchronousTestCase):
    def test_content(self):
        """A cell's content, or one mark for all empty cells."""
        self.assertEqual(content(CellType(1)), 1)
        self.assertIs(content(CellType()), content(CellType()))
