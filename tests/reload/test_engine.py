"""From sources to a plan, to a release."""

from __future__ import annotations

import inspect
import json
import linecache
import sys
import threading
import traceback

from gameserver.errors import PlanStale, ReleaseRefused
from gameserver.reload import Engine, Texts
from tests.reload.engines import EngineCase


class PlanTests(EngineCase):
    """A release as data, before anything has changed."""

    def test_changes_nothing(self):
        """Making a plan leaves the live module as it is."""
        module = self.load(a="K = 1\ndef f(): return K\n")
        self.write(a="K = 2\ndef f(): return K + 1\ndef g(): pass\n")
        self.engine.plan()
        self.assertEqual((module.f(), hasattr(module, "g")), (1, False))

    def test_says_what_becomes_of_what(self):
        """Each object has its kind, its name, its file and its line."""
        module = self.load(a="K = 1\nT = {}\nOLD = 1\ndef f(): return 1\n")
        module.T["bob"] = 1
        self.write(a="K = 2\nT = {'npc': 0}\ndef f(): return 2\nNEW = 1\n")
        plan = self.engine.plan()
        self.assertEqual(
            {(one.kind, one.name, one.line) for one in plan.entries},
            {
                ("patched", "K", 1),
                ("conflict", "T", 2),
                ("removed", "OLD", 0),
                ("patched", "f", 3),
                ("added", "NEW", 4),
            },
        )
        self.assertEqual({one.file for one in plan.entries}, {"<texts>/worlds/a.py"})

    def test_prints(self):
        """As text it has a line for each module and object, and the diff."""
        self.load(a="K = 1\n")
        self.write(a="K = 2\n")
        shown = str(self.engine.plan())
        self.assertIn("changed  worlds.a  <texts>/worlds/a.py", shown)
        self.assertIn("patched  worlds.a:K  <texts>/worlds/a.py:1", shown)
        self.assertIn("\n-K = 1\n+K = 2", shown)

    def test_is_data(self):
        """As JSON it says the same."""
        self.load(a="K = 1\n")
        self.write(a="K = 2\n")
        plan = self.engine.plan()
        read = json.loads(plan.to_json())
        self.assertEqual(read, plan.as_data())
        self.assertEqual(read["entries"][0]["name"], "K")

    def test_empty(self):
        """Texts that run already make an empty plan, which says so."""
        self.load(a="K = 1\n")
        plan = self.engine.plan()
        self.assertTrue(plan.is_empty)
        self.assertIn("nothing to release", str(plan))

    def test_refused(self):
        """A text that cannot be released makes a plan that says why, and where."""
        self.load(a="K = 1\n")
        self.write(a="K = 2\n1/0\n")
        plan = self.engine.plan()
        line = "<texts>/worlds/a.py:2: ZeroDivisionError: division by zero"
        self.assertEqual(plan.refused, [f"{line} (module worlds.a)"])
        self.assertIn(f"REFUSED  {line}", str(plan))

    def test_refused_is_not_committed(self):
        """Committing a refused plan raises what it says."""
        self.load(a="K = 1\n")
        self.write(a="def f(:\n")
        plan = self.engine.plan()
        error = self.assertRaises(ReleaseRefused, self.engine.commit, plan)
        self.assertEqual((error.module, error.step), ("worlds.a", "read"))
        self.assertEqual(error.place, "<texts>/worlds/a.py:1")

    def test_stale_importers(self):
        """An importer that made something of the old value is named."""
        self.load(a="K = 1\n", b="from worlds.a import K\nTWICE = K * 2\n")
        self.write(a="K = 5\n")
        stale = self.engine.plan().stale
        found = [(one.module, one.name, one.line) for one in stale]
        self.assertEqual(found, [("worlds.b", "TWICE", 2)])

    def test_once(self):
        """A plan is committed once."""
        self.load(a="K = 1\n")
        self.write(a="K = 2\n")
        plan = self.engine.plan()
        self.engine.commit(plan)
        self.assertRaises(PlanStale, self.engine.commit, plan)

    def test_stale(self):
        """A plan made before another release is refused."""
        self.load(a="K = 1\n", b="K = 1\n")
        self.write(a="K = 2\n")
        plan = self.engine.plan(["worlds.a"])
        self.release(b="K = 2\n")
        self.assertRaises(PlanStale, self.engine.commit, plan)

    def test_looks_again(self):
        """What players changed since the plan was made is kept."""
        module = self.load(a="K = 1\n")
        self.write(a="K = 2\n")
        plan = self.engine.plan()
        module.K = 9
        release = self.engine.commit(plan)
        self.assertEqual(module.K, 9)
        self.assertEqual(self.kinds(release.plan), {("conflict", "K")})


