from __future__ import annotations

from gameserver.client import Backoff, Trust
from gameserver.errors import ConnectionLost
from tests.client.case import ClientCase, States
from tests.client.pb_server import Authority


class ReconnectingCase(ClientCase):
    async def entered(self, **options):
        self.server = await self.serve()
        client = self.client(f"tcp:127.0.0.1:{self.server.number}", **options)
        self.states = States(client)
        await client.login_token("ada", "token")
        return client


class ComesBackTests(ReconnectingCase):
    async def test_after_the_server_cut_it_off(self):
        """A client that is cut off logs in again by itself and hears events again."""
        client = await self.entered()
        heard = []
        client.on("tell", heard.append)
        resumed = self.states.next("resumed")
        await self.server.factory.drop()
        await resumed
        self.assertEqual(await client.call("go", "north"), "You are in the Hall.")
        self.assertEqual(heard, ["Welcome, ada.", "The gate creaks."])
        self.assertEqual(len(self.world.players), 2)

    async def test_states(self):
        """The states tell what happens, why, and when the next try will be."""
        backoff = Backoff(uniform=lambda low, high: 0.001)
        client = await self.entered(backoff=backoff)
        resumed = self.states.next("resumed")
        await self.server.factory.drop()
        await resumed
        await client.close()
        self.assertEqual(
            self.states,
            [
                ("connected",),
                ("lost", "the connection broke"),
                ("reconnecting", 0.001),
                ("resumed", False),
                ("closed", "closed", "this client closed the connection"),
            ],
        )

    async def test_with_a_password_over_tls(self):
        """The password is kept in memory for it, and the server is verified again."""
        authority = Authority()
        self.server = await self.serve(authority)
        client = self.client(
            f"tls:localhost:{self.server.number}", Trust.pin(authority.pin)
        )
        states = States(client)
        await client.login("ada", "lace")
        resumed = states.next("resumed")
        await self.server.factory.drop()
        await resumed
        self.assertEqual(await client.call("who"), ["ada", "ada"])

    async def test_while_the_server_is_away(self):
        """It tries on, with growing delays, until the server is back on its port."""
        limits = []

        def draw(low, high):
            limits.append(high)
            return 0.001

        backoff = Backoff(base=1.0, uniform=draw)
        client = await self.entered(backoff=backoff)
        port = self.server.number
        await self.server.stop()
        for _ in range(3):
            await self.states.next("reconnecting")
        resumed = self.states.next("resumed")
        await self.serve(port=port)
        await resumed
        self.assertEqual(limits[:3], [1.0, 2.0, 4.0])
        self.assertEqual(await client.call("add", 1), {"sum": 2})

    async def test_short_delays_after_a_success(self):
        """A login that worked makes the next delay short again."""
        limits = []

        def draw(low, high):
            limits.append(high)
            return 0.001

        await self.entered(backoff=Backoff(base=1.0, uniform=draw))
        for _ in range(3):
            resumed = self.states.next("resumed")
            await self.server.factory.drop()
            await resumed
        self.assertEqual(limits, [1.0, 1.0, 1.0])

    async def test_after_stopping(self):
        """A server that stops says so, and the client comes back."""
        await self.entered()
        resumed = self.states.next("resumed")
        self.world.players[0].leave("stopping", "Back in a minute.")
        await resumed
        self.assertIn(("lost", "Back in a minute."), self.states)

    async def test_after_a_transient_refusal(self):
        """A server that is busy, or thinks we are there, is asked again."""
        await self.entered()
        self.world.refusal = ("full", "ada is here already")
        await self.server.factory.drop()
        await self.states.next("reconnecting")
        await self.states.next("reconnecting")
        self.world.refusal = None
        await self.states.next("resumed")
        self.assertEqual(len(self.server.factory.open), 1)

    async def test_closing_in_a_callback(self):
        """close() in the callback that tells of the loss stops the reconnecting."""
        client = await self.entered()
        client.on_state(lambda state, *_: state == "lost" and client.close())
        closed = self.states.next("closed")
        await self.server.factory.drop()
        await closed
        self.assertEqual(self.states.names, ["connected", "lost", "closed"])


class StaysAwayTests(ReconnectingCase):
    async def test_final_words(self):
        """After replaced, kicked and goodbye it stays away and says why."""
        for code in ("replaced", "kicked", "goodbye"):
            client = await self.entered()
            heard = []
            client.on("closing", lambda *args, heard=heard: heard.append(args))
            closed = self.states.next("closed")
            self.world.players[-1].leave(code, "Enough.")
            self.assertEqual(await closed, (code, "Enough."))
            self.assertEqual(heard, [(code, "Enough.")])
            self.assertEqual(self.states.names, ["connected", "closed"])
            await self.assertFailure(client.call("who"), ConnectionLost)

    async def test_login_refused(self):
        """When the secret is no longer right it gives up and says so."""
        client = await self.entered()
        self.world.tokens.clear()
        closed = self.states.next("closed")
        await self.server.factory.drop()
        self.assertEqual(await closed, ("login-refused", "wrong name or token"))
        await client.close()

    async def test_another_certificate(self):
        """When another server answers, it is not logged in to."""
        first = Authority()
        self.server = await self.serve(first)
        client = self.client(
            f"tls:localhost:{self.server.number}", Trust.pin(first.pin)
        )
        states = States(client)
        await client.login("ada", "lace")
        closed = states.next("closed")
        await self.server.stop()
        await self.serve(Authority(), port=self.server.number)
        code, text = await closed
        self.assertEqual(code, "certificate-refused")
        self.assertIn("expected the pin", text)
        self.assertEqual(len(self.world.players), 1)

    async def test_closed_while_waiting(self):
        """close() between two tries stops them; nothing is left on the reactor."""
        client = await self.entered(backoff=Backoff(uniform=lambda low, high: 60.0))
        reconnecting = self.states.next("reconnecting")
        await self.server.factory.drop()
        await reconnecting
        await client.close()
        self.assertEqual(self.states.names[-1], "closed")

    async def test_closed_while_trying(self):
        """close() during a try cuts it off; nothing is logged."""
        client = await self.entered()
        port = self.server.number
        await self.server.stop()
        silent = await self.canned(port=port)
        await silent.factory.next_connection()
        await client.close()
        self.assertEqual(self.states.names[-1], "closed")
        self.assertEqual(self.flushLoggedErrors(), [])
