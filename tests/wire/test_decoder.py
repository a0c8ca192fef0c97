"""What is read is what Twisted reads, whatever the pieces; and what is refused."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gameserver.wire.decoder import Refused
from gameserver.wire.limits import UNBOUNDED, Limits
from tests.wire.builds import both
from tests.wire.stock import EDGES, EXPRESSIONS, stock_bytes, stock_messages

LIMITS = Limits(size=65_536, items=16_448, depth=36, string=32_768)
SMALL = Limits(size=100, items=20, depth=3, string=30)


def pieces(data, places):
    """Cut bytes at some places."""
    marks = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[one:other] for one, other in pairwise(marks)]


def read(decoder, chunks, most=1 << 30):
    """Read chunks; give the messages, and whether nothing was refused."""
    found = []
    for chunk in chunks:
        decoder.feed(chunk)
        try:
            while taken := decoder.take(most):
                found += taken
        except Refused:
            return found, False
    return found, True


PLACES = st.lists(st.integers(0, 10_000), max_size=12)


class Reading:
    """A case about the decoder of a build."""

    def fresh(self, limits=UNBOUNDED, *, has_words=True):
        return self.build.Decoder(limits, has_words=has_words)


class DecoderRules(Reading):
    """As Twisted."""

    @given(st.lists(EXPRESSIONS, max_size=4), PLACES, st.integers(1, 3))
    def test_any(self, expressions, places, most):
        """Any messages in any pieces, taken in any numbers."""
        data = stock_bytes(*expressions)
        found = read(self.fresh(), pieces(data, places), most)
        self.assertEqual(found, (expressions, True))

    @given(
        st.lists(EXPRESSIONS, min_size=1, max_size=4),
        PLACES,
        st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=4),
    )
    def test_mutated(self, expressions, places, changes):
        """Bytes that somebody has changed: the same messages, and then the same end."""
        data = bytearray(stock_bytes(*expressions))
        for place, byte in changes:
            data[place % len(data)] = byte
        data = bytes(data)
        self.assertEqual(
            repr(read(self.fresh(), pieces(data, places))), repr(stock_messages(data))
        )

    @given(st.binary(max_size=200), PLACES)
    def test_noise(self, data, places):
        """Bytes that mean nothing."""
        self.assertEqual(
            repr(read(self.fresh(), pieces(data, places))), repr(stock_messages(data))
        )

    def test_edges(self):
        """Integers of all sizes, byte by byte."""
        data = stock_bytes(EDGES)
        self.assertEqual(
            read(self.fresh(), [data[at : at + 1] for at in range(len(data))]),
            ([EDGES], True),
        )

    def test_odd_sizes(self):
        """Of a text in a usual call: a size is no size if it is a token's type."""
        call = [b"message", 1, 2, b"greet", 1, [b"tuple", [b"unicode", b""]]]
        whole = stock_bytes([*call, [b"dictionary"]])
        before, empty, after = whole.rpartition(b"\x00\x82")
        self.assertTrue(empty)
        for size in range(256):
            data = before + bytes([size, 0x82]) + b"A" * size + after + whole
            self.assertEqual(
                repr(read(self.fresh(LIMITS), [data])),
                repr(read(self.fresh(LIMITS), [data[:1], data[1:]])),
                size,
            )
            self.assertEqual(
                repr(read(self.fresh(LIMITS), [data])), repr(stock_messages(data)), size
            )

    def test_odd_tokens(self):
        """What no encoder writes, and Twisted reads."""
        for data in (
            b"\x81", b"\x83", b"\x85", b"\x82", b"\x80",  # no number is nought
            b"\x00\x00\x81", b"\x7f\x00\x00\x83",  # noughts at the end of a number
            b"\x05\x84abcdefgh",  # a float with a number
            b"\x01\x80\x02\x80\x80\x80", b"\x00\x80\x00\x80",
            b"\x00" * 64 + b"\x81",
        ):  # fmt: skip
            self.assertEqual(read(self.fresh(), [data]), stock_messages(data), data)

    def test_words(self):
        """By number, once the dialect is agreed upon; there are no others."""
        self.assertEqual(
            read(self.fresh(), [b"\x01\x87\x1f\x87"])[0], [b"None", b"uncache"]
        )
        for data in (b"\x00\x87", b"\x20\x87", b"\x87", b"\x01" * 60 + b"\x87"):
            self.assertEqual(read(self.fresh(), [data]), ([], False), data)
            self.assertEqual(stock_messages(data), ([], False), data)
        self.assertEqual(read(self.fresh(has_words=False), [b"\x01\x87"]), ([], False))

    def test_before_the_fault(self):
        """What came before a fault is given; after it, nothing more is."""
        decoder = self.fresh()
        decoder.feed(b"\x01\x81\x02\x81\x99\x03\x81")
        self.assertEqual(decoder.take(), [1, 2])
        self.assertRaises(Refused, decoder.take)
        decoder.feed(b"\x04\x81")
        self.assertRaises(Refused, decoder.take)

    def test_one_by_one(self):
        """Only so many as are asked for; the others stay, and can be counted."""
        decoder = self.fresh()
        decoder.feed(b"\x01\x81\x02\x81\x03\x81")
        self.assertEqual(decoder.take(1), [1])
        decoder.limits, decoder.has_words = SMALL, False
        self.assertEqual(decoder.take(), [2, 3])
        self.assertEqual(decoder.take(), [])


