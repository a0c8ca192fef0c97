"""Sources: one contract over all of them, then what is particular to each."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import PluginError
from gameserver.reload.source import Folder, Layered, Source, Texts
from tests.folders import temporary_folder

if TYPE_CHECKING:
    from pathlib import Path


class SourceContract:
    """What every source does; ``put`` writes a text, ``drop`` takes one away."""

    source: Source

    def put(self, name: str, source: str) -> None:
        raise NotImplementedError

    def drop(self, name: str) -> None:
        raise NotImplementedError

    def fill(self) -> None:
        self.put("plugins.m", "A = 1\n")
        self.put("plugins.pack.__init__", "B = 2\n")
        self.put("plugins.pack.inner", "C = 3\n")

    def test_names(self) -> None:
        """Every module is named in full, a package by its own name."""
        self.fill()
        names = {"plugins.m", "plugins.pack", "plugins.pack.inner"}
        self.assertEqual(self.source.names(), names)

    def test_names_and_read_agree(self) -> None:
        """Every name given can be read, under that name."""
        self.fill()
        for name in self.source.names():
            self.assertEqual(self.source.read(name).name, name)

    def test_content(self) -> None:
        """The content is the bytes of the text."""
        self.fill()
        self.assertEqual(self.source.read("plugins.m").content, b"A = 1\n")

    def test_missing(self) -> None:
        """A name that is not there reads as None, and so does ``__init__``."""
        self.fill()
        for name in ("plugins", "plugins.n", "plugins.m.x", "other", "plugins.pack.x"):
            self.assertIsNone(self.source.read(name), name)
        self.assertIsNone(self.source.read("plugins.pack.__init__"))

    def test_empty(self) -> None:
        """A source without texts names none."""
        self.assertEqual(self.source.names(), frozenset())

    def test_packages(self) -> None:
        """A package says so, a module does not."""
        self.fill()
        self.assertTrue(self.source.read("plugins.pack").is_package)
        self.assertFalse(self.source.read("plugins.m").is_package)
        self.assertFalse(self.source.read("plugins.pack.inner").is_package)

    def test_digest_follows_the_text(self) -> None:
        """The digest changes with the text and returns with it."""
        self.fill()
        first = self.source.read("plugins.m").digest
        self.put("plugins.m", "A = 2\n")
        self.assertNotEqual(self.source.read("plugins.m").digest, first)
        self.put("plugins.m", "A = 1\n")
        self.assertEqual(self.source.read("plugins.m").digest, first)

    def test_drop(self) -> None:
        """What is taken away is neither named nor read."""
        self.fill()
        self.drop("plugins.m")
        self.assertIsNone(self.source.read("plugins.m"))
        self.assertNotIn("plugins.m", self.source.names())

    def test_origins_differ(self) -> None:
        """Each module has an origin of its own, one that linecache looks at."""
        self.fill()
        origins = [self.source.read(one).origin for one in self.source.names()]
        self.assertEqual(len(set(origins)), 3)
        for origin in origins:
            self.assertTrue(origin.endswith(".py"), origin)


def write(folder: Path, name: str, source: str) -> Path:
    path = folder.joinpath(*name.split(".")[1:]).with_suffix(".py")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source)
    return path


class FolderContractTests(SourceContract, SynchronousTestCase):
    def setUp(self) -> None:
        self.folder = temporary_folder(self)
        self.source = Folder(self.folder)

    def put(self, name: str, source: str) -> None:
        write(self.folder, name, source)

    def drop(self, name: str) -> None:
        self.folder.joinpath(*name.split(".")[1:]).with_suffix(".py").unlink()


class TextsContractTests(SourceContract, SynchronousTestCase):
    def setUp(self) -> None:
        self.source = Texts()

    def put(self, name: str, source: str) -> None:
        self.source[name] = source

    def drop(self, name: str) -> None:
        del self.source[name]


class LayeredContractTests(SourceContract, SynchronousTestCase):
    """Modules of packages lie in the upper layer, the others in the lower."""

    def setUp(self) -> None:
        self.layers = (Texts(), Texts())
        self.source = Layered(*self.layers)

    def layer(self, name: str) -> Texts:
        return self.layers[".pack." not in name]

    def put(self, name: str, source: str) -> None:
        self.layer(name)[name] = source

    def drop(self, name: str) -> None:
        del self.layer(name)[name]


class FolderTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.folder = temporary_folder(self)
        self.source = Folder(self.folder)

    def test_no_package(self) -> None:
        """With package "" the files are modules at the top level."""
        write(self.folder, ".m", "")
        write(self.folder, ".__init__", "")
        source = Folder(self.folder, package="")
        self.assertEqual(source.names(), {"m"})
        self.assertEqual(source.read("m").origin, str(self.folder / "m.py"))
        self.assertIsNone(source.read(""))

    def test_root_package(self) -> None:
        """An ``__init__.py`` in the folder itself is the root package's text."""
        write(self.folder, ".__init__", "")
        self.assertEqual(self.source.names(), {"plugins"})
        self.assertTrue(self.source.read("plugins").is_package)

    def test_dotted_package(self) -> None:
        """The folder may stand for a package below another."""
        write(self.folder, ".m", "")
        source = Folder(self.folder, package="game.plugins")
        self.assertEqual(source.names(), {"game.plugins.m"})
        self.assertIsNotNone(source.read("game.plugins.m"))

    def test_passed_over(self) -> None:
        """Hidden ones, ``__pycache__``, what is no identifier, what is no file."""
        for name in (".git/m", "__pycache__/m", "a-b", "a-b/m", "1", ".hidden", "x.y"):
            path = self.folder / f"{name}.py"
            path.parent.mkdir(exist_ok=True)
            path.write_text("")
        (self.folder / "folder.py").mkdir()
        os.mkfifo(self.folder / "pipe.py")
        (self.folder / "dangling.py").symlink_to("nowhere.py")
        (self.folder / "notes.txt").write_text("")
        self.assertEqual(self.source.names(), frozenset())
        for name in ("__pycache__.m", "a-b", "folder", "pipe", "dangling", "x.y", "1"):
            self.assertIsNone(self.source.read(f"plugins.{name}"), name)

    def test_loops(self) -> None:
        """A link that leads back up ends the walk, and cannot be read through."""
        write(self.folder, ".pack.m", "")
        (self.folder / "pack" / "up").symlink_to(self.folder)
        (self.folder / "self").symlink_to("self")
        self.assertEqual(self.source.names(), {"plugins.pack.m"})
        self.assertIsNone(self.source.read("plugins.pack.up.pack.m"))
        self.assertIsNone(self.source.read("plugins.self.m"))

    def test_package_before_module(self) -> None:
        """A package and a module of one name: the package wins."""
        write(self.folder, ".m", "module = 1")
        write(self.folder, ".m.__init__", "package = 1")
        write(self.folder, ".m.inner", "")
        self.assertEqual(self.source.names(), {"plugins.m", "plugins.m.inner"})
        self.assertTrue(self.source.read("plugins.m").is_package)

    def test_module_hides_folder(self) -> None:
        """A folder without ``__init__.py`` beside a module holds no modules."""
        write(self.folder, ".m", "")
        write(self.folder, ".m.inner", "")
        self.assertEqual(self.source.names(), {"plugins.m"})
        self.assertIsNone(self.source.read("plugins.m.inner"))

    def test_no_folder(self) -> None:
        """A folder that is not there is an error: its modules are not removed."""
        source = Folder(self.folder / "none")
        error = self.assertRaises(PluginError, source.names)
        self.assertIn("no such folder", str(error))
        self.assertIsNone(source.read("plugins.m"))

    def test_long_name(self) -> None:
        """A name too long for a file is one that is not there."""
        self.assertIsNone(self.source.read("plugins." + "m" * 300))

    def test_unreadable(self) -> None:
        """A file that is there and cannot be read is named in the error."""
        path = write(self.folder, ".m", "")
        path.chmod(0)
        if os.access(path, os.R_OK):  # root reads all; only /proc refuses it
            path.unlink()
            path.symlink_to("/proc/self/mem")
        error = self.assertRaises(PluginError, self.source.read, "plugins.m")
        self.assertEqual(error.place, str(path))


