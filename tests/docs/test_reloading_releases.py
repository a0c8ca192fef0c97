"""Rows on undo, refusals and threads of the page on reloading."""

from __future__ import annotations

import sys
import threading

from gameserver.errors import PlanStale, ReleaseRefused, UndoRefused
from gameserver.reload import Engine, Texts
from tests.docs.releasing import MIGRATED, STEPS, ReleasingCase


class UndoTests(ReleasingCase):
    def test_code_and_data(self):
        """Undo brings back code, constants, classes, modules and what hooks set."""
        text = """
            K = %d
            TABLE = {}
            def f(): return %d
            class C:
                def go(self): return %d
        """
        m = self.load("m", text % (1, 1, 1))
        one, function = m.C(), m.f
        hooked = text % (2, 2, 2) + (
            "\n            def module_reloaded(old, new): new.TABLE['n'] = 1\n"
        )
        release = self.release(m=hooked, new="K = 1")
        self.assertEqual((m.K, one.go(), m.TABLE), (2, 2, {"n": 1}))
        release.undo()
        self.assertEqual((m.K, m.f(), one.go(), m.TABLE), (1, 1, 1, {}))
        self.assertIs(m.f, function)
        self.assertNotIn("new", sys.modules)
        self.assertFalse(hasattr(m, "module_reloaded"))

    def test_migrated(self):
        """Undo gives migrated instances the fields that they had."""
        m = self.load("m", MIGRATED % (1, "a"))
        subject = m.C()
        release = self.release(m=MIGRATED % (3, "c") + STEPS)
        release.undo()
        self.assertEqual((vars(subject), m.C.version), ({"a": 1}, 1))

    def test_state_since(self):
        """Undo leaves what the release did not touch as it is now."""
        m = self.load("m", "TABLE = {}\ndef f(): return 1")
        release = self.release(m="TABLE = {}\ndef f(): return 2")
        m.TABLE["bob"] = 1
        release.undo()
        self.assertEqual((m.f(), m.TABLE), (1, {"bob": 1}))

    def said(self, release):
        with self.assertRaises(UndoRefused) as caught:
            release.undo()
        return str(caught.exception)

    def test_changed_since(self):
        """Undo refuses where data that the release set has changed since."""
        m = self.load("m", "K = 1")
        release = self.release(m="K = 2")
        m.K = 3
        self.assertEqual(self.said(release), "changed since the release: K")
        self.assertEqual(m.K, 3)

    def test_migrated_and_changed(self):
        """Undo refuses where a migrated instance has changed since."""
        m = self.load("m", MIGRATED % (1, "a"))
        subject = m.C()
        release = self.release(m=MIGRATED % (3, "c") + STEPS)
        subject.c = 10
        self.assertEqual(self.said(release), "changed since the release: c")

    def test_migrated_lazily_and_changed(self):
        """So it does where one that was migrated later has changed."""
        m = self.load("m", MIGRATED % (1, "a"))
        subject = m.C()
        self.put("m", MIGRATED % (3, "c") + STEPS)
        release = self.engine.release(lazily=True)
        subject.c += 1
        said = "1 migrated instance has changed since; "
        self.assertIn(said, self.said(release))
        self.assertIn("C: migration to 3 has no undo=", self.said(release))

    def test_not_the_last(self):
        """Undo refuses while a later release rests on this one."""
        self.load("m", "K = 1")
        first = self.release(m="K = 2")
        second = self.release(m="K = 3")
        said = "a later release rests on this one; undo that one first"
        self.assertEqual(self.said(first), said)
        second.undo()
        first.undo()
        self.assertEqual(sys.modules["m"].K, 1)

    def test_twice(self):
        """A release is undone once."""
        self.load("m", "K = 1")
        release = self.release(m="K = 2")
        release.undo()
        self.assertEqual(self.said(release), "the release is undone already")

    def test_permanent(self):
        """A permanent release cannot be undone."""
        self.load("m", "K = 1")
        release = self.release(m="K = 2")
        release.make_permanent()
        said = "the release is permanent; release the earlier text"
        self.assertEqual(self.said(release), said)


