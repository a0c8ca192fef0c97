"""Slots, bases and metaclasses of classes that live on."""

from __future__ import annotations

import gc

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import ReleaseRefused
from gameserver.reload.instances import count
from gameserver.reload.layout import SideSlot, slots_of, why_not
from tests.reload.game import Game, planned

KNOWN = "from gameserver.reload import Reloadable\n"


class Weak:
    __slots__ = ("__weakref__", "real")


class SideSlotTests(SynchronousTestCase):
    def slotted(self):
        owner = type("Owner", (Weak,), {"__slots__": ()})
        owner.side = SideSlot(owner, "side")
        return owner

    def test_values(self):
        """It reads, sets and deletes as a slot does, for each instance."""
        owner = self.slotted()
        one, other = owner(), owner()
        self.assertFalse(hasattr(one, "side"))
        one.side = 1
        other.side = 2
        one.side = 3
        self.assertEqual((one.side, other.side), (3, 2))
        del one.side
        self.assertFalse(hasattr(one, "side"))
        self.assertRaises(AttributeError, delattr, one, "side")
        self.assertEqual(other.side, 2)

    def test_class(self):
        """On the class it is itself, and says whose it is."""
        owner = self.slotted()
        found = owner.side
        self.assertIsInstance(found, SideSlot)
        self.assertEqual((found.__objclass__, found.__name__), (owner, "side"))

    def test_dead(self):
        """A dead instance leaves nothing behind."""
        owner = self.slotted()
        one = owner()
        one.side = 1
        del one
        gc.collect()
        self.assertEqual(owner.side._values, {})

    @given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), max_size=12))
    def test_law(self, writes):
        """Whatever is written, a side slot shows what a real one does."""
        owner = self.slotted()
        held = [owner() for _ in range(3)]
        for which, value in writes:
            for name in ("side", "real"):
                if value:
                    setattr(held[which], name, value)
                elif hasattr(held[which], name):
                    delattr(held[which], name)
        for one in held:
            self.assertEqual(getattr(one, "side", None), getattr(one, "real", None))

    def test_slots_of(self):
        """A class's own slots are told, side slots too, and no inherited ones."""
        self.assertEqual(slots_of(self.slotted()), {"side"})
        self.assertEqual(slots_of(Weak), {"real"})


