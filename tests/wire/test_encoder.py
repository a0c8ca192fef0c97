"""What is written is what Twisted writes."""

from __future__ import annotations

import datetime as dt
import decimal

from hypothesis import given
from twisted.spread import banana, jelly
from twisted.trial.unittest import SynchronousTestCase

from gameserver.wire import encoder
from gameserver.wire.encoder import NotPlain, integer, list_of, string
from gameserver.wire.message import Written
from gameserver.wire.vocabulary import TOKENS, WORDS
from tests.wire.builds import both
from tests.wire.stock import (
    EDGES,
    VALUES,
    WORDS_AS_DATA,
    stock_bytes,
    stock_value_bytes,
)


class EncoderRules:
    """Byte for byte, or not at all."""

    def same(self, value):
        self.assertEqual(
            self.build.encode(value), stock_value_bytes(value), repr(value)[:80]
        )

    @given(VALUES)
    def test_any(self, value):
        """Whatever is plain, unless a part of it occurs twice."""
        try:
            found = self.build.encode(value)
        except NotPlain:
            self.assertIn(b"reference", repr(jelly.jelly(value)).encode())
        else:
            self.assertEqual(found, stock_value_bytes(value))

    def test_edges(self):
        """Integers where another kind of token begins."""
        for one in EDGES:
            self.same(one)
            self.same([one, -one])

    def test_floats(self):
        """Every float has its eight bytes, those that are no numbers, too."""
        for one in (0.0, -0.0, 5e-324, float("inf"), float("-inf"), float("nan")):
            self.same(one)

    def test_lengths(self):
        """Numbers of one, two and three bytes before strings, texts and lists."""
        for size in (0, 1, 126, 127, 128, 129, 16_383, 16_384):
            self.same(b"x" * size)
            self.same("x" * size)
            self.same([None] * size)

    def test_short_texts(self):
        """Texts that are remembered, and those that are too long to be."""
        for size in (1, 15, 16, 17, 31, 32, 33):
            for text in ("x" * size, "ä" * size, "message"[:size]):
                for _ in range(2):
                    self.same({text: text, (text,): [text], "k": {text}})

    def test_words(self):
        """Words of the vocabulary are sent by number where they are data, too."""
        for one in WORDS_AS_DATA:
            self.same(one)
            self.same({one: one.decode()})

    def test_vocabulary(self):
        """Word by word Twisted's own."""
        self.assertEqual(WORDS, banana.Banana.incomingVocabulary)
        self.assertEqual(set(TOKENS), set(banana.Banana.outgoingVocabulary))

    def test_twice(self):
        """A container that occurs twice is not written here; equal ones are."""
        part = [1]
        for one in ([part, part], {"a": part, "b": (part,)}, ((), ())):
            self.assertRaises(NotPlain, self.build.encode, one)
        self.same([[1], [1]])

    def test_within_itself(self):
        """Nor is one that holds itself, and it ends."""
        loop = []
        loop.append(loop)
        self.assertRaises(NotPlain, self.build.encode, loop)

    def test_deep(self):
        """Nor is one so deep that it would use up the stack."""
        deep = []
        for _ in range(100_000):
            deep = [deep]
        self.assertRaises(NotPlain, self.build.encode, deep)

    def test_not_plain(self):
        """Nor is anything else: subclasses, times, classes, halves of characters."""

        class Name(str):
            __slots__ = ()

        for one in (
            Name("x"), dt.date(2026, 1, 2), decimal.Decimal(1), int, object(),
            "\ud800", 2**448, -(2**448), bytearray(b"x"), b"x" * (640 * 1024 + 1),
        ):  # fmt: skip
            self.assertRaises(NotPlain, self.build.encode, one)
            self.assertRaises(NotPlain, self.build.encode, {"a": [one]})

    def test_message(self):
        """A message of integers, bytes and written values; nothing else."""
        value = {"a": [1, 2.5]}
        said = (b"answer", 77, b"who", -(2**40), Written(self.build.encode(value)))
        stock = [*said[:-1], jelly.jelly(value)]
        self.assertEqual(self.build.message(said), stock_bytes(stock))
        self.assertEqual(self.build.message(()), stock_bytes([]))
        self.assertEqual(repr(Written(b"ab")), "<2 bytes written>")
        for one in ("x", True, 2**448, b"x" * (640 * 1024 + 1), None, [1], 1.5):
            self.assertRaises(NotPlain, self.build.message, (b"answer", one))


PureEncoderTests, CompiledEncoderTests = both(EncoderRules)


class RememberedTests(SynchronousTestCase):
    """Short texts are remembered in Python, but not without end."""

    def test_many(self):
        """Whatever comes, few are kept, and all are written as they are."""
        for number in range(3000):
            value = {f"k{number}": f"w{number}"}
            self.assertEqual(encoder.encode(value), stock_value_bytes(value))
        for kept in (encoder._WORDS, encoder._KEYS):
            self.assertTrue(0 < len(kept) <= encoder._MANY, len(kept))

    def test_not_plain(self):
        """What cannot be written is not kept."""
        for one in (["\ud800"], {"\ud800": 1}):
            self.assertRaises(NotPlain, encoder.encode, one)
        self.assertNotIn("\ud800", {**encoder._WORDS, **encoder._KEYS})


class PartTests(SynchronousTestCase):
    """What is written piece by piece, in Python always."""

    def test_parts(self):
        """What a message is put together from: heads of lists, integers, strings."""
        for one in (0, 127, 128, 300):
            self.assertTrue(stock_bytes([0] * one).startswith(list_of(one)))
        for one in EDGES:
            self.assertEqual(integer(one), stock_bytes(one))
        for one in (b"", b"message", b"x" * 200):
            self.assertEqual(string(one), stock_bytes(one))
