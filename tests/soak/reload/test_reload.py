"""The reload soak in short; `make soak-reload` is the long form."""

from __future__ import annotations

import json
import subprocess
import sys

from twisted.internet import reactor
from twisted.trial.unittest import SynchronousTestCase, TestCase

from tests.end_to_end.processes import REPOSITORY
from tests.soak.reload.editions import FAILING
from tests.soak.reload.report import faults, verdict
from tests.soak.reload.soak import Task, soak


class ReloadTests(TestCase):
    """Thirty releases under load."""

    timeout = 120

    async def test_unnoticed(self):
        """Every call is answered once, and nobody notices a release, good or bad."""
        task = Task(callers=20, releases=30, seed=4, processes=1)
        outcome = await soak(reactor, task, self.addCleanup, lambda _: None)
        self.assertEqual(faults(outcome), [])
        self.assertTrue(outcome.is_good, verdict(outcome))
        self.assertTrue(outcome.is_done, verdict(outcome))
        failed = {one.fails for one in outcome.releases if one.outcome != "committed"}
        self.assertEqual(failed, set(FAILING))


class CommandTests(SynchronousTestCase):
    """``python -m tests.soak.reload``, as make runs it."""

    def wrong(self, kind: str) -> dict[str, int]:
        """Give the faults that are found on a server that is wrong so."""
        options = ("--callers", "8", "--releases", "12", "--seed", "4", "--json")
        done = subprocess.run(
            [sys.executable, "-m", "tests.soak.reload", *options, "--wrong", kind],
            cwd=REPOSITORY,
            capture_output=True,
            timeout=90,
            text=True,
            check=False,
        )
        self.assertEqual(done.returncode, 1, done.stderr)
        document = json.loads(done.stdout)
        self.assertFalse(document["passed"])
        faults: dict[str, int] = document["faults"]
        return faults

    def test_notification_lost(self):
        """A notification that a release has swallowed is missed."""
        self.assertIn("notification lost", self.wrong("lost"))

    def test_timers_shifted(self):
        """Timers that begin anew with a release are out of phase."""
        found = self.wrong("phase").keys()
        self.assertTrue(found & {"tick late", "tick out of phase"}, found)
