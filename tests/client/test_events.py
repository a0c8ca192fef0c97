from __future__ import annotations

import gc

from twisted.internet.defer import Deferred
from twisted.spread import pb

from gameserver.errors import ConnectionLost, GameError
from tests.client.case import EnteredCase


class EventTests(EnteredCase):
    async def entered(self, **options):
        client = await super().entered(**options)
        # What is told before an answer has arrived when the answer has.
        await client.call("who")
        return client

    async def test_callbacks_in_order(self):
        """All callbacks of an event run in the order of their registration."""
        client = await self.entered()
        heard = []
        client.on("tick", lambda n: heard.append(("first", n)))
        client.on("*", lambda event, n: heard.append((event, n)))
        client.on("tick", lambda n: heard.append(("second", n)))
        self.player.tell("tick", 1)
        self.player.tell("tick", 2)
        await client.call("who")
        expected = [(who, n) for n in (1, 2) for who in ("first", "second", "tick")]
        self.assertEqual(heard, expected)

    async def test_told_before_the_login_ends(self):
        """What the server tells during the login is heard."""
        server = await self.serve()
        client = self.client(f"tcp:localhost:{server.number}")
        heard = []

        @client.on("tell")
        def tell(text):
            heard.append(text)

        await client.login_token("ada", "token")
        self.assertEqual(heard, ["Welcome, ada."])

    async def test_raising_callback(self):
        """A callback that raises is logged; the next one and the connection go on."""
        client = await self.entered()
        heard = []

        def wrong(text):
            raise ValueError(text)

        async def wrong_later(text):
            raise KeyError(text)

        client.on("tell", wrong)
        client.on("tell", wrong_later)
        client.on("tell", heard.append)
        self.player.tell("tell", "hello")
        await client.call("who")
        self.assertEqual(heard, ["hello"])
        self.assertEqual(len(self.flushLoggedErrors(ValueError, KeyError)), 2)

    async def test_answers(self):
        """What a callback gives answers the server: plain, deferred or async."""
        client = await self.entered()
        later = Deferred()

        async def slow(n):
            return await later + n

        client.on("plain", lambda n: None)
        client.on("plain", lambda n: n * 2)
        client.on("slow", slow)
        client.on("silent", lambda: None)
        asked = self.player.ask("slow", 1)
        self.assertEqual(await self.player.ask("plain", 21), 42)
        self.assertIsNone(await self.player.ask("silent"))
        later.callback(6)
        self.assertEqual(await asked, 7)

    async def test_refusing_to_answer(self):
        """GameError, a crash and a missing callback answer by code, nothing else."""
        client = await self.entered()

        def refuse():
            raise GameError("too-tired", "Not now.")

        client.on("refuse", refuse)
        client.on("crash", lambda: 1 / 0)
        client.on("odd", object)
        codes = {}
        for event in ("refuse", "crash", "missing", "odd"):
            await self.player.ask(event).addErrback(
                lambda f, event=event: codes.update({event: (f.type, f.value)})
            )
        self.assertEqual(codes["refuse"], (b"too-tired", "Not now."))
        self.assertEqual(codes["crash"][0], b"client-error")
        self.assertEqual(codes["missing"][0], b"no-such-call")
        self.assertEqual(codes["odd"][0], b"bad-answer")
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    async def test_refusal_that_nobody_asked_for(self):
        """A GameError in a callback nobody waits for is logged, not lost."""
        client = await self.entered()

        @client.on("tell")
        async def answer(text):
            await client.call("go", "up")

        self.player.tell("tell", "x")
        await client.call("who")
        await client.call("who")  # the callback's own call was answered before
        self.assertEqual(len(self.flushLoggedErrors(GameError)), 1)

    async def test_callback_that_waits_when_the_connection_ends(self):
        """A callback whose call is cut off by the end makes no noise."""
        client = await self.entered()

        @client.on("tell")
        async def answer(text):
            await client.call("hold")

        self.player.tell("tell", "x")
        await self.assertFailure(client.call("crash"), ConnectionLost)
        await client.close()
        gc.collect()
        self.assertEqual(self.flushLoggedErrors(), [])

    async def test_dead_target(self):
        """A message to anything but the mind is refused."""
        await self.entered()
        mind = self.player.mind
        stranger = pb.RemoteReference(None, mind.broker, b"root", 0)
        asked = stranger.callRemote("login", "x")
        asked.addErrback(lambda f: f.type)
        self.assertEqual(await asked, b"not-found")
