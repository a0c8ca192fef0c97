"""Names that turn into something of another kind, or move to another module."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.reload.game import Game

KINDS = {
    "function": "def X(): return 'function'\n",
    "lambda": "X = lambda: 'lambda'\n",
    "class": "class X:\n  said = 'class'\n",
    "value": "X = 'value'\n",
    "table": "X = {'said': 'table'}\n",
    "closure": "def _mk():\n  s = 'closure'\n  return lambda: s\nX = _mk()\n",
    "decorated": (
        "import functools\ndef _d(f):\n  @functools.wraps(f)\n"
        "  def inner(): return f()\n  return inner\n@_d\ndef X(): return 'decorated'\n"
    ),
    "cached": "import functools\n@functools.cache\ndef X(): return 'cached'\n",
    "partial": "import functools\nX = functools.partial(str, 'partial')\n",
}
MEMBERS = {
    "method": "def x(self): return 'method'",
    "property": "x = property(lambda self: 'property')",
    "staticmethod": "x = staticmethod(lambda: 'staticmethod')",
    "classmethod": "x = classmethod(lambda cls: 'classmethod')",
    "attribute": "x = 'attribute'",
    "cached property": (
        "import functools\n  x = functools.cached_property(lambda s: 'cached property')"
    ),
}


def said(value):
    """Ask a value of whatever kind what it is."""
    if isinstance(value, dict):
        return value["said"]
    return value if isinstance(value, str) else getattr(value, "said", None) or value()


class TurnTests(SynchronousTestCase):
    def test_names(self):
        """A module's name turns from any kind into any other, and back by undo."""
        for old, text in KINDS.items():
            for new, changed in KINDS.items():
                game = Game(self, m=text, n="from ROOT.m import X\n")
                before = game.m.X
                release = game.release(m=changed)
                found = said(game.m.X), said(game.n.X)
                self.assertEqual(found, (new, new), (old, new))
                release.undo()
                found = said(game.m.X), said(game.n.X), game.m.X is before
                self.assertEqual(found, (old, old, True), (old, new))

    def test_held(self):
        """Who holds a function that turns into another callable calls that."""
        callable_kinds = {"function", "decorated", "cached", "partial", "class"}
        for new in callable_kinds:
            game = Game(self, m=KINDS["function"])
            held = game.m.X
            game.release(m=KINDS[new])
            result = held()
            self.assertEqual(getattr(result, "said", result), new)

    def test_members(self):
        """A member of a class does so alike, for instances that live."""
        for old, text in MEMBERS.items():
            for new, changed in MEMBERS.items():
                game = Game(self, m=f"class C:\n  {text}\n")
                subject = game.m.C()
                release = game.release(m=f"class C:\n  {changed}\n")
                self.assertEqual(said(subject.x), new, (old, new))
                release.undo()
                vars(subject).clear()  # what a cached property has kept
                self.assertEqual(said(subject.x), old, (old, new))

    def test_moved(self):
        """What moves to another module is that module's, where it is imported too."""
        for one in (
            "class C:\n  def f(self=0): return {}\n",
            "def C(n=0): return {}\n",
        ):
            game = Game(self, a=one.format(1), b="X = 1\n", c="from ROOT.a import C\n")
            before = game.a.C
            moved = {"a": "from ROOT.b import C\n", "b": "X = 1\n" + one.format(2)}
            release = game.release(**moved)
            self.assertIs(game.a.C, game.b.C)
            self.assertIs(game.c.C, game.b.C)
            release.undo()
            self.assertIs(game.a.C, before)
            self.assertIs(game.c.C, before)
            self.assertFalse(hasattr(game.b, "C"))

    def test_condition(self):
        """Which branch defines a name may change."""
        text = "if {}:\n  def f(): return 1\nelse:\n  def f(): return 2\n"
        game = Game(self, m=text.format(True))
        held = game.m.f
        release = game.release(m=text.format(False))
        self.assertEqual((held(), game.m.f()), (2, 2))
        release.undo()
        self.assertEqual((held(), game.m.f()), (1, 1))

    def test_read_only_table(self):
        """A read-only view, or a named tuple, of functions holds the live ones."""
        text = (
            "from types import MappingProxyType\nfrom typing import NamedTuple\n"
            "class Row(NamedTuple):\n  f: object\n  n: int\n"
            "def f(): return {0}\nV = MappingProxyType({{'f': f, 'n': {0}}})\n"
            "R = Row(f, {0})\n"
        )
        game = Game(self, m=text.format(1))
        function = game.m.f
        game.release(m=text.format(2))
        self.assertEqual((game.m.V["f"], game.m.V["n"]), (function, 2))
        self.assertEqual(game.m.R, game.m.Row(function, 2))