class TextsTests(SynchronousTestCase):
    def test_package_by_names_below(self) -> None:
        """A text is a package's once another name lies below it."""
        source = Texts({"m": ""})
        self.assertFalse(source.read("m").is_package)
        source["m.inner"] = ""
        self.assertTrue(source.read("m").is_package)

    def test_origin(self) -> None:
        """The origin is a path in a place that is no file."""
        source = Texts({"a.m": "", "a.__init__": ""})
        self.assertEqual(source.read("a.m").origin, "<texts>/a/m.py")
        self.assertEqual(source.read("a").origin, "<texts>/a/__init__.py")

    def test_mapping(self) -> None:
        """It is a mapping of what was put in."""
        source = Texts({"m": "A"})
        self.assertEqual((dict(source), len(source)), ({"m": "A"}, 1))

    def test_bytes(self) -> None:
        """Bytes stay as they are."""
        source = Texts({"m": b"# coding: latin-1\nA = '\xe9'\n"})
        self.assertEqual(source.read("m").source, "# coding: latin-1\nA = 'é'\n")

    def test_cookie_of_a_string(self) -> None:
        """A string is decoded already: an encoding that it names says nothing."""
        for cookie in ("latin-1", "klingon", "rot13", "utf-8"):
            written = f"#!python\n# -*- coding: {cookie} -*-\nA = '\u20ac'\n"
            self.assertEqual(Texts({"m": written}).read("m").source, written)

    def test_cookie_of_bytes(self) -> None:
        """Bytes with an unknown encoding are refused, with the cookie's line."""
        found = Texts({"m": b"#!python\n# coding: nothing\n"}).read("m")
        error = self.assertRaises(PluginError, getattr, found, "source")
        self.assertEqual(error.place, "<texts>/m.py:2")

    def test_no_text(self) -> None:
        """A string that no bytes can hold is refused, with the line."""
        source = Texts({"m": "A = 1\nB = '\ud800'\n"})
        error = self.assertRaises(PluginError, source.read, "m")
        self.assertEqual(error.place, "<texts>/m.py:2")


class LayeredTests(SynchronousTestCase):
    def test_first_wins(self) -> None:
        """Of two texts under one name the first source's counts."""
        source = Layered(Texts({"m": "A"}), Texts({"m": "B", "n": "C"}))
        self.assertEqual(source.names(), {"m", "n"})
        self.assertEqual(source.read("m").source, "A")
