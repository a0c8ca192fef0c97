"""What waits for a client is bounded, in order, and of a state the newest."""

from __future__ import annotations

from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from gameserver.server import backlog
from gameserver.server.backlog import EVENTS, LARGEST, Backlog

PUTS = st.lists(
    st.tuples(st.binary(max_size=3), st.sampled_from([None, "hp", "place"])),
    max_size=40,
)


def taken(one: Backlog) -> list[bytes]:
    return [one.next() for _ in range(len(one))]


class BacklogTests(TestCase):
    """One client's."""

    @given(PUTS)
    def test_newest_wins(self, puts: list[tuple[bytes, str | None]]) -> None:
        """All without a key come in order; of each key only the last, in its place."""
        one = Backlog()
        for event, key in puts:
            one.put(event, key)
        later = [{key for _, key in puts[place + 1 :]} for place in range(len(puts))]
        wanted = [
            event
            for (event, key), after in zip(puts, later, strict=True)
            if key is None or key not in after
        ]
        self.assertEqual(taken(one), wanted)
        self.assertEqual(one.gap(), 0)

    def test_as_many(self) -> None:
        """Of more than 256 the last are kept, and the others counted."""
        one = Backlog()
        for number in range(EVENTS + 3):
            one.put(b"%d" % number)
        self.assertEqual((one.gap(), one.gap(), len(one)), (3, 0, EVENTS))
        self.assertEqual(one.next(), b"3")

    def test_as_large(self) -> None:
        """Of more than a megabyte, too; and what left, or was replaced, counts not."""
        one = Backlog()
        half = bytes(LARGEST // 2)
        for _ in range(5):
            one.put(half, "map")
        one.put(half)
        self.assertEqual((one.gap(), len(one)), (0, 2))
        one.put(b"x")
        self.assertEqual((one.gap(), len(one)), (1, 2))
        self.assertEqual(taken(one), [half, b"x"])
        one.put(half)
        one.put(half)
        self.assertEqual(one.gap(), 0)
        self.assertRaises(KeyError, backlog.Backlog().next)
