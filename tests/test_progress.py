"""How far long work is: on a terminal, now and then, and nowhere else."""

from __future__ import annotations

import io

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gameserver.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class ProgressTests(SynchronousTestCase):
    def setUp(self):
        self.clock = Clock()

    def progress(self, stream: io.StringIO) -> Progress:
        return Progress("exported", "rows", stream, self.clock.seconds)

    def test_terminal(self):
        """A terminal sees count and rate, and a clean line in the end."""
        stream = Terminal()
        with self.progress(stream) as told:
            self.clock.advance(2)
            told(5000)
        self.assertEqual(
            stream.getvalue(), "\r\x1b[Kexported 5,000 rows, 2,500 a second\r\x1b[K"
        )

    def test_now_and_then(self):
        """Ten lines a second are enough, however often it is told."""
        stream = Terminal()
        told = self.progress(stream)
        for count in range(1000):
            self.clock.advance(0.001)
            told(count)
        self.assertEqual(stream.getvalue().count("rows"), 10)

    def test_pipe(self):
        """A pipe is told nothing."""
        stream = io.StringIO()
        with self.progress(stream) as told:
            self.clock.advance(1)
            told(7)
        self.assertEqual(stream.getvalue(), "")
