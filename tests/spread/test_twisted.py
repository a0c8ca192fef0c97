"""Twisted's own tests of Perspective Broker, with our broker in its place.

And ours of the broker, with the build of the codec that other tests do not run with.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from twisted.trial.unittest import SynchronousTestCase

from gameserver.compiled import SWITCH, twin
from gameserver.wire.edition import EDITION
from tests.wire.builds import MISSING

ROOT = Path(__file__).parents[2]


class TwistedRules:
    """All of them pass, with both builds of the codec."""

    off = ""
    """``GAMESERVER_PURE``, and so which build it is."""

    def passes(self, module: str, tests: int):
        """Run a module in a process of its own: it is swapped for good there."""
        command = [sys.executable, "-m", "tests.spread.swapped"]
        name = f"twisted.spread.test.{module}"
        folder = TemporaryDirectory()  # some of the tests leave files where they run
        self.addCleanup(folder.cleanup)
        environment = {**os.environ, "PYTHONPATH": str(ROOT), SWITCH: self.off}
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
        _, name = twin("gameserver.wire", EDITION, {SWITCH: self.off})
        self.assertIn(f"codec: {name}\n", done.stdout)
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


class PureTwistedTests(TwistedRules, SynchronousTestCase):
    """The pure build."""

    off = "1"


class CompiledTwistedTests(TwistedRules, SynchronousTestCase):
    """The compiled build."""

    if MISSING:
        skip = MISSING


class OtherBuildTests(SynchronousTestCase):
    """The build that the other tests do not run with."""

    if MISSING:
        skip = MISSING

    def test_broker(self):
        """Our own tests of the broker pass with that one, too."""
        off = "" if os.environ.get(SWITCH) == "1" else "1"
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "tests/spread/test_broker.py"],
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
            env={**os.environ, SWITCH: off},
        )
        self.assertEqual(done.returncode, 0, done.stdout[-3000:] + done.stderr[-3000:])
