"""The tables that verbs print: what others wrote cannot move the terminal."""

from __future__ import annotations

import contextlib
import io

from twisted.trial.unittest import SynchronousTestCase

from gameserver.cli_table import print_rows

HOSTILE = "\x1b[2Jada\r\nroot\x9b1m\u202e"


def printed(*, as_json: bool) -> str:
    """Give the table of two rows, one of them hostile, without its last line's end."""
    rows = [{"name": HOSTILE, "client": 1}, {"name": "Zoë", "client": 2}]
    with contextlib.redirect_stdout(io.StringIO()) as out:
        print_rows(rows, ["name", "client"], as_json)
    return out.getvalue().removesuffix("\n")


class TableTests(SynchronousTestCase):
    def test_escapes(self):
        """A cell has no control character, and does not begin another line."""
        header, hostile, plain = printed(as_json=False).split("\n")
        self.assertEqual(header.split(), ["name", "client"])
        self.assertEqual(hostile.rstrip(" 1"), "\ufffd[2Jada root\ufffd1m\ufffd")
        self.assertEqual(plain.split(), ["Zoë", "2"])
        self.assertTrue((header + hostile + plain).isprintable())

    def test_json(self):
        """JSON keeps what was written, escaped as JSON does."""
        said = printed(as_json=True)
        self.assertTrue(said.isprintable())
        self.assertIn("\\u001b[2Jada", said)
