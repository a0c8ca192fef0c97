"""Rows on libraries of the page on reloading that the reload suite has no case for."""

from __future__ import annotations

from twisted.python.components import getAdapterFactory

from tests.docs.releasing import ReleasingCase


class EnumTests(ReleasingCase):
    def test_value_changed(self):
        """A held member has its new value."""
        text = "import enum\nclass E(enum.Enum):\n    A = %d"
        m = self.load("m", text % 1)
        held = m.E.A
        self.release(m=text % 2)
        self.assertEqual((held.value, m.E.A is held, m.E(2)), (2, True, held))

    def test_member_removed(self):
        """A removed member is gone from the class; who holds it keeps it."""
        m = self.load("m", "import enum\nclass E(enum.Enum):\n    A = 1\n    B = 2")
        held = m.E.B
        self.release(m="import enum\nclass E(enum.Enum):\n    A = 1")
        self.assertEqual([one.name for one in m.E], ["A"])
        self.assertEqual((held.name, held.value), ("B", 2))

    def test_int_enum_value(self):
        """A member that is an int keeps its value; a new object takes the name."""
        text = "import enum\nclass E(enum.IntEnum):\n    A = %d"
        m = self.load("m", text % 1)
        held = m.E.A
        plan = self.plan(m=text % 2)
        self.engine.commit(plan)
        self.assertEqual((held.value, m.E.A.value), (1, 2))
        self.assertEqual([name for name, _ in self.said(plan, "conflict")], ["E.A"])


class AbstractTests(ReleasingCase):
    def test_abstract_method_added(self):
        """A subclass in another module cannot be made until it has the new method."""
        text = "import abc\nclass B(abc.ABC):"
        text += "\n    @abc.abstractmethod\n    def a(self): ..."
        m = self.load("m", text)
        u = self.load("u", "from m import B\nclass C(B):\n    def a(self): pass")
        u.C()
        more = "\n    @abc.abstractmethod\n    def b(self): ..."
        self.release(m=text + more)
        with self.assertRaises(TypeError):
            u.C()
        self.assertIn("b", m.B.__abstractmethods__)


class NamedTupleTests(ReleasingCase):
    TEXT = "from typing import NamedTuple\nclass P(NamedTuple):\n    x: int\n"

    def test_method(self):
        """A live tuple has new methods."""
        m = self.load("m", self.TEXT)
        one = m.P(1)
        self.release(m=self.TEXT + "    def twice(self): return self.x * 2")
        self.assertEqual(one.twice(), 2)

    def test_fields(self):
        """Other fields are refused while a tuple is alive, taken if none is."""
        m = self.load("m", self.TEXT)
        one = m.P(1)
        more = self.TEXT + "    y: int = 0\n"
        self.assertIn("P", self.refusal(m=more))
        self.assertEqual(one, (1,))
        del one
        self.release(m=more)
        self.assertEqual(m.P(1), (1, 0))


class ZopeTests(ReleasingCase):
    def test_no_longer_declared(self):
        """An interface that the class no longer declares is no longer provided."""
        text = """
            from zope.interface import Interface, implementer
            class IOne(Interface): pass
            class ITwo(Interface): pass
            @implementer(%s)
            class C: pass
        """
        m = self.load("m", text % "IOne, ITwo")
        subject = m.C()
        self.assertTrue(m.ITwo.providedBy(subject))
        self.release(m=text % "IOne")
        self.assertTrue(m.IOne.providedBy(subject))
        self.assertFalse(m.ITwo.providedBy(subject))

    def test_adapter(self):
        """registerAdapter: one entry of the live class, and gone with its line."""
        text = """
            from zope.interface import Interface
            from twisted.python.components import registerAdapter
            class IOne(Interface): pass
            class C: pass
            class Adapted:
                def __init__(self, original): self.n = %d
            %s
        """
        line = "registerAdapter(Adapted, C, IOne)"
        m = self.load("m", text % (1, line))
        self.release(m=text % (2, line))
        self.assertEqual(m.IOne(m.C()).n, 2)
        self.assertIs(getAdapterFactory(m.C, m.IOne, None), m.Adapted)
        self.release(m=text % (2, ""))
        self.assertIsNone(getAdapterFactory(m.C, m.IOne, None))


class FunctoolsTests(ReleasingCase):
    def test_dispatch_registered_at_run_time(self):
        """What was registered at run time stays; a line that goes takes its entry."""
        text = """
            import functools
            @functools.singledispatch
            def show(x): return 'any'
            %s
        """
        line = "@show.register\n            def _(x: int): return 'int'"
        m = self.load("m", text % line)
        m.show.register(str, lambda x: "text")
        self.release(m=text % "")
        self.assertEqual((m.show(1), m.show("s")), ("any", "text"))

    def test_cache_of_unchanged(self):
        """A cached function whose meaning did not change keeps its answers."""
        text = "import functools\n@functools.cache\ndef f(): return object()\n"
        m = self.load("m", text)
        one = m.f()
        self.release(m=text + "K = 1")
        self.assertIs(m.f(), one)

    def test_cached_property(self):
        """A kept value that the changed function did not make is made again."""
        text = """
            import functools
            class C:
                @functools.cached_property
                def hp(self): return %d
        """
        m = self.load("m", text % 1)
        asked, fresh = m.C(), m.C()
        self.assertEqual(asked.hp, 1)
        self.release(m=text % 2)
        self.assertEqual((asked.hp, fresh.hp), (2, 2))

    def test_context_manager_under_way(self):
        """A context that was entered before ends in its old body."""
        text = """
            import contextlib
            SAID = []
            @contextlib.contextmanager
            def cm():
                yield
                SAID.append('%s')
        """
        m = self.load("m", text % "old")
        with m.cm():
            self.release(m=text % "new")
        with m.cm():
            pass
        self.assertEqual(m.SAID, ["old", "new"])


class DataclassTests(ReleasingCase):
    def test_field_without_default(self):
        """A field without a default is missing on instances made before."""
        text = "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\n"
        m = self.load("m", text)
        one = m.P(1)
        self.release(m=text + "    y: int\n")
        self.assertFalse(hasattr(one, "y"))
        self.assertEqual(m.P(1, 2).y, 2)

    def test_field_removed(self):
        """A removed field stays in the instances made before, and shows no more."""
        text = "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\n"
        m = self.load("m", text + "    y: int = 0\n")
        one = m.P(1, 2)
        self.release(m=text)
        self.assertEqual((repr(one), vars(one)), ("P(x=1)", {"x": 1, "y": 2}))


class JellyTests(ReleasingCase):
    def test_no_longer_registered(self):
        """A class that is no longer registered is no longer unjellied."""
        from twisted.spread import jelly

        text = """
            from twisted.spread import pb
            class Item(pb.Copyable, pb.RemoteCopy): pass
            %s
        """
        self.load("m", text % "pb.setUnjellyableForClass(Item, Item)")
        self.assertIn(b"m.Item", jelly.unjellyableRegistry)
        self.release(m=text % "")
        self.assertNotIn(b"m.Item", jelly.unjellyableRegistry)
