"""What the plan says, of values that raise whatever they are asked."""

from __future__ import annotations

from threading import Lock

from twisted.trial.unittest import SynchronousTestCase

from gameserver.reload.outline import outline
from gameserver.reload.record import initial_of
from gameserver.reload.verdict import Verdict
from tests.reload.game import desk_for, notes, text_of


class Evil:
    """Raises when asked for its class, or compared."""

    @property
    def __class__(self):
        raise LookupError

    def __eq__(self, other):
        raise LookupError

    __hash__ = object.__hash__


class KeptTests(SynchronousTestCase):
    """A value that stays is told if somebody may have expected another."""

    def notes(self, live, staged, *, now="a = 1"):
        desk = desk_for(now)
        desk.before = outline(text_of("a = 1"))
        desk.decided("a", Verdict.KEEP, live, staged)
        return notes(desk)

    def test_untouched(self):
        """Neither text nor value changed: no entry, though it was made again."""
        for make in (dict, object, Lock, lambda: [1, {}]):
            self.assertEqual(self.notes(make(), make()), [])

    def test_changed_at_run_time(self):
        """A value that play changed is told."""
        self.assertEqual(self.notes({"bob": 1}, {}), [("kept", "a", "")])

    def test_changed_text(self):
        """So is one that the text makes in other words."""
        self.assertEqual(self.notes({}, {}, now="a = dict()"), [("kept", "a", "")])


class EvilTests(SynchronousTestCase):
    def test_decided(self):
        """A value that lies about its class is kept, and said to be."""
        desk = desk_for("evil = Evil(2)")
        desk.before = outline(text_of("evil = Evil()"))
        desk.decided("evil", Verdict.KEEP, Evil(), Evil())
        self.assertEqual(notes(desk), [("kept", "evil", "")])

    def test_defaults(self):
        """Defaults are compared as values are, by no code of theirs."""

        class Plain:
            __ne__ = __eq__ = lambda self, other: 1 / 0
            __hash__ = None  # type: ignore[assignment] # no value to compare by

        def made(one):
            def function(x=one):
                pass

            return function

        desk = desk_for()
        desk.patched("f", made(Plain()), made(Plain()), initial_of(made(Plain())))
        self.assertEqual(notes(desk), [])
        desk.patched("f", made(1), made(2), initial_of(made(1)))
        self.assertEqual(notes(desk), [("patched", "f", "defaults")])
