"""Modules that imported a name whose object changes."""

from __future__ import annotations

import sys
from types import ModuleType

from twisted.trial.unittest import SynchronousTestCase

from tests.reload.game import Game

RULES = "limit = 1000\n"
NEW = "limit = 2000\n"
OPTIONS = "class B:\n  def __init_subclass__(cls, n): pass\n"
OWN = "from ROOT.rules import *\nlimit = None\n"


class FollowTests(SynchronousTestCase):
    def follows(self, importer, name, *, rules=RULES, new=NEW, **more):
        game = Game(self, rules=rules, importer=importer, **more)
        release = game.release(rules=new)
        after = getattr(game.importer, name)
        release.undo()
        self.assertEqual(getattr(game.importer, name), 1000)
        return after

    def test_name(self):
        """A from-import follows, and goes back."""
        self.assertEqual(self.follows("from ROOT.rules import limit", "limit"), 2000)

    def test_alias(self):
        """So does one under another name."""
        found = self.follows("from ROOT.rules import limit as most", "most")
        self.assertEqual(found, 2000)

    def test_star(self):
        """So does a star import."""
        self.assertEqual(self.follows("from ROOT.rules import *", "limit"), 2000)

    def test_star_private(self):
        """A star import does not bring private names, unless they are exported."""
        game = Game(self, rules="_limit = 1000", importer="from ROOT.rules import *")
        game.importer._limit = game.rules._limit
        game.release(rules="_limit = 2000")
        self.assertEqual(game.importer._limit, 1000)

    def test_exported(self):
        """A private name in ``__all__`` follows."""
        text = "_limit = {}\n__all__ = ['_limit']"
        found = self.follows(
            "from ROOT.rules import *", "_limit",
            rules=text.format(1000), new=text.format(2000),
        )  # fmt: skip
        self.assertEqual(found, 2000)

    def test_own(self):
        """A name that the importer binds itself after a star import is its own."""
        game = Game(self, rules="limit = None", importer=OWN)
        game.release(rules=NEW)
        self.assertIsNone(game.importer.limit)

    def test_chain(self):
        """What is imported from an importer follows, too."""
        found = self.follows(
            "from ROOT.middle import limit", "limit",
            middle="from ROOT.rules import limit",
        )  # fmt: skip
        self.assertEqual(found, 2000)

    def test_circle(self):
        """Importers that import from one another end somewhere."""
        game = Game(self, rules=RULES)
        game.put(
            a="from ROOT.rules import limit\nfrom ROOT import b",
            b="from ROOT.a import limit",
        )
        game.load("a")
        game.put(a="from ROOT.rules import limit\nfrom ROOT.b import limit")
        game.engine.release([game.full("a")])
        game.release(rules=NEW)
        self.assertEqual((game.a.limit, game.b.limit), (2000, 2000))

    def test_rebound(self):
        """A name that was rebound at run time stays."""
        game = Game(self, rules=RULES, importer="from ROOT.rules import limit")
        game.importer.limit = 5
        game.release(rules=NEW)
        self.assertEqual(game.importer.limit, 5)

    def test_in_plan(self):
        """An importer whose text changes as well is merged, once."""
        game = Game(self, rules=RULES, importer="from ROOT.rules import limit")
        game.release(rules=NEW, importer="from ROOT.rules import limit\nx = limit")
        self.assertEqual((game.importer.limit, game.importer.x), (2000, 2000))

    def test_elsewhere(self):
        """Nobody else's names are touched, for a number."""
        game = Game(self, rules=RULES)
        foreign = self.foreign(game)
        foreign.limit = game.rules.limit
        game.release(rules=NEW)
        self.assertEqual(foreign.limit, 1000)

    def foreign(self, game):
        name = f"foreign_{game.root}"
        foreign = sys.modules[name] = ModuleType(name)
        self.addCleanup(sys.modules.pop, name)
        return foreign

    def test_foreign(self):
        """A module that is not the game's follows functions and classes."""
        game = Game(self, rules="def limit(): return 1")
        foreign = self.foreign(game)
        foreign.limit = game.rules.limit
        sys.modules[f"{foreign.__name__}.none"] = None
        self.addCleanup(sys.modules.pop, f"{foreign.__name__}.none")
        game.release(rules="class limit: pass")
        self.assertIs(foreign.limit, game.rules.limit)


