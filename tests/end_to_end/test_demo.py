"""``gameserver demo``: the tour, with a server process and two clients."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from gameserver.demo.tour import TOUR
from tests.end_to_end.processes import BIN
from tests.folders import temporary_folder

LONGEST = 60.0  # seconds that the tour may take
BENT = """\
from dataclasses import replace

from gameserver.demo import command
from gameserver.demo.acts import Do
from gameserver.demo.tour import TOUR

wrong = Do("ada", "look", answer="A dragon")
bent = replace(TOUR[0], acts=(*TOUR[0].acts[:2], wrong, *TOUR[0].acts[2:]))
command.TOUR = (bent, *TOUR[1:])
command.demo(prog_name="demo")
"""
"""A tour with an act that does not hold, after two that do."""


class DemoTests(SynchronousTestCase):
    def setUp(self):
        self.folder = temporary_folder(self)

    def played(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a tour to its end, with its folder in that of this test."""
        return subprocess.run(
            command,
            env={**os.environ, "TMPDIR": str(self.folder)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=3 * LONGEST,
            check=False,
        )

    def test_whole(self):
        """Every step holds, in less than a minute, and nothing is left behind."""
        done = self.played(f"{BIN}/gameserver", "demo", "--json")
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        told = json.loads(done.stdout)
        steps = told["steps"]
        self.assertEqual(
            [(one["title"], one["holds"]) for one in steps],
            [(one.title, True) for one in TOUR],
        )
        self.assertLess(told["seconds"], LONGEST)
        self.assertGreater(told["longest_pause"], 0)
        numbers = [one["release"] for one in steps]
        self.assertEqual((numbers[0], numbers[1], numbers[-1]), (0, 1, 0))
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_does_not_hold(self):
        """The first step that does not hold ends it with 1, and says why."""
        done = self.played(sys.executable, "-c", BENT, "--keep")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("DOES NOT HOLD\n   expected: look answers: A dragon", done.stdout)
        self.assertRegex(done.stdout, r"saw:      Gate\. Wind rattles")
        self.assertIn(f"0 of {len(TOUR)} steps hold", done.stdout)
        self.assertNotIn(TOUR[1].title, done.stdout)
        kept = Path(done.stderr.removeprefix("kept: ").strip())
        self.assertEqual(list(self.folder.iterdir()), [kept])
        self.assertIn("listening", (kept / "log").read_text())
