"""A value that differs in each run of a text, though nobody has changed the text."""

from __future__ import annotations

import sys
from types import ModuleType

from twisted.trial.unittest import SynchronousTestCase

from gameserver.reload.derivation import World
from gameserver.reload.record import Record
from gameserver.reload.statements import statements
from gameserver.reload.trail import Effort, Untold
from tests.reload.game import Game, planned, text_of

CLOCK = "import itertools\nticks = itertools.count(1)\n"
"""A library, which no release changes; it never gives a number twice."""


class Case(SynchronousTestCase):
    def setUp(self):
        library = ModuleType("toy_clock")
        exec(CLOCK, vars(library))  # noqa: S102 - a text of this test
        library.now = lambda: next(library.ticks)
        sys.modules["toy_clock"] = library
        self.addCleanup(sys.modules.pop, "toy_clock")

    def game(self, **texts):
        return Game(self, **{n: f"import toy_clock\n{x}" for n, x in texts.items()})

    def after(self, before, after, name="X"):
        """Give what a name of ``m`` is before and after a release of a new text."""
        game = self.game(m=before)
        was = getattr(game.m, name)
        self.release = game.release(m=f"import toy_clock\n{after}")
        return was, getattr(game.m, name)

    def assert_stays(self, before, after):
        was, now = self.after(before, after)
        self.assertEqual(was, now, after)

    def assert_follows(self, before, after):
        was, now = self.after(before, after)
        self.assertNotEqual(was, now, after)


class StaysTests(Case):
    def test_time(self):
        """A name set to the time stays when another line changes; nothing is said."""
        self.assert_stays("X = toy_clock.now()\n", "X = toy_clock.now()\ny = 1\n")
        self.assertEqual(planned(self.release), [("added", "y")])

    def test_ways(self):
        """So it does in a table, a row, and when a function of the text makes it."""
        for words in (
            "X = {'at': toy_clock.now()}",
            "X = [toy_clock.now()]",
            "X, Y = toy_clock.now(), 1",
            "X: int = toy_clock.now()",
            "def f(): return toy_clock.now()\nX = f()",
            "class M:\n  def f(self): return toy_clock.now()\nX = M().f()",
            "from toy_clock import now\nX = now()",
            "A = toy_clock.now()\nX = A + 1",
            "import logging\nlog = logging.root.debug\nX = [log, toy_clock.now()]",
            "import decimal\nX = decimal.Decimal(toy_clock.now())",
            "def f(n: int = 1, *, k=2): return toy_clock.now()\nX = f()",
            "class M:\n  import json\n  at: int = 1\nX = [M, toy_clock.now()]",
            "if True:\n  def f(): return toy_clock.now()\nX = f()",
        ):
            self.assert_stays(words, f"{words}\ny = 1\n")

    def test_class_attribute(self):
        """An attribute of a class stays likewise, though methods change."""
        text = "class C:\n  at = toy_clock.now()\n  def f(self): return {}\nc = C()\n"
        game = self.game(m=text.format(1))
        was = game.m.C.at
        game.release(m="import toy_clock\n" + text.format(2))
        self.assertEqual((game.m.C.at, game.m.c.f()), (was, 2))

    def test_other_use(self):
        """To use a number, or what made it, elsewhere is no change of it."""
        made = "def f(): return toy_clock.now()\nX = f()\n"
        for more in ("Y = f()", "str(X)", "Y = [X]"):
            self.assert_stays(made, f"{made}{more}\n")

    def test_play(self):
        """What play has put in its place stays, and the plan says kept."""
        game = self.game(m="X = toy_clock.now()")
        game.m.X = -1
        release = game.release(m="import toy_clock\nX = toy_clock.now()\ny = 1")
        self.assertEqual(game.m.X, -1)
        self.assertIn(("kept", "X"), planned(release))

    def test_base(self):
        """What it was made as at first is what later releases compare it with."""
        text = "import toy_clock\nX = {}\ny = {}\n"
        game = self.game(m="X = toy_clock.now()")
        for n in range(3):
            game.release(m=text.format("toy_clock.now()", n))
        release = game.release(m=text.format("'new'", 9))
        self.assertEqual(game.m.X, "new")
        self.assertIn(("patched", "X"), planned(release))

    def test_held(self):
        """What the new text builds over a table that stays holds the live one."""
        text = "X = {'at': toy_clock.now()}\n"
        game = self.game(m=text)
        game.release(m=f"import toy_clock\n{text}Y = [X]\n")
        self.assertIs(game.m.Y[0], game.m.X)

    def test_undo(self):
        """An undo leaves it alone."""
        game = self.game(m="X = toy_clock.now()")
        was = game.m.X
        game.release(m="import toy_clock\nX = toy_clock.now()\ny = 1").undo()
        self.assertEqual(game.m.X, was)

    def test_library_function(self):
        """A library's function that the text replaces is kept under its own name."""
        library = sys.modules["toy_clock"]
        text = (
            "orig = toy_clock.now\ndef now(): return orig() * {}\ntoy_clock.now = now\n"
        )
        original, game = library.now, self.game(m=text.format(2))
        for n in (3, 4):
            game.release(m="import toy_clock\n" + text.format(n))
            self.assertIs(game.m.orig, original)


