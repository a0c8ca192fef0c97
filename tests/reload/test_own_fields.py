"""Fields of the objects that a module's text made follow the text, object by object."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.reload.game import Game

HEAD = "class Settings:\n    pass\nsettings = Settings()\n"
MADE = "class Settings:\n    def __init__(self, limit): self.limit = limit\n"
BOTH = "changed in the text and at run time; the live value stays"


class FieldCase(SynchronousTestCase):
    def change(self, old, new, poke=None):
        """Load a text, release the next; give the module and the plan's notes."""
        self.game = Game(self, m=old)
        if poke is not None:
            poke(self.game.m)
        self.object = getattr(self.game.m, "settings", None)
        self.done = self.game.release(m=new)
        notes = {one.name: (one.kind, one.why) for one in self.done.plan.entries}
        return self.game.m, notes


class SetTests(FieldCase):
    """Fields that statements of the text set."""

    def test_changed(self):
        """An untouched field has the new value, in the same object."""
        m, notes = self.change(HEAD + "settings.limit = 5", HEAD + "settings.limit = 7")
        self.assertIs(m.settings, self.object)
        self.assertEqual(m.settings.limit, 7)
        self.assertEqual(notes, {"settings.limit": ("patched", "")})

    def test_undone(self):
        """An undo gives it the old value again, and takes away what came."""
        m, _ = self.change(
            HEAD + "settings.a = 5", HEAD + "settings.a, settings.b = 7, 8"
        )
        self.assertEqual(vars(m.settings), {"a": 7, "b": 8})
        self.done.undo()
        self.assertEqual(vars(m.settings), {"a": 5})

    def test_again(self):
        """The next release takes this one's value for what the text had made."""
        m, _ = self.change(HEAD + "settings.a = 5", HEAD + "settings.a = 7")
        self.game.release(m=HEAD + "settings.a = 9")
        self.assertEqual(m.settings.a, 9)

    def test_touched(self):
        """One that changed at run time stays, and is a conflict; it stays one's own."""
        m, notes = self.change(
            HEAD + "settings.a = 5",
            HEAD + "settings.a = 7",
            lambda m: setattr(m.settings, "a", 6),
        )
        self.assertEqual(m.settings.a, 6)
        self.assertEqual(notes, {"settings.a": ("conflict", BOTH)})
        self.game.release(m=HEAD + "settings.a = 7\nX = 1")
        self.assertEqual(m.settings.a, 6)

    def test_same_text(self):
        """One whose text did not change stays as it is, and is no conflict."""
        m, notes = self.change(
            HEAD + "settings.a = 5",
            HEAD + "settings.a = 5\nX = 1",
            lambda m: setattr(m.settings, "a", 6),
        )
        self.assertEqual((m.settings.a, notes), (6, {"X": ("added", "")}))

    def test_dropped(self):
        """One that the text sets no more goes, unless it changed at run time."""
        old = HEAD + "settings.a = 1\nsettings.b = 2"
        m, notes = self.change(
            old, HEAD + "X = 1", lambda m: setattr(m.settings, "b", 3)
        )
        self.assertEqual(vars(m.settings), {"b": 3})
        self.assertEqual(
            (notes["settings.a"][0], notes["settings.b"][0]), ("removed", "conflict")
        )

    def test_injected(self):
        """What was put in at run time stays."""
        m, _ = self.change(
            HEAD + "settings.a = 1",
            HEAD + "settings.a = 2",
            lambda m: setattr(m.settings, "mine", 3),
        )
        self.assertEqual(vars(m.settings), {"a": 2, "mine": 3})

    def test_loop(self):
        """What a loop sets follows, too."""
        loop = "for n, v in {%s}.items(): setattr(settings, n, v)"
        m, _ = self.change(
            HEAD + loop % "'a': 1, 'b': 2", HEAD + loop % "'b': 3, 'c': 4"
        )
        self.assertEqual(vars(m.settings), {"b": 3, "c": 4})

    def test_constant(self):
        """So does what is computed from a constant."""
        text = "LIMIT = %d\n" + HEAD + "settings.limit = LIMIT * 2"
        m, _ = self.change(text % 1, text % 2)
        self.assertEqual(m.settings.limit, 4)

    def test_slots(self):
        """A slot is a field."""
        head = "class Settings:\n    __slots__ = ('a',)\nsettings = Settings()\n"
        m, _ = self.change(head + "settings.a = 1", head + "settings.a = 2")
        self.assertEqual(m.settings.a, 2)
        self.done.undo()
        self.assertEqual(m.settings.a, 1)

    def test_replaced_object(self):
        """An object that was put in the place of the text's own is left alone."""
        m, _ = self.change(
            HEAD + "settings.a = 1",
            HEAD + "settings.a = 2",
            lambda m: setattr(m, "settings", m.Settings()),
        )
        self.assertEqual(vars(m.settings), {})

    def test_of_another_module(self):
        """Objects of classes of another module are the text's own, too."""
        game = Game(self, kinds=MADE, m="from .kinds import Settings\ns = Settings(5)")
        live = game.m.s
        game.release(m="from .kinds import Settings\ns = Settings(7)")
        self.assertIs(game.m.s, live)
        self.assertEqual(live.limit, 7)


