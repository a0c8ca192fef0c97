"""Each line that author code logs or prints carries its release, however it is run."""

from __future__ import annotations

import json
import re
import signal

from twisted.internet.threads import deferToThread

from tests.end_to_end.processes import RUN, TAC, TWISTD, Place, Server
from tests.end_to_end.stock import ClientCase

TALKING = '''\
import logging
import sys

from twisted.logger import Logger
from twisted.python import log

from gameserver import Avatar, Service


class Talker(Avatar):
    """Says one thing by every way to the log."""

    def perspective_say(self, word: str) -> None:
        Logger().info("{word} by Logger", word=word)
        log.msg(f"{word} by log.msg")
        logging.getLogger(__name__).warning("%s by logging", word)
        print(word, "by", "print")
        print(word, "by stderr", file=sys.stderr)


class Crier(Service):
    """Says when the server starts."""

    def started(self) -> None:
        Logger().info("started by Logger")
'''
WAYS = ("Logger", "log.msg", "logging", "print", "stderr")
_LINE = re.compile(r"(?:\[([^]]*)\] )?(\w+) by ([\w.]+)$")


class TalkingTests(ClientCase):
    """One server for each test."""

    def setUp(self) -> None:
        self.place = Place(self.addCleanup, game=TALKING)
        self.place.people()

    async def say(self, word: str) -> None:
        """Have a word said by all ways."""
        ada = await self.join(self.place, "ada")
        await ada.call("say", word)
        await ada.close()

    async def marks(self, server: Server, word: str, number: int) -> dict[str, str]:
        """Stop, and give what is in brackets before a word, by way."""
        await deferToThread(server.stop)
        found = (_LINE.search(line) for line in [*server.output, *server.errors])
        marks = {x[3]: x[1] or "" for x in found if x is not None and x[2] == word}
        self.assertEqual(set(marks), set(WAYS), server.log)
        for way, mark in marks.items():
            self.assertTrue(mark.endswith(f" release={number}"), (way, mark))
        return marks

    def released(self) -> None:
        """Release a change."""
        file = self.place.folder / "plugins" / "game.py"
        file.write_text(file.read_text() + "CHANGED = 1\n")
        self.assertIn("is committed", self.place.did("reload"))

    async def both(self, *command: str) -> dict[str, str]:
        """Have it said before and after a release; give the marks of before."""
        server = self.place.start(*command)
        await self.say("before")
        self.released()
        await self.say("after")
        await self.marks(server, "after", 1)
        return await self.marks(server, "before", 0)

    async def test_run(self) -> None:
        """Under ``gameserver run``, where prints stay on stdout."""
        marks = await self.both(*RUN)
        self.assertEqual(marks["print"], "plugins.game release=0")
        self.assertEqual(marks["logging"], "plugins.game#warn release=0")

    async def test_twistd(self) -> None:
        """Under ``twistd gameserver``, whose log prints are in."""
        marks = await self.both(*TWISTD)
        self.assertEqual(marks["print"], "stdout#info release=0")

    async def test_tac(self) -> None:
        """Under ``twistd -y``."""
        await self.both(*TAC)

    async def test_restart(self) -> None:
        """A start knows which release brought the text that it found."""
        server = self.place.start(*RUN)
        self.released()
        server.signal(signal.SIGKILL)
        server.ended()
        server = self.place.start(*RUN)
        ada = await self.join(self.place, "ada")
        await ada.call("say", "again")
        found = json.loads(self.place.did("who", "--versions", "--json"))
        await ada.close()
        await self.marks(server, "again", 1)
        numbers = {one["kind"]: one["release"] for one in found["rows"]}
        self.assertEqual(numbers, {"avatar": 1, "service": 1})
        (line,) = (one for one in server.errors if "started by Logger" in one)
        self.assertIn(" release=1] ", line)
