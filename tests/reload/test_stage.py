"""New texts run in scratch namespaces; nothing live has changed yet."""

from __future__ import annotations

import builtins
import sys
from types import ModuleType

from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import ReleaseRefused
from gameserver.reload.places import place_of_error
from gameserver.reload.stage import Stage
from gameserver.reload.views import STAGE, Overlay, Scratch, finish, live_of
from tests.reload.game import Game


class Staging(SynchronousTestCase):
    def staged(self, game, **texts):
        """Stage new texts of a game; nothing is committed."""
        game.put(**texts)
        engine = game.engine
        stage = Stage(game.texts, engine.records, engine._specs)
        found = [game.texts.read(game.full(name)) for name in texts]
        stage.run([one for one in found if one is not None])
        return stage

    def names(self, game, stage):
        return [name.removeprefix(f"{game.root}.") for name in stage.modules]


class BodyTests(Staging):
    def test_apart(self):
        """A body runs apart from the live module."""
        game = Game(self, m="x = 1")
        stage = self.staged(game, m="x = 2\nname = __name__\nfile = __file__")
        self.assertEqual(game.m.x, 1)
        space = stage.modules[game.full("m")].namespace
        self.assertEqual((space["x"], space["name"]), (2, game.full("m")))
        self.assertEqual(space["file"], game.file("m"))

    def test_layout(self):
        """A text that differs in layout only is not run."""
        game = Game(self, m="x = [1]")
        stage = self.staged(game, m="# more\nx = [1]")
        self.assertFalse(stage.modules[game.full("m")].has_run)
        self.assertNotIn("x", stage.modules[game.full("m")].namespace)

    def test_put_away(self):
        """``sys.modules`` and ``__import__`` are as before, after a failure too."""
        game = Game(self, m="x = 1")
        before, way = set(sys.modules), builtins.__import__
        self.staged(game, m="from ROOT import n", n="x = 1")
        self.assertIs(builtins.__import__, way)
        self.assertRaises(ReleaseRefused, self.staged, game, n="1 / 0")
        self.assertIs(builtins.__import__, way)
        self.assertEqual(set(sys.modules) - before, set())

    def test_top(self):
        """A module in no package is staged like any other."""
        game = Game(self)
        game.texts[f"{game.root}top"] = "x = 1"
        game.engine.release()
        self.addCleanup(sys.modules.pop, f"{game.root}top")
        self.assertEqual(sys.modules[f"{game.root}top"].x, 1)

    def test_in_scratch(self):
        """The stage knows its own namespaces, and no others."""
        game = Game(self, m="x = 1")
        stage = self.staged(game, m="x = 2")
        one = stage.modules[game.full("m")]
        self.assertIs(stage.in_scratch(one.namespace), one)
        self.assertIsNone(stage.in_scratch(vars(game.m)))
        self.assertIsNone(stage.in_scratch({}))
        self.assertEqual(stage.planned, {game.full("m")})


