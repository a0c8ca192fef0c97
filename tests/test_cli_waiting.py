"""A verb that waits says so on a terminal, and nowhere else."""

from __future__ import annotations

import io
import threading

from twisted.trial.unittest import SynchronousTestCase

from gameserver.cli_waiting import waiting


class Terminal(io.StringIO):
    """A terminal that knows when it was written to."""

    def __init__(self) -> None:
        super().__init__()
        self.news = threading.Event()

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.news.set()
        return super().write(text)


class WaitingTests(SynchronousTestCase):
    def test_terminal(self):
        """It says what it does and for how long, and leaves an empty line."""
        terminal = Terminal()
        with waiting("releasing", terminal):
            self.assertTrue(terminal.news.wait(10))
        self.assertTrue(terminal.getvalue().startswith("\r\x1b[Kreleasing... "))
        self.assertTrue(terminal.getvalue().endswith("\r\x1b[K"))

    def test_error(self):
        """What the body raises comes through, and nothing goes on writing."""
        before = threading.active_count()
        with self.assertRaises(KeyError), waiting("releasing", Terminal()):
            raise KeyError
        self.assertEqual(threading.active_count(), before)

    def test_pipe(self):
        """A pipe gets nothing, and no thread is started."""
        pipe = io.StringIO()
        before = threading.active_count()
        with waiting("releasing", pipe):
            self.assertEqual(threading.active_count(), before)
        self.assertEqual(pipe.getvalue(), "")
