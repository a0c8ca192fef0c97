"""The terminal client as a real process: in a pipe, or at a pseudo-terminal."""

from __future__ import annotations

import os
import sys

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol

_PROGRAM = """
import sys
from gameserver.client.terminal import run_play
options = dict(one.split("=", 1) for one in sys.argv[1:])
for flag in ("password_stdin", "register"):
    options[flag] = flag in options
sys.exit(run_play(**options))
"""


class Child(ProcessProtocol):
    """One run. ``out`` and ``err`` grow; ``seen`` waits for text in ``out``."""

    def __init__(self):
        self.out = ""
        self.err = ""
        self._waiting = []
        self._ended = Deferred()
        self.code = None

    def outReceived(self, chunk):
        self.out += chunk.decode(errors="replace")
        self.arrived()

    def errReceived(self, chunk):
        self.err += chunk.decode(errors="replace")

    def arrived(self):
        for is_there, waiter in self._waiting[:]:
            if is_there():
                self._waiting.remove((is_there, waiter))
                waiter.callback(None)

    def until(self, is_there):
        """Fire when ``is_there()`` holds, looked at whenever something arrives."""
        waiter = Deferred()
        self._waiting.append((is_there, waiter))
        self.arrived()
        return waiter

    def seen(self, text):
        """Fire when the text is in ``out``; fail when the process ends without it."""
        return self.until(lambda: text in self.out)

    def write(self, text):
        self.transport.write(text.encode())

    def processEnded(self, reason):
        self.code = reason.value.exitCode
        ended, self._ended = self._ended, None
        ended.callback(self.code)
        for _, waiter in self._waiting:
            seen = f"ended with {self.code}: {self.out!r} {self.err!r}"
            waiter.errback(AssertionError(seen))

    def ended(self):
        """Fire with the exit code; to be asked once."""
        return self._ended

    def kill(self):
        """End it however; a test's cleanup."""
        if self._ended is None:
            return None
        self.transport.signalProcess("KILL")
        return self._ended


def start(
    case,
    child,
    environment=None,
    *,
    at_terminal=False,
    streams=None,
    under=(),
    **options,
):
    """Start the program under a test case, which sees to its end.

    ``streams``: what its descriptors are, as ``spawnProcess`` takes it; those left out
    are closed. ``under``: a command that runs the one given as its arguments.
    """
    flags = [f"{name}={value}" for name, value in options.items()]
    measured = {
        name: value for name, value in os.environ.items() if name[:9] == "COVERAGE_"
    }
    plain = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    environment = measured | plain | (environment or {})
    args = [*under, sys.executable, "-c", _PROGRAM, *flags]
    streams = streams or {0: "w", 1: "r", 2: "r"}
    wiring = {"usePTY": True} if at_terminal else {"childFDs": streams}
    reactor.spawnProcess(child, args[0], args, env=environment, **wiring)
    case.addCleanup(child.kill)
    return child
