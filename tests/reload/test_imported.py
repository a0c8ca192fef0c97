"""Texts of modules that the ordinary import system finds."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.util
import itertools
import linecache
import os
import re
import subprocess
import sys
import zipfile
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import TYPE_CHECKING

from twisted.trial.unittest import SynchronousTestCase

import gameserver.reload
from gameserver.errors import PluginError
from gameserver.reload import Engine
from gameserver.reload.finder import Finder
from gameserver.reload.imported import Imported, spec_of
from gameserver.reload.source import Texts
from tests.folders import temporary_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

_serials = itertools.count(1)


class Database(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """A finder of the plainest kind: a loader that knows ``get_source`` only."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in self.texts:
            return None
        return ModuleSpec(name, self, origin=f"<db>/{name}.py")

    def get_source(self, name: str) -> str:
        return self.texts[name]


class ImportedCase(SynchronousTestCase):
    """A folder on ``sys.path``, and names that no other test has."""

    def setUp(self) -> None:
        self.folder = temporary_folder(self)
        self.name = f"imported_{next(_serials)}"
        for kept in (sys.path, sys.meta_path):
            self.addCleanup(kept.__setitem__, slice(None), list(kept))
        self.addCleanup(self.forget)
        sys.path.insert(0, str(self.folder))
        self.source = Imported(self.is_own)

    def forget(self) -> None:
        for name in [one for one in sys.modules if one.startswith("imported_")]:
            del sys.modules[name]

    def is_own(self, spec: ModuleSpec) -> bool:
        return spec.name.startswith("imported_")

    def write(self, source: str, below: str = ".py") -> None:
        path = self.folder / f"{self.name}{below}"
        path.parent.mkdir(exist_ok=True)
        path.write_text(source)

    def read(self, below: str = "") -> str | None:
        found = self.source.read(self.name + below)
        return None if found is None else found.source


class ImportedTests(ImportedCase):
    def test_names(self) -> None:
        """It names the own modules now in ``sys.modules``, and no others."""
        self.write("import sys")
        self.assertNotIn(self.name, self.source.names())
        importlib.import_module(self.name)
        self.assertEqual(self.source.names(), {self.name})

    def test_other_names_of_a_module(self) -> None:
        """A module under another's name is not named twice."""
        self.write("")
        sys.modules["imported_alias"] = importlib.import_module(self.name)
        self.assertEqual(self.source.names(), {self.name})

    def test_read_without_import(self) -> None:
        """A module need not be imported to be read; reading imports nothing."""
        self.write("raise SystemExit", "/__init__.py")
        self.write("A = 1", "/inner.py")
        self.assertEqual(self.read(".inner"), "A = 1")
        self.assertTrue(self.source.read(self.name).is_package)
        self.assertNotIn(self.name, sys.modules)

    def test_read_below_an_imported_package(self) -> None:
        """A package's own ``__path__`` counts, once it is imported."""
        self.write("__path__.append(__path__[0] + '/more')", "/__init__.py")
        (self.folder / self.name / "more").mkdir()
        self.write("A = 1", "/more/inner.py")
        self.assertIsNone(self.read(".inner"))
        importlib.import_module(self.name)
        self.assertEqual(self.read(".inner"), "A = 1")

    def test_below_a_module(self) -> None:
        """Nothing lies below a module that is no package, or is missing."""
        self.write("")
        self.assertIsNone(self.read(".inner"))
        importlib.import_module(self.name)
        self.assertIsNone(self.read(".inner"))
        self.assertIsNone(self.source.read("imported_none.inner"))

    def test_fresh(self) -> None:
        """What was written a moment ago is read: no bytecode, no linecache."""
        self.write("A = 1")
        path = self.folder / f"{self.name}.py"
        importlib.import_module(self.name)
        linecache.getlines(str(path))
        time = path.stat().st_mtime_ns
        self.write("A = 2")
        os.utime(path, ns=(time, time))
        self.assertEqual(self.read(), "A = 2")

    def test_new_file(self) -> None:
        """A file written a moment ago, in a folder just looked at, is seen."""
        self.write("")
        self.assertIsNotNone(self.read())
        time = self.folder.stat().st_mtime_ns
        (self.folder / f"{self.name}b.py").write_text("B = 1")
        os.utime(self.folder, ns=(time, time))
        self.assertEqual(self.source.read(f"{self.name}b").source, "B = 1")

    def test_gone(self) -> None:
        """A module whose file is gone reads as None, and is still named."""
        self.write("")
        importlib.import_module(self.name)
        (self.folder / f"{self.name}.py").unlink()
        self.assertIsNone(self.read())
        self.assertIn(self.name, self.source.names())

    def test_not_own(self) -> None:
        """What ``own`` does not claim is neither named nor read."""
        self.assertIsNone(self.source.read("json"))
        self.assertNotIn("json", self.source.names())

    def test_compiled(self) -> None:
        """Builtin, frozen and extension modules have no text."""
        source = Imported(lambda spec: True)
        for name in ("sys", "_frozen_importlib", "_ctypes"):
            self.assertIsNone(source.read(name), name)

    def test_namespace_package(self) -> None:
        """A package without ``__init__.py`` has no text."""
        self.write("", "/inner.py")
        self.assertIsNone(self.read())
        self.assertIsNotNone(self.read(".inner"))

    def test_get_source(self) -> None:
        """A loader that has no file is asked for its source."""
        database = Database()
        sys.meta_path.append(database)
        database.texts[self.name] = "A = 'é'"
        self.assertEqual(self.read(), "A = 'é'")
        self.assertEqual(self.source.read(self.name).origin, f"<db>/{self.name}.py")

    def test_origin_for_linecache(self) -> None:
        """An origin that linecache would pass over becomes one that it looks at."""
        database = Database()
        database.texts[self.name] = ""
        for origin in (None, "<db>"):
            spec = ModuleSpec(self.name, database, origin=origin)
            database.find_spec = lambda *_, spec=spec: spec  # its attribute, not ours
            sys.meta_path[:] = [database]
            self.assertTrue(self.source.read(self.name).origin.endswith(".py"))

    def test_zip(self) -> None:
        """A module in a zip file is read from it."""
        path = self.folder / "modules.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(f"{self.name}.py", "A = 1")
        sys.path.insert(0, str(path))
        self.assertEqual(self.read(), "A = 1")

    def test_unreadable(self) -> None:
        """A file that is there and cannot be read is named in the error."""
        (self.folder / f"{self.name}.py").symlink_to("/proc/self/mem")
        error = self.assertRaises(PluginError, self.source.read, self.name)
        self.assertEqual(error.place, str(self.folder / f"{self.name}.py"))

    def test_not_through_our_own_finder(self) -> None:
        """The engine's own finders are no ordinary ones."""
        finder = Finder(Texts({self.name: ""}), lambda *_: None)
        finder.install()
        self.assertIsNone(spec_of(self.name))


