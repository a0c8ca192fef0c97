from __future__ import annotations

import datetime as dt
import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.client.terminal.plain_text import clean, one_line, plain, wrapped


class CleanTests(SynchronousTestCase):
    def test_text_stays(self):
        """Letters, line breaks, emoji and the joiners of scripts stay as they are."""
        text = "Grüße,\n世界 👩\u200d👩\u200d👧 می\u200cخواهم"  # noqa: RUF001 - Persian
        self.assertEqual(clean(text), text)

    def test_escapes(self):
        """No escape sequence keeps its first character, in seven or in eight bits."""
        self.assertEqual(clean("\x1b[31mred\x9b0m\x07"), "\ufffd[31mred\ufffd0m\ufffd")

    def test_disguises(self):
        """Overrides of direction, invisible tags and surrogates do not get through."""
        self.assertEqual(
            clean("a\u202eb\u2066c\U000e0041\ud800"), "a\ufffdb\ufffdc\ufffd\ufffd"
        )

    def test_line_breaks(self):
        """Every kind of line break is one; a return cannot overwrite a line."""
        self.assertEqual(clean("a\r\nb\rc\u2028d\u2029e\x0b"), "a\nb\nc\nd\ne\ufffd")
        self.assertEqual(one_line("a\r\nb"), "a b")

    def test_tabs(self):
        """Tabs become spaces."""
        self.assertEqual(clean("a\tb"), "a   b")

    @given(st.text())
    def test_nothing_gets_through(self, text):
        """Whatever is sent, only line breaks and joiners control anything."""
        controls = {one for one in clean(text) if unicodedata.category(one)[0] == "C"}
        bad = {c for c in controls if unicodedata.category(c) in ("Cc", "Cf", "Cs")}
        self.assertLessEqual(bad, set("\n\u200c\u200d"))


class WrapTests(SynchronousTestCase):
    def test_between_words(self):
        """Long lines are broken between words, short ones and line breaks stay."""
        text = "Torches hiss in their brackets.\n\nA bat."
        self.assertEqual(
            wrapped(text, 16), "Torches hiss in\ntheir brackets.\n\nA bat."
        )

    def test_indent(self):
        """What continues an indented line is indented like it."""
        self.assertEqual(wrapped("  one two three", 9), "  one two\n  three")

    def test_long_words(self):
        """A word longer than the line is left to the terminal."""
        self.assertEqual(wrapped("see " + "x" * 30, 20), "see\n" + "x" * 30)


class PlainTests(SynchronousTestCase):
    def test_values(self):
        """Values are written as JSON would; what JSON lacks gets a form too."""
        values = {
            "None": "null",
            "True": "true",
            "[1, 2.5, 'ä']": '[1, 2.5, "ä"]',
            "{'a': [], 3: {}}": '{"a": [], 3: {}}',
            "(1, (2,))": "[1, [2]]",
            "b'x'": '"x"',
            "{7}": "[7]",
        }
        for value, text in values.items():
            self.assertEqual(plain(eval(value)), text)  # noqa: S307 - the table above
        self.assertEqual(plain(dt.date(2026, 11, 20)), "2026-11-20")
        self.assertEqual(plain(object()), "<object>")

    def test_escapes(self):
        """Text within a value is as safe as text alone, and stays on its line."""
        self.assertEqual(
            plain(["\x1b[2J\n", "\x9b\u202e"]), '["\\u001b[2J\\n", "\ufffd\ufffd"]'
        )

    def test_bounded(self):
        """Lists that share their elements, and those that hold themselves, end."""
        shared = ["x"]
        for _ in range(60):
            shared = [shared, shared]
        own = []
        own.append(own)
        for value in (shared, own, ["x" * 100_000], list(range(100_000)), {1: shared}):
            self.assertLess(len(plain(value)), 10_000)
            self.assertIn("...", plain(value))