class FollowsTests(Case):
    def test_method_called_by_a_library(self):
        """Whoever gets an instance may call any method of it: all of them count."""
        row = (
            "class Row:\n  def keys(self): return {}\n  def __getitem__(self, k): {}\n"
        )
        row += "X = tuple(dict(Row()))\n"
        self.assert_follows(
            row.format("['a']", "return 1"), row.format("['b']", "return 1")
        )
        out = "seen = []\nclass Out:\n  def write(self, t): seen.append(t.{}())\n"
        out += "print('Hi', file=Out(), end='')\nX = seen[0]\n"
        self.assert_follows(out.format("upper"), out.format("lower"))

    def test_made_from(self):
        """What is made from a name, a function or a class that changes is made anew."""
        for words in (
            "LIMIT = {}\nX = LIMIT * 2",
            "LIMIT = {}\ndef f(): return LIMIT\nX = f()",
            "def f(): return {}\nX = f()",
            "def f(): return {}\ndef g(): return f()\nX = g()",
            "class M:\n  def f(self): return {}\nX = M().f()",
            "class M:\n  n = {}\nX = M.n",
            "class B:\n  def f(self): return {}\nclass M(B): pass\nX = M().f()",
            "if True:\n  LIMIT = {}\nX = LIMIT",
            "def f(n={}): return n\nX = f()",
        ):
            self.assert_follows(words.format(1), words.format(2))

    def test_called_by_a_library(self):
        """So is what a library makes by a method of a class derived from its own."""
        text = (
            "import ast\n"
            "class M(ast.NodeVisitor):\n"
            "  def visit_Pass(self, node): return {}\n"
            "X = M().visit(ast.Pass())\n"
        )
        self.assert_follows(text.format(1), text.format(2))

    def test_changed_in_place(self):
        """So is what is made from a table or an object that other lines change."""
        for words in (
            "T = []\nT.append({})\nX = sum(T)",
            "T = []\ndef put(n): T.append(n)\nput({})\nX = sum(T)",
            "T = []\ndef now(f): f()\n@now\ndef f(): T.append({})\nX = sum(T)",
            "class T: n = 0\nT.n = {}\nX = T.n",
            "class T:\n  n = 0\n  def f(self): T.n = {}\nT().f()\nX = T.n",
            "N = 0\ndef f():\n  global N\n  N = {}\nf()\nX = N",
            "def f(): return f.n\nf.n = {}\nX = f()",
        ):
            self.assert_follows(words.format(1), words.format(2))

    def test_order(self):
        """So is what numbers itself, if another number is given before it."""
        text = "import itertools\nids = itertools.count()\n{}X = next(ids)\n"
        self.assert_follows(text.format(""), text.format("A = next(ids)\n"))

    def test_cannot_be_told(self):
        """What cannot be told is made anew."""
        for words in (
            "X = eval('toy_clock.now()')",
            "globals().update(Z=1)\nX = toy_clock.now()",
            "X = 1\nX = toy_clock.now()",
            "for i in range(2): X = toy_clock.now()",
            "try: pass\nexcept ValueError as X: pass\nX = toy_clock.now()",
            "import inspect\ninspect.currentframe()\nX = toy_clock.now()",
        ):
            self.assert_follows(words, f"{words}\ny = 1\n")

    def test_class_attribute(self):
        """An attribute of a class follows what it is made from."""
        text = "LIMIT = {}\nclass C:\n  a = {}\n  k = a + LIMIT\nX = C.k\n"
        self.assert_follows(text.format(1, 1), text.format(2, 1))
        self.assert_follows(text.format(1, 1), text.format(1, 2))

    def test_class_bound_twice(self):
        """An attribute of a class that two statements bind is made anew."""
        text = "class C: pass\nclass C:\n  at = toy_clock.now()\nX = C.at\n"
        game = self.game(m=text)
        was = game.m.C.at
        game.release(m=f"import toy_clock\n{text}y = 1")
        self.assertNotEqual(game.m.C.at, was)

    def test_class_itself(self):
        """So is one of a class whose methods set attributes of the class."""
        text = "class C:\n  n = 0\n  @classmethod\n  def f(cls): cls.n = {}\nC.f()\n"
        self.assert_follows(f"{text.format(1)}X = C.n", f"{text.format(2)}X = C.n")


