"""What ``code put`` reads: a file that compiles, or an error with file and line."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gameserver.admin.long_texts import LARGEST_TEXT
from gameserver.cli_code import read_text
from gameserver.errors import BadArguments, GameServerError, PluginError
from tests.folders import temporary_folder


class ReadTests(SynchronousTestCase):
    def setUp(self):
        self.file = temporary_folder(self) / "sword.py"

    def read(self, content: bytes) -> str:
        self.file.write_bytes(content)
        return read_text(str(self.file))

    def refused(self, content: bytes) -> str:
        """Give the message, which begins with the file."""
        with self.assertRaises(GameServerError) as caught:
            self.read(content)
        self.assertIsInstance(caught.exception, BadArguments | PluginError)
        line = str(caught.exception).removeprefix("bad-arguments: ")
        self.assertTrue(line.startswith(str(self.file)), line)
        return line.removeprefix(str(self.file))

    def test_text(self):
        """The text is given as it is, with its line ends, without a mark of order."""
        self.assertEqual(self.read("A = 'é'\r\n".encode()), "A = 'é'\r\n")
        self.assertEqual(self.read(b"\xef\xbb\xbfA = 1"), "A = 1")
        self.assertEqual(self.read(b"# coding: utf-8\n"), "# coding: utf-8\n")

    def test_syntax(self):
        """A syntax error is told with file and line."""
        told = self.refused(b"A = 1\ndef go(:\n")
        self.assertEqual(told, ":2: SyntaxError: invalid syntax")
        self.assertIn(":3: IndentationError", self.refused(b"if 1:\n  a\n b\n"))

    def test_no_text(self):
        """Bytes that are no text in UTF-8 are refused, whatever they are."""
        self.refused(b"A = '\xff'\n")
        self.refused(b"A = 1\0\n")
        latin = self.refused(b"# coding: latin-1\nA = '\xe9'\n")
        self.assertIn("saw the encoding iso-8859-1, expected utf-8", latin)
        self.assertIn("unknown encoding", self.refused(b"# coding: klingon\n"))

    def test_deep(self):
        """A text that the compiler gives up on is refused like any other."""
        self.refused(b"(" * 5000)
        self.refused(b"-" * 100_000 + b"1")

    def test_size(self):
        """An empty text is refused, and one that is too large."""
        self.assertIn("is empty", self.refused(b"\n \n"))
        self.read(b"#" * LARGEST_TEXT)
        told = self.refused(b"#" * (LARGEST_TEXT + 1))
        self.assertIn("expected at most 524,288", told)

    def test_no_file(self):
        """What cannot be read is named with the reason."""
        for name, why in (("nosuch.py", "No such file"), ("", "Is a directory")):
            with self.assertRaises(BadArguments) as caught:
                read_text(str(self.file.parent / name))
            self.assertIn(why, str(caught.exception))