class MadeTests(FieldCase):
    """Fields that a constructor sets."""

    def test_argument(self):
        """An argument of the constructor that changes changes the field."""
        m, notes = self.change(
            MADE + "settings = Settings(limit=5)", MADE + "settings = Settings(limit=7)"
        )
        self.assertIs(m.settings, self.object)
        self.assertEqual(m.settings.limit, 7)
        self.assertEqual(notes["settings.limit"], ("patched", ""))

    def test_argument_touched(self):
        """One that changed at run time stays, and the plan names it."""
        m, notes = self.change(
            MADE + "settings = Settings(5)",
            MADE + "settings = Settings(7)",
            lambda m: setattr(m.settings, "limit", 6),
        )
        self.assertEqual(m.settings.limit, 6)
        self.assertEqual(notes["settings.limit"], ("conflict", BOTH))

    def test_plain_namespace(self):
        """A ``SimpleNamespace`` is one, too."""
        text = "from types import SimpleNamespace\nsettings = SimpleNamespace(a=%d)"
        m, _ = self.change(text % 1, text % 2)
        self.assertIs(m.settings, self.object)
        self.assertEqual(m.settings.a, 2)

    def test_nested(self):
        """Objects in fields stay, and their fields follow."""
        text = MADE + "settings = Settings(Settings(%d))"
        m, notes = self.change(text % 5, text % 7)
        inner = m.settings.limit
        self.assertEqual(inner.limit, 7)
        self.assertIn("settings.limit.limit", notes)
        self.game.release(m=text % 9)
        self.assertIs(m.settings.limit, inner)
        self.assertEqual(inner.limit, 9)

    def test_in_a_list(self):
        """Objects in a list in a field stay, and their fields follow."""
        text = MADE + "settings = Settings([Settings(%d), 1])"
        game = Game(self, m=text % 1)
        first = game.m.settings.limit[0]
        game.release(m=text % 2)
        self.assertIs(game.m.settings.limit[0], first)
        self.assertEqual(first.limit, 2)

    def test_longer_list(self):
        """Of a longer list nobody can tell which is which: a conflict."""
        text = MADE + "settings = Settings([%s])"
        m, notes = self.change(text % "Settings(1)", text % "Settings(0), Settings(1)")
        self.assertEqual([one.limit for one in m.settings.limit], [1])
        self.assertEqual(notes["settings.limit"][0], "conflict")

    def test_time(self):
        """What no word of the text explains stays: a time, a number, a token."""
        text = "import itertools\nN = itertools.count()\nclass S:\n"
        text += "  def __init__(self): self.t = next(N); self.limit = 5\n"
        text += "  def f(self): return %d\ns = S()\ns.limit = %d\n"
        game = Game(self, m=text % (1, 1))
        game.m.N.__next__()
        before = game.m.s.t
        game.release(m=text % (2, 2))
        self.assertEqual((game.m.s.t, game.m.s.limit), (before, 2))

    def test_unrelated(self):
        """A release that does not touch an object's words does not touch its fields."""
        text = "import time\nclass S:\n  def __init__(self, t): self.t = t\n"
        text += "s = S(time.perf_counter())\nX = %d\n"
        _, notes = self.change(text % 1, text % 2)
        self.assertEqual(notes, {"X": ("patched", "")})


class OthersTests(FieldCase):
    """Objects whose fields are the game's."""

    def test_known(self):
        """An instance of a class with a roll keeps its fields; the plan says so."""
        head = "from gameserver.reload import Reloadable\n"
        head += "class S(Reloadable): pass\nsettings = S()\n"
        m, notes = self.change(head + "settings.a = 1", head + "settings.a = 2")
        self.assertEqual(m.settings.a, 1)
        self.assertEqual(notes["settings.a"][0], "kept")

    def test_hook(self):
        """An instance with a hook is changed by its hook."""
        head = "class S:\n  def reloaded(self, old): pass\nsettings = S()\n"
        m, _ = self.change(head + "settings.a = 1", head + "settings.a = 2")
        self.assertEqual(m.settings.a, 1)
