"""A start whose code went back by file, over a ``version``."""

from __future__ import annotations

from tests.end_to_end.processes import COUNTING, RUN, Place
from tests.end_to_end.stock import ClientCase

NEWER = COUNTING.replace(
    "    count: int = 0\n", "    version = 3\n    count: int = 0\n"
)


class NewerStateTests(ClientCase):
    """Stored avatars of a newer version than the class."""

    async def test_told(self):
        """The start names class and versions; the player gets a code, and no more."""
        place = Place(self.addCleanup, game=NEWER)
        place.people()
        server = place.start(*RUN)
        client = await self.join(place, "ada")
        self.assertEqual(await client.call("add", 2), 2)
        await client.close()
        self.assertEqual(await self.ended(server), 0)
        place.plugin("game", COUNTING)
        server = place.start(*RUN)
        self.assertIn("plugins/game.py:9: 1 stored avatar has version 3", server.log)
        self.assertIn("newer than Counter.version = 1 here", server.log)
        self.assertIn("`gameserver migrate --dry-run` names them", server.log)
        code, text = await self.refusal(self.join(place, "ada"))
        self.assertEqual(code, "newer-state")
        self.assertIn("nothing is lost, try again later", text)
        self.assertNotIn("Counter", text)
        await self.join(place, "bob")
        self.assertEqual(await self.ended(server), 0)
        self.assert_quiet(server)
        self.assertIn("login as 'ada' from", server.log)
        place.plugin("game", NEWER)
        server = place.start(*RUN)
        self.assertNotIn("newer than", server.log)
        client = await self.join(place, "ada")
        self.assertEqual(await client.mind.until("welcome"), [2])

    async def ended(self, server):
        """Stop a server and give its exit code."""
        server.process.terminate()
        return await server.has_ended()
