"""The wall clock of a real server process jumps back while its services tick."""

from __future__ import annotations

import time
from pathlib import Path

from tests.end_to_end.processes import RUN, TWISTD, Place
from tests.end_to_end.stock import ClientCase

SHIM = Path(__file__).resolve().parent.parent / "shims" / "wall_clock"
HOUR = 3600.0

TICKING = '''\
"""A clock on the wall that everybody hears."""

import time

from gameserver import Avatar, Client, Service


class Listener(Avatar):
    """One who listens."""

    def attached(self, client: Client) -> None:
        self.realm.service("clock").listen(client)

    def perspective_wall(self) -> float:
        """What the wall clock of the server shows."""
        return time.time()

    def perspective_alarm(self) -> None:
        """Ring a little later."""
        self.later(0.05, "ring")

    def ring(self) -> None:
        self.clients.notify("ring")


class Clock(Service):
    """Ticks."""

    def started(self) -> None:
        self.every(0.05, "tick")

    def listen(self, client: Client) -> None:
        self.subscribe(client)

    def tick(self) -> None:
        self.clients.notify("tick")
'''


class SetBackTests(ClientCase):
    """An hour back, as an operator or NTP may do it."""

    async def goes_on(self, *start: str) -> None:
        """Hear 20 ticks after the jump; a timer that waits an hour would not come."""
        place = Place(self.addCleanup, game=TICKING)
        place.people()
        offset = place.folder / "offset"
        environment = {"PYTHONPATH": str(SHIM), "WALL_CLOCK_OFFSET": str(offset)}
        server = place.start(*start, **environment)
        client = await self.join(place, "ada")
        await client.mind.until("tick", 3)
        await client.call("alarm")
        offset.write_text(str(-HOUR))
        self.assertLess(await client.call("wall"), time.time() - HOUR / 2)
        await client.mind.until("ring")
        await client.mind.until("tick", len(client.mind.of("tick")) + 20)
        await client.call("alarm")
        await client.mind.until("ring", 2)
        late = await self.join(place, "bob")
        await late.mind.until("tick")
        self.assertEqual(place.did("say", "hello"), "told 2 client(s)")
        self.assert_quiet(server)

    async def test_run(self):
        """Ticks, single timers, logins and verbs go on in ``gameserver run``."""
        await self.goes_on(*RUN)

    async def test_twistd(self):
        """So they do under ``twistd -n gameserver``."""
        await self.goes_on(*TWISTD)
