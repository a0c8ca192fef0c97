from __future__ import annotations

import gc

from twisted.internet.defer import Deferred
from twisted.spread import pb

from gameserver.errors import ConnectionLost, GameError
from tests.client.case import ClientCase, States

built = []


class Registered(pb.RemoteCopy):
    """A class that some other part of the program lets PB build."""

    def setCopyableState(self, state):
        built.append(state)


pb.setUnjellyableForClass("tests.Registered", Registered)
pb.setUnjellyableFactoryForClass("tests.Factory", built.append)

HOSTILE = {
    "function": [b"function", b"os.system"],
    "module": [b"module", b"this"],
    "class": [b"class", b"subprocess.Popen"],
    "instance": [b"instance", [b"class", b"subprocess.Popen"], [b"dictionary"]],
    "method": [b"method", b"x", [b"None"], [b"class", b"subprocess.Popen"]],
    "dotted": [b"subprocess.Popen", [b"dictionary", [b"args", b"id"]]],
    "builtin": [b"builtins.str", [b"dictionary"]],
    "registered copy": [b"tests.Registered", [b"dictionary"]],
    "registered factory": [b"tests.Factory", [b"dictionary"]],
    "cache": [b"cache", 1, b"x", [b"dictionary"]],
    "cached": [b"cached", 1],
    "lcache": [b"lcache", 1],
    "local": [b"local", 1],
    "persistent": [b"persistent", b"x"],
    "unpersistable": [b"unpersistable", b"x"],
    "failure": [b"twisted.spread.pb.CopyableFailure", [b"dictionary"]],
    "empty": [],
    "number for a type": [7],
    "list for a key": [b"dictionary", [[b"list"], 1]],
    "bad text": [b"unicode", b"\xff"],
}


DEEP = b"\x02\x80\x08\x87" * 5000 + b"\x01\x80\x08\x87"
"""A list in a list, 5000 times, in Banana."""


class HostileServerTests(ClientCase):
    """The server sends, by hand, what no honest Jelly sends."""

    async def entered(self):
        self.server = await self.serve()
        client = self.client(f"tcp:127.0.0.1:{self.server.number}")
        self.states = States(client)
        await client.login_token("ada", "token")
        await client.call("who")
        return client

    def send(self, *expression):
        self.broker.sendCall(*expression)

    @property
    def broker(self):
        return self.world.players[-1].mind.broker

    async def test_events(self):
        """No event builds, imports or calls anything; the next one is heard."""
        client = await self.entered()
        heard = []
        client.on("*", lambda *event: heard.append(event))
        luid = self.world.players[-1].mind.luid
        for jelly in HOSTILE.values():
            args, kw = [b"tuple", jelly], [b"dictionary"]
            self.send(b"message", 1, luid, b"tell", 0, args, kw)
        self.send(b"message", 1, luid, b"tell", 0, [b"function", b"os.abort"], kw)
        self.send(b"message", 1, luid, b"\xff", 0, [b"tuple"], kw)
        self.world.players[-1].tell("tell", "still here")
        await client.call("who")
        self.assertEqual(heard, [("tell", "still here")])
        self.assertEqual(built, [])

    async def test_asked_events(self):
        """A hostile event that wants an answer gets one: bad-arguments."""
        await self.entered()
        answer = self.broker.waitingForAnswers[99] = Deferred()
        luid = self.world.players[-1].mind.luid
        args = [b"tuple", HOSTILE["class"]]
        self.send(b"message", 99, luid, b"tell", 1, args, [b"dictionary"])
        answer.addErrback(lambda f: f.type)
        self.assertEqual(await answer, b"bad-arguments")

    async def test_answers(self):
        """An answer of that kind is one error for its caller, who does not wait."""
        client = await self.entered()
        for name, jelly in HOSTILE.items():
            error = await self.answered(client, b"answer", jelly)
            self.assertEqual(error.code, "bad-answer", name)
        self.assertEqual(await client.call("who"), ["ada"])
        self.assertEqual(built, [])

    async def test_errors(self):
        """So is an error of that kind."""
        client = await self.entered()
        for name, jelly in HOSTILE.items():
            error = await self.answered(client, b"error", jelly)
            self.assertIsInstance(error, GameError, name)
        self.assertEqual(built, [])

    async def answered(self, client, kind, jelly):
        call = client.call("hold")
        await client.call("who")
        request = max(self.client_broker(client).waitingForAnswers)
        self.send(kind, request, jelly)
        return await self.assertFailure(call, GameError)

    async def test_deep_nesting(self):
        """Lists deeper than Python's stack are one error like others."""
        client = await self.entered()
        call = client.call("hold")
        await client.call("who")
        request = max(self.client_broker(client).waitingForAnswers)
        answer = b"\x03\x80\x1b\x87" + bytes([request]) + b"\x81"
        self.broker.transport.write(answer + DEEP)
        error = await self.assertFailure(call, GameError)
        self.assertEqual(error.code, "bad-answer")
        self.assertEqual(await client.call("who"), ["ada"])

    def client_broker(self, client):
        return client._link._connection.broker

    async def test_failure_with_a_state_of_its_own(self):
        """A failure's attributes are the server's; none of them reaches a Deferred."""
        client = await self.entered()
        state = {
            "type": ["no", "code"],
            "value": {"a": 1},
            "parents": 7,
            "frames": 1,
            "cleanFailure": 3,
            "raiseException": None,
        }
        jelly = [
            b"twisted.spread.pb.CopyableFailure",
            self.broker.serialize(state),
        ]
        error = await self.answered(client, b"error", jelly)
        self.assertEqual((error.code, error.text), ("list", "dict"))

    async def test_lists_that_share_their_elements(self):
        """What a few bytes can make gigabytes of is not written out in an error."""
        client = await self.entered()
        shared = ["x"]
        for _ in range(60):
            shared = [shared, shared]
        state = {"type": "x", "value": shared, "parents": []}
        kind = b"twisted.spread.pb.CopyableFailure"
        jelly = [kind, self.broker.serialize(state)]
        error = await self.answered(client, b"error", jelly)
        self.assertEqual(error.text, "list")

    async def test_what_is_no_pb(self):
        """Bytes that are no PB end the connection: one error each, nothing logged."""
        nonsense = [
            lambda: self.broker.transport.write(b"\x01\xff" * 10),
            lambda: self.send(b"answer", 999, 1),
            lambda: self.send(b"error", 999, 1),
            lambda: self.send(b"answer"),
            lambda: self.send(b"unheard of"),
            lambda: self.send(b"decref", 999),
            lambda: self.send(b"uncache", 999),
            lambda: self.send(b"version", 5),
            lambda: self.broker.sendEncoded(7),
            lambda: self.broker.sendEncoded([]),
            lambda: self.broker.sendEncoded([b"\xff"]),
        ]
        client = await self.entered()
        for number, send in enumerate(nonsense):
            resumed = self.states.next("resumed")
            calls = [client.call("hold") for _ in range(3)]
            await client.call("who")
            send()
            for call in calls:
                await self.assertFailure(call, ConnectionLost)
            await resumed
            lost = [detail for state, *detail in self.states if state == "lost"]
            expected = ["the server sent what is no Perspective Broker"]
            self.assertEqual(lost[number], expected)
        gc.collect()
        self.assertEqual(self.flushLoggedErrors(), [])

    async def test_noise_that_does_not_matter(self):
        """A didNotUnderstand of the server's is ignored."""
        client = await self.entered()
        self.send(b"didNotUnderstand", b"anything")
        self.assertEqual(await client.call("who"), ["ada"])
