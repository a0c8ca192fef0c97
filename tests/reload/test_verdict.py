"""The three-way merge of one name."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.reload.outline import Binding
from gameserver.reload.same import Comparison
from gameserver.reload.verdict import MISSING, Verdict, is_descriptor, verdict

COMPARISON = Comparison(lambda one, other: one is other)
CALL = Binding(1, "x = f()")
OTHER_CALL = Binding(1, "x = g()")
ALIAS = Binding(1, "x = y", is_reference=True)
NUMBERS = st.sampled_from([1, 2, 3, MISSING])


class Thing:
    """One of a kind."""


class Field:
    """A descriptor, each equal to itself alone."""

    def __get__(self, subject, owner=None):
        return self


def decide(initial, live, staged, old=CALL, new=CALL):
    return verdict(COMPARISON, initial, live, staged, old, new)


class PlainTests(SynchronousTestCase):
    def test_unchanged(self):
        """Unchanged in the text: the live value stays."""
        self.assertIs(decide(1, 1, 1), Verdict.KEEP)
        self.assertIs(decide(1, 2, 1), Verdict.KEEP)

    def test_changed(self):
        """Changed in the text and untouched at run time: the new one."""
        self.assertIs(decide(1, 1, 2), Verdict.TAKE)

    def test_both(self):
        """Changed in both: a conflict, unless both made it the same object."""
        self.assertIs(decide(1, 3, 2), Verdict.CONFLICT)
        self.assertIs(decide([1], [1, 2], [2]), Verdict.CONFLICT)
        now = [2]
        self.assertIs(decide([1], now, now), Verdict.KEEP)

    def test_added(self):
        """New in the text: added; if somebody injected the same already, kept."""
        self.assertIs(decide(MISSING, MISSING, 1), Verdict.ADD)
        self.assertIs(decide(MISSING, 1, 1), Verdict.KEEP)
        self.assertIs(decide(MISSING, 2, 1), Verdict.CONFLICT)

    def test_removed(self):
        """Gone from the text: removed, if it is there still."""
        self.assertIs(decide(1, 1, MISSING), Verdict.REMOVE)
        self.assertIs(decide(1, 2, MISSING), Verdict.REMOVE)
        self.assertIs(decide(1, MISSING, MISSING), Verdict.KEEP)

    def test_deleted(self):
        """Deleted at run time: stays so, a conflict if the text changed."""
        self.assertIs(decide(1, MISSING, 1), Verdict.KEEP)
        self.assertIs(decide(1, MISSING, 2), Verdict.CONFLICT)

    @given(NUMBERS, NUMBERS)
    def test_no_change(self, initial, live):
        """A text that makes the same again changes nothing."""
        if initial is MISSING:
            return
        self.assertIs(decide(initial, live, initial), Verdict.KEEP)

    @given(NUMBERS, NUMBERS)
    def test_untouched(self, initial, staged):
        """A value nobody touched becomes what the new text makes."""
        found = decide(initial, initial, staged)
        after = {
            Verdict.KEEP: initial,
            Verdict.TAKE: staged,
            Verdict.ADD: staged,
            Verdict.REMOVE: MISSING,
        }
        self.assertEqual(after[found], staged)


class OneOfAKindTests(SynchronousTestCase):
    def test_unchanged(self):
        """Made by the same words: the live one stays, whatever it is by now."""
        self.assertIs(decide(Thing(), Thing(), Thing()), Verdict.KEEP)
        self.assertIs(decide(Thing(), Thing(), Thing(), None, CALL), Verdict.KEEP)
        self.assertIs(decide(Thing(), Thing(), Thing(), CALL, None), Verdict.KEEP)

    def test_other_words(self):
        """Made by other words: a conflict, for the live one is never given up."""
        one = Thing()
        self.assertIs(decide(one, one, Thing(), CALL, OTHER_CALL), Verdict.CONFLICT)

    def test_other_type(self):
        """Of another type: a conflict, too."""
        one = Thing()
        self.assertIs(decide(one, one, object()), Verdict.CONFLICT)

    def test_reference(self):
        """Another name's object: follows that name."""
        one, other = Thing(), Thing()
        self.assertIs(decide(one, one, other, ALIAS, ALIAS), Verdict.TAKE)
        self.assertIs(decide(one, Thing(), one, ALIAS, ALIAS), Verdict.KEEP)
        self.assertIs(decide(one, Thing(), other, ALIAS, ALIAS), Verdict.CONFLICT)

    def test_descriptor(self):
        """A descriptor is definition, not state: the new one, if nobody touched it."""
        one = Field()
        self.assertIs(decide(one, one, Field(), CALL, OTHER_CALL), Verdict.TAKE)
        self.assertIs(decide(one, Field(), Field(), CALL, OTHER_CALL), Verdict.CONFLICT)

    def test_is_descriptor(self):
        """What acts for its class is a descriptor; an instance is none."""
        self.assertTrue(is_descriptor(Field()))
        self.assertFalse(is_descriptor(Thing()))