class RefusalTests(ReleasingCase):
    def test_syntax(self):
        """A text that does not compile: file, line and what Python says."""
        self.load("m", "K = 1")
        said = self.refusal(m="K = 2\ndef f(:")
        self.assertEqual(
            said, "<texts>/m.py:2: SyntaxError: invalid syntax: def f(: (module m)"
        )

    def test_empty(self):
        """An empty text, which editors leave for a moment."""
        self.load("m", "K = 1")
        said = self.refusal(m="")
        self.assertEqual(said, "<texts>/m.py:1: empty; was it cut short? (module m)")

    def test_mark(self):
        """A module that says it is not to be reloaded."""
        self.load("m", "__reloadable__ = False\nK = 1")
        said = self.refusal(m="__reloadable__ = False\nK = 2")
        expected = "the module forbids it: __reloadable__ = False (module m)"
        self.assertEqual(said, f"<texts>/m.py:1: {expected}")

    def test_body(self):
        """A body that raises; also SystemExit."""
        self.load("m", "K = 1")
        said = self.refusal(m="K = 2\n1 / 0")
        expected = "<texts>/m.py:2: ZeroDivisionError: division by zero (module m)"
        self.assertEqual(said, expected)
        self.assertIn("SystemExit", self.refusal(m="raise SystemExit(3)"))

    def test_interrupt(self):
        """KeyboardInterrupt goes on to whoever released; all is as before."""
        m = self.load("m", "K = 1")
        with self.assertRaises(KeyboardInterrupt):
            self.release(m="K = 2\nraise KeyboardInterrupt")
        hook = "K = 2\ndef module_reloaded(old, new): raise KeyboardInterrupt"
        with self.assertRaises(KeyboardInterrupt):
            self.release(m=hook)
        self.assertEqual(m.K, 1)
        self.release(m="K = 3")
        self.assertEqual(m.K, 3)

    def test_gone(self):
        """A module that was asked for by name and has no text."""
        self.load("m", "K = 1")
        del self.texts["m"]
        with self.assertRaises(ReleaseRefused) as caught:
            self.engine.release(["m"])
        self.assertEqual(
            str(caught.exception),
            "<texts>/m.py: there is no text for it; was the file removed? (module m)",
        )

    def test_layout(self):
        """A class whose instances cannot take the new shape."""
        self.load("m", "class C:\n    __slots__ = ('a',)")
        said = self.refusal(m="class C:\n    __slots__ = ('a', 'b')")
        self.assertEqual(
            said,
            "<texts>/m.py:1: C: slots b need other memory; give the class a "
            "successor() class method, or restart (module m)",
        )

    def test_hook(self):
        """A module hook that raises; all is as before."""
        m = self.load("m", "K = 1")
        said = self.refusal(m="K = 2\ndef module_reloaded(old, new):\n    1 / 0")
        expected = "<texts>/m.py:3: ZeroDivisionError: division by zero (module m)"
        self.assertEqual(said, expected)
        self.assertEqual(m.K, 1)

    def test_instance_hook(self):
        """An instance hook that raises."""
        m = self.load("m", "class C: pass")
        subject = m.C()
        said = self.refusal(m="class C:\n    def reloaded(self, old): 1 / 0")
        self.assertIn("C: ZeroDivisionError: division by zero (module m)", said)
        self.assertEqual(vars(subject), {})

    def test_stale(self):
        """A plan that was made before another release."""
        self.load("m", "K = 1")
        plan = self.plan(m="K = 2")
        self.release()
        with self.assertRaises(PlanStale) as caught:
            self.engine.commit(plan)
        said = "the code has changed since this plan was made"
        self.assertEqual(str(caught.exception), said)

    def test_twice(self):
        """A plan that was committed already."""
        self.load("m", "K = 1")
        plan = self.plan(m="K = 2")
        self.engine.commit(plan)
        with self.assertRaises(PlanStale) as caught:
            self.engine.commit(plan)
        said = "this plan was committed, or is not of this engine"
        self.assertEqual(str(caught.exception), said)

    def test_text_changed_again(self):
        """A plan carries the text that it was made with; later edits wait."""
        m = self.load("m", "K = 1")
        plan = self.plan(m="K = 2")
        self.put("m", "K = 3")
        self.engine.commit(plan)
        self.assertEqual(m.K, 2)
        self.release()
        self.assertEqual(m.K, 3)


class ThreadTests(ReleasingCase):
    def test_second_waits(self):
        """A release in a second thread waits for the first to end."""
        m = self.load("m", "K = 1\nWAIT = None")
        begun, go_on = threading.Event(), threading.Event()

        def wait():
            begun.set()
            go_on.wait()

        m.WAIT = wait
        self.put("m", "K = 2\nWAIT = None\ndef module_reloaded(old, new): old.WAIT()")
        first = threading.Thread(target=self.engine.release)
        first.start()
        begun.wait()
        plans = []
        second = threading.Thread(target=lambda: plans.append(self.engine.plan()))
        second.start()
        self.assertEqual(plans, [])
        go_on.set()
        first.join()
        second.join()
        self.assertTrue(plans[0].is_empty)


class OtherEngineTests(ReleasingCase):
    def test_not_my_plan(self):
        """A plan of another engine is not carried out."""
        plan = Engine(Texts()).plan()
        with self.assertRaises(PlanStale):
            self.engine.commit(plan)
