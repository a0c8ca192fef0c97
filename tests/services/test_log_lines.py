"""What is logged is text: no terminal obeys it, and no line is forged."""

from __future__ import annotations

import io

from twisted.logger import Logger
from twisted.trial.unittest import SynchronousTestCase

from gameserver.services.log_lines import line_observer


class LineTests(SynchronousTestCase):
    """Events as lines of a file."""

    def logged(self, text: str) -> str:
        """Log a text; give what is written, without the time."""
        stream = io.StringIO()
        Logger("plugins.shop", observer=line_observer(stream)).warn("{t}", t=text)
        return stream.getvalue().partition(" ")[2]

    def test_escaped(self) -> None:
        """Control characters are visible."""
        seen = self.logged("\x1b[31m\x00 \x9b1m \u202e \r")
        self.assertEqual(
            seen, "[plugins.shop#warn] \\x1b[31m\\x00 \\x9b1m \\u202e \\x0d\n"
        )

    def test_lines(self) -> None:
        """Further lines are indented; letters stay as they are."""
        seen = self.logged("Gräfin\n[forged]")
        self.assertEqual(seen, "[plugins.shop#warn] Gräfin\n\t[forged]\n")

    def test_failure(self) -> None:
        """So is a traceback, with what the error says."""
        stream = io.StringIO()
        log = Logger("plugins.shop", observer=line_observer(stream))
        try:
            int("\x1b[31m\x00")
        except ValueError:
            log.failure("it failed")
        self.assertIn("ValueError: invalid literal", stream.getvalue())
        self.assertIn("\n\tTraceback", stream.getvalue())
        self.assertNotIn("\x1b", stream.getvalue())
