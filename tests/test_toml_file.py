"""Line numbers of TOML keys, however they are written."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gameserver.toml_file import key_lines


class KeyLineTests(SynchronousTestCase):
    """``key_lines`` over TOML's ways to write the same."""

    def test_tables(self):
        """Headers and the keys under them have their own lines."""
        lines = key_lines("# top\n[a]\n\nx = 1\n[b]\nx = 2\n")
        expected = {("a",): 2, ("a", "x"): 4, ("b",): 5, ("b", "x"): 6}
        self.assertEqual(lines, expected)

    def test_values_over_many_lines(self):
        """A value over many lines is where it begins, whatever it holds."""
        text = 'a.l = [\n  "x",\n  # b = 1\n]\na.t = """\n[c]\nd = 1\n"""\na.e = 1\n'
        lines = key_lines(text)
        expected = {("a",): 1, ("a", "l"): 1, ("a", "t"): 5, ("a", "e"): 9}
        self.assertEqual(lines, expected)

    def test_inline_table(self):
        """Keys of an inline table are on its line."""
        lines = key_lines("\na = { x = 1, y = { z = 2 } }\n")
        self.assertEqual(set(lines.values()), {2})
        self.assertIn(("a", "y", "z"), lines)

    def test_quoted_keys(self):
        """A quoted key is the key it spells, dots and all."""
        lines = key_lines('["a b"]\n"c.d" = 1\n')
        self.assertEqual(lines, {("a b",): 1, ("a b", "c.d"): 2})

    def test_windows_line_ends(self):
        """Carriage returns change no line number."""
        self.assertEqual(key_lines("[a]\r\nx = 1\r\n")["a", "x"], 2)

    def test_line_separators_inside_texts(self):
        """Unicode's line separators are no line ends in TOML."""
        self.assertEqual(key_lines('a = "\u2028"\nb = 1\n')["b",], 2)
