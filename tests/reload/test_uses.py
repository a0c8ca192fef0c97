"""Uses of another module's names by way of the module."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.reload.game import Game

RULES = "limit = 1000\n"
NEW = "limit = 2000\n"
OPTIONS = "class B:\n  def __init_subclass__(cls, n): pass\n"


class DottedTests(SynchronousTestCase):
    """Uses of a name by way of its module."""

    def stale(self, importer, *, new=NEW, **more):
        game = Game(self, rules=RULES, **more, importer=importer)
        game.put(rules=new)
        plan = game.engine.plan()
        self.assertEqual(plan.refused, [])
        return [
            (one.name, one.line, one.why.replace(game.root, "ROOT"))
            for one in plan.stale
        ]

    def test_ways(self):
        """What runs with the text and reads the name is stale, with its line."""
        for use in (
            "E = rules.limit + 1",
            "@(lambda f, x=rules.limit: f)\ndef f(): pass",
            "@rules.limit.__ge__\ndef f(): pass",
            "def f(x=rules.limit): pass",
            "def f(*, x=rules.limit): pass",
            "f = lambda x=rules.limit: x",
            "class C: x = rules.limit",
            "class C:\n  def f(self, x=rules.limit): pass",
            f"{OPTIONS}class C(B, n=rules.limit): pass",
            "class C(type(rules.limit)): pass",
            "if rules.limit: x = 1",
            "x = [rules.limit for _ in 'a']",
            "def f(x: rules.limit): pass",
            "def f() -> rules.limit: pass",
            "x: rules.limit = 1",
            "match 5:\n  case rules.limit: pass",
            "match 5:\n  case x if rules.limit: pass",
            "try: pass\nexcept rules.limit: pass",
            "for x in range(rules.limit): pass",
            "with open(0, closefd=not rules.limit): pass",
        ):
            found = self.stale(f"from ROOT import rules\n{use}")
            self.assertEqual(len(found), 1, use)
            name, line, why = found[0]
            if name.startswith("rules.limit"):
                self.assertEqual(why, "used ROOT.rules.limit when it was loaded")
            else:
                self.assertIn(name, {"E", "f", "C", "C.x", "C.f", "x"})
                self.assertEqual(why, "made from ROOT.rules.limit")
            self.assertIn("rules.limit", use.splitlines()[line - 2])

    def test_imports(self):
        """The module may be named in any way."""
        for line, name in (
            ("import ROOT.rules", "ROOT.rules"),
            ("import ROOT.rules as r", "r"),
            ("from ROOT import rules as r", "r"),
            ("from . import rules", "rules"),
            (
                "if 0: from ROOT import no as r\nelse: import ROOT.rules as r",
                "r",
            ),
        ):
            self.assertEqual(len(self.stale(f"{line}\nE = {name}.limit")), 1, line)

    def test_functions(self):
        """A function reads the live value when it is called: it is not stale."""
        for use in (
            "def f(): return rules.limit",
            "f = lambda: rules.limit",
            "class C:\n  def f(self): return rules.limit",
            "def f(x=lambda: rules.limit): pass",
        ):
            self.assertEqual(self.stale(f"from ROOT import rules\n{use}"), [], use)

    def test_postponed(self):
        """Nor are annotations that are not evaluated."""
        head = "from __future__ import annotations\nfrom ROOT import rules\n"
        found = self.stale(f"{head}x: rules.limit = 1\ndef f(x: rules.limit): pass")
        self.assertEqual(found, [])

    def test_others(self):
        """Nor is who reads another name, or writes this one, or has its own."""
        for use in (
            "E = rules.__name__", "rules.limit = 1000", "rules = C()\nE = C().limit",
        ):  # fmt: skip
            text = f"from ROOT import rules\nclass C: limit = 1\n{use}"
            self.assertEqual(self.stale(text), [], use)

    def test_once(self):
        """A line is named once, however it reads the name."""
        found = self.stale("from ROOT import rules\nE = rules.limit * rules.limit")
        self.assertEqual(len(found), 1)

    def test_part(self):
        """What is made of an attribute of a from-import is made from that."""
        found = self.stale("from ROOT.rules import limit\nE = limit.real")
        self.assertEqual([one[:2] for one in found], [("E", 2)])

    def test_passed_on(self):
        """The name may come by way of a module that passes it on."""
        found = self.stale(
            "from ROOT import middle\nE = middle.limit",
            middle="from ROOT.rules import limit",
        )
        expected = ("E", 2, "made from ROOT.middle.limit")
        self.assertEqual(found, [expected])

    def test_gone(self):
        """A name that is gone leaves who used it unable to start again."""
        found = self.stale("from ROOT import rules\nE = rules.limit", new="x = 1")
        self.assertEqual(found, [("E", 2, "uses ROOT.rules.limit, which is gone")])

    def test_in_plan(self):
        """A module whose text runs again is not stale."""
        game = Game(self, rules=RULES, importer="from ROOT import rules")
        game.put(rules=NEW, importer="from ROOT import rules\nE = rules.limit")
        self.assertEqual(game.engine.plan().stale, [])
