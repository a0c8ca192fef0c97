from __future__ import annotations

import gc

from twisted.internet.defer import Deferred
from twisted.spread.flavors import NoSuchMethod

from gameserver.client import Command, Parameter
from gameserver.errors import (
    BadArguments,
    CallTimedOut,
    ConnectionFailed,
    ConnectionLost,
    Forbidden,
    GameError,
    InternalError,
    NoSuchCall,
)
from tests.client.case import ClientCase, EnteredCase


class AskTests(ClientCase):
    """What the root object answers, before login."""

    async def connected(self, **options):
        server = await self.serve()
        return self.client(f"tcp:localhost:{server.number}", **options)

    async def test_answer(self):
        """An answer comes as it is; the arguments have gone along."""
        client = await self.connected()
        self.world.registration = True
        self.assertIsNone(await client.ask("register", "eve", "apple"))
        self.assertEqual(self.world.passwords["eve"], "apple")
        self.assertFalse(client.is_connected)

    async def test_refused(self):
        """A refusal has the server's code."""
        client = await self.connected()
        await self.assertFailure(client.ask("register", "eve", "apple"), Forbidden)
        await self.assertFailure(client.ask("fly"), NoSuchCall)
        self.flushLoggedErrors(NoSuchMethod)

    async def test_time_out(self):
        """Without an answer it fails in time, and says what was asked where."""
        self.world.is_deaf = True
        client = await self.connected(patience=0.05)
        asked = client.ask("loginPassword", "ada", "lace", None)
        error = await self.assertFailure(asked, ConnectionFailed)
        self.assertIn(f"{client.endpoint} did not answer 'loginPassword'", error.text)


