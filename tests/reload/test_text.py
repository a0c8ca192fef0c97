"""One module's text: bytes and what they stand for."""

from __future__ import annotations

import importlib.util

from hypothesis import assume, given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import PluginError, ReleaseRefused
from gameserver.reload.linecaching import shown
from gameserver.reload.text import Text, text_from
from tests.reload.engines import ROOT, EngineCase

KLINGON = "# -*- coding: klingon -*-\n"


def text(content: bytes | str, origin: str = "<t>/m.py") -> Text:
    return text_from("m", content, origin)


class TextTests(SynchronousTestCase):
    def test_newlines(self) -> None:
        """All three kinds of line ends become one."""
        self.assertEqual(text(b"a\r\nb\rc\n").source, "a\nb\nc\n")

    def test_mark(self) -> None:
        """The byte order mark is no part of the source, given as string or bytes."""
        self.assertEqual(text(b"\xef\xbb\xbfA = 1\n").source, "A = 1\n")
        self.assertEqual(text("\ufeffA = 1\n").source, "A = 1\n")

    def test_given_as_string(self) -> None:
        """A source may give a text as a string; a cookie in it says nothing."""
        made = Text("m", KLINGON + "A = 'é'\n", "db:m", is_package=False)
        self.assertEqual(made.source, KLINGON + "A = 'é'\n")
        self.assertEqual(made, text(KLINGON + "A = 'é'\n", "db:m"))

    def test_given_as_anything(self) -> None:
        """What is neither bytes nor a string is refused where it is given."""
        error = self.assertRaises(
            PluginError, Text, "m", ["A = 1\n"], "db:m", is_package=False
        )
        self.assertEqual(error.text, "the text is list, expected bytes or str")

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


class ReleaseTests(EngineCase):
    def test_string(self) -> None:
        """A string with an unknown encoding is loaded and released as any other."""
        module = self.load(m=f"{KLINGON}X = '\u20ac'\n")
        self.release(m=f"{KLINGON}X = '\u00e9'\n")
        self.assertEqual(module.X, "\u00e9")

    def test_bytes(self) -> None:
        """Bytes with an unknown encoding make a refused plan, with file and line."""
        self.load(m="X = 1\n")
        self.texts[f"{ROOT}.m"] = f"\n{KLINGON}X = 2\n".encode()
        plan = self.engine.plan()
        assert isinstance(plan.error, ReleaseRefused)
        self.assertEqual(plan.error.place, f"<texts>/{ROOT}/m.py:2")
        self.assertEqual(plan.error.module, f"{ROOT}.m")

    def test_no_text(self) -> None:
        """So does a string that is no text."""
        self.load(m="X = 1\n")
        self.texts[f"{ROOT}.m"] = "X = 1\nY = '\ud800'\n"
        plan = self.engine.plan()
        assert isinstance(plan.error, ReleaseRefused)
        self.assertEqual(plan.error.place, f"<texts>/{ROOT}/m.py:2")
        self.assertEqual([one.line for one in plan.entries], [2])

    def test_not_loaded_by_us(self) -> None:
        """So does the text of a module that was loaded before the engine looked."""
        self.load(m="X = 1\n")
        self.engine.records.clear()
        self.texts[f"{ROOT}.m"] = "X = 1\nY = = 2\n"
        plan = self.engine.plan()
        assert isinstance(plan.error, ReleaseRefused)
        self.assertEqual(plan.error.place, f"<texts>/{ROOT}/m.py:2")