class ScriptTests(ImportedCase):
    """The program's own ``__main__``: it cannot be released, and that is said."""

    def is_own(self, spec: ModuleSpec) -> bool:
        return spec.name == "__main__" or super().is_own(spec)

    def run_as_script(self) -> ModuleType:
        """Do what ``python folder`` does: the script's spec has its real name."""
        (self.folder / "__main__.py").write_text("X = 1")
        spec = spec_of("__main__")
        assert spec is not None
        script = importlib.util.module_from_spec(spec)
        self.addCleanup(sys.modules.__setitem__, "__main__", sys.modules["__main__"])
        sys.modules["__main__"] = script
        return script

    def test_names(self) -> None:
        """It is not among the names, even where ``own`` claims its spec."""
        self.run_as_script()
        self.assertEqual(self.source.names(), frozenset())

    def test_asked_for(self) -> None:
        """A plan of it is refused, and says what to do."""
        self.run_as_script()
        plan = Engine(self.source).plan(["__main__"])
        assert plan.error is not None
        self.assertEqual(plan.error.place, "__main__")
        self.assertIn("a module that it imports", plan.error.text)

    def test_imported_too(self) -> None:
        """Imported under its own name it is another module, and can be released."""
        self.write("X = 1")
        engine = Engine(self.source)
        engine.watch()
        self.addCleanup(engine.uninstall)
        script = self.run_as_script()
        module = importlib.import_module(self.name)
        script.X = module.X
        self.write("X = 2")
        engine.release()
        self.assertEqual((module.X, script.X), (2, 1))


EVERYTHING = """
import sys
from pathlib import Path
from gameserver.reload import Engine, Imported

engine = Engine(Imported(lambda spec: True))
engine.watch()
import decimal, toy, twisted.python.components, twisted.spread.pb
assert engine.plan().is_empty, engine.plan()
Path("toy.py").write_text("X = 2")
engine.release()
print(toy.X)
"""


class UnderneathTests(SynchronousTestCase):
    """What the engine stands on, which it never follows."""

    def setUp(self) -> None:
        self.source = Imported(lambda spec: True)

    def owned(self, name: str) -> bool:
        spec = importlib.util.find_spec(name)
        assert spec is not None
        return self.source.own(spec)

    def test_engine(self) -> None:
        """Its own modules are not the game's, whatever ``own`` says."""
        folder = Path(gameserver.reload.__file__).parent
        imports = re.findall(
            r"^ *(?:from|import) (gameserver[\w.]*)",
            "\n".join(one.read_text() for one in folder.rglob("*.py")),
            re.MULTILINE,
        )
        self.assertIn("gameserver.errors", imports)
        for name in {*imports, "gameserver"}:
            self.assertFalse(self.owned(name), name)

    def test_without_text(self) -> None:
        """Nor are modules that are built in, frozen or compiled."""
        for name in ("sys", "os", "_json"):
            self.assertFalse(self.owned(name), name)
        self.assertTrue(self.owned("gameserver.app"))

    def test_everything(self) -> None:
        """With all the rest for its own it works: no library is taken half loaded."""
        folder = temporary_folder(self)
        (folder / "toy.py").write_text("X = 1")
        (folder / "program.py").write_text(EVERYTHING)
        command = [sys.executable, "program.py"]
        printed = subprocess.check_output(command, cwd=folder, text=True)
        self.assertEqual(printed, "2\n")
