"""Rows on functions of the page on reloading that the reload suite has no case for."""

from __future__ import annotations

import asyncio

from tests.docs.releasing import ReleasingCase


class FunctionTests(ReleasingCase):
    def test_keyword_defaults(self):
        """A held function takes new keyword-only defaults."""
        held = self.load("m", "def f(*, a=1): return a").f
        self.release(m="def f(*, a=2): return a")
        self.assertEqual(held(), 2)

    def test_default_changed_at_run_time(self):
        """A default that was changed at run time stays, and is a conflict."""
        held = self.load("m", "def f(a=1): return a").f
        held.__defaults__ = (5,)
        plan = self.plan(m="def f(a=2): return a")
        self.assertEqual(
            self.said(plan, "conflict"), [("f", "__defaults__ was changed at run time")]
        )
        self.engine.commit(plan)
        self.assertEqual(held(), 5)

    def test_removed_but_held(self):
        """Who holds a removed function goes on calling it, with the new names."""
        held = self.load("m", "K = 1\ndef f(): return K").f
        self.release(m="K = 2")
        self.assertEqual(held(), 2)

    def test_renamed_but_held(self):
        """Who holds a renamed function has the old body: it is another function."""
        held = self.load("m", "def f(): return 1").f
        self.release(m="def g(): return 2")
        self.assertEqual(held(), 1)

    def test_replaced_at_run_time(self):
        """A function that was replaced at run time stays so, without a word."""
        m = self.load("m", "def f(): return 1")
        m.f = lambda: "mine"
        plan = self.plan(m="def f(): return 2")
        self.engine.commit(plan)
        self.assertEqual((m.f(), self.said(plan, "conflict")), ("mine", []))

    def test_becomes_class(self):
        """A held function that became a class makes instances of it."""
        m = self.load("m", "def f(): return 1")
        held = m.f
        self.release(m="class f: pass")
        self.assertIsInstance(held(), m.f)


class ClosureTests(ReleasingCase):
    def test_other_shape_is_told(self):
        """The plan says which closures stay as they were."""
        m = self.load("m", "def make(n):\n    def inner(): return n\n    return inner")
        held = m.make(1)
        new = """
            def make(n):
                k = n * 2
                def inner(): return n + k
                return inner
        """
        plan = self.plan(m=new)
        self.assertEqual(
            self.said(plan, "kept"),
            [("make.inner", "a live closure of another shape stays as it was")],
        )
        self.engine.commit(plan)
        self.assertEqual((held(), m.make(1)()), (1, 3))

    def test_other_arguments(self):
        """A closure whose arguments change stays as it was."""
        m = self.load("m", "def make(n):\n    def inner(): return n\n    return inner")
        held = m.make(1)
        self.release(
            m="def make(n):\n    def inner(a=1): return n + a\n    return inner"
        )
        self.assertEqual((held(), m.make(1)()), (1, 2))

    def test_method_gains_super(self):
        """A method that begins to use super() follows, bound ones too."""
        old = """
            class A:
                def go(self): return 'a'
            class B(A):
                def go(self): return 'b'
        """
        m = self.load("m", old)
        subject = m.B()
        bound, plain = subject.go, m.B.go
        self.release(m=old.replace("'b'", "super().go() + 'c'"))
        said = (subject.go(), bound(), plain(subject))
        self.assertEqual(said, ("ac", "ac", "ac"))


