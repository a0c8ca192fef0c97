"""The table of a release's life: its laws, and which one an undo is about."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import NotReleased
from gameserver.model.release_row import Outcome
from gameserver.services.release_rules import (
    TABLE,
    Event,
    State,
    after,
    is_in_force,
    is_over,
    outcome,
    to_undo,
)

walks = st.lists(st.sampled_from(Event), max_size=12)


def walked(events: list[Event]) -> list[State]:
    """Give the states of a release to which these happen, as far as they can."""
    states = [State.PLANNED]
    for event in events:
        if (states[-1], event) in TABLE:
            states.append(after(states[-1], event))
    return states


class TableTests(SynchronousTestCase):
    """Laws of every walk."""

    @given(walks)
    def test_commit_is_prepared(self, events: list[Event]) -> None:
        """Nothing is in force that was not planned, rehearsed and quiesced."""
        states = walked(events)
        if any(is_in_force(one) for one in states):
            prepared = [State.PLANNED, State.REHEARSED, State.QUIESCED]
            self.assertEqual(states[:4], [*prepared, State.COMMITTED])

    @given(walks)
    def test_refused_was_never_in_force(self, events: list[Event]) -> None:
        """What was in force is undone, not refused; the reverse, too."""
        states = walked(events)
        was = any(is_in_force(one) for one in states)
        self.assertFalse(states[-1] is State.REFUSED and was)
        self.assertFalse(states[-1] is State.UNDONE and not was)

    def test_ends(self) -> None:
        """From an end nothing leads on, and from all else something does to an end."""
        for state in State:
            self.assertEqual(is_over(state), not any(x is state for x, _ in TABLE))

    def test_step_that_cannot_be(self) -> None:
        """It is an error that names state and event."""
        with self.assertRaisesRegex(ValueError, "commit of a release that is planned"):
            after(State.PLANNED, Event.COMMIT)
        with self.assertRaisesRegex(ValueError, "nothing, it has ended"):
            after(State.UNDONE, Event.UNDO)

    def test_outcomes(self) -> None:
        """The history knows each state in which there is something to tell."""
        told = {one for one in State if outcome(one) is not None}
        self.assertEqual(told, set(State) - {State.PLANNED})
        self.assertIs(outcome(State.WATCHED), Outcome.COMMITTED)


class WhichTests(SynchronousTestCase):
    """Only the last one in force can be undone."""

    @given(
        st.sets(st.integers(1, 30), max_size=6).map(sorted),
        st.integers(0, 30),
        st.none() | st.integers(1, 31),
    )
    def test_last_or_none(
        self, numbers: list[int], permanent: int, wanted: int | None
    ) -> None:
        """It gives the last one, asked for by number or not; else it says why."""
        if numbers and wanted in (None, numbers[-1]):
            self.assertEqual(to_undo(numbers, permanent, wanted), numbers[-1])
        else:
            with self.assertRaises(NotReleased):
                to_undo(numbers, permanent, wanted)

    def test_words(self) -> None:
        """A refusal names what can be done."""
        for numbers, permanent, wanted, words in (
            ([3, 4, 5], 2, 3, "release 3: undo 5, 4 first"),
            ([3, 4], 2, 9, "release 9 is not in force; 4 can be undone"),
            ([], 2, None, "release 2 is permanent"),
            ([], 2, 2, "release 2 is permanent"),
            ([], 0, None, "there is no release since the server started; nothing"),
            ([], 2, 1, "release 1 is not in force; nothing"),
        ):
            with self.assertRaises(NotReleased) as caught:
                to_undo(numbers, permanent, wanted)
            self.assertIn(words, caught.exception.text)

    def test_undone_already(self) -> None:
        """One that was undone already is called so."""
        for numbers, wanted, words in (
            ([], None, "no release is in force: release 1 is undone already; nothing"),
            ([], 1, "release 1 is undone already; nothing can be undone"),
            ([], 3, "release 3 is not in force; nothing can be undone"),
            ([4], 1, "release 1 is undone already; 4 can be undone"),
        ):
            with self.assertRaises(NotReleased) as caught:
                to_undo(numbers, 0, wanted, [2, 1])
            self.assertIn(words, caught.exception.text)