class SlotTests(SynchronousTestCase):
    def test_grown(self):
        """A new slot comes beside instances that can be weakly referenced."""
        text = KNOWN + "class C(Reloadable):\n  __slots__ = ({})\n  def f(self): {}\n"
        game = Game(self, m=text.format("'a',", "pass"))
        one = game.m.C()
        one.a = 1
        release = game.release(m=text.format("'a', 'b'", "self.b = 2; return self.b"))
        self.assertEqual((one.f(), one.a, one.b), (2, 1, 2))
        self.assertEqual(game.m.C.__slots__, ("a", "b"))
        self.assertIn(("added", "C.b"), planned(release))
        release.undo()
        self.assertFalse(hasattr(one, "b"))
        self.assertEqual((one.a, game.m.C.__slots__), (1, ("a",)))

    def test_grown_twice(self):
        """A later release finds the side slot, and keeps its values."""
        text = KNOWN + "class C(Reloadable):\n  __slots__ = ({})\n"
        game = Game(self, m=text.format("'a',"))
        one = game.m.C()
        game.release(m=text.format("'a', 'b'"))
        one.b = 5
        game.release(m=text.format("'a', 'b', 'c'"))
        one.c = 6
        self.assertEqual((one.b, one.c), (5, 6))
        game.release(m=text.format("'a', 'c'"))
        self.assertFalse(hasattr(one, "b"))
        self.assertEqual(one.c, 6)

    def test_grown_unreachable(self):
        """Without weak references it is refused, before anything changed."""
        game = Game(self, m="class C:\n  __slots__ = ('a',)\nx = 1\n")
        game.put(m="x = 2\nclass C:\n  __slots__ = ('a', 'b')\n")
        plan = game.engine.plan()
        self.assertIn("slots b need other memory", plan.refused[0])
        self.assertIn("successor()", plan.refused[0])
        error = self.assertRaises(ReleaseRefused, game.engine.commit, plan)
        self.assertEqual(error.place, f"{game.file('m')}:2")
        self.assertEqual(game.m.x, 1)

    def test_removed(self):
        """A slot that is removed is gone, and comes back with undo."""
        game = Game(self, m="class C:\n  __slots__ = ('a', 'b')\n")
        one = game.m.C()
        one.b = 1
        release = game.release(m="class C:\n  __slots__ = ('a',)\n")
        self.assertFalse(hasattr(one, "b"))
        self.assertIn(("removed", "C.b"), planned(release))
        release.undo()
        self.assertEqual(one.b, 1)

    def test_became_member(self):
        """A slot whose name a class attribute takes is that attribute."""
        game = Game(self, m="class C:\n  __slots__ = ('a', 'b')\n")
        one = game.m.C()
        one.b = 1
        release = game.release(m="class C:\n  __slots__ = ('a',)\n  b = 5\n")
        self.assertEqual(one.b, 5)
        release.undo()
        self.assertEqual(one.b, 1)

    def test_gains_slots(self):
        """A class with dicts that gains ``__slots__`` keeps its dicts."""
        game = Game(self, m="class C: pass\n")
        one = game.m.C()
        one.other = 1
        release = game.release(
            m="class C:\n  __slots__ = ('a',)\n  def f(self): self.a = 2\n"
        )
        one.f()
        self.assertEqual((one.a, one.other), (2, 1))
        release.undo()

    def test_gains_slots_singleton(self):
        """So does one with an instance in the module."""
        game = Game(self, m="class C:\n  def __init__(self): self.a = 1\nc = C()\n")
        one = game.m.c
        game.release(
            m="class C:\n  __slots__ = ('a',)\n"
            "  def __init__(self): self.a = 1\nc = C()\n"
        )
        self.assertIs(game.m.c, one)
        self.assertIs(type(game.m.c), game.m.C)

    ITEM = (
        "class Item(Reloadable):\n  __slots__ = ({})\n"
        "  def __init__(self): self.a = 1; {}\n"
    )

    def test_grown_with_new_instance(self):
        """An instance that comes with the release is the live class's, slots full."""
        game = Game(self, m=KNOWN + self.ITEM.format("'a',", "") + "t = {1: Item()}\n")
        one = game.m.t[1]
        grown = KNOWN + self.ITEM.format("'a', 'b'", "self.b = [self]")
        release = game.release(m=grown + "t = {1: Item(), 2: Item()}\n")
        fresh = game.m.t[2]
        self.assertIs(game.m.t[1], one)
        self.assertIs(type(fresh), game.m.Item)
        self.assertEqual((fresh.a, fresh.b), (1, [fresh]))
        self.assertEqual(count(game.m.Item), 2)
        release.undo()
        self.assertEqual(game.m.t, {1: one})

    def test_gains_slots_with_new_instance(self):
        """So is one of a class with dicts that gains ``__slots__``."""
        old = "class C:\n  def __init__(self): self.a = 1\nt = [C()]\n"
        game = Game(self, m=old)
        new = old.replace("C:\n", "C:\n  __slots__ = ('a',)\n")
        game.release(m=new + "other = C()\n")
        self.assertIs(type(game.m.other), game.m.C)
        self.assertEqual(vars(game.m.other), {"a": 1})

    def test_made_by_c(self):
        """An instance that C code makes cannot be remade, nor its class changed."""
        game = Game(self, m="class C(dict):\n  __slots__ = ()\nc = C()\n")
        game.put(m="class C(dict):\n  __slots__ = ('a',)\nc = C()\n")
        self.assertIn("other memory", game.engine.plan().refused[0])

    def test_loses_slots(self):
        """A class with slots cannot gain a dict."""
        game = Game(self, m="class C:\n  __slots__ = ('a',)\n")
        game.put(m="class C: pass\n")
        self.assertIn("__dict__", game.engine.plan().refused[0])


