"""A registry of lists: a text's entry goes alone, the list with its last entry."""

from __future__ import annotations

import sys
from typing import Any

from tests.reload.engines import EngineCase

SETDEFAULT = """
HOOKS = {}
def hook(name):
    def enter(f):
        HOOKS.setdefault(name, []).append(f)
        return f
    return enter
"""
FACTORY = """
from collections import defaultdict
HOOKS = defaultdict(list)
def hook(name):
    def enter(f):
        HOOKS[name].append(f)
        return f
    return enter
"""
DICTS = """
HOOKS = {}
def hook(name):
    def enter(f):
        HOOKS.setdefault(name, {})[f.__module__] = f
        return f
    return enter
"""
SETS = """
HOOKS = {}
def hook(name):
    def enter(f):
        HOOKS.setdefault(name, {"all": set()})["all"].add(f)
        return f
    return enter
"""
ENTERED = """
from worlds.core import hook
@hook('tick')
def tick(): return '{0}'
"""
DROPPED = """
from worlds.core import hook
def idle(): return 1
"""


class NestedPutTests(EngineCase):
    """Entries in containers that are entries of a table themselves."""

    def hooks(self) -> Any:
        """Give the registry."""
        return sys.modules["worlds.core"].HOOKS

    def said(self) -> list[str]:
        """Give what the hooks of a tick say, those of run time left out."""
        found = self.hooks().get("tick", ())
        found = found.values() if type(found) is dict else found
        flat = [x for one in found for x in (one if type(one) is set else [one])]
        return sorted(one() for one in flat if one is not len)

    def test_others_stay(self):
        """The list stays, with the entries of other texts and of run time."""
        for core in (SETDEFAULT, FACTORY):
            self.setUp()
            self.load(core=core, a=ENTERED.format("a"), x=ENTERED.format("x"))
            there = self.hooks()["tick"]
            there.append(len)
            before = list(there)
            done = self.release(a=DROPPED)
            self.assertIs(self.hooks()["tick"], there)
            self.assertEqual(there, before[1:])
            done.undo()
            self.assertIs(self.hooks()["tick"], there)
            self.assertEqual(there, before)
            self.doCleanups()

    def test_last_one(self):
        """With its last entry the list goes, key and all, if this text made it."""
        for core in (SETDEFAULT, FACTORY, DICTS, SETS):
            self.setUp()
            self.load(core=core, a=ENTERED.format("a"))
            self.release(a=DROPPED)
            self.assertEqual(self.hooks(), {})
            self.doCleanups()

    def test_other_texts_list(self):
        """A list that another text made stays, be it empty."""
        self.load(core=SETDEFAULT, a=ENTERED.format("a"), x=ENTERED.format("x"))
        self.release(a=DROPPED)
        self.release(x=DROPPED)
        self.assertEqual(self.said(), [])

    def test_again_and_again(self):
        """Dropped, entered again, changed and dropped: once there, or not at all."""
        for core in (SETDEFAULT, FACTORY, DICTS, SETS):
            for x in (["x"], []):
                self.setUp()
                others = {one: ENTERED.format(one) for one in x}
                self.load(core=core, a=ENTERED.format("a"), **others)
                self.release(a=DROPPED)
                self.assertEqual(self.said(), x)
                self.release(a=ENTERED.format("a2"))
                self.assertEqual(self.said(), ["a2", *x])
                self.release(a=ENTERED.format("a3"))
                self.assertEqual(self.said(), ["a3", *x])
                self.release(a=DROPPED)
                self.assertEqual(self.said(), x)
                self.release(a=ENTERED.format("a4"))
                del self.texts["worlds.a"]
                self.engine.release()
                self.assertEqual(self.said(), x)
                self.doCleanups()

    def test_removed_module(self):
        """A removed module's entry goes, and its list if that is the last one."""
        for core in (SETDEFAULT, FACTORY, DICTS, SETS):
            self.setUp()
            self.load(core=core, a=ENTERED.format("a"))
            del self.texts["worlds.a"]
            self.engine.release()
            self.assertEqual(self.hooks(), {})
            self.doCleanups()

    def test_two_removed_modules(self):
        """Of two modules removed at once neither leaves its entry."""
        self.load(core=SETDEFAULT, a=ENTERED.format("a"), x=ENTERED.format("x"))
        self.hooks()["tick"].append(len)
        del self.texts["worlds.a"], self.texts["worlds.x"]
        self.engine.release()
        self.assertEqual(self.hooks(), {"tick": [len]})

    def test_renamed_file(self):
        """A file renamed in one release has its entry once: the new module's."""
        for core in (SETDEFAULT, FACTORY, DICTS, SETS):
            self.setUp()
            self.load(core=core, a=ENTERED.format("a"))
            before = self.said()
            del self.texts["worlds.a"]
            done = self.release(b=ENTERED.format("b"))
            self.assertEqual(self.said(), ["b"])
            done.undo()
            self.assertEqual(self.said(), before)
            self.engine.release()
            self.release(b=DROPPED)
            self.assertEqual(self.said(), [])
            self.doCleanups()

    def test_new_modules_entries(self):
        """Two modules that a release brings own an entry of one new list each."""
        self.load(core=SETDEFAULT)
        self.release(a=ENTERED.format("a"), x=ENTERED.format("x"))
        self.assertEqual(self.said(), ["a", "x"])
        self.release(a=DROPPED)
        self.assertEqual(self.said(), ["x"])
        self.release(x=DROPPED)
        self.assertEqual(self.said(), [])

    def test_assigned_list(self):
        """A list that a text enters as a whole stays the same, and goes with it."""
        text = (
            "from worlds.core import HOOKS\ndef f(): return {}\nHOOKS['tick'] = [f]\n"
        )
        self.load(core=SETDEFAULT, a=text.format(1))
        there = self.hooks()["tick"]
        self.release(a=text.format(2))
        self.assertEqual(self.said(), [2])
        self.assertIs(self.hooks()["tick"], there)
        self.release(a=DROPPED)
        self.assertEqual(self.hooks(), {})

    def test_entered_between_plan_and_commit(self):
        """What is entered in the list after the plan was made stays, with the list."""
        self.load(core=SETDEFAULT, a=ENTERED.format("a"))
        self.write(a=DROPPED)
        plan = self.engine.plan()
        self.hooks()["tick"].append(len)
        self.engine.commit(plan)
        self.assertEqual(self.hooks(), {"tick": [len]})

    def test_registry_that_refuses(self):
        """A registry that refuses a second entry keeps the entries of others."""
        core = SETDEFAULT.replace(
            "        HOOKS.setdefault",
            "        if any(one.__module__ == f.__module__"
            " for one in HOOKS.get(name, ())):\n"
            "            raise ValueError(name)\n"
            "        HOOKS.setdefault",
        )
        self.load(core=core, a=ENTERED.format("a"), x=ENTERED.format("x"))
        there = self.hooks()["tick"]
        self.release(a=ENTERED.format("a2"))
        self.assertEqual(self.said(), ["a2", "x"])
        self.assertIs(self.hooks()["tick"], there)
        self.release(x=DROPPED)
        self.release(a=ENTERED.format("a3"))
        self.assertEqual(self.said(), ["a3"])
        self.release(a=DROPPED)
        self.assertEqual(self.said(), [])
