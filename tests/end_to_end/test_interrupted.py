"""A verb that is interrupted while the server is at work for it."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess

from twisted.internet import reactor
from twisted.internet.task import deferLater

from tests.end_to_end.processes import COUNTING, DEADLINE, RUN, Place
from tests.end_to_end.stock import ClientCase

HELD = 'open("held").read()\n'
"""The body of a module: it ends when the pipe that it reads is closed."""


class InterruptedTests(ClientCase):
    """One line is said, and the shell's exit code of the signal."""

    async def setUp(self):
        # Whoever runs the tests in the background ignores it, and so would the verbs.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGINT, before)
        self.place = Place(self.addCleanup)
        self.place.people()
        self.server = self.place.start(*RUN)
        self.place.plugin("game", COUNTING + HELD)
        self.held = self.place.folder / "held"
        os.mkfifo(self.held)

    async def until_read(self, process: subprocess.Popen) -> int:
        """Wait until somebody reads the pipe; give its other end."""
        while process.poll() is None:
            try:
                return os.open(self.held, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:  # nobody yet
                await deferLater(reactor, 0.02)
        raise AssertionError("the verb has ended")

    def started(self, *verb: str, **pipes) -> subprocess.Popen:
        """Start a verb."""
        command = [str(self.place.bin / "gameserver"), *verb]
        process = subprocess.Popen(
            command, cwd=self.place.folder, stdin=subprocess.DEVNULL, **pipes
        )
        self.addCleanup(process.kill)
        return process

    async def begun(self, verb: str, **pipes) -> subprocess.Popen:
        """Start a verb, and wait until the new text runs in a rehearsal."""
        process = self.started(verb, **pipes)
        self.end = await self.until_read(process)
        return process

    def go_on(self) -> None:
        """Let the text end, now and each time that it runs."""
        free = self.place.folder / "free"
        free.touch()
        free.replace(self.held)
        os.close(self.end)

    async def test_migrate(self):
        """A dry run, too, and it has no reactor."""
        process = self.started(
            "migrate", "--dry-run", stderr=subprocess.PIPE, text=True
        )
        self.end = await self.until_read(process)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=DEADLINE)[1]
        self.assertEqual((process.returncode, said), (130, "gameserver: interrupted\n"))
        os.close(self.end)

    async def test_reload(self):
        """Ctrl-C at a terminal leaves the release to the server, and says so."""
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        process = await self.begun("reload", stdout=slave, stderr=slave)
        os.close(slave)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(DEADLINE), 130)
        said = os.read(master, 65536).decode().rpartition("\x1b[K")[2]
        line = "gameserver: interrupted; a release goes on, see `gameserver releases`"
        self.assertEqual(said, f"{line}\r\n")
        self.go_on()
        while "committed" not in self.place.did("releases"):
            await deferLater(reactor, 0.02)

    async def test_others(self):
        """SIGTERM ends any verb so; one that changes nothing leaves nothing."""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        process = await self.begun("check", **pipes)
        process.terminate()
        said = process.communicate(timeout=DEADLINE)
        self.assertEqual(said, (b"", b"gameserver: interrupted\n"))
        self.assertEqual(process.returncode, 143)
        self.go_on()

    async def test_killed(self):
        """A server that is killed during the rehearsal leaves no row of the release."""
        process = await self.begun("reload", stderr=subprocess.PIPE)
        self.server.kill()
        self.assertIn(b"gameserver: ", process.communicate(timeout=DEADLINE)[1])
        self.assertEqual(process.returncode, 1)
        self.go_on()
        self.place.start(*RUN)
        self.assertEqual(json.loads(self.place.did("releases", "--json")), [])