class LambdaTests(ReleasingCase):
    def test_in_a_table(self):
        """A lambda in the module's own table runs the new text, held or not."""
        m = self.load("m", "TABLE = {'orc': lambda: 1}")
        held = m.TABLE["orc"]
        self.release(m="TABLE = {'orc': lambda: 2}")
        self.assertEqual((m.TABLE["orc"](), held()), (2, 2))

    def test_in_another_modules_table(self):
        """A lambda that the body put into another module's list: one, and new."""
        other = self.load("other", "CALLED = []")
        text = "import other\nother.CALLED.append(lambda: 1)"
        self.load("m", text)
        self.release(m=text.replace("1", "2"))
        self.assertEqual([one() for one in other.CALLED], [2])

    def test_made_in_a_loop(self):
        """Functions that a loop made keep each its own defaults."""
        text = "TABLE = []\nfor i in range(3):\n    TABLE.append(lambda i=i: (i, %d))"
        m = self.load("m", text % 1)
        held = list(m.TABLE)
        self.release(m=text % 2)
        self.assertEqual([one() for one in held], [(0, 2), (1, 2), (2, 2)])
        self.assertEqual(m.TABLE, held)

    def test_made_by_a_call(self):
        """A lambda made by a call runs the new text."""
        m = self.load("m", "def make(n): return lambda: n")
        held = m.make(1)
        self.release(m="def make(n): return lambda: n + 10")
        self.assertEqual(held(), 11)


DECORATED = """
    def deco(fn):
        def wrapper(): return ['d', fn()]
        return wrapper
    @deco
    def f(): return 1
"""


class DecoratedTests(ReleasingCase):
    def test_decorator_removed(self):
        """A held function that lost its decorator calls the plain one."""
        m = self.load("m", DECORATED)
        held = m.f
        self.release(m=DECORATED.replace("@deco", "").replace("1", "2"))
        self.assertEqual((m.f(), held()), (2, 2))

    def test_decorator_changed(self):
        """A decorator's new wrapper is that of functions that were wrapped before."""
        m = self.load("m", DECORATED)
        held = m.f
        self.release(m=DECORATED.replace("'d'", "'e'"))
        self.assertEqual((m.f(), held()), (["e", 1], ["e", 1]))

    def test_decorator_changed_elsewhere(self):
        """So it is when the decorator is in another module."""
        deco = "def deco(fn):\n    def wrapper(): return [%r, fn()]\n    return wrapper"
        self.load("d", deco % "d")
        m = self.load("m", "from d import deco\n@deco\ndef f(): return 1")
        held = m.f
        self.release(d=deco % "e")
        self.assertEqual((m.f(), held()), (["e", 1], ["e", 1]))

    def test_another_decorator(self):
        """A function under another decorator: importers and holders follow."""
        text = """
            def one(fn):
                def wrapper(): return [1, fn()]
                return wrapper
            def two(fn):
                def wrapper(): return [2, fn()]
                return wrapper
            @%s
            def f(): return 'f'
        """
        m = self.load("m", text % "one")
        held = m.f
        self.release(m=text % "two")
        self.assertEqual((m.f(), held()), ([2, "f"], [2, "f"]))


class InFlightTests(ReleasingCase):
    def test_generator(self):
        """A generator under way ends in its old body; the next one is new."""
        m = self.load("m", "def g():\n    yield 1\n    yield 'old'")
        under_way = m.g()
        next(under_way)
        self.release(m="def g():\n    yield 1\n    yield 'new'")
        self.assertEqual((next(under_way), list(m.g())), ("old", [1, "new"]))

    def test_coroutine(self):
        """A coroutine under way ends in its old body, and calls new functions."""
        text = """
            import asyncio
            def name(): return '%s'
            async def go():
                await asyncio.sleep(0)
                return ('%s', name())
        """
        m = self.load("m", text % ("a", "a"))
        under_way = m.go()
        under_way.send(None)
        self.release(m=text % ("b", "b"))
        with self.assertRaises(StopIteration) as ended:
            under_way.send(None)
        self.assertEqual(ended.exception.value, ("a", "b"))
        self.assertEqual(asyncio.run(m.go()), ("b", "b"))

    def test_not_begun(self):
        """A generator that was made and has not begun runs its old body."""
        m = self.load("m", "def g():\n    yield 'old'")
        made = m.g()
        self.release(m="def g():\n    yield 'new'")
        self.assertEqual(list(made), ["old"])

    def test_bound_method(self):
        """A kept bound method runs the new body on the same instance."""
        m = self.load("m", "class C:\n    def go(self): return (self, 1)")
        subject = m.C()
        held = subject.go
        self.release(m="class C:\n    def go(self): return (self, 2)")
        self.assertEqual(held(), (subject, 2))
