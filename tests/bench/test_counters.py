"""Counting is exact wherever the stream is cut, and no other byte passes."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.bench import canned, workloads
from gameserver.bench.counters import MatchedMessages, RepeatedBlock
from gameserver.errors import MeasurementFailed

if TYPE_CHECKING:
    from gameserver.bench.load import Counter

WINDOW = 5
_, ANSWERS = canned.calls(workloads.MOVE, 2, WINDOW)
ONE = len(ANSWERS) // WINDOW
HEARD = canned.notification(workloads.EVENT, workloads.STORY)


def told(number: int) -> bytes:
    """Give one notification as a server sends it under ``number``."""
    story = [canned.jellied(workloads.STORY)]
    return canned.call(number, 1, workloads.EVENT, story, answered=False)


def chunks(stream: bytes, cuts: list[int]) -> list[bytes]:
    """Cut the stream at all places, taken modulo its length."""
    places = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    return [stream[start:end] for start, end in itertools.pairwise(places)]


def counted(counter: Counter, pieces: list[bytes]) -> int:
    return sum(counter.feed(piece) for piece in pieces)


CUTS = st.lists(st.integers(0, 10_000), max_size=30)


class RepeatedBlockTests(SynchronousTestCase):
    @given(count=st.integers(0, 40), cuts=CUTS)
    def test_exact(self, count: int, cuts: list[int]) -> None:
        """The sum over all chunks is the number of answers in the stream."""
        stream = (ANSWERS * (1 + count // WINDOW))[: count * ONE]
        counter = RepeatedBlock(ANSWERS, WINDOW)
        self.assertEqual(counted(counter, chunks(stream, cuts)), count)
        self.assertTrue(counter.is_between())

    @given(cut=st.integers(1, ONE - 1), count=st.integers(0, 10))
    def test_partial(self, cut: int, count: int) -> None:
        """A message that has begun is not counted, and shows."""
        stream = (ANSWERS * 3)[: count * ONE + cut]
        counter = RepeatedBlock(ANSWERS, WINDOW)
        self.assertEqual(counter.feed(stream), count)
        self.assertFalse(counter.is_between())

    @given(place=st.integers(0, len(ANSWERS) - 1), cuts=CUTS)
    def test_one_wrong_byte(self, place: int, cuts: list[int]) -> None:
        """One changed byte anywhere is refused."""
        stream = bytearray(ANSWERS)
        stream[place] ^= 0x01
        counter = RepeatedBlock(ANSWERS, WINDOW)
        pieces = chunks(bytes(stream), cuts)
        self.assertRaises(MeasurementFailed, counted, counter, pieces)

    def test_answer_out_of_turn(self) -> None:
        """An answer before its turn is refused, and so is a doubled one."""
        counter = RepeatedBlock(ANSWERS, WINDOW)
        self.assertEqual(counter.feed(ANSWERS[:ONE]), 1)
        self.assertRaises(MeasurementFailed, counter.feed, ANSWERS[:ONE])

    def test_error_answer(self) -> None:
        """An error in place of an answer is shown in the message."""
        failure = canned.encode([b"error", canned.FIRST_REQUEST, b"no such call"])
        counter = RepeatedBlock(ANSWERS, WINDOW)
        error = self.assertRaises(MeasurementFailed, counter.feed, failure)
        self.assertIn("no such call", str(error))

    def test_unequal_messages(self) -> None:
        """A block whose messages cannot be equally long is a mistake of ours."""
        self.assertRaises(ValueError, RepeatedBlock, b"12345", 2)


class MatchedMessagesTests(SynchronousTestCase):
    @given(first=st.integers(1, 2**31 - 100), count=st.integers(0, 12), cuts=CUTS)
    def test_exact(self, first: int, count: int, cuts: list[int]) -> None:
        """The sum is the number of notifications, however long their numbers are."""
        stream = b"".join(told(first + i) for i in range(count))
        counter = MatchedMessages(HEARD, 1024)
        self.assertEqual(counted(counter, chunks(stream, cuts)), count)
        self.assertTrue(counter.is_between())

    @given(count=st.integers(1, 5), foreign=st.binary(min_size=1, max_size=40))
    def test_foreign_bytes_between(self, count: int, foreign: bytes) -> None:
        """Bytes between two messages are refused."""
        stream = told(1) * count + foreign + told(2)
        counter = MatchedMessages(HEARD, 1024)
        self.assertRaises(MeasurementFailed, counter.feed, stream)

    def test_foreign_bytes_alone(self) -> None:
        """Bytes that never become a message are refused when they are too many."""
        counter = MatchedMessages(HEARD, 1024)
        pieces = [b"\x80" * 100] * 11
        self.assertRaises(MeasurementFailed, counted, counter, pieces)

    def test_unfinished(self) -> None:
        """A message that has begun shows at the end."""
        counter = MatchedMessages(HEARD, 1024)
        self.assertEqual(counter.feed(told(1) + told(2)[:-1]), 1)
        self.assertFalse(counter.is_between())