class ModulesTests(Case):
    WAYS = (
        "from ROOT import rules\nX = rules.LIMIT",
        "from ROOT.rules import LIMIT\nX = LIMIT",
        "import ROOT.rules as r\nX = r.LIMIT",
        "import ROOT.rules\nX = ROOT.rules.LIMIT",
        "from ROOT.rules import f\nX = f()",
        "from ROOT import rules\nX = getattr(rules, 'LIMIT')",
        "def g():\n  from ROOT.rules import LIMIT\n  return LIMIT\nX = g()",
        "from ROOT.rules import *\nX = f()",
        "from ROOT.far import f\nX = f()",
        "from ROOT.star import f\nX = f()",
    )
    RULES = "LIMIT = {}\ndef f(): return LIMIT\n"
    FAR = "from ROOT.rules import f\n"
    STAR = "from ROOT.rules import *\n"

    def texts(self, way, limit=1):
        rules = self.RULES.format(limit)
        return {"rules": rules, "far": self.FAR, "star": self.STAR, "m": way}

    def test_together(self):
        """It follows other modules of the release, however it is imported."""
        for way in self.WAYS:
            game = Game(self, **self.texts(way))
            texts = self.texts(f"{way}\ny = 1", 2)
            game.release(**{name: f"{one}\nz = 1" for name, one in texts.items()})
            self.assertEqual(game.m.X, 2, way)

    def test_one_after_the_other(self):
        """It follows what has changed since its text ran last."""
        for way in self.WAYS:
            game = Game(self, **self.texts(way))
            game.release(**self.texts(way, 2))
            self.assertEqual(game.m.X, 1, way)
            game.release(**self.texts(f"{way}\ny = 1", 2))
            self.assertEqual(game.m.X, 2, way)

    def test_entered_by_another(self):
        """It follows what another module of the release puts into a table."""
        rules, other = "T = []\n", "from ROOT.rules import T\nT.append({})\n"
        m = "import ROOT.other\nfrom ROOT.rules import T\nX = sum(T)\n"
        game = Game(self, rules=rules, other=other.format(1), m=m)
        game.release(rules=rules + "y = 1", other=other.format(2), m=m + "y = 1")
        self.assertEqual(game.m.X, 2)

    def test_other_lines(self):
        """It stays if other lines of the other module change."""
        rules = "import toy_clock\ndef f(): return toy_clock.now()\ny = {}\n"
        way = "from ROOT.rules import f\nX = f()\n"
        game = Game(self, rules=rules.format(1), m=way)
        was = game.m.X
        game.release(rules=rules.format(2), m=f"{way}y = 1")
        game.release(rules=rules.format(3))
        game.release(m=f"{way}y = 2")
        self.assertEqual(game.m.X, was)

    def test_new_module(self):
        """It follows a module that is new in the release."""
        way = "try:\n  from ROOT import more\nexcept ImportError:\n  more = None\n"
        way += "X = more and more.T\n"
        game = Game(self, m=way)
        game.release(m=f"{way}y = 1", more="T = [1]\nT.append(2)\n")
        self.assertEqual(game.m.X, [1, 2])

    def test_blind_in_another(self):
        """It is made anew if a function elsewhere does what cannot be told."""
        rules = "import toy_clock\ndef f(): return eval('toy_clock.now()')\n"
        way = "from ROOT.rules import f\nX = f()\n"
        game = Game(self, rules=rules, m=way)
        was = game.m.X
        game.release(m=f"{way}y = 1")
        self.assertNotEqual(game.m.X, was)


class EffortTests(SynchronousTestCase):
    def test_spent(self):
        """Beyond some effort the answer is that it cannot be told."""
        effort = Effort(1)
        effort.spend()
        self.assertRaises(Untold, effort.spend)

    def test_circle(self):
        """So it is where imports pass a name on in a circle."""
        texts = {
            "a": statements(text_of("from b import x\nX = x", "a")),
            "b": statements(text_of("from a import x", "b")),
        }
        world = World(texts.get, {}, lambda _: False, Effort())
        self.assertRaises(Untold, world.made, "a", "X")
        self.assertRaises(Untold, world.made, "not there", "X")


class FormerTextTests(SynchronousTestCase):
    def test_text_at(self):
        """A record knows the text of each moment; the oldest ones it forgets."""
        texts = [text_of(f"x = {n}") for n in range(12)]
        old = Record(ModuleType("m"), texts[0], None)
        moments = [old.ran]
        for text in texts[1:]:
            new = Record(ModuleType("m"), text, None)
            new.succeed(old, new.ran)
            moments.append(new.ran)
            old = new
        found = [old.text_at(one) for one in moments]
        self.assertEqual(found, [None] * 3 + texts[3:])
