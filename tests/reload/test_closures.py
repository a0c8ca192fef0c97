"""Closures that calls of old functions made, and inner functions."""

from __future__ import annotations

import gc

from twisted.trial.unittest import SynchronousTestCase

from tests.reload.game import Game, planned

MAKE = "def make(n):\n  def inner(a=1): return {}\n  return inner\n"


class ClosureTests(SynchronousTestCase):
    def test_new_code(self):
        """A live closure runs the new code with the cells it has."""
        game = Game(self, m=MAKE.format("n + a"))
        held = [game.m.make(5), game.m.make(6)]
        release = game.release(m=MAKE.format("n - a"))
        self.assertEqual([one() for one in held], [4, 5])
        self.assertIn(("patched", "make.inner"), planned(release))
        release.undo()
        self.assertEqual([one() for one in held], [6, 7])

    def test_price(self):
        """The scan that finds them is in the plan, if such code changes."""
        game = Game(self, m=MAKE.format("n") + "x = 1\n")
        game.put(m=MAKE.format("n") + "x = 2\n")
        self.assertEqual(game.engine.plan().scans, [])
        game.put(m=MAKE.format("n, n") + "x = 2\n")
        (scan,) = game.engine.plan().scans
        self.assertIn("make.<locals>.inner", scan.why)

    def test_other_shape(self):
        """One that closes over other names now stays as it was, and is noted."""
        game = Game(self, m=MAKE.format("n"))
        held = game.m.make(5)
        release = game.release(m=MAKE.format("1"))
        self.assertEqual(held(), 5)
        why = [one.why for one in release.plan.entries if one.name == "make.inner"]
        self.assertEqual(why, ["a live closure of another shape stays as it was"])

    def test_other_arguments(self):
        """So does one with other arguments, for its defaults would be wrong."""
        game = Game(self, m=MAKE.format("n, a"))
        held = game.m.make(5)
        for arguments in ("b=1, a=2", "*, a=1", "a, b=2", "b=1"):
            game.release(m=MAKE.format("n").replace("a=1", arguments))
            self.assertEqual(held(), (5, 1))

    def test_later_version(self):
        """One that could not take a version takes a later one that fits."""
        game = Game(self, m=MAKE.format("n, 1"))
        held = game.m.make(5)
        game.release(m=MAKE.format("2"))
        game.release(m=MAKE.format("n, 3"))
        self.assertEqual(held(), (5, 3))

    def test_moved(self):
        """A change of layout moves the lines of closures, without a word."""
        game = Game(self, m=MAKE.format("n"))
        held = game.m.make(5)
        release = game.release(m="\n\n" + MAKE.format("n"))
        self.assertEqual(held.__code__.co_firstlineno, 4)
        self.assertEqual(planned(release), [])

    def test_lambda(self):
        """A lambda that nothing lists any more is found by its code."""
        text = "def make():\n  table.append(lambda: {})\ntable = []\n"
        game = Game(self, m=text.format(1))
        game.m.make()
        (held,) = game.m.table
        game.release(m=text.format(2))
        self.assertEqual(held(), 2)

    def test_unlisted_lambda(self):
        """So is one that the module made and gave away."""
        text = "import types\nbox = types.SimpleNamespace()\nbox.f = lambda: {}\n"
        game = Game(self, m=text.format(1))
        held = game.m.box.f
        game.release(m=text.format(2))
        self.assertEqual(held(), 2)

    def test_merged(self):
        """What a decorator made is merged with its name, and not seen to twice."""
        text = (
            "def loud(f):\n  def inner(): return f(), {0}\n  return inner\n"
            "@loud\ndef hi(): return {0}\n"
        )
        game = Game(self, m=text.format(1))
        held = game.m.hi
        game.release(m=text.format(2))
        self.assertIs(game.m.hi, held)
        self.assertEqual(held(), (2, 2))

    def test_nested(self):
        """Closures in closures follow."""
        text = (
            "def a(x):\n  def b(y):\n    def c(): return x, y, {}\n"
            "    return c\n  return b\n"
        )
        game = Game(self, m=text.format(1))
        middle = game.m.a(1)
        inner = middle(2)
        game.release(m=text.format(2))
        self.assertEqual((inner(), middle(3)()), ((1, 2, 2), (1, 3, 2)))

    def test_gone(self):
        """An inner function that the new text does not have stays what it was."""
        game = Game(self, m=MAKE.format("n"))
        held = game.m.make(5)
        game.release(m="def make(n): return n\n")
        self.assertEqual(held(), 5)

    def test_local_class(self):
        """Objects of a class made inside a function stay what they were."""
        text = (
            "def make():\n  class Local:\n    def f(self): return {}\n"
            "  return Local()\n"
        )
        game = Game(self, m=text.format(1))
        held = game.m.make()
        game.release(m=text.format(2))
        self.assertEqual((held.f(), game.m.make().f()), (1, 2))

    def test_became_class(self):
        """An inner function whose place a class takes now stays what it was."""
        game = Game(self, m=MAKE.format("n"))
        held = game.m.make(5)
        game.release(m="def make(n):\n  class inner: pass\n  return inner\n")
        self.assertEqual(held(), 5)

    def test_comprehension(self):
        """A comprehension's code is not looked for."""
        text = "def f(): return [one for one in range({})]\n"
        game = Game(self, m=text.format(1))
        game.put(m=text.format(2))
        self.assertEqual(game.engine.plan().scans, [])

    def test_collected(self):
        """Codes of earlier texts that nothing runs are not kept."""
        game = Game(self, m=MAKE.format("n"))
        game.m.make(1)
        for number in range(4):
            game.release(m=MAKE.format(number)).make_permanent()
            gc.collect()
        older = game.engine.records[game.full("m")].older
        self.assertLessEqual(sum(map(len, older.values())), 2)
