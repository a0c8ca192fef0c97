"""Between a change and its answer the disk is told to keep it: a system-call trace."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import SkipTest

from twisted.internet import reactor
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from gameserver.client import GameClient
from tests.soak.town import Town

CALLS = 20
_CALL = re.compile(r"(?P<name>recvfrom|sendto|fdatasync|fsync)\((?P<fd>\d+)")
_RESUMED = re.compile(r"<\.\.\. (?P<name>fdatasync|fsync) resumed>")


def answers_without_sync(trace: str, fd: str) -> int:
    """Count what was sent to a client with no sync since it was last heard.

    ``trace``: strace's lines, in order; a sync counts when it has returned.
    """
    is_synced, bare = True, 0
    for line in trace.splitlines():
        resumed, call = _RESUMED.search(line), _CALL.search(line)
        if resumed or (call and "sync" in call["name"] and "unfinished" not in line):
            is_synced = True
        elif call and call["fd"] == fd and not line.endswith("EAGAIN"):
            if call["name"] == "recvfrom":
                is_synced = False
            elif not is_synced:
                bare += 1
    return bare


class RulesTests(TestCase):
    """What counts as an answer too early."""

    def test_in_order(self) -> None:
        """Heard, synced, sent."""
        trace = 'recvfrom(9, "x") = 1\nfdatasync(5 <unfinished ...>\n'
        trace += '<... fdatasync resumed>) = 0\nsendto(9, "y") = 1\n'
        self.assertEqual(answers_without_sync(trace, "9"), 0)

    def test_too_early(self) -> None:
        """Sent while the sync is under way."""
        trace = 'recvfrom(9, "x") = 1\nfdatasync(5 <unfinished ...>\n'
        trace += 'sendto(9, "y") = 1\n<... fdatasync resumed>) = 0\n'
        self.assertEqual(answers_without_sync(trace, "9"), 1)


class SyncTests(TestCase):
    """A server process with strace at it."""

    timeout = 60

    async def traced(self, *, is_wrong: bool = False) -> tuple[str, str]:
        """Make changes one after the other; give the trace, and the client's socket."""
        strace = shutil.which("strace")
        if strace is None:
            raise SkipTest("there is no strace")
        town = Town(self.addCleanup, is_wrong=is_wrong)
        await town.start()
        tokens = await town.settle_in(["ada"], reactor)
        client = GameClient(town.endpoint, reactor=reactor)
        await client.login_token("ada", tokens["ada"])
        self.addCleanup(client.close)
        await client.call("deposit", 1)
        folder = Path(self.enterContext(TemporaryDirectory()))
        names = "trace=recvfrom,sendto,fdatasync,fsync"
        process: Any = subprocess.Popen(  # noqa: ASYNC220 - it is back at once
            [strace, "-f", "-e", names, "-o", folder / "trace", "-p", str(town.pid)],
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            seen = await deferToThread(process.stderr.readline)
            if "attached" not in seen:
                raise SkipTest(f"strace cannot trace here: {seen.strip()}")
            for number in range(2, CALLS + 2):
                await client.call("deposit", number)
        finally:
            process.terminate()
            await deferToThread(process.communicate)
        trace = (folder / "trace").read_text()
        sent = re.findall(r"sendto\((\d+)", trace)
        return trace, max(set(sent), key=sent.count)

    async def test_synced(self) -> None:
        """No answer leaves before the sync has returned."""
        trace, fd = await self.traced()
        self.assertGreaterEqual(len(re.findall(r"sendto\(" + fd, trace)), CALLS)
        self.assertEqual(answers_without_sync(trace, fd), 0, trace)

    async def test_wrong_server(self) -> None:
        """A server that answers first is found out."""
        trace, fd = await self.traced(is_wrong=True)
        self.assertGreater(answers_without_sync(trace, fd), 0)
