"""The reactor of a command: it may be stopped at any time, and as often as asked."""

from __future__ import annotations

import subprocess
import sys

from twisted.trial.unittest import SynchronousTestCase

PROGRAM = """
import sys

from twisted.internet import reactor
from twisted.python.log import startLogging

from gameserver.reacting import stop_reactor

startLogging(sys.stderr, setStdout=False)
stop_reactor(reactor)
for _ in range(3):
    reactor.callWhenRunning(stop_reactor, reactor)
reactor.addSystemEventTrigger("during", "shutdown", stop_reactor, reactor)
reactor.run()
stop_reactor(reactor)
print("ended")
"""


class StopTests(SynchronousTestCase):
    """``stop_reactor`` in a process of its own, as a reactor runs once only."""

    def test_often(self):
        """Before the start, thrice at once, while it stops, after it: no error."""
        command = [sys.executable, "-c", PROGRAM]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=30, check=False
        )
        self.assertEqual((done.returncode, done.stdout), (0, "ended\n"), done.stderr)
        self.assertNotIn("Traceback", done.stderr)
