"""The way back: exact, or refused with the reason."""

from __future__ import annotations

import sys

from gameserver.errors import ReleaseRefused, UndoRefused
from tests.reload.engines import EngineCase


class UndoTests(EngineCase):
    """A release that is taken back has never been."""

    def test_code_and_data(self):
        """Functions, constants, added and removed names are as before."""
        module = self.load(a="K = 1\nOLD = 2\ndef f(x=1): return x, K\n")
        before = dict(vars(module))
        self.release(a="K = 5\nNEW = 3\ndef f(x=2): return x, K, NEW\n").undo()
        self.assertEqual(dict(vars(module)), before)
        self.assertEqual(module.f(), (1, 1))

    def test_what_a_hook_set(self):
        """Data that the release's hook set or changed in place goes, too."""
        module = self.load(a="K = 1\nT = {'a': []}\n")
        text = "K = 1\nT = {'a': []}\ndef module_reloaded(old, new):\n"
        text += "    new.MORE = 7\n    new.T['a'].append(1)\n    new.K = 9\n"
        release = self.release(a=text)
        self.assertEqual((module.MORE, module.T, module.K), (7, {"a": [1]}, 9))
        release.undo()
        self.assertEqual((module.T, module.K), ({"a": []}, 1))
        self.assertFalse(hasattr(module, "MORE"))

    def test_new_and_removed_modules(self):
        """New modules go, removed ones are back, the same objects."""
        self.load(a="V = 0\n")
        gone = self.load(b="V = 1\n")
        del self.texts["worlds.b"]
        self.release(c="V = 2\n").undo()
        self.assertIs(sys.modules["worlds.b"], gone)
        self.assertIs(sys.modules["worlds"].b, gone)
        self.assertNotIn("worlds.c", sys.modules)

    def test_release_again(self):
        """After an undo the same text can be released again."""
        module = self.load(a="def f(): return 1\n")
        self.release(a="def f(): return 2\n").undo()
        self.engine.release()
        self.assertEqual(module.f(), 2)

    def test_two(self):
        """Two releases are undone, the later one first."""
        module = self.load(a="K = 1\n")
        first = self.release(a="K = 2\n")
        second = self.release(a="K = 3\n")
        error = self.assertRaises(UndoRefused, first.undo)
        self.assertIn("later release", str(error))
        second.undo()
        self.assertEqual(module.K, 2)
        first.undo()
        self.assertEqual(module.K, 1)

    def test_changed_since(self):
        """Data that the release set and somebody changed since stands in the way."""
        module = self.load(a="K = 1\n")
        release = self.release(a="K = 2\n")
        module.K = 7
        error = self.assertRaises(UndoRefused, release.undo)
        self.assertEqual(str(error), "changed since the release: K")
        self.assertEqual(module.K, 7)

    def test_filled_since(self):
        """A table that the release brought and players filled stands in the way."""
        module = self.load(a="T = {'a': 1}\n")
        release = self.release(a="T = {'a': 2}\n")
        module.T["bob"] = 1
        error = self.assertRaises(UndoRefused, release.undo)
        self.assertIn("T", str(error))

    def test_hook_changed_since(self):
        """What a hook made and somebody changed since stands in the way."""
        module = self.load(a="T = {}\n")
        text = "T = {}\ndef module_reloaded(old, new): new.T['a'] = 1\n"
        release = self.release(a=text)
        module.T["b"] = 2
        self.assertRaises(UndoRefused, release.undo)
        self.assertEqual(module.T, {"a": 1, "b": 2})

    def test_untouched_data_stays(self):
        """Data that the release did not touch keeps what players did since."""
        module = self.load(a="T = {}\ndef f(): return 1\n")
        release = self.release(a="T = {}\ndef f(): return 2\n")
        module.T["bob"] = 1
        release.undo()
        self.assertEqual((module.T, module.f()), ({"bob": 1}, 1))

    def test_twice(self):
        """An undone release cannot be undone again."""
        self.load(a="K = 1\n")
        release = self.release(a="K = 2\n")
        release.undo()
        self.assertRaises(UndoRefused, release.undo)

    def test_permanent(self):
        """A permanent release cannot be undone."""
        self.load(a="K = 1\n")
        release = self.release(a="K = 2\n")
        release.make_permanent()
        self.assertRaises(UndoRefused, release.undo)


class EdgeTests(EngineCase):
    """What an undo leaves alone."""

    def test_modules_loaded_since(self):
        """A module that was loaded after the release can still be released."""
        self.load(a="K = 1\n")
        release = self.release(a="K = 2\n")
        other = self.load(b="K = 1\n")
        release.undo()
        self.write(a="K = 1\n")
        self.release(b="K = 3\n")
        self.assertEqual(other.K, 3)

    def test_failed_hook_loads(self):
        """A module that a failing hook loaded is known, and can be released."""
        self.load(a="K = 1\n")
        self.write(late="K = 1\n")
        hook = "def module_reloaded(old, new):\n    import worlds.late\n    1/0\n"
        self.write(a=f"K = 2\n{hook}")
        self.assertRaises(ReleaseRefused, self.engine.release, ["worlds.a"])
        late = self.load(late="K = 1\n")
        self.write(late="K = 5\n")
        self.engine.release(["worlds.late"])
        self.assertEqual(late.K, 5)

    def test_from_a_hook(self):
        """A hook cannot undo an earlier release amid a commit."""
        module = self.load(a="K = 1\nBACK = None\n")
        module.BACK = self.release(a="K = 2\nBACK = None\n")
        hook = "def module_reloaded(old, new): new.BACK.undo()\n"
        error = self.refused(a=f"K = 3\nBACK = None\n{hook}")
        self.assertIn("under way", str(error))
        self.assertEqual(module.K, 2)
