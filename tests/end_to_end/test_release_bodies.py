"""New texts that never end, or end their process: only the rehearsal meets them."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread

from tests.end_to_end.processes import COUNTING, DEADLINE, RUN, SETTINGS, Done, Place
from tests.end_to_end.stock import ClientCase

GAME = "plugins.game"
TWICE = COUNTING.replace("self.count += number", "self.count += 2 * number")
ENDLESS = TWICE + "\nwhile True:\n    pass\n"
TIRED = TWICE.replace(
    "class Book(Service):",
    "class Book(Service):\n    succession = True\n\n"
    "    def adopt(self, predecessor):\n        raise OSError('no more')\n",
)
EXITING = TWICE + "\nimport os\nos._exit(3)\n"


class BodyCase(ClientCase):
    """One server for each test, and a player who goes on playing."""

    seconds: int
    """How long a rehearsal may take."""

    async def setUp(self):
        limit = f"[reload]\nrehearse_seconds = {self.seconds}\n"
        self.place = Place(self.addCleanup, settings=SETTINGS + limit)
        self.place.people()
        self.server = self.place.start(*RUN)
        self.ada = await self.join(self.place, "ada")
        self.assertEqual(await self.ada.call("add", 1), 1)

    def children(self) -> list[int]:
        """Give the processes that the server has started."""
        pid = self.server.process.pid
        return [
            int(one)
            for file in Path(f"/proc/{pid}/task").glob("*/children")
            for one in file.read_text().split()
        ]

    async def child(self) -> int:
        """Wait for the rehearsal's child."""
        end = time.monotonic() + DEADLINE
        while not (found := self.children()):
            self.assertLess(time.monotonic(), end, "there is no rehearsal")
            await deferLater(reactor, 0.005)
        return found[0]


class BodyTests(BodyCase):
    """What ends by itself, or in time."""

    seconds = 3

    async def assert_refused(self, done: Done, why: str) -> None:
        self.assertEqual(done.code, 1, done.all)
        self.assertIn(why, done.err)
        self.assertEqual(self.children(), [])
        self.assertEqual(await self.ada.call("add", 1), 2)
        self.assertIn(why, self.place.did("releases", "show", "1"))

    async def test_endless(self):
        """It is refused in time, and says where; calls go on all the while."""
        self.place.plugin("game", ENDLESS)
        reload = deferToThread(self.place.gameserver, "reload")
        await self.child()
        begun = time.monotonic()
        self.assertEqual(await self.ada.call("add", 0), 1)
        self.assertLess(time.monotonic() - begun, 2.0)
        why = "it took longer than 3 s, and was ended in the bodies of the new texts"
        done = await reload
        await self.assert_refused(done, f"{why} ({GAME})")
        last = ENDLESS.count("\n")
        self.assertRegex(done.err, rf"at .*game\.py:({last - 1}|{last})\n")

    async def test_exiting(self):
        """One that ends its process ends the child alone."""
        self.place.plugin("game", EXITING)
        done = await deferToThread(self.place.gameserver, "reload")
        why = f"by itself in the bodies of the new texts ({GAME}), with exit code 3"
        await self.assert_refused(done, why)

    async def test_failing(self):
        """What fails there, for it may not or cannot, is not tried in the server."""
        place = self.place.folder / "made"
        self.place.plugin("game", f"{TWICE}\nimport os\nos.mkdir({str(place)!r})\n")
        done = await deferToThread(self.place.gameserver, "check")
        self.assertIn("a rehearsal may not: os.mkdir", done.all)
        done = await deferToThread(self.place.gameserver, "reload")
        await self.assert_refused(done, "a rehearsal may not: os.mkdir")
        self.assertFalse(place.exists())

    async def test_handing_over(self):
        """A service that its successor cannot adopt is found out there, too."""
        self.place.plugin("game", TIRED)
        done = await deferToThread(self.place.gameserver, "reload")
        await self.assert_refused(done, "OSError: no more")
        self.assertIn("refused", self.place.did("releases"))

    async def test_killed(self):
        """A child does not outlive its server, whatever ends that."""
        self.place.plugin("game", ENDLESS)
        reload = deferToThread(self.place.gameserver, "reload")
        child = await self.child()
        self.server.kill()
        end = time.monotonic() + 1.0  # its own limit is 3 s
        while _is_alive(child):
            self.assertLess(time.monotonic(), end, "the child is still there")
            await deferLater(reactor, 0.005)
        self.assertEqual((await reload).code, 1)


class LongTests(BodyCase):
    """What does not end while others are at work, however slow the machine."""

    seconds = 600

    async def test_undo_meanwhile(self):
        """An undo waits for nobody's rehearsal."""
        self.place.plugin("game", TWICE)
        self.place.did("reload")
        self.place.plugin("game", ENDLESS)
        reload = deferToThread(self.place.gameserver, "reload")
        child = await self.child()
        said = await deferToThread(self.place.did, "undo")
        self.assertIn("release 1 is undone", said)
        self.assertIn(child, self.children())
        os.kill(child, signal.SIGKILL)
        self.assertEqual((await reload).code, 1)
        self.assertEqual(await self.ada.call("add", 1), 2)


def _is_alive(pid: int) -> bool:
    """Say whether a process runs; one that only waits to be reaped does not."""
    try:
        os.kill(pid, 0)
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (ProcessLookupError, FileNotFoundError):
        return False
