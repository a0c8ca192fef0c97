"""What the plan says, of values that raise whatever they are asked."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gameserver.reload.verdict import Verdict
from tests.reload.game import desk_for, notes


class Evil:
    """Raises when asked for its class, or compared."""

    @property
    def __class__(self):
        raise LookupError

    def __eq__(self, other):
        raise LookupError

    __hash__ = object.__hash__


class EvilTests(SynchronousTestCase):
    def test_decided(self):
        """A value that lies about its class is kept, and said to be."""
        desk = desk_for("evil = Evil()")
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
        desk.patched("f", made(Plain()), made(Plain()))
        self.assertEqual(notes(desk), [])
        desk.patched("f", made(1), made(2))
        self.assertEqual(notes(desk), [("patched", "f", "defaults")])