class CallTests(EnteredCase):
    async def test_values(self):
        """Plain values arrive as they are, in both directions."""
        client = await self.entered()
        values = [None, True, 7, -(2**40), 0.5, "Grüße\n", b"\0", [1], {"a": [2]}, (3,)]
        self.assertEqual(await client.call("echo", *values), values)

    async def test_game_error(self):
        """A game's own code comes as GameError with code and text."""
        client = await self.entered()
        error = await self.assertFailure(client.call("go", "up"), GameError)
        self.assertIs(type(error), GameError)
        self.assertEqual(
            (error.code, error.text), ("no-exit", "You cannot go that way.")
        )

    async def test_known_codes(self):
        """A known code comes as its own class."""
        client = await self.entered()
        await self.assertFailure(client.call("fly"), NoSuchCall)
        error = await self.assertFailure(client.call("strange"), InternalError)
        self.assertEqual(error.incident, "0badcafe")
        self.assertEqual(error.text, "internal error 0badcafe")

    async def test_stock_failure(self):
        """A stock server's exception has no code, and its class is not shown."""
        client = await self.entered()
        error = await self.assertFailure(client.call("add", "x", "y", "z"), GameError)
        self.flushLoggedErrors(TypeError)
        self.assertEqual(error.code, "remote-error")

    async def test_commands(self):
        """The server's commands come as checked values."""
        client = await self.entered()
        commands = await client.commands()
        self.assertEqual(
            commands[0],
            Command("go", (Parameter("direction", "str"),), "Walk to the next room."),
        )
        self.assertEqual(commands[2].parameters[1], Parameter("other", "int", True))

    async def test_commands_that_are_none(self):
        """A list of commands that is not as agreed is an error that says where."""
        client = await self.entered()
        self.world.commands = [{"name": 7}]
        error = await self.assertFailure(client.commands(), GameError)
        self.assertEqual(error.code, "bad-answer")
        self.assertIn("name", error.text)

    async def test_unsendable(self):
        """What cannot be sent is BadArguments at once, and the connection stays."""
        client = await self.entered()
        for value in (object(), "\ud800", 1 << 500, "x" * 700_000, [[object]]):
            await self.assertFailure(client.call("echo", value), BadArguments)
        self.assertEqual(await client.call("echo", 1), [1])
        self.assertEqual(self.broker(client).waitingForAnswers, {})

    def broker(self, client):
        return client._link._connection.broker

    async def test_time_out(self):
        """A call without an answer ends in time; the connection stays."""
        client = await self.entered()
        error = await self.assertFailure(
            client.call("hold", timeout=0.01), CallTimedOut
        )
        self.assertEqual(error.text, "no answer to 'hold' within 0.01 s")
        self.assertEqual(await client.call("who"), ["ada"])

    async def test_late_answer(self):
        """An answer after the time-out is dropped without a sound."""
        client = await self.entered()
        late = Deferred()
        self.player.do_late = lambda: late
        await self.assertFailure(client.call("late", timeout=0.01), CallTimedOut)
        late.callback("at last")
        self.assertEqual(await client.call("who"), ["ada"])

    async def test_each_caller_one_error(self):
        """Of many pending callers each gets one ConnectionLost; nothing is logged."""
        client = await self.entered()
        errors = []
        for _ in range(50):
            client.call("hold").addErrback(lambda f: errors.append(f.value))
        crash = client.call("crash")
        error = await self.assertFailure(crash, ConnectionLost)
        self.assertIn(str(client.endpoint), error.text)
        self.assertEqual([type(one) for one in errors], [ConnectionLost] * 50)
        await client.close()
        del crash, client
        gc.collect()
        self.assertEqual(self.flushLoggedErrors(), [])

    async def test_nobody_waits(self):
        """Calls that nobody waits for are lost without a word in the log."""
        client = await self.entered()
        for _ in range(10):
            client.call("hold")
        lost = self.states.next("lost")
        client.call("crash")
        await lost
        client.call("who")
        await client.close()
        gc.collect()
        self.assertEqual(self.flushLoggedErrors(), [])

    async def test_nobody_waits_for_a_refusal(self):
        """A refusal that nobody waits for is logged, as Twisted does."""
        client = await self.entered()
        client.call("go", "up")
        await client.call("who")
        gc.collect()
        self.assertEqual(len(self.flushLoggedErrors(GameError)), 1)

    async def test_known_at_once(self):
        """Whoever hears of the loss first sees that there is no connection."""
        client = await self.entered()
        seen = []
        crash = client.call("crash")
        crash.addErrback(lambda _: seen.append(client.is_connected))
        await crash
        self.assertEqual(seen, [False])

    async def test_call_while_disconnected(self):
        """Before login, between connections and after close a call fails at once."""
        await self.serve()
        lonely = self.client("tcp:localhost:1")
        await self.assertFailure(lonely.call("who"), ConnectionLost)
        client = await self.entered()
        lost = self.states.next("lost")
        failing = []
        lost.addCallback(
            lambda _: client.call("who").addErrback(lambda f: failing.append(f.value))
        )
        await self.assertFailure(client.call("crash"), ConnectionLost)
        await lost
        self.assertEqual([type(one) for one in failing], [ConnectionLost])
        await client.close()
        await self.assertFailure(client.call("who"), ConnectionLost)
        await self.assertFailure(client.hello(), ConnectionLost)

    async def test_close_ends_what_runs(self):
        """close() ends pending calls and a login that is under way; twice is fine."""
        client = await self.entered()
        held = client.call("hold")
        failing = self.assertFailure(held, ConnectionLost)
        await client.close()
        await failing
        await client.close()
        self.assertEqual(self.states.names, ["connected", "closed"])
        self.assertEqual(self.states[-1][1], "closed")

    async def test_close_during_login(self):
        """close() while connecting fails the login and leaves no socket."""
        silent = await self.canned()
        client = self.client(f"tcp:localhost:{silent.number}")
        login = client.login_token("ada", "token")
        await silent.factory.next_connection()
        failing = self.assertFailure(login, ConnectionLost)
        await client.close()
        await failing
