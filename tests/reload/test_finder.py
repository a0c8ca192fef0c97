"""Imports from a source, and imports observed."""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import inspect
import itertools
import linecache
import os
import runpy
import sys
import threading
import traceback
from importlib.abc import Loader
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from typing import TYPE_CHECKING

from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import PluginError
from gameserver.reload.finder import Finder, Observer
from gameserver.reload.source import Folder, Texts
from tests.folders import temporary_folder
from tests.reload.test_imported import Database

if TYPE_CHECKING:
    from types import CodeType, ModuleType

    from gameserver.reload.source import Source, Text

_serials = itertools.count(1)


class ImportCase(SynchronousTestCase):
    """Names below a root that no other test has; what was loaded, in order."""

    def setUp(self) -> None:
        self.root = f"found_{next(_serials)}"
        self.loads: list[tuple[ModuleType, Text, CodeType]] = []
        for kept in (sys.path, sys.meta_path):
            self.addCleanup(kept.__setitem__, slice(None), list(kept))
        self.addCleanup(self.forget)

    def forget(self) -> None:
        for name in self.modules():
            del sys.modules[name]

    def modules(self) -> set[str]:
        return {one for one in sys.modules if one.partition(".")[0] == self.root}

    def loaded(self, module: ModuleType, text: Text, code: CodeType) -> None:
        self.loads.append((module, text, code))

    def names(self) -> list[str]:
        """Give the names loaded, below the root."""
        return [text.name.removeprefix(self.root) for _, text, _ in self.loads]

    def load(self, below: str = ".m") -> ModuleType:
        return importlib.import_module(self.root + below)


class FinderCase(ImportCase):
    def setUp(self) -> None:
        super().setUp()
        self.texts = Texts()
        self.finder = self.serve(self.texts)

    def serve(self, source: Source) -> Finder:
        finder = Finder(source, self.loaded)
        finder.install()
        return finder

    def put(self, **sources: str) -> None:
        for below, source in sources.items():
            self.texts[f"{self.root}.{below}"] = source

    def package(self, **sources: str) -> None:
        """Put modules of a package ``pack``; ``init`` is its own text."""
        for below, source in sources.items():
            name = "pack" if below == "init" else f"pack.{below}"
            self.texts[f"{self.root}.{name}"] = source


