"""Twisted's own tests of Perspective Broker, with our broker in its place."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from twisted.trial.unittest import SynchronousTestCase

ROOT = Path(__file__).parents[2]


class TwistedTests(SynchronousTestCase):
    """All of them pass."""

    def passes(self, module: str, tests: int):
        """Run a module in a process of its own: it is swapped for good there."""
        command = [sys.executable, "-m", "tests.spread.swapped"]
        name = f"twisted.spread.test.{module}"
        folder = TemporaryDirectory()  # some of the tests leave files where they run
        self.addCleanup(folder.cleanup)
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [*command, name],
            capture_output=True,
            text=True,
            check=False,
            cwd=folder.name,
            env=environment,
        )
        said = done.stdout[-3000:] + done.stderr[-3000:]
        self.assertEqual(done.returncode, 0, said)
        found = re.search(r"^(\d+) passed, 0 skipped$", done.stdout, re.MULTILINE)
        self.assertIsNotNone(found, said)
        self.assertGreaterEqual(int(found[1]), tests, "were they all found?")

    def test_banana(self):
        """Reading and writing."""
        self.passes("test_banana", 25)

    def test_jelly(self):
        """Values."""
        self.passes("test_jelly", 34)

    def test_pb(self):
        """Calls, references, copies, caches, logins."""
        self.passes("test_pb", 46)

    def test_pbfailure(self):
        """Errors."""
        self.passes("test_pbfailure", 29)
