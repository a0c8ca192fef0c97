"""What players send and authors raise is text in the log, however it was started."""

from __future__ import annotations

from tests.end_to_end.processes import RUN, TAC, TWISTD, Place
from tests.end_to_end.stock import ClientCase

GAME = """
from twisted.logger import Logger

from gameserver import Avatar

log = Logger()


class Shouter(Avatar):
    def perspective_shout(self, text: str) -> None:
        log.info("heard {text}", text=text)
        raise ValueError(text)
"""


class EscapedLogTests(ClientCase):
    """A terminal that shows the log obeys nobody."""

    async def shouted(self, *command: str) -> None:
        place = Place(self.addCleanup, game=GAME)
        place.people()
        server = place.start(*command)
        client = await self.join(place, "ada")
        code, _ = await self.refusal(client.call("shout", "\x1b[31mred\x00"))
        self.assertEqual(code, "internal-error")
        await client.close()
        server.process.terminate()
        self.assertEqual(await server.has_ended(), 0)
        self.assertIn("heard \\x1b[31mred\\x00", server.log)
        self.assertIn("ValueError: \\x1b[31mred\\x00", server.log)
        self.assertNotIn("\x1b", server.log)
        self.assertNotIn("\x00", server.log)

    async def test_run(self):
        """Under ``gameserver run``."""
        await self.shouted(*RUN)

    async def test_twistd(self):
        """Under ``twistd gameserver``."""
        await self.shouted(*TWISTD)

    async def test_tac(self):
        """Under ``twistd -y``."""
        await self.shouted(*TAC)
