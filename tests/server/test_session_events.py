"""What a client that has heard so many events gets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import BadArguments
from gameserver.server.backlog import EVENTS, LARGEST
from gameserver.server.session_events import Events


class EventsTests(SynchronousTestCase):
    """Events that are sent at once, that wait, and that are gone."""

    @given(st.integers(0, 2 * EVENTS), st.data())
    def test_no_gap(self, count: int, data: st.DataObject) -> None:
        """Heard, gone and kept make all of them, in order."""
        heard = data.draw(st.integers(0, count))
        events = Events()
        for number in range(count):
            events.note(b"%d" % number)
        missed = events.after(heard)
        gone = max(0, count - heard - EVENTS)
        kept = [b"%d" % number for number in range(heard + gone, count)]
        self.assertEqual(missed, [gone, *kept] if gone else kept)

    @given(
        st.lists(st.integers(0, EVENTS + 9), max_size=30),
        st.lists(st.booleans(), min_size=30, max_size=30),
        st.floats(0, 1),
    )
    def test_all_accounted_for(
        self, spells: list[int], waits: list[bool], share: float
    ) -> None:
        """What was told comes, or is counted in a gap at its place."""
        events, told = Events(), 0
        sent: list[bytes | int] = []
        for number, is_waiting in zip(spells, waits, strict=False):
            for _ in range(number):
                if is_waiting:
                    events.waiting.put(b"%d" % told)
                else:
                    events.note(b"%d" % told)
                    sent.append(b"%d" % told)
                told += 1
            sent += events.due()
        counted = [one for one in sent if isinstance(one, bytes)]
        heard = round(share * len(counted))
        self.assertEqual(events.count, len(counted))
        following = 0 if not heard else int(counted[heard - 1]) + 1
        for one in events.after(heard):
            if isinstance(one, int):
                following += one
            else:
                self.assertEqual(int(one), following)
                following += 1
        self.assertEqual(following, told)

    def test_too_large(self) -> None:
        """One event that is too large to wait is a gap, and at its place."""
        events = Events()
        events.note(b"0")
        events.waiting.put(bytes(LARGEST + 1))
        self.assertEqual(list(events.due()), [1])
        events.note(b"2")
        self.assertEqual(events.after(0), [b"0", 1, b"2"])
        self.assertEqual(events.after(1), [1, b"2"])

    def test_impossible(self) -> None:
        """Nobody can have heard more than there was, or less than nothing."""
        for heard in (-1, 1):
            self.assertRaises(BadArguments, Events().after, heard)
