"""Stopping a server more often than once."""

from __future__ import annotations

import signal

from twisted.internet.defer import Deferred, DeferredList

from tests.end_to_end.processes import RUN, TWISTD, Place
from tests.end_to_end.stock import ClientCase


class StoppingTests(ClientCase):
    """A server with a call at work, which keeps the stop waiting."""

    async def holding(self, *command: str) -> None:
        """Start a server and a call that ends a little later."""
        self.place = Place(self.addCleanup)
        self.place.people()
        self.server = self.place.start(*command)
        player = await self.join(self.place, "ada")
        self.held = Deferred.fromCoroutine(player.call("hold"))
        await player.mind.until("holding")

    async def ends(self) -> None:
        """See the call answered, the process end with 0, and the log quiet."""
        self.assertEqual(await self.held, 1)
        self.assertEqual(await self.server.has_ended(), 0)
        self.assert_quiet(self.server)

    async def stops(self, *command: str) -> None:
        """Ask for three stops at once."""
        await self.holding(*command)
        admin = await self.connect(self.place, "unix")
        root = await admin.factory.getRootObject()
        asked = [root.callRemote("stop") for _ in range(3)]
        for outcome in await DeferredList(asked):
            self.assertEqual(outcome, (True, None))
        await self.ends()

    async def test_run(self):
        """Three stops at once stop ``gameserver run`` once."""
        await self.stops(*RUN)

    async def test_twistd(self):
        """So they do under twistd."""
        await self.stops(*TWISTD)

    async def test_signals(self):
        """So do signals after a stop."""
        await self.holding(*RUN)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
            self.server.signal(number)
        await self.ends()
