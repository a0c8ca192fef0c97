"""Hooks, in every spelling that is accepted."""

from __future__ import annotations

from functools import partial
from types import ModuleType

from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import ReleaseRefused
from gameserver.reload.hooks import MODULE_HOOKS, instance_hook, module_hook
from tests.reload.game import Game


def module(source):
    made = ModuleType("m")
    made.__file__ = "m.py"
    exec(source, vars(made))  # noqa: S102 - a text with a hook
    return made


class ModuleHookTests(SynchronousTestCase):
    def called(self, source):
        made = module(source)
        hook = module_hook(made, {"x": 1})
        assert hook is not None
        hook()
        return made, made.seen

    def test_spellings(self):
        """``module_reloaded``, ``pmnc_init`` and ``x_reload_module`` are hooks."""
        for name in ("module_reloaded", "pmnc_init", "x_reload_module"):
            made, seen = self.called(
                f"def {name}(*given):\n global seen\n seen = given"
            )
            old, new, file = seen
            self.assertEqual((old.x, new, file), (1, made, "m.py"))

    def test_arguments(self):
        """A hook is given as much as it takes."""
        for names in ("", "a", "a, b", "a, /, b, c", "a, b=1"):
            listed = [one.strip("/ ").partition("=")[0] for one in names.split(",")]
            expected = len([one for one in listed if one])
            given = ", ".join(one for one in listed if one)
            _, seen = self.called(
                f"def module_reloaded({names}):\n global seen\n seen = [{given}]"
            )
            self.assertEqual(len(seen), expected)

    def test_by_name(self):
        """Named options of its own are left to the hook."""
        _, seen = self.called(
            "def module_reloaded(old, *, b=5):\n global seen\n seen = b"
        )
        self.assertEqual(seen, 5)

    def test_first(self):
        """Our own spelling goes before the others."""
        text = "def {}():\n global seen\n seen = {!r}\n"
        names = ("pmnc_init", "module_reloaded")
        _, seen = self.called("".join(text.format(one, one) for one in names))
        self.assertEqual(seen, "module_reloaded")

    def test_own(self):
        """Another module's function is none, nor is what cannot be called."""
        made = module("def module_reloaded(): pass")
        made.module_reloaded.__module__ = "other"
        self.assertIsNone(module_hook(made, {}))
        self.assertIsNone(module_hook(module("module_reloaded = 5"), {}))

    def test_decorated(self):
        """What a decorator of another module made is the module's own hook."""
        made = module("seen = []")

        def deco(inner):
            def wrapper(*given):
                return inner(*given)

            return wrapper

        made.module_reloaded = deco(made.seen.append)
        hook = module_hook(made, {"x": 1})
        assert hook is not None
        self.assertRaises(TypeError, hook)  # it ran, with all three

    def test_partial(self):
        """A partial is a hook, and given as much as it takes."""
        _, seen = self.called(
            "import functools\n"
            "def told(by, old, new):\n global seen\n seen = (by, old.x)\n"
            "module_reloaded = functools.partial(told, 5)\n"
        )
        self.assertEqual(seen, (5, 1))

    def test_object(self):
        """So is an object that can be called, and a bound method."""
        text = (
            "class C:\n"
            " def __call__(self, old):\n  global seen\n  seen = old.x\n"
            "module_reloaded = C(){}\n"
        )
        for which in ("", ".__call__"):
            self.assertEqual(self.called(text.format(which))[1], 1)

    def test_no_signature(self):
        """One of C that does not say what it takes is given nothing."""
        made = module("seen = {1: 2}\nmodule_reloaded = seen.clear")
        hook = module_hook(made, {})
        assert hook is not None
        hook()
        self.assertEqual(made.seen, {})

    def test_imported(self):
        """What an import statement has bound is another module's, whatever it is."""
        made = module("module_reloaded = int\nx_reload_module = str")
        hook = module_hook(made, {}, {"module_reloaded"})
        assert isinstance(hook, partial)
        self.assertIs(hook.func, str)
        self.assertIsNone(module_hook(made, {}, {*MODULE_HOOKS}))

    def test_no_file(self):
        """A module without a file can have a hook."""
        made = module("def module_reloaded(old, new, file): old.seen.append(file)")
        del made.__file__
        seen = []
        hook = module_hook(made, {"seen": seen})
        assert hook is not None
        hook()
        self.assertEqual(seen, [None])


