"""What a tour prints, for people and for programs."""

from __future__ import annotations

import io
import json
import os

from twisted.trial.unittest import SynchronousTestCase

from gameserver.demo.transcript import Transcript

ESCAPE = "\x1b["


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self):
        return True


class TranscriptTests(SynchronousTestCase):
    def setUp(self):
        kept = os.environ.pop("NO_COLOR", None)
        self.addCleanup(os.environ.pop, "NO_COLOR", None)
        if kept is not None:
            self.addCleanup(os.environ.__setitem__, "NO_COLOR", kept)

    def played(self, stream, **options):
        """Print a step that holds, and one that does not."""
        transcript = Transcript(stream, **options)
        transcript.begin("The sword", "One number.")
        transcript.changed("rules.py", ["- SWORD = 2", "+ SWORD = 4"])
        transcript.typed("gameserver reload")
        transcript.released(3, "committed", 0.0125)
        transcript.said("ada", "You hit bob for 4.")
        transcript.end(1.5, 3)
        transcript.begin("The shade", "A service.")
        transcript.fail(2.0, "ada sees: a shade", "nothing")
        transcript.close(3, 3.5)
        return stream.getvalue()

    def test_plain(self):
        """Each thing is told in order, the number of the release and the pause too."""
        said = self.played(io.StringIO())
        self.assertNotIn(ESCAPE, said)
        words = [
            "1. The sword",
            "rules.py",
            "+ SWORD = 4",
            "$ gameserver reload",
            "release 3 is committed, pause 12.5 ms",
            "ada | You hit bob for 4.",
            "holds: code of release 3, 1.5 s",
            "2. The shade",
            "DOES NOT HOLD",
            "expected: ada sees: a shade",
            "saw:      nothing",
            "1 of 3 steps hold, 3.5 s, longest pause 12.5 ms",
        ]
        places = [said.find(one) for one in words]
        self.assertNotIn(-1, places)
        self.assertEqual(places, sorted(places))

    def test_colours(self):
        """There are colours on a terminal, unless NO_COLOR is set."""
        self.assertIn(ESCAPE, self.played(Terminal()))
        os.environ["NO_COLOR"] = "1"
        self.assertNotIn(ESCAPE, self.played(Terminal()))

    def test_json(self):
        """As JSON it is one object, with each step's lines and pauses."""
        told = json.loads(self.played(io.StringIO(), as_json=True))
        self.assertEqual((told["holds"], told["longest_pause"]), (False, 0.0125))
        first, second = told["steps"]
        self.assertEqual((first["holds"], first["release"]), (True, 3))
        self.assertIn("+ SWORD = 4", first["lines"])
        self.assertEqual((second["holds"], second["seen"]), (False, "nothing"))

    def test_long(self):
        """A long line of a window is cut, and shows that it is."""
        stream = io.StringIO()
        transcript = Transcript(stream)
        transcript.begin("Long", "")
        transcript.said("ada", "x" * 1000)
        line = stream.getvalue().splitlines()[-1]
        self.assertLess(len(line), 120)
        self.assertTrue(line.endswith("..."))
