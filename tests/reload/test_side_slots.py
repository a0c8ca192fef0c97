"""Slots beside the instances: with a step, and above a subclass that has a dict."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.reload.game import Game

KNOWN = "from gameserver.reload import Reloadable\n"
STEP = (
    "from gameserver import migration\n"
    "D.version = 2\n"
    "@migration(D, to=2)\n"
    "def up(state): return {**state, 'c': state['c'] + 1}\n"
)


class StepTests(SynchronousTestCase):
    def test_beside(self):
        """A step sees what lies beside an instance; what it leaves out is gone."""
        text = KNOWN + "class C(Reloadable):\n  __slots__ = ('a', 'b', 'c')\n"
        game = Game(self, m=text.replace(", 'b', 'c'", ","))
        one = game.m.C()
        one.a = 1
        game.release(m=text)
        one.b, one.c = 2, 3
        release = game.release(
            m="from gameserver import migration\n"
            + text
            + "  version = 2\n@migration(C, to=2)\n"
            + "def up(state): return {'a': state['a'], 'b': state['b'] + 5}\n"
        )
        self.assertEqual((one.a, one.b, hasattr(one, "c")), (1, 7, False))
        release.undo()
        self.assertEqual((one.a, one.b, one.c), (1, 2, 3))


class DictTests(SynchronousTestCase):
    """A subclass without ``__slots__``: its instances have a dict as well."""

    CLASSES = (
        "class C:\n  __slots__ = ({}, '__weakref__')\n"
        "  def __init__(self): {}\nclass D(C): pass\n"
    )
    BEFORE = CLASSES.format("'a'", "self.a = 1") + "x = D()\n"
    AFTER = CLASSES.format("'a', 'c'", "self.a = 1; self.c = 0") + "x = D()\n"

    def test_read(self):
        """An instance has the new slot's value in its dict, and reads it there."""
        game = Game(self, m=self.BEFORE)
        x = game.m.x
        game.release(m=self.AFTER)
        self.assertEqual((game.m.x, x.c, vars(x)), (x, 0, {"c": 0}))
        x.c = 5
        self.assertEqual((x.c, vars(x), game.m.D().c), (5, {"c": 5}, 0))
        del x.c
        self.assertFalse(hasattr(x, "c"))
        self.assertRaises(AttributeError, delattr, x, "c")

    def test_undone(self):
        """Undo takes the slot away and the value that the release gave."""
        game = Game(self, m=self.BEFORE)
        game.release(m=self.AFTER).undo()
        self.assertFalse(hasattr(game.m.x, "c"))
        self.assertEqual((vars(game.m.x), game.m.x.a), ({}, 1))

    def test_followed(self):
        """The text's next change of that field reaches the instance."""
        game = Game(self, m=self.BEFORE)
        game.release(m=self.AFTER)
        release = game.release(m=self.AFTER.replace("self.c = 0", "self.c = 7"))
        self.assertEqual((game.m.x.c, vars(game.m.x)), (7, {"c": 7}))
        release.undo()
        self.assertEqual(game.m.x.c, 0)

    def test_touched(self):
        """A value of play stays when the text has another."""
        game = Game(self, m=self.BEFORE)
        game.release(m=self.AFTER)
        game.m.x.c = 5
        game.release(m=self.AFTER.replace("self.c = 0", "self.c = 7"))
        self.assertEqual((game.m.x.c, game.m.D().c), (5, 7))

    def test_over_a_field(self):
        """A field that the instance had in its dict already stays readable."""
        game = Game(self, m=self.BEFORE)
        game.m.x.c = 9
        game.release(m=self.AFTER)
        self.assertEqual(game.m.x.c, 9)

    def test_migrated(self):
        """A step sees the field, and what it gives is read."""
        game = Game(self, m=self.BEFORE)
        x = game.m.x
        game.release(m=self.AFTER)
        x.c = 5
        release = game.release(m=self.AFTER + STEP)
        self.assertEqual((x.c, x.a), (6, 1))
        release.undo()
        self.assertEqual((x.c, x.a), (5, 1))
