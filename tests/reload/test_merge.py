"""What becomes of a module's names, and what the plan says of it."""

from __future__ import annotations

import posixpath

from twisted.trial.unittest import SynchronousTestCase

from tests.reload.game import Game, planned

CONF = "class Conf:\n  def __init__(self, n): self.n = n\n"
COUNTER = """
def mk(start=0):
    n = start
    {0}
    def tick():
        nonlocal n
        n += 1
        return {1}
    return tick
"""
PLAIN = COUNTER.format("", "n")
OTHER = COUNTER.format("z = 9", "n, z")


def whys(release):
    return {one.name: (one.kind, one.why) for one in release.plan.entries}


class ConflictTests(SynchronousTestCase):
    def test_made_otherwise(self):
        """A singleton that the text makes otherwise stays; its fields follow."""
        game = Game(self, m=CONF + "X = Conf(5)")
        live = game.m.X
        release = game.release(m=CONF + "X = Conf(6)")
        self.assertEqual(whys(release), {"X": ("kept", ""), "X.n": ("patched", "")})
        self.assertIs(game.m.X, live)
        self.assertEqual(live.n, 6)

    def test_replaced_too(self):
        """Of one that was replaced at run time, too, it says both."""
        game = Game(self, m=CONF + "X = Conf(5)")
        game.m.X = game.m.Conf(7)
        why = "changed in the text and at run time; the live value stays"
        release = game.release(m=CONF + "X = Conf(6)")
        self.assertEqual(whys(release), {"X": ("conflict", why)})

    def test_injected(self):
        """Of a name that the text gains, and somebody had put in, it says so."""
        game = Game(self, m="A = 1")
        game.m.X = 5
        why = "put in at run time, and in the text now; the live value stays"
        release = game.release(m="A = 1\nX = 6")
        self.assertEqual(whys(release), {"X": ("conflict", why)})

    def test_deleted(self):
        """Of a name that somebody has deleted, and the text changes, it says so."""
        game = Game(self, m="A = 1\nX = 5")
        del game.m.X
        why = "changed in the text, deleted at run time; it stays deleted"
        release = game.release(m="A = 1\nX = 6")
        self.assertEqual(whys(release), {"X": ("conflict", why)})


class NumberTests(SynchronousTestCase):
    def test_not_a_number(self):
        """A constant that is not a number does not change from text to text."""
        text = "nan = float('nan')\nX = (nan, [nan])\nclass C: y = nan\n"
        game = Game(self, m=text)
        before = game.m.X
        release = game.release(m=text + "Z = 1")
        self.assertIs(game.m.X, before)
        self.assertNotIn("patched", dict(planned(release)))


class ClosureTests(SynchronousTestCase):
    def test_other_shape(self):
        """A closure bound by an assignment keeps its state if its shape changes."""
        game = Game(self, m=PLAIN + "c = mk()\n")
        held = game.m.c
        held()
        release = game.release(m=OTHER + "c = mk()\n")
        self.assertIs(game.m.c, held)
        self.assertEqual((held(), game.m.mk()()), (2, (1, 9)))
        why = "a live closure of another shape stays as it was, with its state"
        self.assertEqual(whys(release)["c"], ("kept", why))
        release.undo()
        self.assertEqual((held(), game.m.c is held), (3, True))

    def test_same_shape(self):
        """One of the same shape runs the new code in its old cells."""
        game = Game(self, m=PLAIN + "c = mk()\n")
        held = game.m.c
        held()
        game.release(m=COUNTER.format("", "-n") + "c = mk()\n")
        self.assertEqual((held(), game.m.c()), (-2, -3))

    def test_other_words(self):
        """One that the text makes by other words is the new one."""
        game = Game(self, m=PLAIN + "c = mk()\n")
        held = game.m.c
        game.release(m=OTHER + "c = mk(5)\n")
        self.assertEqual((game.m.c(), held()), ((6, 9), (7, 9)))

    def test_defined(self):
        """One that a decorator makes is a definition: who holds it gets the new."""
        text = "\ndef deco(f): return mk()\n@deco\ndef c(): pass\n"
        game = Game(self, m=PLAIN + text)
        held = game.m.c
        game.release(m=OTHER + text)
        self.assertEqual((held(), game.m.c()), ((1, 9), (2, 9)))

    def test_only_definitions(self):
        """One that holds nothing but functions has no state to lose."""
        text = (
            "def g(): return 1\n"
            "def deco(f):\n  h = f\n  def inner(): return {}\n  return inner\n"
            "c = deco(g)\n"
        )
        game = Game(self, m=text.format("f()"))
        held = game.m.c
        game.release(m=text.format("f(), h()"))
        self.assertEqual((held(), game.m.c()), ((1, 1), (1, 1)))

    def test_releases_later(self):
        """What a closure has counted stays, however many releases there are."""
        game = Game(self, m=PLAIN + "c = mk()\nD = {1: mk(), 2: [mk()]}\n")
        held = [game.m.c, game.m.D[1], game.m.D[2][0]]
        for number in range(1, 4):
            self.assertEqual([one() for one in held], [number] * 3)
            game.release(m=PLAIN + f"c = mk()\nD = {{1: mk(), 2: [mk()]}}\nX={number}")
        self.assertEqual([game.m.c, game.m.D[1], game.m.D[2][0]], held)

    def test_in_a_changed_table(self):
        """Closures in a table that gains another keep theirs."""
        game = Game(self, m=PLAIN + "D = {1: mk()}\n")
        held = game.m.D[1]
        held()
        game.release(m=PLAIN + "D = {1: mk(), 2: mk(5)}\n")
        self.assertEqual((game.m.D[1], held(), game.m.D[2]()), (held, 2, 6))

    def test_made_with_another_value(self):
        """One that is given another value has it; what it counted stays."""
        text = (
            "def mk(k):\n  n = 0\n  def tick():\n    nonlocal n\n    n += 1\n"
            "    return n, k\n  return tick\nc = mk({})\n"
        )
        game = Game(self, m=text.format(1))
        game.m.c()
        for number in (2, 3):
            game.release(m=text.format(number))
            self.assertEqual(game.m.c(), (number, number))


class ForeignTests(SynchronousTestCase):
    def unchanged(self, old, new):
        """Release, and see that the library's functions are what they were."""
        codes = posixpath.join.__code__, posixpath.split.__code__
        game = Game(self, m=old)
        game.release(m=new)
        now = posixpath.join.__code__, posixpath.split.__code__
        self.assertEqual([a is b for a, b in zip(codes, now, strict=True)], [True] * 2)
        self.assertIs(game.m.j, posixpath.split)

    def test_imported(self):
        """A library's function that the text calls by a name is never changed."""
        text = "from posixpath import {} as j\n"
        self.unchanged(text.format("join"), text.format("split"))

    def test_computed(self):
        """However the text gets at it."""
        text = "import posixpath\nj = getattr(posixpath, '{}')\n"
        self.unchanged(text.format("join"), text.format("split"))

    def test_other_module_of_the_game(self):
        """Nor is one of another module of the game."""
        game = Game(self, a="def f(): return 1\ndef g(): return 2\n")
        game.put(m="from ROOT.a import f as h\n")
        game.load("m")
        game.release(m="from ROOT.a import g as h\n")
        self.assertEqual((game.a.f(), game.m.h()), (1, 2))
