"""A module that ran a function when it was loaded is stale once that one changes."""

from __future__ import annotations

import sys
from typing import Any

from tests.reload.engines import ROOT, EngineCase

REG = """
COMMANDS = {}
def command(name):
    def deco(f):
        COMMANDS[name] = f
        return f
    return deco
def run(name):
    return COMMANDS[name]()
"""
NEW = """
COMMANDS = {}
def command(name):
    def deco(f):
        COMMANDS[name] = (f, 1)
        return f
    return deco
def run(name):
    f, cost = COMMANDS[name]
    return f(), cost
"""
USER = "from worlds.reg import command\n@command('hi')\ndef hi(): return 'hi'\n"


class StaleTests(EngineCase):
    """What the plan says."""

    def stale(self, old: str, new: str, user: str) -> list[tuple[str, int]]:
        """Load two modules, change the first; give who is stale, and the lines."""
        self.load(reg=old, user=user)
        self.write(reg=new)
        plan = self.engine.plan()
        return [(one.name, one.line) for one in plan.stale]

    def test_decorator(self) -> None:
        """A decorator that stores something else makes its users stale, once each."""
        more = USER + "@command('ho')\ndef ho(): return 'ho'\n"
        self.assertEqual(self.stale(REG, NEW, more), [("hi", 2)])

    def test_why(self) -> None:
        """The plan says what was run, and what to do."""
        self.load(reg=REG, user=USER)
        self.write(reg=NEW)
        (one,) = self.engine.plan().stale
        self.assertEqual(one.module, f"{ROOT}.user")
        self.assertIn(f"ran {ROOT}.reg.command when it was loaded", one.why)
        self.assertIn("name it in the release, too", one.why)

    def test_told_by_the_release(self) -> None:
        """The plan of a release says it, too."""
        self.load(reg=REG, user=USER)
        release = self.release(reg=NEW)
        self.assertEqual([one.name for one in release.plan.stale], ["hi"])

    def test_ways(self) -> None:
        """By way of the module, of an object, of a class, of a plain call."""
        old = "class Bot:\n  def on(self, f): return f\n  def __init__(self): pass\n"
        old += "bot = Bot()\ndef make(): return 1\n"
        new = old.replace("return f", "return [f][0]").replace("return 1", "return 2")
        new = new.replace("pass", "self.x = 1")
        for use, name in (
            ("import worlds.reg as r\n@r.bot.on\ndef f(): pass", "f"),
            ("from worlds.reg import bot\n@bot.on\ndef f(): pass", "f"),
            ("from worlds.reg import Bot\nmine = Bot()", "mine"),
            ("from worlds.reg import make\nX = [make() + 1]", "X"),
            ("from worlds.reg import make\nclass C:\n  x = make()", "x"),
        ):
            self.assertEqual([one for one, _ in self.stale(old, new, use)], [name], use)
            self.tearDownOnce()

    def tearDownOnce(self) -> None:
        """Forget the modules, for the next round of one test."""
        self.doCleanups()
        self.setUp()

    def test_what_it_calls(self) -> None:
        """So does a function that the decorator calls."""
        old = "def put(f): return f\ndef command(f): return put(f)\n"
        new = old.replace("return f\n", "return [f][0]\n")
        use = "from worlds.reg import command\n@command\ndef hi(): pass"
        self.assertEqual(self.stale(old, new, use), [("hi", 2)])

    def test_inner_function(self) -> None:
        """A wrapper that is called later follows by itself; nobody is stale."""
        old = "def log(f):\n  def inner(): return f()\n  return inner\n"
        use = "from worlds.reg import log\n@log\ndef hi(): pass"
        self.assertEqual(self.stale(old, old.replace("f()", "[f()]"), use), [])

    def test_only_named(self) -> None:
        """A function that is only named, or called in a function, has not been run."""
        use = "from worlds.reg import command\nX = [command]\ndef f(): command('a')\n"
        self.assertEqual(self.stale(REG, NEW, use), [])

    def test_unchanged(self) -> None:
        """A release that leaves the function alone makes nobody stale."""
        self.assertEqual(self.stale(REG, REG + "X = 1\n", USER), [])


class AgainTests(EngineCase):
    """A module that is named runs again."""

    def names(self, *names: str) -> list[str]:
        """Give full names."""
        return [f"{ROOT}.{one}" for one in names]

    def loaded(self) -> Any:
        """Load the two; give the registry's module."""
        self.load(reg=REG, user=USER)
        return sys.modules[f"{ROOT}.reg"]

    def test_together(self) -> None:
        """Named beside what it imports and has changed, its same text runs again."""
        reg = self.loaded()
        self.write(reg=NEW)
        self.engine.release(self.names("reg", "user"))
        self.assertEqual(reg.run("hi"), ("hi", 1))

    def test_afterwards(self) -> None:
        """Named after the release that made it stale, too; once is enough."""
        reg = self.loaded()
        self.release(reg=NEW)
        self.engine.release(self.names("user"))
        self.assertEqual(reg.run("hi"), ("hi", 1))
        self.assertTrue(self.engine.plan(self.names("user")).is_empty)

    def test_not_named(self) -> None:
        """A plan of all runs no text that is the same."""
        self.loaded()
        self.release(reg=NEW)
        self.assertTrue(self.engine.plan().is_empty)

    def test_not_stale(self) -> None:
        """Nor does one that names a module of which nothing is stale."""
        self.loaded()
        self.assertTrue(self.engine.plan(self.names("user", "reg")).is_empty)

    def test_undone(self) -> None:
        """An undo takes what the second run did."""
        reg = self.loaded()
        before = reg.COMMANDS["hi"]
        self.write(reg=NEW)
        release = self.engine.release(self.names("reg", "user"))
        release.undo()
        self.assertIs(reg.COMMANDS["hi"], before)
        self.assertEqual(reg.run("hi"), "hi")
