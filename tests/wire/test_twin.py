"""The compiled build does what the pure one does, errors and their texts included."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.wire.limits import LARGEST, UNBOUNDED, Limits
from gameserver.wire.message import Written
from tests.wire.alike import (
    NARROW,
    Odd,
    outcome,
    played,
    read_alike,
    same,
    values_alike,
    written_alike,
)
from tests.wire.builds import COMPILED, MISSING, PURE
from tests.wire.edges import HOSTILE, ODD_JELLY
from tests.wire.mutations import message, mutated
from tests.wire.stock import EXPRESSIONS, VALUES

LIMITS = st.builds(
    Limits,
    size=st.sampled_from([1, 20, 100, LARGEST]),
    items=st.sampled_from([1, 9, 40, LARGEST]),
    depth=st.sampled_from([1, 2, 5, LARGEST]),
    string=st.sampled_from([1, 7, 60, LARGEST]),
    prefix=st.sampled_from([1, 5, 64, 90]),
)
TOKENS = st.tuples(
    st.sampled_from([b"", b"\x01", b"\x03", b"\x20", b"\x00\x00", b"\x01\x01"]),
    st.integers(0x80, 0x89).map(lambda kind: bytes([kind])),
    st.sampled_from([b"", b"", b"x", b"abcdefgh"]),
).map(b"".join)
STEPS = st.one_of(
    st.tuples(st.just("feed"), st.lists(TOKENS, max_size=8).map(b"".join)),
    st.tuples(st.just("feed"), st.binary(max_size=20)),
    st.tuples(st.just("take"), st.sampled_from([0, 1, 2, 99, -1])),
    st.tuples(st.just("limits"), LIMITS),
    st.tuples(st.just("has_words"), st.booleans()),
)


def nested(head, depth):
    """Give that many lists of Jelly, or containers, within each other."""
    found = head(1)
    for _ in range(depth - 1):
        found = head(found)
    return found


CONTAINERS = (
    lambda one: [one], lambda one: (one,), lambda one: {"a": one},
    lambda one: frozenset({one}) if type(one) is int else (one,),
)  # fmt: skip
JELLIES = (
    lambda one: [b"list", one], lambda one: [b"tuple", one],
    lambda one: [b"dictionary", [1, one]], lambda one: [b"frozenset", one],
)  # fmt: skip


class TwinCase(SynchronousTestCase):
    if MISSING:
        skip = MISSING


class AlikeTests(TwinCase):
    """The pure build is the reference."""

    @given(st.lists(STEPS, max_size=12), st.booleans())
    def test_steps(self, steps, has_words):
        """Whatever is fed, taken and set, in any order."""
        steps = [*steps, ("take", 99), ("take", 99)]
        one = played(PURE, steps, has_words=has_words)
        same("", one, played(COMPILED, steps, has_words=has_words))

    @given(st.randoms(use_true_random=False))
    def test_mutated(self, random):
        """Messages that somebody has changed."""
        data = mutated(message(random), random)
        for found in read_alike(PURE, COMPILED, data, random):
            values_alike(PURE, COMPILED, found)

    @given(EXPRESSIONS)
    def test_expressions(self, expression):
        """Any list, as a value; and written."""
        values_alike(PURE, COMPILED, expression)
        written_alike(PURE, COMPILED, expression)

    @given(VALUES)
    def test_values(self, value):
        """Any plain value, alone and twice."""
        for one in (value, [value, value], {"a": value, "b": (value,)}):
            written_alike(PURE, COMPILED, one)

    def test_hostile(self):
        """Edge cases made by hand, in all pieces, with words and without."""
        for data in HOSTILE:
            for limits in (UNBOUNDED, NARROW, Limits(9, 3, 2, 4, 3)):
                for at in range(len(data) + 1):
                    steps = [("limits", limits), ("feed", data[:at]), ("take", 9)]
                    steps += [("feed", data[at:]), ("take", 9), ("take", 9)]
                    self.alike(steps)
                self.alike(
                    [("limits", limits)]
                    + [each for byte in data for each in self.bite(byte)]
                )

    def bite(self, byte):
        return [("feed", bytes([byte])), ("take", 9)]

    def alike(self, steps):
        for has_words in (True, False):
            one = played(PURE, steps, has_words=has_words)
            same(repr(steps), one, played(COMPILED, steps, has_words=has_words))

    def test_odd_jelly(self):
        """Lists that are no Jelly, or nearly none."""
        for one in ODD_JELLY:
            values_alike(PURE, COMPILED, one)

    def test_odd_values(self):
        """What cannot be written, and what only just can."""
        part = [1]
        for one in (
            "\ud800", "a\udfffb", "\U0010ffff", "\0", "x" * 655_360, "x" * 655_361,
            "é" * 327_680, "é" * 327_681, b"x" * 655_360, b"x" * 655_361, [0] * 655_359,
            [0] * 655_360, ((), ()), [(), ()], [part, part], [[1], [1]],
            {"a": (), "b": ()},
            [[] for _ in range(17)], [*([] for _ in range(999)), part, part],
            float("nan"), float("-inf"), -0.0, Odd("x"), object(), int, 1j, bytearray(),
            [Odd("x")], {Odd("x"): 1}, {1: Odd("x")}, {Odd("x")}, True, range(3),
            -(2**31), -(2**31) - 1, 2**31, -(2**63), -(2**63) - 1, 2**63, 2**64, 2**448,
            -(2**448), 2**448 - 1, 1 - 2**448, 2**5_000, frozenset(), set(),
            {1, "a", b"a"},
        ):  # fmt: skip
            written_alike(PURE, COMPILED, one)

    def test_messages(self):
        """Messages, whole and wrong."""
        for one in (
            (), (1,), (b"answer", 2**70, Written(b"x")), (True,), ("x",), ([],),
            (None,), (b"x" * 655_361,), (2**448,), (-(2**447),), (1,) * 300, (b"",),
            (Odd("x"),),
        ):  # fmt: skip
            same("", outcome(PURE.message, one), outcome(COMPILED.message, one))

    def test_deep(self):
        """Containers in containers, up to the bound and past it."""
        for depth in (1, 2, 98, 99, 100, 101, 102, 103, 5_000):
            for head in JELLIES:
                values_alike(PURE, COMPILED, nested(head, min(depth, 200)))
            for head in CONTAINERS:
                written_alike(PURE, COMPILED, nested(head, min(depth, 200)))
            one = nested(CONTAINERS[0], depth)
            written_alike(PURE, COMPILED, one)
