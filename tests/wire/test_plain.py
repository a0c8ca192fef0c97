"""What jelly of plain values means, and what of it is refused."""

from __future__ import annotations

import math

from hypothesis import given
from twisted.spread import jelly

from gameserver.wire.encoder import NotPlain
from gameserver.wire.shared import expanded
from tests.wire.builds import both
from tests.wire.stock import EXPRESSIONS, VALUES, shape

ENOUGH = 100_000


class Reading:
    """A case about the reader of a build."""

    def decode(self, expression):
        return self.build.decode(expression)

    def read_shared(self, expression, most):
        return self.decode(expanded(expression, most))


class PlainRules(Reading):
    """As Twisted, or not at all."""

    @given(VALUES)
    def test_any(self, value):
        """What Twisted's jelly says of a plain value is read as that value."""
        said = jelly.jelly(value)
        found = self.decode(expanded(said, ENOUGH))
        self.assertEqual(shape(found), shape(value))

    @given(EXPRESSIONS)
    def test_anything(self, expression):
        """What is read of any list at all is what Twisted reads."""
        try:
            found = self.decode(expression)
        except NotPlain:
            return
        self.assertEqual(shape(found), shape(jelly.unjelly(expression)))

    def test_not_plain(self):
        """What else jelly can say, and nonsense, is not read here."""
        for one in (
            [], [b"remote", 1], [b"class", b"os.path"], [b"function", b"os.system"],
            [b"module", b"os"], [b"date", b"2026 1 2"], [b"nonsense"], [1], [[]],
            [b"unicode"], [b"unicode", 5], [b"unicode", b"\xff"],
            [b"unicode", b"a", b"b"],
            [b"None", 1], [b"boolean", b"maybe"], [b"boolean"], [b"boolean", []],
            [b"dictionary", [1]], [b"dictionary", b"ab"],
            [b"dictionary", [[b"list"], 1]],
            [b"dictionary", [1, 2, 3]], [b"set", [b"list"]], [b"list", [b"remote", 1]],
            [b"reference", 1, [b"list"]], [b"dereference", 1],
        ):  # fmt: skip
            self.assertRaises(NotPlain, self.decode, one)

    def test_deep(self):
        """A hundred containers in containers, no more; the stack does not end."""
        deep = [b"list"]
        for _ in range(99):
            deep = [b"list", deep]
        self.decode(deep)
        for _ in range(100_000):
            deep = [b"list", deep]
        self.assertRaises(NotPlain, self.decode, deep)
        self.assertRaises(NotPlain, self.read_shared, deep, 1 << 30)

    def test_no_numbers(self):
        """Infinities and what is no number come as they were sent."""
        self.assertTrue(math.isnan(self.decode([b"list", math.nan])[0]))


