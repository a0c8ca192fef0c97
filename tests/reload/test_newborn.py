"""Instances that new texts make of classes that live on."""

from __future__ import annotations

import gc

from twisted.trial.unittest import SynchronousTestCase

from gameserver.reload.instances import Reloadable, alive, count
from gameserver.reload.newborn import Newborn
from tests.reload.game import Game

KNOWN = "from gameserver.reload import Reloadable\nclass C(Reloadable):\n  x = {}\n"
PLAIN = "class C:\n  x = {}\n"
HOOK = "  def reloaded(self): self.count = getattr(self, 'count', 0) + 1\n"


class Thing(Reloadable):
    """Its instances are known."""


def unknown():
    """Make an instance that is on no roll."""
    return object.__new__(Thing)


class EnterTests(SynchronousTestCase):
    def entered(self, values, *made):
        newborn = Newborn()
        for one in made:
            newborn.add(one)
        newborn.enter(values)
        return [id(one) for one in alive(Thing)]

    def test_found(self):
        """Those in the values are entered, in containers and in one another too."""
        one, inner, double = unknown(), unknown(), unknown()
        one.held = {"a": [inner, inner]}
        found = self.entered([[one], [one]], one, inner, double)
        self.assertEqual(set(found), {id(one), id(inner)})

    def test_not_live(self):
        """Live objects are not looked into."""
        one, live = unknown(), Thing()
        live.held = one
        self.assertEqual(self.entered([live], one), [id(live)])

    def test_contains(self):
        """Whether an instance is new is told by what it is, not by equality."""
        newborn, one = Newborn(), [1]
        newborn.add(one)
        self.assertIn(one, newborn)
        self.assertNotIn([1], newborn)


class ReleaseTests(SynchronousTestCase):
    def test_known(self):
        """A singleton that comes with a release is known, and carried by the next."""
        game = Game(self, m=KNOWN.format(1))
        game.release(m=KNOWN.format(2) + "boss = C()\n")
        self.assertEqual([id(one) for one in alive(game.m.C)], [id(game.m.boss)])
        game.release(m=KNOWN.format(3) + HOOK + "boss = C()\n")
        self.assertEqual(game.m.boss.count, 1)

    def test_new_module(self):
        """So is one in a new module."""
        game = Game(self, m=KNOWN.format(1))
        game.release(m=KNOWN.format(2), n="from ROOT.m import C\nboss = C()\n")
        self.assertIs(type(game.n.boss), game.m.C)
        self.assertEqual(count(game.m.C), 1)

    def test_table(self):
        """So is one that a body puts into another module's table."""
        game = Game(self, rules="bosses = []\n", m=KNOWN.format(1))
        text = "from ROOT.rules import bosses\nbosses.append(C())\n"
        game.release(m=KNOWN.format(2) + text)
        self.assertEqual(list(alive(game.m.C)), game.rules.bosses)

    def test_hook(self):
        """A hook does not see those that the new text itself made."""
        for text in (KNOWN, PLAIN):
            game = Game(self, m=text.format(1) + "one = C()\n")
            game.release(m=text.format(2) + HOOK + "one = C()\nother = C()\n")
            self.assertEqual(game.m.one.count, 1)
            self.assertFalse(hasattr(game.m.other, "count"))

    def test_plan(self):
        """Nor does the plan count them."""
        game = Game(self, m=PLAIN.format(1) + "one = C()\n")
        game.put(m=PLAIN.format(2) + HOOK + "one = C()\n")
        (found,) = [one for one in game.engine.plan().entries if one.kind == "migrated"]
        self.assertEqual(found.why, "1 live instance")

    def test_dropped(self):
        """A double of a live singleton is dropped."""
        game = Game(self, m=KNOWN.format(1) + "one = C()\n")
        release = game.release(m=KNOWN.format(2) + HOOK + "one = C()\n")
        gc.collect()
        found = [one for one in gc.get_objects() if type(one) is game.m.C]
        self.assertEqual(len(found), 1)
        release.undo()