class InstanceHookTests(SynchronousTestCase):
    def called(self, **members):
        owner = type("Owner", (), members)
        hook = instance_hook(owner)
        assert hook is not None
        subject = owner()
        return subject, hook(subject, 3)

    def test_version(self):
        """``reloaded`` is given the old version, if it takes it."""
        subject, given = self.called(reloaded=lambda self, old: (self, old))
        self.assertEqual(given, (subject, 3))
        subject, given = self.called(reloaded=lambda self: self)
        self.assertIs(given, subject)

    def test_many(self):
        """One that takes anything is given it, too."""
        self.assertEqual(self.called(reloaded=lambda self, *more: more)[1], (3,))

    def test_other_spelling(self):
        """``x_reload_class`` is the same."""
        self.assertEqual(self.called(x_reload_class=lambda self: 5)[1], 5)

    def test_none(self):
        """A class without a function of such a name has no hook."""
        self.assertIsNone(instance_hook(type("Owner", (), {"reloaded": 5})))

    def test_override(self):
        """The hook that runs is the instance's own, not its base's."""
        base = type("Base", (), {"reloaded": lambda self: "base"})
        hook = instance_hook(base)
        assert hook is not None
        below = type("Below", (base,), {"reloaded": lambda self: "below"})
        self.assertEqual(hook(below(), None), "below")


class ReleaseTests(SynchronousTestCase):
    def test_new_version(self):
        """The hook of the new version runs, and sees old values and new module."""
        hook = "def module_reloaded(old, new): new.seen = (old.x, new.x, {})\n"
        game = Game(self, m="x = 1\n" + hook.format(1))
        release = game.release(m="x = 2\n" + hook.format(2))
        self.assertEqual(game.m.seen, (1, 2, 2))
        release.undo()
        self.assertFalse(hasattr(game.m, "seen"))

    def test_assigned(self):
        """A partial that the text assigns runs in a release, an import does not."""
        lib = "seen = []\ndef module_reloaded(): seen.append('lib')\n"
        game = Game(self, lib=lib, m="from ROOT.lib import module_reloaded\nx = 1")
        game.release(m="from ROOT.lib import module_reloaded\nx = 2")
        self.assertEqual(game.lib.seen, [])
        game.release(
            m="import functools\nfrom ROOT import lib\n"
            "module_reloaded = functools.partial(lib.seen.append, 'm')\nx = 3"
        )
        self.assertEqual(game.lib.seen, ["m"])

    def test_raises(self):
        """A hook that raises undoes the release; file and line are named."""
        game = Game(self, m="x = 1\n")
        game.put(m="x = 2\ndef module_reloaded():\n    raise LookupError('no')\n")
        error = self.assertRaises(ReleaseRefused, game.engine.release)
        self.assertEqual(error.place, f"{game.file('m')}:3")
        self.assertEqual((error.step, error.module), ("hook", game.full("m")))
        self.assertEqual(game.m.x, 1)

    def test_forbidden(self):
        """A module that forbids it is never reloaded, by either text or at run time."""
        for old, new in (
            ("__reloadable__ = False\nx = 1", "x = 2"),
            ("x = 1", "__reloadable__ = False\nx = 2"),
        ):
            game = Game(self, m=old)
            game.put(m=new)
            error = self.assertRaises(ReleaseRefused, game.engine.release)
            self.assertIn("__reloadable__", error.text)
        game = Game(self, m="x = 1")
        game.m.__reloadable__ = False
        game.put(m="x = 2")
        self.assertRaises(ReleaseRefused, game.engine.release)
