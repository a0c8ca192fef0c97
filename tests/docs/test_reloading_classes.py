"""Rows on classes of the page on reloading that the reload suite has no case for."""

from __future__ import annotations

from tests.docs.releasing import ReleasingCase


class ClassTests(ReleasingCase):
    def test_init_does_not_run_again(self):
        """A live instance keeps its fields; __init__ is not run again."""
        m = self.load("m", "class C:\n    def __init__(self): self.a = 1")
        subject = m.C()
        self.release(m="class C:\n    def __init__(self): self.a, self.b = 2, 3")
        self.assertEqual(vars(subject), {"a": 1})
        self.assertEqual(vars(m.C()), {"a": 2, "b": 3})

    def test_removed(self):
        """Instances of a removed class go on as they were."""
        m = self.load("m", "class C:\n    def go(self): return 1\nK = 1")
        subject = m.C()
        self.release(m="K = 1")
        self.assertFalse(hasattr(m, "C"))
        self.assertEqual(subject.go(), 1)

    def test_renamed(self):
        """A renamed class is a removed one and a new one."""
        m = self.load("m", "class C:\n    def go(self): return 1")
        subject = m.C()
        self.release(m="class D:\n    def go(self): return 2")
        self.assertEqual((subject.go(), isinstance(subject, m.D)), (1, False))

    def test_local(self):
        """Instances of a class made by a call stay what they were."""
        text = (
            "def make():\n    class C:\n        def go(self): return %d\n    return C()"
        )
        m = self.load("m", text % 1)
        subject = m.make()
        self.release(m=text % 2)
        self.assertEqual((subject.go(), m.make().go()), (1, 2))

    def test_properties(self):
        """A property's new getter serves live instances."""
        text = "class C:\n    @property\n    def hp(self): return %d"
        m = self.load("m", text % 1)
        subject = m.C()
        self.release(m=text % 2)
        self.assertEqual(subject.hp, 2)

    def test_init_subclass(self):
        """A base's registry holds the live subclass, once."""
        text = """
            class Base:
                kinds = []
                def __init_subclass__(cls): Base.kinds.append(cls)
            class Orc(Base):
                def go(self): return %d
        """
        m = self.load("m", text % 1)
        orc = m.Orc
        self.release(m=text % 2)
        self.assertEqual(m.Base.kinds, [orc])
        self.assertEqual(m.Base.kinds[0]().go(), 2)

    def test_init_subclass_elsewhere(self):
        """So does a base's registry in another module."""
        self.load(
            "base",
            """
            class Base:
                kinds = []
                def __init_subclass__(cls): Base.kinds.append(cls)
            """,
        )
        text = "from base import Base\nclass Orc(Base):\n    def go(self): return %d"
        m = self.load("m", text % 1)
        self.release(m=text % 2)
        self.assertEqual(m.Base.kinds, [m.Orc])


class ClassDataTests(ReleasingCase):
    def test_unchanged_in_the_text(self):
        """Class data that changed at run time stays if its text did not change."""
        m = self.load("m", "class C:\n    n = 0\n    seen = []")
        m.C.n = 42
        m.C.seen.append("bob")
        self.release(m="class C:\n    n = 0\n    seen = []\n    def go(self): pass")
        self.assertEqual((m.C.n, m.C.seen), (42, ["bob"]))

    def test_changed_in_the_text(self):
        """Class data that nobody touched takes the text's new value."""
        m = self.load("m", "class C:\n    n = 0\n    seen = []")
        self.release(m="class C:\n    n = 1\n    seen = ['npc']")
        self.assertEqual((m.C.n, m.C.seen), (1, ["npc"]))

    def test_both(self):
        """Class data that changed in both stays, and is a conflict."""
        m = self.load("m", "class C:\n    n = 0")
        m.C.n = 42
        plan = self.plan(m="class C:\n    n = 1")
        self.engine.commit(plan)
        self.assertEqual(m.C.n, 42)
        self.assertEqual([name for name, _ in self.said(plan, "conflict")], ["C.n"])

    def test_injected(self):
        """What was put into a class at run time stays."""
        m = self.load("m", "class C:\n    def go(self): return 1")
        m.C.extra = 5
        self.release(m="class C:\n    def go(self): return 2")
        self.assertEqual(m.C.extra, 5)

    def test_patched_method(self):
        """A method that was replaced at run time stays so, without a word."""
        m = self.load("m", "class C:\n    def go(self): return 1")
        m.C.go = lambda self: "monkey"
        plan = self.plan(m="class C:\n    def go(self): return 2")
        self.engine.commit(plan)
        self.assertEqual(m.C().go(), "monkey")
        self.assertEqual(self.said(plan, "conflict"), [])