class BaseTests(SynchronousTestCase):
    BASES = "class A:\n  def f(self): return 'a'\nclass B:\n  def f(self): return 'b'\n"

    def test_changed(self):
        """Another base of the same layout comes in place, and goes back."""
        game = Game(self, m=self.BASES + "class C(A): pass\n")
        one, owner = game.m.C(), game.m.C
        release = game.release(m=self.BASES + "class C(B): pass\n")
        self.assertEqual((one.f(), game.m.C), ("b", owner))
        self.assertIn(("patched", "C"), planned(release))
        release.undo()
        self.assertEqual(one.f(), "a")

    def test_added(self):
        """One more base comes in place."""
        game = Game(self, m=self.BASES + "class C(A): pass\n")
        one = game.m.C()
        game.release(m=self.BASES + "class C(B, A): pass\n")
        self.assertEqual(one.f(), "b")

    def test_run_time(self):
        """Bases that were changed at run time stay, and the plan says so."""
        game = Game(self, m=self.BASES + "class C(A): pass\n")
        game.m.C.__bases__ = (game.m.B, game.m.A)
        release = game.release(m=self.BASES + "class C(B): pass\n")
        self.assertEqual(game.m.C.__bases__, (game.m.B, game.m.A))
        self.assertIn(("conflict", "C"), planned(release))

    def test_agreed(self):
        """Bases that are so already are not written."""
        game = Game(self, m=self.BASES + "class C(A): pass\n")
        game.m.C.__bases__ = (game.m.B,)
        release = game.release(m=self.BASES + "class C(B): pass\n")
        self.assertEqual(game.m.C.__bases__, (game.m.B,))
        self.assertNotIn(("conflict", "C"), planned(release))

    def test_staged_base(self):
        """A base of the same release is its live class."""
        game = Game(self, m=self.BASES + "class C(A): pass\n")
        base = game.m.A
        game.release(m=self.BASES.replace("'a'", "'aa'") + "class C(A): x = 1\n")
        self.assertEqual(game.m.C.__bases__, (base,))

    def test_why_not(self):
        """Why bases do not fit is CPython's word, and trying changes nothing."""
        owner = type("Owner", (Weak,), {})
        self.assertIn("layout", why_not(owner, (dict,)))
        other = type("Other", (Weak,), {"__slots__": ()})
        self.assertEqual(why_not(owner, (other,)), "")
        self.assertEqual(owner.__bases__, (Weak,))

    def test_refused(self):
        """A base of another memory refuses the release."""
        game = Game(self, m="class A: pass\nclass C(A): pass\n")
        game.put(m="class A: pass\nclass C(A, dict): pass\n")
        self.assertIn("bases A, dict", game.engine.plan().refused[0])


class MetaTests(SynchronousTestCase):
    METAS = (
        "class M(type):\n  def hi(cls): return 'm'\n"
        "class N(type):\n  def hi(cls): return 'n'\n"
    )

    def test_changed(self):
        """A metaclass in place of another comes in place, and goes back."""
        game = Game(self, m=self.METAS + "class C(metaclass=M): pass\n")
        owner = game.m.C
        release = game.release(m=self.METAS + "class C(metaclass=N): pass\n")
        self.assertEqual((owner.hi(), game.m.C is owner), ("n", True))
        release.undo()
        self.assertEqual(owner.hi(), "m")

    def test_patched(self):
        """A metaclass of the same release is its live class."""
        game = Game(self, m=self.METAS + "class C(metaclass=M): pass\n")
        meta = game.m.M
        game.release(
            m=self.METAS.replace("'m'", "'mm'") + "class C(metaclass=M): x = 1\n"
        )
        self.assertEqual((type(game.m.C), game.m.C.hi()), (meta, "mm"))

    def test_gained_or_lost(self):
        """A class that gains its first, or loses its last, is succeeded."""
        texts = ("class C: pass\n", "class C(metaclass=M): pass\n")
        for old, new in (texts, texts[::-1]):
            game = Game(self, m=self.METAS + old)
            former, one = game.m.C, game.m.C()
            release = game.release(m=self.METAS + new)
            self.assertIs(type(one), game.m.C)
            self.assertIsNot(game.m.C, former)
            release.undo()
            self.assertIs(game.m.C, former)
            self.assertIs(type(one), former)