class ModulesTests(EngineCase):
    """Any number of modules, in any order."""

    def test_new(self):
        """A new module arrives with the one that imports it."""
        module = self.load(a="V = 0\n")
        self.release(b="V = 3\n", a="from worlds import b\nV = b.V\n")
        self.assertEqual(module.V, 3)
        self.assertIs(sys.modules["worlds"].b, sys.modules["worlds.b"])

    def test_new_by_import_only(self):
        """A new module that nobody named comes in because a body imports it."""
        module = self.load(a="V = 0\n")
        self.write(b="V = 3\n", a="import worlds.b\nV = worlds.b.V\n")
        plan = self.engine.plan(["worlds.a"])
        self.assertEqual({one.act for one in plan.modules}, {"changed", "added"})
        self.engine.commit(plan)
        self.assertEqual(module.V, 3)

    def test_new_in_new_folder(self):
        """Folders without a text of their own come with the modules in them."""
        a = self.load(a="def go(): return 1\n")
        self.texts["worlds.far.deep.b"] = "K = 2\n"
        self.texts["worlds.far.c"] = "from worlds.far.deep.b import K\n"
        text = "import worlds.far.deep.b\nimport worlds.far.c as c\n"
        text += "from worlds.far import deep\n"
        release = self.release(
            a=text + "def go(): return worlds.far.deep.b.K, worlds.far.c.K\n"
        )
        self.assertEqual(a.go(), (2, 2))
        self.assertIs(a.deep, sys.modules["worlds.far.deep"])
        release.undo()
        self.assertEqual(a.go(), 1)
        self.assertNotIn("worlds.far.deep", sys.modules)

    def test_new_is_gone_after_failure(self):
        """A new module whose sibling fails has never been there."""
        self.load(a="V = 0\n")
        self.refused(b="V = 3\n", a="from worlds import b\n1/0\n")
        self.assertNotIn("worlds.b", sys.modules)
        self.assertFalse(hasattr(sys.modules["worlds"], "b"))

    def test_removed(self):
        """A module whose text is gone leaves ``sys.modules`` and its package."""
        self.load(a="V = 0\n", b="V = 1\n")
        del self.texts["worlds.b"]
        plan = self.engine.plan()
        self.assertEqual([one.act for one in plan.modules], ["removed"])
        self.engine.commit(plan).make_permanent()
        self.assertNotIn("worlds.b", sys.modules)
        self.assertFalse(hasattr(sys.modules["worlds"], "b"))

    def test_removed_but_imported(self):
        """A module that another still imports is not removed; the line is named."""
        self.load(b="V = 1\n", a="K = 0\nfrom worlds.b import V\n")
        del self.texts["worlds.b"]
        error = self.refused()
        self.assertEqual(error.place, "<texts>/worlds/a.py:2")

    def test_named_but_gone(self):
        """A named module without a text is an error, not a removal."""
        self.load(a="V = 1\n")
        del self.texts["worlds.a"]
        error = self.assertRaises(ReleaseRefused, self.engine.release, ["worlds.a"])
        self.assertIn("no text", str(error))

    def test_removed_but_unknown(self):
        """What is to be removed has to be a module of the source that is loaded."""
        self.load(a="K = 1\n")
        plan = self.engine.plan([], remove=["json"])
        self.assertIn("no loaded module of the source", str(plan))
        self.assertTrue(plan.refused)

    def test_leftovers(self):
        """A removed module's release says who still holds on to what."""
        self.load(a="class C:\n    pass\n")
        other = self.load(b="KEPT = []\n")
        other.KEPT.append(sys.modules["worlds.a"].C)
        del self.texts["worlds.a"]
        release = self.engine.release()
        release.make_permanent()
        held = {one.name: one.held_by for one in release.leftovers()}
        self.assertIn("worlds.a.C", held)
        other.KEPT.clear()
        self.assertEqual(release.leftovers(), [])

    def test_order_of_imports(self):
        """A module that needs another's new name finds it, whatever the order."""
        self.load(a="def f(): return 1\n")
        module = self.load(b="from worlds.a import f\nV = f()\n")
        self.write(
            a="def f(): return 1\ndef g(): return 2\n",
            b="from worlds.a import g\nV = g()\n",
        )
        self.engine.release(["worlds.b", "worlds.a"])
        self.assertEqual(module.V, 2)