class LayoutTests(ReleasingCase):
    def test_slot_grown_beside(self):
        """With __weakref__ among the slots, a new slot lies beside the instances."""
        m = self.load("m", "class C:\n    __slots__ = ('a', '__weakref__')")
        subject = m.C()
        plan = self.plan(m="class C:\n    __slots__ = ('a', 'b', '__weakref__')")
        self.engine.commit(plan)
        subject.b = 1
        self.assertEqual(subject.b, 1)
        self.assertIn(("C.b", "a slot beside the instances"), self.said(plan, "added"))

    def test_slot_grown_refused(self):
        """Without, the release is refused."""
        self.load("m", "class C:\n    __slots__ = ('a',)")
        said = self.refusal(m="class C:\n    __slots__ = ('a', 'b')")
        self.assertIn("slots b need other memory", said)

    def test_slot_removed(self):
        """A removed slot is gone from live instances."""
        m = self.load("m", "class C:\n    __slots__ = ('a', 'b')")
        subject = m.C()
        subject.a = subject.b = 1
        self.release(m="class C:\n    __slots__ = ('a',)")
        self.assertFalse(hasattr(subject, "b"))
        self.assertEqual(subject.a, 1)

    def test_dict_added(self):
        """Instances with slots only cannot be given a __dict__."""
        self.load("m", "class C:\n    __slots__ = ('a',)")
        self.assertIn("__dict__", self.refusal(m="class C:\n    pass"))

    def test_slots_in_place_of_dict(self):
        """Old instances of a class that gains slots keep their fields."""
        m = self.load("m", "class C:\n    pass")
        subject = m.C()
        subject.a = 1
        subject.z = 2
        self.release(m="class C:\n    __slots__ = ('a',)")
        self.assertEqual((subject.a, subject.z), (1, 2))

    def test_base_in_place_of_object(self):
        """A class that gains its first base: a new class object, the same instances."""
        m = self.load("m", "class A:\n    def go(self): return 1\nclass C: pass")
        subject, former = m.C(), m.C
        self.release(m="class A:\n    def go(self): return 1\nclass C(A): pass")
        self.assertIsNot(m.C, former)
        self.assertIs(type(subject), m.C)
        self.assertEqual(subject.go(), 1)
        self.assertIsInstance(former(), m.C)
        self.assertNotIsInstance(subject, former)

    def test_metaclass(self):
        """A metaclass in place of type likewise."""
        m = self.load("m", "class C: pass")
        subject, former = m.C(), m.C
        self.release(m="class M(type): pass\nclass C(metaclass=M): pass")
        self.assertIs(type(m.C), m.M)
        self.assertIs(type(subject), m.C)
        self.assertIsNot(m.C, former)

    def test_abstract_base(self):
        """ABC as a base comes with a library's metaclass: refused."""
        self.load("m", "class C: pass")
        said = self.refusal(m="from abc import ABC\nclass C(ABC): pass")
        self.assertIn("ABCMeta in place of type", said)

    def test_incompatible_base(self):
        """A base with other memory is refused."""
        self.load("m", "class C: pass")
        self.assertIn("C", self.refusal(m="class C(dict): pass"))

    def test_successor(self):
        """successor() builds new instances, and the game's references follow."""
        m = self.load("m", "class C:\n    __slots__ = ('a',)\nONE = C()\nALL = []")
        m.ONE.a = 5
        m.ALL.append([m.ONE])
        kept = m.ONE
        self.release(
            m="""
            class C:
                __slots__ = ('a', 'b')
                @classmethod
                def successor(cls, predecessor):
                    self = cls()
                    self.a, self.b = predecessor.a, 1
                    return self
            ONE = C()
            ALL = []
            """
        )
        self.assertEqual((m.ONE.a, m.ONE.b), (5, 1))
        self.assertIs(m.ALL[0][0], m.ONE)
        self.assertIsNot(m.ONE, kept)

    def test_successor_holders(self):
        """Elsewhere only registered holders are looked into."""
        m = self.load("m", "class C:\n    __slots__ = ('a',)")
        found, missed = [m.C()], [m.C()]
        found[0].a = missed[0].a = 5
        self.engine.holders.register(found)
        self.release(
            m="""
            class C:
                __slots__ = ('a', 'b')
                @classmethod
                def successor(cls, predecessor):
                    self = cls()
                    self.a, self.b = predecessor.a, 1
                    return self
            """
        )
        self.assertIsInstance(found[0], m.C)
        self.assertNotIsInstance(missed[0], m.C)