class ImportTests(Staging):
    def test_order(self):
        """What a body imports is staged first, whatever order was given."""
        game = Game(self, a="", b="")
        stage = self.staged(game, a="from ROOT.b import x", b="x = 1")
        self.assertEqual(self.names(game, stage), ["b", "a"])

    def test_staged(self):
        """A body's import finds the staged version; everybody else's the live one."""
        game = Game(self, a="x = 1", b="from ROOT.a import x")
        stage = self.staged(game, a="x = 2", b="from ROOT.a import x\ny = x")
        self.assertEqual(stage.modules[game.full("b")].namespace["y"], 2)
        self.assertEqual(game.load("a").x, 1)

    def test_spellings(self):
        """Every spelling of an import finds it."""
        game = Game(self, a="x = 1", b="")
        for line in (
            "import ROOT.a\ny = ROOT.a.x", "import ROOT.a as a\ny = a.x",
            "from ROOT import a\ny = a.x", "from . import a\ny = a.x",
            "from .a import x as y", "from ROOT.a import *\ny = x",
            "import importlib, ROOT\ny = ROOT.a.x",
        ):  # fmt: skip
            stage = self.staged(game, a="x = 2", b=line)
            found = stage.modules[game.full("b")].namespace["y"]
            self.assertEqual(found, 2, line)

    def test_libraries(self):
        """Libraries are imported as ever."""
        game = Game(self, m="")
        stage = self.staged(game, m="import os.path\nfrom math import pi\nimport json")
        space = stage.modules[game.full("m")].namespace
        self.assertIs(space["json"], sys.modules["json"])

    def test_new(self):
        """A new module that a body imports is staged with it."""
        game = Game(self, m="")
        game.put(n="x = 5")
        stage = self.staged(game, m="from ROOT.n import x")
        self.assertEqual(self.names(game, stage), ["n", "m"])
        self.assertIsNone(stage.modules[game.full("n")].old)

    def test_missing(self):
        """An import of what is nowhere is refused, with its line."""
        game = Game(self, m="")
        error = self.assertRaises(
            ReleaseRefused, self.staged, game, m="\nimport ROOT.nothing"
        )
        self.assertEqual(error.place, f"{game.file('m')}:2")

    def test_untouched(self):
        """A live module that is not of the plan is imported as it is."""
        game = Game(self, a="x = []", b="")
        stage = self.staged(game, b="from ROOT.a import x\nimport ROOT.a as a")
        space = stage.modules[game.full("b")].namespace
        self.assertIs(space["x"], game.a.x)
        self.assertIs(space["a"], game.a)

    def test_moved_only(self):
        """One whose text only moved is imported live."""
        game = Game(self, a="x = []", b="")
        stage = self.staged(game, a="\nx = []", b="from ROOT.a import x")
        self.assertIs(stage.modules[game.full("b")].namespace["x"], game.a.x)

    def circle(self, text):
        game = Game(self)
        game.put(a=f"from ROOT import b\n{text}", b="import ROOT.a")
        game.load("b")
        return game

    def test_circle(self):
        """In a circle the live object stands in for a name that is not bound yet."""
        game = self.circle("def f(): return 1")
        stage = self.staged(
            game, a="from ROOT import b\ndef f(): return 2",
            b="from ROOT.a import f\n",
        )  # fmt: skip
        self.assertIs(stage.modules[game.full("b")].namespace["f"], game.a.f)

    def test_circle_unbound(self):
        """A name that the new text never binds has no stand-in."""
        game = self.circle("gone = 1")
        self.assertRaises(
            ReleaseRefused, self.staged, game,
            a="from ROOT import b\nother = 1", b="from ROOT.a import gone",
        )  # fmt: skip

    def test_circle_new(self):
        """In a circle of new modules there is none, as in any import."""
        game = Game(self)
        self.assertRaises(
            ReleaseRefused, self.staged, game,
            a="from ROOT.b import y\nx = 1", b="from ROOT.a import x\ny = 1",
        )  # fmt: skip

    def test_circle_computed(self):
        """Nor for a name that the text binds, but the live module lacks."""
        game = Game(self, a="x = 1")
        game.put(b="import ROOT.a")
        game.load("b")
        self.assertRaises(
            ReleaseRefused, self.staged, game,
            a="from ROOT import b\nfresh = 1", b="from ROOT.a import fresh",
        )  # fmt: skip

    def test_from_functions(self):
        """A call of a staged function imports as its module does."""
        game = Game(self, a="x = 1", b="")
        stage = self.staged(
            game, a="x = 2", b="def f():\n  from ROOT.a import x\n  return x\ny = f()"
        )
        self.assertEqual(stage.modules[game.full("b")].namespace["y"], 2)


class PackageTests(Staging):
    def package(self):
        game = Game(self)
        game.texts[f"{game.root}.pkg.__init__"] = "x = 1"
        game.put(pkg__a="x = 1", pkg__b="x = 1")
        for name in ("pkg", "pkg__a", "pkg__b"):
            game.load(name)
        return game

    def test_child(self):
        """A package that is not of the plan shows its staged modules."""
        game = self.package()
        stage = self.staged(
            game, pkg__a="x = 2",
            pkg__b="import ROOT.pkg\nfrom ROOT import pkg\n"
            "y = ROOT.pkg.a.x, pkg.a.x, pkg.x, hasattr(pkg, 'none')",
        )  # fmt: skip
        space = stage.modules[game.full("pkg__b")].namespace
        self.assertEqual(space["y"], (2, 2, 1, False))

    def test_of_plan(self):
        """A package that is of the plan shows its live modules."""
        game = self.package()
        game.texts[f"{game.root}.pkg.__init__"] = "x = 2\n"
        stage = Stage(game.texts, game.engine.records, game.engine._specs)
        game.put(pkg__b="import ROOT.pkg.a\ny = ROOT.pkg.a.x, ROOT.pkg.x")
        texts = [game.texts.read(game.full(one)) for one in ("pkg", "pkg__b")]
        stage.run([one for one in texts if one is not None])
        space = stage.modules[game.full("pkg__b")].namespace
        self.assertEqual(space["y"], (1, 2))

    def test_itself(self):
        """A module sees itself in its package while it runs."""
        game = self.package()
        text = "from ROOT import pkg\ny = pkg.a.__name__\n"
        game.texts[f"{game.root}.pkg.__init__"] = "x = 2\n"
        game.put(pkg__a=text)
        game.engine.release()
        self.assertEqual(game.load("pkg__a").y, game.full("pkg__a"))

    def test_library(self):
        """A library that is imported for the first time in a package is imported."""
        game = self.package()
        sys.modules.pop("this_is_no_module", None)
        self.assertRaises(
            ReleaseRefused, self.staged, game, pkg__a="x = 3\nimport ROOT.pkg.nothing"
        )

    def test_moved(self):
        """One whose text only moved shows its staged modules."""
        game = self.package()
        game.texts[f"{game.root}.pkg.__init__"] = "\nx = 1"
        game.put(pkg__a="x = 2", pkg__b="import ROOT.pkg\ny = ROOT.pkg.a.x")
        game.engine.release()
        self.assertEqual(game.load("pkg__b").y, 2)

    def test_star(self):
        """A star import of such a package takes its live names."""
        game = self.package()
        stage = self.staged(
            game, pkg__a="x = 2", pkg__b="from ROOT.pkg import *\ny = x"
        )
        self.assertEqual(stage.modules[game.full("pkg__b")].namespace["y"], 1)

    def test_relative(self):
        """Relative imports work from modules and packages."""
        game = self.package()
        stage = self.staged(
            game, pkg__a="x = 2", pkg__b="from .a import x\nfrom . import a\ny = a.x, x"
        )
        self.assertEqual(stage.modules[game.full("pkg__b")].namespace["y"], (2, 2))

    def test_new_package(self):
        """A new package is staged before its modules, and bound to them."""
        game = Game(self)
        game.put(new__a="x = 1")
        game.texts[f"{game.root}.new.__init__"] = "from .a import x\nfrom . import a"
        release = game.engine.release()
        self.assertEqual((game.new.x, game.new.a.x), (1, 1))
        self.assertEqual(type(game.new), ModuleType)
        release.undo()
        self.assertNotIn(game.full("new"), sys.modules)


