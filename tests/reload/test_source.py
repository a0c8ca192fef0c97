"""Sources: one contract over all of them, then what is particular to each."""

from __future__ import annotations

import importlib.util
import os
from typing import TYPE_CHECKING

from hypothesis import assume, given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import PluginError
from gameserver.reload.linecaching import shown
from gameserver.reload.source import Folder, Layered, Source, Text, Texts, encoded
from tests.folders import temporary_folder

if TYPE_CHECKING:
    from pathlib import Path


def text(content: bytes | str, origin: str = "<t>/m.py") -> Text:
    return Text("m", encoded(content, origin), origin, is_package=False)


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

    def test_cookie_that_cannot_hold_the_text(self) -> None:
        """A string that its own cookie cannot encode is refused, with the line."""
        source = Texts({"m": "# coding: latin-1\n\nA = '€'\n"})
        error = self.assertRaises(PluginError, source.read, "m")
        self.assertEqual(error.place, "<texts>/m.py:3")

    def test_unknown_cookie(self) -> None:
        """A string with an unknown encoding is refused, with the cookie's line."""
        source = Texts({"m": "#!python\n# coding: nothing\n"})
        error = self.assertRaises(PluginError, source.read, "m")
        self.assertEqual(error.place, "<texts>/m.py:2")


class LayeredTests(SynchronousTestCase):
    def test_first_wins(self) -> None:
        """Of two texts under one name the first source's counts."""
        source = Layered(Texts({"m": "A"}), Texts({"m": "B", "n": "C"}))
        self.assertEqual(source.names(), {"m", "n"})
        self.assertEqual(source.read("m").source, "A")


class TextTests(SynchronousTestCase):
    def test_newlines(self) -> None:
        """All three kinds of line ends become one."""
        self.assertEqual(text(b"a\r\nb\rc\n").source, "a\nb\nc\n")

    def test_mark(self) -> None:
        """The byte order mark is no part of the source, given as string or bytes."""
        self.assertEqual(text(b"\xef\xbb\xbfA = 1\n").source, "A = 1\n")
        self.assertEqual(text("\ufeffA = 1\n").source, "A = 1\n")

    def test_wrong_encoding(self) -> None:
        """Bytes that do not fit the encoding are refused, naming their line."""
        for head in (b"", b"# coding: utf-8\r\n", b"a\rb\n", b"\xef\xbb\xbf1\n2\n3\n"):
            wrong = text(head + b"A = '\xff'\n")
            error = self.assertRaises(PluginError, getattr, wrong, "source")
            line = len(head.splitlines()) + 1
            self.assertEqual(error.place, f"<t>/m.py:{line}", head)

    def test_wrong_cookie(self) -> None:
        """An encoding that is unknown, or none of text, is refused at its line."""
        cases = {
            b"# coding: nothing\n": 1,
            b"\n# coding: nothing\n": 2,
            b"# coding: rot13\n": 1,
            b"\xef\xbb\xbf# coding: latin-1\n": 1,
        }
        for content, line in cases.items():
            wrong = text(content)
            error = self.assertRaises(PluginError, getattr, wrong, "source")
            self.assertEqual(error.place, f"<t>/m.py:{line}", content)

    def test_lines(self) -> None:
        """Lines are the compiler's: a form feed ends none, the last one is ended."""
        self.assertEqual(text("a\n\fb\u2028c").lines, ("a\n", "\fb\u2028c\n"))
        self.assertEqual(text("").lines, ())

    def test_shown(self) -> None:
        """The linecache entry has no time, so it is never checked against a file."""
        self.assertEqual(shown(text("a\nb")), (3, None, ["a\n", "b\n"], "<t>/m.py"))

    @given(st.text(st.characters(exclude_categories=("Cs",))))
    def test_source_as_importlib(self, source: str) -> None:
        """The source is what importlib decodes, whatever the bytes."""
        assume(not source.endswith("\r"))  # importlib's own decoder drops that one
        content = source.encode()
        try:
            expected = importlib.util.decode_source(content)
        except (SyntaxError, UnicodeDecodeError):
            self.assertRaises(PluginError, getattr, text(content), "source")
        else:
            self.assertEqual(text(content).source, expected)