class TextTests(EngineCase):
    """Line numbers, tracebacks and sources are those of the text that runs."""

    def test_traceback(self):
        """A traceback shows the line of a module that is in no file."""
        module = self.load(a="def f():\n    raise ValueError('x')\n")
        self.release(a="# moved\n\ndef f():\n    raise ValueError('y')\n")
        error = self.assertRaises(ValueError, module.f)
        last = traceback.extract_tb(error.__traceback__)[-1]
        self.assertEqual((last.lineno, last.line), (4, "raise ValueError('y')"))

    def test_getsource(self):
        """``inspect`` shows the source that runs, of functions and classes."""
        module = self.load(a="class C:\n    def f(self): return 1\n")
        self.release(a="# one\nclass C:\n    def f(self): return 2\n")
        linecache.checkcache()
        self.assertIn("return 2", inspect.getsource(module.C.f))
        self.assertIn("return 2", inspect.getsource(module.C))

    def test_undone(self):
        """After an undo the former text is shown."""
        module = self.load(a="def f(): return 1\n")
        self.release(a="def f(): return 2\n").undo()
        linecache.checkcache()
        self.assertIn("return 1", inspect.getsource(module.f))

    def test_not_released(self):
        """A text that is only planned or refused is not shown."""
        module = self.load(a="def f(): return 1\n")
        self.refused(a="def f(): return 2\n1/0\n")
        linecache.clearcache()
        self.assertIn("return 1", inspect.getsource(module.f))


class TurnTests(EngineCase):
    """One release at a time."""

    def test_from_a_hook(self):
        """A hook cannot begin another release; it is refused and all is undone."""
        module = self.load(a="K = 1\nENGINE = None\n")
        module.ENGINE = self.engine
        text = "K = 2\nENGINE = None\ndef module_reloaded(old, new):\n"
        error = self.refused(a=f"{text}    new.ENGINE.release()\n")
        self.assertIn("under way", str(error))
        self.assertEqual(module.K, 1)

    def test_second_waits(self):
        """A second thread's release waits for the first, and both happen."""
        self.load(a="K = 0\n", b="K = 0\n")
        errors: list[BaseException] = []

        def release(name: str) -> None:
            try:
                for number in range(1, 20):
                    self.texts[f"worlds.{name}"] = f"K = {number}\n"
                    self.engine.release([f"worlds.{name}"])
            except BaseException as error:  # noqa: BLE001 - told to the test
                errors.append(error)

        threads = [threading.Thread(target=release, args=(one,)) for one in "ab"]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        self.assertEqual(errors, [])
        values = [sys.modules[f"worlds.{one}"].K for one in "ab"]
        self.assertEqual(values, [19, 19])

    def test_watch_needs_an_imported_source(self):
        """``watch`` is for modules that the ordinary import system loads."""
        self.assertRaises(TypeError, Engine(Texts()).watch)


class GoneTests(EngineCase):
    """Names that a release takes away."""

    def test_line(self):
        """A removed name has no line in the new text; the plan says where it was."""
        self.load(a="K = 1\nOLD = 2\n")
        self.write(a="K = 1\n")
        found = [(one.name, one.line, one.why) for one in self.engine.plan().entries]
        self.assertEqual(found, [("OLD", 0, "was at line 2")])

    def test_importers(self):
        """Whoever imports a name that is gone is named: it could not start again."""
        self.load(a="def f(): pass\n", b="from worlds.a import f\n")
        self.write(a="def g(): pass\n")
        stale = self.engine.plan().stale
        self.assertEqual(
            [(one.module, one.why) for one in stale],
            [("worlds.b", "imports worlds.a.f, which is gone")],
        )

    def test_refused_is_an_entry(self):
        """A refusal is an entry like any other, with file and line."""
        self.load(a="K = 1\n")
        self.write(a="K = 1\n1/0\n")
        (entry,) = self.engine.plan().entries
        self.assertEqual(
            (entry.kind, entry.module, entry.line), ("refused", "worlds.a", 2)
        )
