"""The life of one login, in whatever order things happen."""

from __future__ import annotations

from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.model.presence import TABLE, Act, Event, Presence
from tests.model.laws import law

ends = st.lists(st.just(Event.END), max_size=3)


@st.composite
def lives(draw) -> list[Event]:
    """Draw what can happen: END at any time; the others once each, in order."""
    steps = draw(st.sampled_from([[], [Event.ADMIT], [Event.ADMIT, Event.ATTACHED]]))
    life = draw(ends) if not steps else []
    for step in steps:
        life += [step, *draw(ends)]
    return life


def lived(life: list[Event]) -> tuple[Presence, list[Act]]:
    """Walk the table, and give where it ends and every act that is one."""
    presence, acts = Presence.NEW, []
    for event in life:
        presence, act = TABLE[presence, event]
        acts.append(act)
    return presence, [act for act in acts if act is not Act.NOTHING]


class PresenceTests(SynchronousTestCase):
    """Laws of the table."""

    @law(lives())
    def test_detached_exactly_once(self, life):
        """One DETACH if ATTACHED and END both happened, else none."""
        _, acts = lived(life)
        is_over = Event.ATTACHED in life and Event.END in life
        self.assertEqual(acts.count(Act.DETACH), int(is_over))

    @law(lives())
    def test_attached_exactly_once(self, life):
        """One ATTACH for an ADMIT, and it comes before any DETACH."""
        _, acts = lived(life)
        self.assertEqual(acts.count(Act.ATTACH), life.count(Event.ADMIT))
        self.assertEqual(acts, [Act.ATTACH, Act.DETACH][: len(acts)])

    @law(lives())
    def test_whoever_ended_is_gone(self, life):
        """A login that ended is gone as soon as ``attached`` is not at work."""
        presence, _ = lived(life)
        is_at_work = life.count(Event.ADMIT) > life.count(Event.ATTACHED)
        if Event.END in life:
            expected = Presence.LEAVING if is_at_work else Presence.GONE
            self.assertIs(presence, expected)

    @law(lives(), ends)
    def test_ending_again_changes_nothing(self, life, more):
        """After an END, further ones act no more."""
        ended = [*life, Event.END]
        self.assertEqual(lived([*ended, *more]), lived(ended))

    def test_nobody_is_admitted_twice(self):
        """What cannot happen is not in the table, so a bug of ours is loud."""
        for presence in Presence:
            if presence is not Presence.NEW:
                self.assertNotIn((presence, Event.ADMIT), TABLE)
        self.assertNotIn((Presence.PRESENT, Event.ATTACHED), TABLE)
        self.assertNotIn((Presence.GONE, Event.ATTACHED), TABLE)

    def test_end_is_always_possible(self):
        """A login can end in every state, and every state is reached."""
        for presence in Presence:
            self.assertIn((presence, Event.END), TABLE)
        reached = {state for state, _ in TABLE.values()} | {Presence.NEW}
        self.assertEqual(reached, set(Presence))