class SharedRules(Reading):
    """A part that occurs twice: two parts, if they are small enough together."""

    def test_apart(self):
        """Each occurrence is an object of its own."""
        part = [1, "x"]
        one, other = self.read_shared(jelly.jelly([part, part]), ENOUGH)
        self.assertEqual((one, other), (part, part))
        self.assertIsNot(one, other)

    def test_word_as_key(self):
        """A key that reads like a reference is a key."""
        part = [1]
        table = {b"reference": part, b"dereference": part}
        self.assertEqual(self.read_shared(jelly.jelly(table), ENOUGH), table)

    def test_itself(self):
        """What holds itself is refused."""
        loop = []
        loop.append(loop)
        self.assertRaises(NotPlain, self.read_shared, jelly.jelly(loop), ENOUGH)

    def test_bound(self):
        """What stands for too much is refused, before it is made."""
        part = ["x"]
        for _ in range(200):
            part = [part, part]
        said = [b"list"]
        for number in range(1, 60):
            said = [b"list", [b"reference", number, said], [b"dereference", number]]
        self.assertRaises(NotPlain, self.read_shared, said, 65_536)

    def test_long_string(self):
        """A long string counts each time it is referred to."""
        part = [b"x" * 1_000]
        said = jelly.jelly([part] * 100)
        self.assertEqual(len(self.read_shared(said, 110_000)), 100)
        self.assertRaises(NotPlain, self.read_shared, said, 90_000)

    def test_nonsense(self):
        """References to nothing, twice the same number, no number, no part."""
        for one in (
            [b"dereference", 1], [b"list", [b"dereference", 1]],
            [b"reference", b"a", [b"list"]], [b"reference", 1], [b"dereference"],
            [b"list", [b"reference", 1, [b"list"]], [b"reference", 1, [b"list"]]],
            [b"reference", 1, [b"remote", 1]], [b"reference", []], [b"dereference", []],
        ):  # fmt: skip
            self.assertRaises(NotPlain, self.read_shared, one, ENOUGH)

    def test_left_alone(self):
        """What is not plain comes through, each part of it in its place."""
        date = [b"date", b"2026 11 22"]
        said = [b"list", [b"reference", 1, [b"tuple", date]], [b"dereference", 1]]
        self.assertEqual(
            expanded(said, ENOUGH), [b"list", [b"tuple", date], [b"tuple", date]]
        )

    def read_keyed(self, keys, refusal):
        """Read sets and a dict of such keys, both ways; ``refusal`` None: they are."""
        for said in (
            [b"set", *keys],
            [b"frozenset", *keys],
            [b"dictionary", *([key, 1] for key in keys)],
        ):
            for read in (self.decode, lambda said: expanded(said, 10**6)):
                if refusal:
                    self.assertRaisesRegex(NotPlain, refusal, read, said)
                else:
                    read(said)

    def test_keys(self):
        """Keys whose hashes a peer can choose are few, in sets and in dicts."""
        texts = [[b"unicode", b"%d" % number] for number in range(5_000)]
        self.read_keyed(range(1_001), "1001 keys")
        for keys in (range(1_000), texts, [[b"tuple", one, 1] for one in texts[:1000]]):
            self.read_keyed(keys, None)

    def test_equal_hashes(self):
        """More than a few of them have different hashes."""
        same = [number * (2**61 - 1) for number in range(33)]
        in_tuples = [[b"tuple", 300, one, [b"boolean", b"true"]] for one in same]
        for keys in (same, in_tuples):
            self.read_keyed(keys, "of the same hash")
            self.read_keyed(keys[:32], None)
            self.read_keyed([*keys[:8], *range(1, 900)], None)

    def test_deep_keys(self):
        """Sets may be keys if they hold none, and even few of them are not alike."""
        sets = [[b"frozenset", number] for number in range(33)]
        alike = [[b"frozenset", number * (2**61 - 1)] for number in range(33)]
        for wrap in (lambda one: one, lambda one: [b"tuple", b"x", one]):
            self.read_keyed(list(map(wrap, sets)), None)
            self.read_keyed(list(map(wrap, alike[:8])), None)
            self.read_keyed(list(map(wrap, alike[:9])), "of the same hash")
            inner = [b"frozenset", *(number * (2**61 - 1) for number in range(33))]
            self.read_keyed([wrap(inner)], "of the same hash")
            nested = [b"frozenset", wrap([b"frozenset", 1])]
            self.read_keyed([wrap(nested)], "simple values")
        deep = [b"frozenset"]
        for _ in range(200):
            deep = [b"tuple", deep]
        self.read_keyed([deep], "deep|simple")
        mixed = [[b"tuple", [b"None"], b"x", 0.5, number] for number in range(33)]
        self.read_keyed(mixed, None)
        for odd in ([], [b"boolean"], [b"tuple", [[]]], [b"tuple", [b"unicode", 1]]):
            self.read_keyed([odd] * 33, ".")


PurePlainTests, CompiledPlainTests = both(PlainRules)
PureSharedTests, CompiledSharedTests = both(SharedRules)