class RefusalTests(Staging):
    def refused(self, new, old="x = 1"):
        game = Game(self, m=old)
        error = self.assertRaises(ReleaseRefused, self.staged, game, m=new)
        self.assertTrue(error.place.startswith(game.file("m")), error.place)
        return error, error.place.rpartition(":")[2]

    def test_syntax(self):
        """A text that is no Python, with its line."""
        error, line = self.refused("x = 1\nx = = 2\n")
        self.assertEqual((error.step, line), ("read", "2"))

    def test_compiler(self):
        """One that only the compiler refuses."""
        error, line = self.refused("x = 1\nreturn 5\n")
        self.assertEqual((error.step, line), ("read", "2"))

    def test_empty(self):
        """One that is empty, where there was something."""
        error, _ = self.refused("  \n")
        self.assertIn("cut short", error.text)

    def test_body(self):
        """One whose body raises, ``SystemExit`` too, with the innermost line of it."""
        for text in (
            "x = 2\nx.gone\n", "x = 2\nraise SystemExit\n",
            "def f():\n  raise KeyError(1)\n\nf()\n",
            "x = 2\nimport json; json.loads('{')\n",
        ):  # fmt: skip
            error, line = self.refused(text)
            self.assertEqual((error.step, line), ("run", "2"))

    def test_cancelled(self):
        """One whose body raises what is no ``Exception``, such as a cancellation."""
        text = "import asyncio\nraise asyncio.CancelledError\n"
        error, line = self.refused(text)
        self.assertEqual((error.step, line), ("run", "2"))
        self.assertEqual(error.text, "CancelledError")

    def test_interrupts(self):
        """``KeyboardInterrupt`` and ``GeneratorExit`` go on to who releases."""
        for one in (KeyboardInterrupt, GeneratorExit):
            game = Game(self, m="x = 1\n")
            game.put(m=f"raise {one.__name__}\n")
            self.assertRaises(one, game.engine.plan)

    def test_nested(self):
        """The module at fault is named, not the one that imported it."""
        game = Game(self, a="", b="")
        error = self.assertRaises(
            ReleaseRefused, self.staged, game, a="from ROOT import b", b="1 / 0"
        )
        self.assertEqual(error.module, game.full("b"))

    def test_generated(self):
        """Code that a body compiles under its own file's name has its line."""
        error, line = self.refused("x = 2\ncompile('1\\n2 2', __file__, 'exec')")
        self.assertIn("SyntaxError", error.text)
        self.assertEqual(line, "2")

    def test_elsewhere(self):
        """An error without a line of the game has no place."""
        self.assertEqual(place_of_error(LookupError(), {"m"}), "")


class ViewTests(SynchronousTestCase):
    def test_finish(self):
        """A scratch module that becomes live is an ordinary one."""
        module = Scratch("m")
        vars(module)[STAGE] = None
        finish(module)
        self.assertIs(type(module), ModuleType)
        self.assertNotIn(STAGE, vars(module))

    def test_finish_plain(self):
        """Any other module stays what it is."""

        class Own(ModuleType):
            pass

        module = Own("m")
        finish(module)
        self.assertIs(type(module), Own)

    def test_without_stage(self):
        """A scratch module without a stage has what it has."""
        self.assertRaisesRegex(
            AttributeError, "no attribute 'x'", getattr, Scratch("m"), "x"
        )

    def test_live(self):
        """The live module behind a view is known."""
        live = ModuleType("m")
        stage = Stage({}, {}, lambda _: None)  # type: ignore[arg-type]  # not asked
        self.assertIs(live_of(Overlay(live, stage)), live)
        self.assertIsNone(live_of(live))