class StaleTests(SynchronousTestCase):
    def stale(self, importer):
        game = Game(self, rules=RULES, importer=importer)
        game.put(rules=NEW)
        return [(one.name, one.line, one.why) for one in game.engine.plan().stale]

    def test_used(self):
        """What an importer made of the value is named, with its line."""
        ((name, line, why),) = self.stale(
            "\nfrom ROOT.rules import limit\nx = limit * 2"
        )
        self.assertEqual((name, line), ("x", 3))
        self.assertRegex(why, r"^made from \w+\.rules\.limit$")

    def test_each(self):
        """Each name that was made of it is an entry: members and functions, too."""
        found = self.stale(
            "from ROOT.rules import limit\nx = limit * 2\ndef f(x=limit): pass\n"
            "class C:\n  k = limit\n  k += limit\n"
        )
        self.assertEqual([one[:2] for one in found], [("x", 2), ("f", 3), ("C.k", 5)])

    def test_nothing_bound(self):
        """Of a statement that binds nothing the name it used is told, line by line."""
        found = self.stale("from ROOT.rules import limit\nprint(limit)\nstr(limit)")
        self.assertEqual([one[:2] for one in found], [("limit", 2), ("limit", 3)])
        self.assertRegex(found[0][2], r"^used \w+\.rules\.limit when it was loaded$")

    def test_two_sources(self):
        """A name made of two values that change is told once, with both."""
        game = Game(
            self, rules="a = 1\nb = 2",
            importer="from ROOT.rules import a, b\nx = a + b",
        )  # fmt: skip
        game.put(rules="a = 3\nb = 4")
        (found,) = game.engine.plan().stale
        why = f"made from {game.full('rules')}.a, {game.full('rules')}.b"
        self.assertEqual((found.name, found.why), ("x", why))

    def test_ways(self):
        """A default, a class's member or option are such uses."""
        for use in (
            "def f(x=limit): pass",
            "f = lambda x=limit: x",
            "class C: x = limit",
            f"{OPTIONS}class C(B, n=limit): pass",
        ):
            self.assertEqual(len(self.stale(f"from ROOT.rules import limit\n{use}")), 1)

    def test_unused(self):
        """One that reads it when it is called is not stale."""
        found = self.stale("from ROOT.rules import limit\ndef f(): return limit")
        self.assertEqual(found, [])


class RemovedTests(SynchronousTestCase):
    """Modules that import a removed one."""

    def plan(self, text, **more):
        self.game = Game(self, rules=RULES, **more, importer=text)
        del self.game.texts[self.game.full("rules")]
        return self.game.engine.plan()

    def stale(self, text):
        plan = self.plan(text)
        self.assertEqual(plan.refused, [])
        return [(one.name, one.line, one.why) for one in plan.stale]

    def test_in_function(self):
        """An import in a function is no reason to refuse; the plan names it."""
        for text, name, line in (
            ("def f():\n  from ROOT import rules", "f", 2),
            ("def f():\n  import ROOT.rules", "f", 2),
            ("def f():\n  if f:\n    from .rules import limit", "f", 3),
            ("async def f():\n  def g():\n    import ROOT.rules as r", "f", 3),
            ("class C:\n  class D:\n    def f(self): import ROOT.rules", "C.D.f", 3),
            ("if 1:\n  def f(): import ROOT.rules", "f", 2),
        ):
            found = self.stale(text)
            why = f"imports {self.game.full('rules')} in {name}(), which is gone"
            self.assertEqual(found, [(name, line, why)])

    def test_committed(self):
        """The release that was carried out says so, too."""
        plan = self.plan("def f():\n  from ROOT import rules")
        self.assertEqual(len(self.game.engine.commit(plan).plan.stale), 1)

    def test_new_text(self):
        """Of a module that changes as well, the new text counts."""
        game = Game(self, rules=RULES, a="x = 1", b="def f(): import ROOT.rules")
        game.put(a="def f(): import ROOT.rules", b="def f(): pass")
        del game.texts[game.full("rules")]
        stale = game.engine.plan().stale
        self.assertEqual([one.module for one in stale], [game.full("a")])

    def test_at_once(self):
        """An import that runs with the text refuses, with its line."""
        plan = self.plan("\nfrom ROOT import rules")
        self.assertEqual(plan.error.place, f"{self.game.file('importer')}:2")

    def test_at_once_in_new_text(self):
        """So does one in a text that changes as well."""
        game = Game(self, rules=RULES, a="x = 1")
        game.put(a="x = 2\nfrom ROOT import rules")
        del game.texts[game.full("rules")]
        plan = game.engine.plan()
        self.assertEqual(plan.error.place, f"{game.file('a')}:2")

    def test_in_both(self):
        """Who imports it at once and in a function is refused for the first."""
        plan = self.plan("import ROOT.rules\ndef f(): import ROOT.rules")
        self.assertEqual(plan.error.place, f"{self.game.file('importer')}:1")
