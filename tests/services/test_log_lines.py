"""What is logged is text: no terminal obeys it, and no line is forged."""

from __future__ import annotations

import io

from twisted.logger import (
    LegacyLogObserverWrapper,
    Logger,
    LogPublisher,
    textFileLogObserver,
)
from twisted.python.log import LogPublisher as OldLog
from twisted.python.log import textFromEventDict
from twisted.trial.unittest import SynchronousTestCase

from gameserver.services.log_lines import Escaping, line_observer


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


class EscapingTests(SynchronousTestCase):
    """The same before an observer that is somebody else's."""

    def setUp(self) -> None:
        self.stream = io.StringIO()
        self.publisher = LogPublisher(Escaping(), textFileLogObserver(self.stream))
        self.shop = Logger("plugins.shop", observer=self.publisher)

    def legacy(self) -> list[str | None]:
        """Add an observer of the old kind; gives what it writes."""
        old: list[str | None] = []
        note = lambda one: old.append(textFromEventDict(one))  # noqa: E731 - short
        self.publisher.addObserver(LegacyLogObserverWrapper(note))
        return old

    def test_text(self) -> None:
        """Control characters of a text are visible; another text stays."""
        self.shop.warn("{t}", t="\x1b[31m\x00")
        self.shop.warn("{t}", t="Gräfin")
        first, second, _ = self.stream.getvalue().split("\n")
        self.assertTrue(first.endswith("[plugins.shop#warn] \\x1b[31m\\x00"), first)
        self.assertTrue(second.endswith("[plugins.shop#warn] Gräfin"), second)

    def test_traceback(self) -> None:
        """So are those of an error, in both logs of Twisted."""
        old: list[str | None] = []
        legacy = LegacyLogObserverWrapper(
            lambda one: old.append(textFromEventDict(one))
        )
        self.publisher.addObserver(legacy)
        try:
            int("\x1b[31m\x00")
        except ValueError:
            self.shop.failure("it failed for \x1b")
        for text in (self.stream.getvalue(), str(old[0])):
            self.assertIn("ValueError: invalid literal", text)
            self.assertIn("it failed for \\x1b", text)
            self.assertNotIn("\x1b", text)

    def test_old_log(self) -> None:
        """So are those of a message of the old log."""
        old = self.legacy()
        OldLog(publishPublisher=self.publisher).msg("\x1b[31m")
        self.assertEqual(old, ["\\x1b[31m"])
        self.assertIn("\\x1b[31m", self.stream.getvalue())
