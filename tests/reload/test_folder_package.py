"""A folder that gets an ``__init__.py`` while its modules are loaded, and the like."""

from __future__ import annotations

import importlib
import sys
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gameserver.reload import Engine, Folder, Imported
from tests.folders import temporary_folder

ROOT = "packaged"
MOBS = f"{ROOT}.mobs"


class FolderCase(SynchronousTestCase):
    """A test with an engine over a folder."""

    def setUp(self) -> None:
        self.path = temporary_folder(self) / ROOT
        self.write("mobs/orc.py", "HP = 1\n")
        self.engine = Engine(Folder(self.path, package=ROOT))
        self.engine.install()
        self.addCleanup(_forget)
        self.addCleanup(self.engine.uninstall)

    def write(self, name: str, text: str) -> None:
        """Write a file below the folder."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def loaded(self) -> Any:
        """Load the module in the folder; give the folder's."""
        __import__(f"{MOBS}.orc")
        return sys.modules[MOBS]


class NewPackageTests(FolderCase):
    """A namespace package becomes one with a text."""

    def test_runs(self) -> None:
        """The text runs in the module that the folder had; nothing else of it goes."""
        mobs = self.loaded()
        orc = mobs.orc
        self.write("mobs/__init__.py", "LIST = ['orc']\n")
        self.engine.release()
        self.assertIs(sys.modules[MOBS], mobs)
        self.assertEqual(mobs.LIST, ["orc"])
        self.assertIs(mobs.orc, orc)

    def test_told(self) -> None:
        """The plan names it, with its diff."""
        self.loaded()
        self.write("mobs/__init__.py", "LIST = ['orc']\n")
        plan = self.engine.plan([MOBS])
        self.assertEqual([one.name for one in plan.modules], [MOBS])
        self.assertIn("+LIST = ['orc']", str(plan))

    def test_imported_from(self) -> None:
        """A module of the same release can import its names."""
        self.loaded()
        self.write("mobs/__init__.py", "LIST = ['orc']\n")
        self.write("shop.py", f"from {MOBS} import LIST\n")
        self.engine.release()
        self.assertEqual(sys.modules[f"{ROOT}.shop"].LIST, ["orc"])

    def test_found(self) -> None:
        """It is what a fresh start would have made: with a file, a loader, a path."""
        mobs = self.loaded()
        self.write("mobs/__init__.py", "")
        self.engine.release()
        file = str(self.path / "mobs" / "__init__.py")
        self.assertEqual(mobs.__file__, file)
        self.assertEqual(mobs.__spec__.origin, file)
        self.assertEqual(list(mobs.__path__), [str(self.path / "mobs")])
        self.assertTrue(self.engine.plan().is_empty)

    def test_changed_later(self) -> None:
        """Its next text is merged as any module's."""
        mobs = self.loaded()
        self.write("mobs/__init__.py", "")
        self.engine.release()
        self.write("mobs/__init__.py", "from .orc import HP\nLIST = [HP]\n")
        self.engine.release()
        self.assertEqual(mobs.LIST, [1])

    def test_undone(self) -> None:
        """An undo makes it a folder without a text again."""
        mobs = self.loaded()
        before = dict(vars(mobs))
        self.write("mobs/__init__.py", "LIST = ['orc']\n")
        release = self.engine.release()
        release.undo()
        self.assertEqual(vars(mobs), before)
        self.assertEqual([x.name for x in self.engine.plan().modules], [MOBS])

    def test_gone_before_the_release(self) -> None:
        """A text that goes before it was released takes nothing with it."""
        mobs = self.loaded()
        self.write("mobs/__init__.py", "LIST = ['orc']\n")
        self.engine.plan()
        (self.path / "mobs" / "__init__.py").unlink()
        self.assertTrue(self.engine.plan().is_empty)
        self.assertEqual(self.engine.plan().refused, [])
        self.assertIs(sys.modules[MOBS], mobs)

    def test_hook(self) -> None:
        """Its hook does not run: nothing was there to be reloaded."""
        mobs = self.loaded()
        text = "RAN = []\ndef module_reloaded(old, new): RAN.append(1)\n"
        self.write("mobs/__init__.py", text)
        self.engine.release()
        self.assertEqual(mobs.RAN, [])

    def test_ordinary_import(self) -> None:
        """So does one that the ordinary import system found, when it is named."""
        self.engine.uninstall()
        sys.path.insert(0, str(self.path.parent))
        self.addCleanup(sys.path.remove, str(self.path.parent))
        engine = Engine(Imported(lambda spec: spec.name.startswith(ROOT)))
        engine.watch()
        self.addCleanup(engine.uninstall)
        importlib.invalidate_caches()
        mobs = self.loaded()
        self.write("mobs/__init__.py", "LIST = ['orc']\n")
        engine.release([MOBS])
        self.assertEqual(mobs.LIST, ["orc"])
        self.assertIs(sys.modules[MOBS], mobs)


class OtherKindTests(FolderCase):
    """What takes a restart, and what it leaves possible."""

    def setUp(self) -> None:
        super().setUp()
        self.write("prices.py", "SWORD = 1\n")
        self.write("shop.py", f"from {ROOT}.prices import SWORD\nOPEN = 1\n")
        __import__(f"{ROOT}.shop")
        (self.path / "prices.py").unlink()
        self.write("prices/__init__.py", "SWORD = 2\n")
        self.write("shop.py", f"from {ROOT}.prices import SWORD\nOPEN = 2\n")

    def test_refused(self) -> None:
        """A module that becomes a package refuses a plan of everything."""
        plan = self.engine.plan()
        self.assertIn("that takes a restart", plan.refused[0])

    def test_others(self) -> None:
        """Others can be released by name meanwhile, those that import it, too."""
        self.engine.release([f"{ROOT}.shop"])
        shop = sys.modules[f"{ROOT}.shop"]
        self.assertEqual((shop.OPEN, shop.SWORD), (2, 1))

    def test_hint(self) -> None:
        """The refusal says so."""
        plan = self.engine.plan()
        self.assertIn("name the other modules to release them", plan.refused[0])


class HiddenFolderTests(FolderCase):
    def test_plan_changes_nothing(self) -> None:
        """A plan of a module that hides a folder leaves the folder's in its place."""
        mobs = self.loaded()
        self.write("mobs.py", "Y = 1\n")
        self.engine.plan()
        self.assertIs(sys.modules.get(MOBS), mobs)


def _forget() -> None:
    for name in [one for one in sys.modules if one.partition(".")[0] == ROOT]:
        del sys.modules[name]
