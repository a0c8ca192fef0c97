"""What becomes of a child of a rehearsal that runs late, and that nobody ends."""

from __future__ import annotations

import signal
import subprocess
import sys

from twisted.trial.unittest import SynchronousTestCase

PROGRAM = """
from gameserver.services.rehearsal_late import tell_when_late

tell_when_late(0.05, 0.05, lambda who: print("late", repr(who), flush=True))
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
"""


class LateTests(SynchronousTestCase):
    def test_ended(self) -> None:
        """It says whose state is at work, once; soon after that the kernel ends it."""
        command = [sys.executable, "-c", PROGRAM]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(done.stdout, "late ''\n")
        self.assertEqual(done.returncode, -signal.SIGALRM)
