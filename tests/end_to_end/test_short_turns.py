"""Calls are carried out without a context for the log, however the server starts."""

from __future__ import annotations

from tests.end_to_end.processes import RUN, TWISTD, Place
from tests.end_to_end.stock import ClientCase

GAME = """
from twisted.internet import reactor
from twisted.python import context, log

from gameserver import Avatar


class Player(Avatar):
    def perspective_system(self) -> tuple[str, str]:
        return type(reactor).__name__, context.get(log.ILogContext)["system"]
"""


class ShortTurnTests(ClientCase):
    """Where the reactor waits with epoll."""

    async def system(self, *command: str) -> None:
        place = Place(self.addCleanup, game=GAME)
        place.people()
        server = place.start(*command)
        client = await self.join(place, "ada", "tcp")
        reactor, system = await client.call("system")
        await client.close()
        server.process.terminate()
        self.assertEqual(await server.has_ended(), 0)
        if reactor == "EPollReactor":
            self.assertEqual(system, "-")

    async def test_run(self):
        """Under ``gameserver run``."""
        await self.system(*RUN)

    async def test_twistd(self):
        """Under ``twistd gameserver``."""
        await self.system(*TWISTD)