class LimitRules(Reading):
    """What is refused, and when: with the first byte that says so."""

    def refused(self, data, text, limits=SMALL):
        """Each byte but the last is taken; with the last the message is refused."""
        decoder = self.fresh(limits)
        for at in range(len(data) - 1):
            decoder.feed(data[at : at + 1])
            self.assertEqual(decoder.take(), [])
        decoder.feed(data[-1:])
        self.assertRaisesRegex(Refused, text, decoder.take)

    def test_string(self):
        """A string by its announced length, before a byte of it came."""
        self.refused(b"\x1f\x82", "a string of 31 bytes, of at most 30")
        self.assertEqual(read(self.fresh(SMALL), [stock_bytes(b"x" * 30)])[1], True)

    def test_entries(self):
        """Lists by what they announce, all of a message together."""
        self.refused(b"\x15\x80", "more than 20 entries")
        self.refused(
            b"\x02\x80\x0a\x80" + b"\x01\x81" * 10 + b"\x09\x80", "more than 20"
        )
        ten = stock_bytes([1] * 10)
        self.assertEqual(read(self.fresh(SMALL), [ten * 5])[1], True)

    def test_huge(self):
        """A number of any size allocates nothing."""
        self.refused(b"\x7f" * 60 + b"\x80", "entries")
        self.refused(b"\x7f" * 60 + b"\x82", "a string of")

    def test_depth(self):
        """Lists in lists."""
        self.refused(b"\x01\x80" * 4, "deeper than 3")
        self.assertEqual(
            read(self.fresh(SMALL), [b"\x01\x80" * 3 + b"\x00\x80"])[1], True
        )

    def test_deep(self):
        """Without a limit a hundred thousand lists in lists are read; no stack ends."""
        data = b"\x01\x80" * 100_000 + b"\x05\x81"
        (one,), is_whole = read(self.fresh(), [data])
        for _ in range(100_000):
            (one,) = one
        self.assertEqual((one, is_whole), (5, True))

    def test_prefix(self):
        """A number without end."""
        self.refused(b"\x01" * 65, "a number of more than 64 bytes")
        self.refused(b"\x01" * 64 + b"\x01", "a number of more than 64 bytes")

    def test_size(self):
        """The bytes of a message, as far as they came or are announced."""
        head = b"\x0c\x80" + stock_bytes(b"x" * 30) * 3
        self.refused(head + b"\x05\x82", "more than 100 bytes")
        self.refused(
            b"\x0f\x80" + b"\x01\x01\x01\x01\x01\x01\x81" * 14 + b"\x01", "100"
        )

    def test_size_in_pieces(self):
        """The same, however it is cut."""
        data = b"\x0c\x80" + stock_bytes(b"x" * 30) * 12
        for step in (1, 3, 50, 200):
            chunks = [data[at : at + step] for at in range(0, len(data), step)]
            self.assertEqual(read(self.fresh(SMALL), chunks), ([], False))

    def test_each_by_itself(self):
        """The next message begins at nought."""
        one = stock_bytes([b"x" * 25, b"y" * 25, [1]])
        data = one * 40
        for step in (1, 7, 999):
            chunks = [data[at : at + step] for at in range(0, len(data), step)]
            self.assertEqual(len(read(self.fresh(SMALL), chunks)[0]), 40)

    def test_nonsense(self):
        """A limit is a whole number above nought."""
        for wrong in (0, -1, 1.5, None, True):
            self.assertRaisesRegex(ValueError, "depth = ", Limits, 1, 1, wrong, 1)


class CostRules(Reading):
    """Linear, whatever the pieces."""

    def test_long_string_in_small_pieces(self):
        """Pieces of a long string lie as they came until it is whole."""
        decoder, data = self.fresh(), stock_bytes(b"x" * 60_000)
        decoder.feed(data[:7])
        decoder.take()
        for at in range(7, len(data) - 7, 7):
            decoder.feed(data[at : at + 7])
            self.assertEqual(decoder.take(), [])
        self.assertEqual(len(decoder._bytes), 7)
        decoder.feed(data[len(data) - (len(data) % 7 or 7) :])
        self.assertEqual(decoder.take(), [b"x" * 60_000])


PureDecoderTests, CompiledDecoderTests = both(DecoderRules)
PureLimitTests, CompiledLimitTests = both(LimitRules)
PureCostTests, CompiledCostTests = both(CostRules)
