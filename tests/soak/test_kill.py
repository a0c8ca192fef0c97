"""The kill soak in short; `make soak-kill` is the long form."""

from __future__ import annotations

import json
import subprocess
import sys

from twisted.internet import reactor
from twisted.trial.unittest import SynchronousTestCase, TestCase

from tests.end_to_end.processes import REPOSITORY
from tests.soak.report import faults
from tests.soak.soak import Task, soak


class KillTests(TestCase):
    """Three kills under load."""

    timeout = 90

    async def test_kept(self):
        """No answered change is lost or doubled, whenever the server is killed."""
        task = Task(kills=3, changes=900, seed=4)
        outcome = await soak(reactor, task, self.addCleanup, lambda _: None)
        self.assertEqual([text for one in outcome.kills for text in faults(one)], [])
        self.assertTrue(outcome.is_good)


class ResumeTests(TestCase):
    """Three kills under load of clients that come back."""

    timeout = 90

    async def test_resumed(self):
        """Every call that was open at a kill is answered by the next server, once."""
        task = Task(kills=3, changes=900, seed=4, resume=True)
        outcome = await soak(reactor, task, self.addCleanup, lambda _: None)
        self.assertEqual([text for one in outcome.kills for text in faults(one)], [])
        self.assertEqual(outcome.total("sent"), outcome.total("acknowledged"))
        self.assertGreater(outcome.total("late"), 0)


class CommandTests(SynchronousTestCase):
    """``python -m tests.soak``, as make runs it."""

    def test_wrong_server(self):
        """A server that answers before it commits is found out by one kill."""
        options = ("--wrong", "--kills", "1", "--changes", "200", "--seed", "4")
        done = subprocess.run(
            [sys.executable, "-m", "tests.soak", *options, "--json"],
            cwd=REPOSITORY,
            capture_output=True,
            timeout=90,
            text=True,
            check=False,
        )
        self.assertEqual(done.returncode, 1, done.stderr)
        document = json.loads(done.stdout)
        self.assertFalse(document["passed"])
        self.assertGreater(document["totals"]["lost"], 0)
        self.assertIn(" lost ", done.stderr)
