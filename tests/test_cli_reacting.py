"""The reactor of a command: it may be stopped at any time, and as often as asked."""

from __future__ import annotations

import signal
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

ENDED = """
import os
import signal
import sys

from twisted.internet.defer import Deferred

from gameserver.errors import Signalled
from gameserver.reacting import result_of


async def work(reactor):
    answer = Deferred()
    lost = ConnectionError("the connection was lost")
    reactor.addSystemEventTrigger("before", "shutdown", answer.errback, lost)
    reactor.callLater(0, os.kill, os.getpid(), int(sys.argv[1]))
    await answer


signal.signal(signal.SIGINT, signal.default_int_handler)  # it may be ignored
try:
    result_of(work)
except Signalled as error:
    print(error, error.exit_code, int(error.number))
"""


class EndedTests(SynchronousTestCase):
    """``result_of`` in a process of its own that gets a signal."""

    def test_signal(self):
        """It tells of the signal, not of what the work lost by it."""
        for number in (signal.SIGINT, signal.SIGTERM):
            command = [sys.executable, "-c", ENDED, str(int(number))]
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=30, check=False
            )
            said = f"interrupted {128 + number} {int(number)}\n"
            self.assertEqual((done.stdout, done.stderr), (said, ""))


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