class FinderTests(FinderCase):
    def test_import(self) -> None:
        """A module of the source is imported, and told once, with text and code."""
        self.put(m="A = 1\n")
        module = self.load()
        self.assertEqual(module.A, 1)
        ((told, text, code),) = self.loads
        self.assertIs(told, module)
        self.assertEqual((text.source, code.co_filename), ("A = 1\n", text.origin))

    def test_root(self) -> None:
        """A root without text is a package, with an empty path."""
        self.put(m="")
        self.load()
        root = sys.modules[self.root]
        self.assertEqual(list(root.__path__), [])
        self.assertEqual(root.m, sys.modules[f"{self.root}.m"])

    def test_relative_imports(self) -> None:
        """Modules of a package import one another relatively."""
        self.package(
            init="from .inner import A\nfrom . import deep\n",
            inner="A = 1\n",
            deep="from .inner import A as B\nfrom ..m import M\n",
        )
        self.put(m="M = 2\n")
        module = self.load(".pack")
        self.assertEqual((module.A, module.deep.B, module.deep.M), (1, 1, 2))
        self.assertEqual(self.names(), [".pack.inner", ".m", ".pack.deep", ".pack"])

    def test_circular(self) -> None:
        """Circular imports work as they do everywhere."""
        self.put(
            a=f"from {self.root} import b\ndef f(): return b.B\n",
            b=f"import {self.root}.a as a\nB = 1\ndef f(): return a.f()\n",
        )
        self.assertEqual(self.load(".a").b.f(), 1)
        self.assertEqual(self.names(), [".b", ".a"])

    def test_attributes(self) -> None:
        """The import system's attributes are those of any module."""
        self.package(init="", inner="")
        module = self.load(".pack.inner")
        self.assertEqual(module.__name__, f"{self.root}.pack.inner")
        self.assertEqual(module.__package__, f"{self.root}.pack")
        self.assertEqual(module.__file__, f"<texts>/{self.root}/pack/inner.py")
        self.assertIs(module.__loader__, module.__spec__.loader)
        self.assertTrue(module.__loader__.is_package(module.__name__) is False)
        self.assertEqual(sys.modules[f"{self.root}.pack"].__path__, [])

    def test_fallback(self) -> None:
        """Names that the source has not are left to the ordinary import system."""
        self.put(m="import json, email.message\n")
        self.assertIs(self.load().json, sys.modules["json"])
        self.assertIsNone(self.finder.find_spec("json"))
        with self.assertRaises(ModuleNotFoundError) as caught:
            self.load(".none")
        self.assertEqual(caught.exception.name, f"{self.root}.none")

    def test_submodule_fallback(self) -> None:
        """A package in a folder finds there what the source does not serve."""
        folder = temporary_folder(self)
        package = folder / "pack"
        package.mkdir()
        (package / "__init__.py").write_text("")
        suffix = importlib.machinery.EXTENSION_SUFFIXES[-1]
        (package / f"fast{suffix}").write_text("")
        self.serve(Folder(folder, self.root))
        self.load(".pack")
        found = importlib.util.find_spec(f"{self.root}.pack.fast")
        self.assertIsInstance(found.loader, importlib.machinery.ExtensionFileLoader)

    def test_folder(self) -> None:
        """A module of a folder has its file, and a spec that says so."""
        folder = temporary_folder(self)
        (folder / "m.py").write_text("A = 1\n")
        self.serve(Folder(folder, self.root))
        module = self.load()
        self.assertEqual(module.__file__, str(folder / "m.py"))
        self.assertTrue(module.__spec__.has_location)

    def test_install_and_uninstall(self) -> None:
        """Installing twice installs once, at the head; uninstalling twice is one."""
        self.finder.install()
        self.assertIs(sys.meta_path[0], self.finder)
        self.assertEqual(sys.meta_path.count(self.finder), 1)
        self.finder.uninstall()
        self.finder.uninstall()
        self.assertNotIn(self.finder, sys.meta_path)
        self.put(m="")
        self.assertRaises(ModuleNotFoundError, self.load)

    def test_reload(self) -> None:
        """``importlib.reload`` runs the new text in the same module, and is told."""
        self.put(m="A = 1\nB = 1\n")
        module = self.load()
        self.put(m="A = 2\n")
        self.assertIs(importlib.reload(module), module)
        self.assertEqual((module.A, module.B, self.names()), (2, 1, [".m", ".m"]))

    def test_run_module(self) -> None:
        """``runpy`` runs a module of the source."""
        self.put(m="A = __name__\n")
        found = runpy.run_module(f"{self.root}.m", run_name="main")
        self.assertEqual(found["A"], "main")

    def test_threads(self) -> None:
        """Threads that import different modules at once do not disturb one another."""
        body = f"import {self.root}.shared\nfrom {self.root}.shared import A\n"
        for number in range(20):
            self.put(**{f"m{number}": body})
        self.put(shared="A = 1\n")
        failures: list[BaseException] = []
        start = threading.Barrier(4)

        def run(numbers: range) -> None:
            start.wait()
            try:
                for number in numbers:
                    self.load(f".m{number}")
            except BaseException as error:  # noqa: BLE001 - shown by the test
                failures.append(error)

        threads = [
            threading.Thread(target=run, args=(range(first, 20, 2),))
            for first in (0, 1, 0, 1)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertEqual(len(self.names()), 21)


class FailingImportTests(FinderCase):
    def test_nothing_left(self) -> None:
        """A package that fails half-way leaves neither itself nor what is below."""
        self.package(init="from . import inner\nimport json\n1 / 0\n", inner="")
        self.package(inner="from .deep import x\n")
        self.texts[f"{self.root}.pack.deep.x"] = ""
        self.assertRaises(ZeroDivisionError, self.load, ".pack")
        self.assertEqual(self.modules(), {self.root})
        self.assertNotIn("pack", vars(sys.modules[self.root]))

    def test_attributes_of_held_parents(self) -> None:
        """A half package that somebody kept has no submodules any more."""
        self.put(m="KEPT = []\n")
        self.package(
            init="import sys\nfrom ..m import KEPT\nfrom . import inner\n"
            "KEPT.append(sys.modules[__name__])\n1 / 0\n",
            inner="",
        )
        self.assertRaises(ZeroDivisionError, self.load, ".pack")
        self.assertNotIn("inner", vars(self.load().KEPT[0]))

    def test_next_import_is_clean(self) -> None:
        """Once mended, everything runs anew."""
        self.package(init="from . import inner\n1 / 0\n", inner="")
        self.assertRaises(ZeroDivisionError, self.load, ".pack")
        self.package(init="from . import inner\n", inner="A = 2\n")
        self.assertEqual(self.load(".pack").inner.A, 2)

    def test_others_stay(self) -> None:
        """Whole modules that the failed one imported elsewhere stay."""
        self.put(a=f"import {self.root}.b\n1 / 0\n", b="")
        self.assertRaises(ZeroDivisionError, self.load, ".a")
        self.assertEqual(self.modules(), {self.root, f"{self.root}.b"})

    def test_any_exception_passes(self) -> None:
        """Errors pass unchanged, ``SystemExit`` and the like too."""
        for error in (SystemExit, KeyboardInterrupt, GeneratorExit, ImportError):
            self.package(
                init=f"from . import inner\nraise {error.__name__}\n", inner=""
            )
            self.assertRaises(error, self.load, ".pack")
            self.assertEqual(self.modules(), {self.root})

    def test_syntax(self) -> None:
        """A syntax error names the origin and the line."""
        self.put(m="A = 1\nB = = 2\n")
        error = self.assertRaises(SyntaxError, self.load)
        place = (error.filename, error.lineno)
        self.assertEqual(place, (f"<texts>/{self.root}/m.py", 2))
        self.assertEqual(self.modules(), {self.root})

    def test_encoding(self) -> None:
        """A wrong encoding is the author's error, with the line."""
        self.texts[f"{self.root}.m"] = b"A = 1\nB = '\xff'\n"
        error = self.assertRaises(PluginError, self.load)
        self.assertEqual(error.place, f"<texts>/{self.root}/m.py:2")

    def test_loaded_fails(self) -> None:
        """What ``loaded`` raises fails the import, and leaves nothing."""
        self.package(init="from . import inner\n", inner="")
        self.load(".pack.inner")
        self.forget()
        self.finder.uninstall()

        def refuse(module: ModuleType, text: Text, code: CodeType) -> None:
            if text.is_package:
                raise ValueError("no")

        Finder(self.texts, refuse).install()
        self.assertRaises(ValueError, self.load, ".pack")
        self.assertEqual(self.modules(), {self.root})

    def test_failing_reload(self) -> None:
        """A reload that fails takes nothing away, as importlib's own does not."""
        self.package(init="from . import inner\n", inner="")
        module = self.load(".pack")
        self.package(init="from . import other\n1 / 0\n", other="")
        self.assertRaises(ZeroDivisionError, importlib.reload, module)
        self.assertIs(sys.modules[module.__name__], module)
        self.assertIs(sys.modules[f"{module.__name__}.inner"], module.inner)


class ShownTests(FinderCase):
    """What a person sees of a module that is in no file."""

    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(linecache.clearcache)
        self.put(
            m="def f():\n    raise ValueError  # here\n\n\nclass C:\n    def g(self):"
            "\n        return 1\n"
        )
        self.module = self.load()

    def test_traceback(self) -> None:
        """A traceback shows the line."""
        error = self.assertRaises(ValueError, self.module.f)
        shown = "".join(traceback.format_exception(error))
        self.assertIn(f'File "<texts>/{self.root}/m.py", line 2, in f', shown)
        self.assertIn("raise ValueError  # here", shown)

    def test_getsource(self) -> None:
        """``inspect.getsource`` finds modules, functions, classes and methods."""
        module = self.module
        first = "def f():\n    raise ValueError  # here\n"
        method = "    def g(self):\n        return 1\n"
        self.assertEqual(inspect.getsource(module.f), first)
        self.assertEqual(inspect.getsource(module.C), f"class C:\n{method}")
        self.assertEqual(inspect.getsource(module.C.g), method)
        self.assertEqual(inspect.getsource(module), self.texts[module.__name__])

    def test_running_text_is_shown(self) -> None:
        """A text that was put in the source but does not run yet is not shown."""
        self.put(m="# new\ndef f(): pass\n")
        linecache.checkcache()
        self.assertIn("# here", inspect.getsource(self.module.f))
        name = self.module.__name__
        self.assertIn("# here", self.module.__loader__.get_source(name))

    def test_released_text_is_shown(self) -> None:
        """Once the loader is given a release's text, that one is shown."""
        self.put(m="# new\n")
        self.module.__loader__.text = self.texts.read(self.module.__name__)
        self.assertEqual(inspect.getsource(self.module), "# new\n")


class ObserverCase(ImportCase):
    def setUp(self) -> None:
        super().setUp()
        self.folder = temporary_folder(self)
        sys.path.insert(0, str(self.folder))
        self.observer = Observer(self.is_own, self.loaded)
        self.observer.install()

    def is_own(self, spec: ModuleSpec) -> bool:
        return spec.name.partition(".")[0] == self.root

    def write(self, source: str, below: str = ".py") -> None:
        path = self.folder / f"{self.root}{below}"
        path.parent.mkdir(exist_ok=True)
        path.write_text(source)
        importlib.invalidate_caches()


class Own(Loader):
    """A loader with a way of its own to run a module."""

    def __init__(self, source: str) -> None:
        self.source = source

    def get_source(self, name: str) -> str:
        return self.source

    def exec_module(self, module: ModuleType) -> None:
        module.OWN = True


class Coded(Database):
    """A loader whose code is not that of its text."""

    def get_code(self, name: str) -> CodeType:
        return compile("A = 'coded'", "<coded>", "exec")


class ObserverTests(ObserverCase):
    def test_file(self) -> None:
        """A module in a file is told once, with the text and code that ran."""
        self.write("A = 1\n")
        module = self.load("")
        ((told, text, code),) = self.loads
        self.assertIs(told, module)
        self.assertEqual((text.source, text.origin), ("A = 1\n", module.__file__))
        self.assertEqual(code.co_filename, module.__file__)

    def test_loader_is_the_real_one(self) -> None:
        """The module keeps its real loader, and nothing of ours is left on it."""
        self.write("")
        loader = self.load("").__loader__
        self.assertIs(type(loader), SourceFileLoader)
        self.assertNotIn("exec_module", vars(loader))

    def test_package_and_circle(self) -> None:
        """Packages and circular imports are told in the order in which they end."""
        self.write("from . import a\n", "/__init__.py")
        self.write("from . import b\ndef f(): return b.B\n", "/a.py")
        self.write("from . import a\nB = 1\n", "/b.py")
        self.assertEqual(self.load("").a.f(), 1)
        self.assertEqual(self.names(), [".b", ".a", ""])
        self.assertTrue(self.loads[-1][1].is_package)

    def test_text_that_ran(self) -> None:
        """Stale bytecode of the same size and time is not what runs or is told."""
        self.write("A = 1\n")
        path = self.folder / f"{self.root}.py"
        time = path.stat().st_mtime_ns
        bytecode = importlib.util.cache_from_source(str(path))
        SourceFileLoader(self.root, str(path)).get_code(self.root)
        self.assertTrue(Path(bytecode).exists() or sys.dont_write_bytecode)
        self.write("A = 2\n")
        os.utime(path, ns=(time, time))
        self.assertEqual(self.load("").A, 2)
        self.assertEqual(self.loads[0][1].source, "A = 2\n")

    def test_text_changed_while_it_runs(self) -> None:
        """A file that changes while its module runs: the text that runs is told."""
        path = self.folder / f"{self.root}.py"
        source = f"import pathlib\npathlib.Path({str(path)!r}).write_text('B = 1')\n"
        self.write(source)
        self.load("")
        self.assertEqual(self.loads[0][1].source, source)

    def test_database(self) -> None:
        """A loader with only ``get_source``, of a finder appended later."""
        database = Database()
        sys.meta_path.append(database)
        other = f"{self.root}_other"
        database.texts[other] = "B = 1\n"
        self.addCleanup(sys.modules.pop, other, None)
        database.texts[self.root] = f"import {other}\nA = 1\ndef f(): 1 / 0\n"
        module = self.load("")
        self.assertEqual((module.A, self.names()), (1, [""]))
        self.assertNotIn("exec_module", vars(database))
        error = self.assertRaises(ZeroDivisionError, module.f)
        self.addCleanup(linecache.clearcache)
        self.assertIn("def f(): 1 / 0", "".join(traceback.format_exception(error)))

    def test_one_loader_for_many(self) -> None:
        """One loader that serves names nested in one another: each is told once."""
        database = Database()
        sys.meta_path.append(database)
        self.observer.uninstall()
        Observer(lambda spec: spec.loader is database, self.loaded).install()
        others = [f"{self.root}_{one}" for one in "ab"]
        for name in others:
            self.addCleanup(sys.modules.pop, name, None)
        database.texts[others[1]] = ""
        database.texts[others[0]] = f"import {others[1]}\n"
        database.texts[self.root] = f"import {others[0]}\n"
        importlib.util.find_spec(others[1])  # asked for, never loaded from this spec
        self.load("")
        self.assertEqual(self.names(), ["_b", "_a", ""])
        self.assertNotIn("exec_module", vars(database))

    def test_own_way_to_run(self) -> None:
        """A loader that runs modules in its own way does so, and is told."""
        spec = ModuleSpec(self.root, Own("A = 1\n"))
        self.find(spec)
        module = self.load("")
        self.assertTrue(module.OWN)
        self.assertFalse(hasattr(module, "A"))
        self.assertEqual(self.loads[0][1].source, "A = 1\n")

    def test_own_code(self) -> None:
        """A loader whose code is not that of its text runs its own code."""
        coded = Coded()
        coded.texts[self.root] = "A = 1\n"
        sys.meta_path.append(coded)
        self.assertEqual(self.load("").A, "coded")
        self.assertEqual(self.loads[0][2].co_filename, "<coded>")

    def test_failing_import(self) -> None:
        """A module that fails is not told, and its error passes unchanged."""
        self.write("1 / 0\n")
        self.assertRaises(ZeroDivisionError, self.load, "")
        self.assertEqual((self.loads, self.modules()), ([], set()))

    def test_syntax(self) -> None:
        """A syntax error is importlib's own, with the file."""
        self.write("A = = 1\n")
        error = self.assertRaises(SyntaxError, self.load, "")
        self.assertEqual(error.filename, str(self.folder / f"{self.root}.py"))

    def test_reload(self) -> None:
        """``importlib.reload`` works, and tells the text that it ran."""
        self.write("A = 1\n")
        module = self.load("")
        self.write("A = 22\n")
        self.assertIs(importlib.reload(module), module)
        self.assertEqual(module.A, 22)
        self.assertEqual(self.loads[1][1].source, "A = 22\n")

    def test_found_but_not_imported(self) -> None:
        """A spec that somebody loads outside ``sys.modules`` is not told."""
        self.write("A = 1\n")
        spec = importlib.util.find_spec(self.root)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        self.assertEqual((module.A, self.loads), (1, []))

    def test_others(self) -> None:
        """Modules that are not own are left alone."""
        self.write("import json.tool, colorsys\n")
        sys.modules.pop("colorsys", None)
        self.load("")
        self.assertEqual(self.names(), [""])

    def test_compiled(self) -> None:
        """Builtin, frozen and extension modules load as ever, though claimed."""
        self.observer.uninstall()
        Observer(lambda spec: True, self.loaded).install()
        for name in ("_ctypes_test", "xxsubtype", "__hello__"):
            self.addCleanup(sys.modules.pop, name, None)
            self.assertIsNotNone(importlib.util.find_spec(name), name)
        importlib.import_module("xxsubtype")
        importlib.import_module("_ctypes_test")
        self.assertEqual(self.loads, [])

    def test_no_text(self) -> None:
        """A loader without text, and a namespace package, are left alone."""
        self.write("", "/m.py")
        self.load(".m")
        self.assertEqual(self.names(), [".m"])

    def test_loader_with_own_attribute(self) -> None:
        """A loader that has an ``exec_module`` on the instance is left alone."""
        loader = Own("")
        ran: list[ModuleType] = []
        loader.exec_module = ran.append  # an instance attribute, as ours would be
        self.find(ModuleSpec(self.root, loader))
        self.assertEqual((ran, self.loads), ([self.load("")], []))

    def test_uninstall(self) -> None:
        """Once uninstalled it observes nothing."""
        self.observer.install()
        self.observer.uninstall()
        self.write("")
        self.load("")
        self.assertEqual(self.loads, [])

    def find(self, spec: ModuleSpec) -> None:
        """Have a finder give this spec, as a finder of the author's would."""
        database = Database()
        found = {spec.name: spec}
        database.find_spec = lambda name, *_: found.get(name)  # its own attribute
        sys.meta_path.append(database)
