"""Lazy migration and the release itself: its own looks are no touches."""

from __future__ import annotations

from gameserver.errors import ReleaseRefused
from tests.reload.engines import EngineCase

V1 = """
from gameserver.reload import Reloadable, migration
HELD = []
class P(Reloadable):
    version = 1
    def __init__(self): self.items = ["a"]; HELD.append(self)
"""
STEP = "@migration(P, to=2)\ndef two(s):\n    s['items'].append('b')\n    return s\n"


class LazilyTests(EngineCase):
    """Instances wait, wherever they are held."""

    def setUp(self) -> None:
        super().setUp()
        self.module = self.load(a=V1)
        self.one = self.module.P()

    def lazily(self, text: str) -> object:
        """Write a text and release it lazily."""
        self.write(a=V1.replace("version = 1", "version = 2") + text)
        return self.engine.release(lazily=True)

    def test_held_by_the_module(self):
        """An instance that a module's table holds waits like any other."""
        release = self.lazily(STEP)
        self.assertEqual(release.left, 1)
        self.assertEqual(self.one.items, ["a", "b"])

    def test_in_place(self):
        """A step that changes a list in place is taken back by an undo, too."""
        release = self.lazily(STEP)
        release.advance()
        release.undo()
        self.assertEqual(self.one.items, ["a"])

    def test_fails_in_a_hook(self):
        """A step that fails while the commit's hook looks refuses the release."""
        step = STEP.replace("return s", "raise ValueError('no')")
        hook = "def module_reloaded(old, new): new.HELD[0].items\n"
        self.assertRaises(ReleaseRefused, self.lazily, step + hook)
        self.assertEqual((self.module.P.version, self.one.items), (1, ["a"]))
        self.assertEqual(self.engine.releases, [])

    def test_slots(self):
        """A registered class with slots only can be migrated."""
        text = "__slots__ = ('n', 'm')\n    version = {}\n"
        head = "from gameserver.reload import Reloadable, migration\n"
        head += "class S(Reloadable):\n    "
        module = self.load(s=head + text.format(1))
        one = module.S()
        one.n = 1
        step = "@migration(S, to=2)\ndef two(s): return {**s, 'm': s['n'] + 1}\n"
        self.release(s=head + text.format(2) + step)
        self.assertEqual((one.n, one.m), (1, 2))

    def test_base_and_subclass(self):
        """A subclass with steps of its own goes through its base's first."""
        head = "from gameserver.reload import Reloadable, migration\n"
        body = (
            "class A(Reloadable):\n    version = {0}\nclass B(A):\n    version = {1}\n"
        )
        module = self.load(b=head + body.format(1, 1))
        one = module.B()
        one.seen = []
        steps = "".join(
            f"@migration({owner}, to=2)\n"
            f"def {owner}2(s): return {{**s, 'seen': [*s['seen'], '{owner}']}}\n"
            for owner in "AB"
        )
        self.release(b=head + body.format(2, 2) + steps)
        self.assertEqual(one.seen, ["A", "B"])
