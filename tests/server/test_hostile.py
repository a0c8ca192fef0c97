"""Peers that do what no good client does; each is met without harm to others."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.spread import pb
from twisted.trial.unittest import SynchronousTestCase

from gameserver import Avatar, GameError
from gameserver.bench import canned
from gameserver.errors import CallTimedOut, ClientFailed, NotFound
from gameserver.model.account import checked_name, name_key
from gameserver.testing import World
from gameserver.testing.pipe import End
from gameserver.testing.window import coded, result_of

ADDRESS = IPv4Address("TCP", "127.0.0.1", 1)
ANSWER = b"\x03\x80\x0b\x87"
"""A list of three, the first of them the word ``answer``."""

ZALGO = "a" + "\u0316" * 200_000
"""A name whose normal form takes minutes to find."""


class Player(Avatar):
    """Somebody who asks and is asked."""

    pings: int = 0

    def perspective_ping(self) -> int:
        self.pings += 1
        return self.pings

    def perspective_say(self, text: str) -> int:
        return len(text)

    def perspective_cancel(self) -> None:
        raise asyncio.CancelledError

    async def perspective_find(self, name: str) -> str:
        return (await self.realm.find(name)).name

    async def perspective_fail_later(self) -> None:
        raise GameError("no", "not today")

    def perspective_a_class(self) -> object:
        return Player

    def perspective_classes(self) -> object:
        return [{"a": Player}]

    def perspective_a_function(self) -> object:
        return coded


class NameTests(SynchronousTestCase):
    """Names of any length and kind."""

    def test_long_names_are_not_normalised(self) -> None:
        """A name too long to be an account's is nobody's, at no cost."""
        self.assertLess(len(name_key(ZALGO)), 200)
        self.assertRaises(GameError, checked_name, ZALGO)

    def test_before_login(self) -> None:
        """A login under such a name is refused like any other."""
        world = World(Player)
        stranger = world.connect("stranger")
        root = stranger.factory.getRootObject()
        asked = root.addCallback(lambda root: root.callRemote("login", ZALGO[:400]))
        world.settle()
        challenge, challenger = result_of(asked, "login")
        answer = challenger.callRemote("respond", pb.respond(challenge, b"x"), None)
        answer.addErrback(coded)
        world.settle()
        self.assertEqual(
            self.failureResultOf(answer, GameError).value.code, "login-refused"
        )

    def test_many_new_ones(self) -> None:
        """Logins over new connections stand in line, so many of them are no turn."""
        world = World(Player)
        login = canned.OPENING + canned.call(1, b"root", "login", [b"ada"])
        new = [world.game.factory.buildProtocol(None) for _ in range(50)]
        for one in new:
            one.makeConnection(End(ADDRESS, ADDRESS))
            one.dataReceived(login)
        self.assertEqual(world.game.factory.line.waiting, dict.fromkeys(new))
        world.settle()
        self.assertEqual(world.game.factory.line.waiting, {})
        for one in new:
            self.assertIn(ANSWER, bytes(one.transport.written))

    def test_cancelled(self) -> None:
        """An error that is no ``Exception`` ends its call alone, in the line, too."""
        world = World(Player)
        ada = world.login("ada")
        for text in ("", "x" * 5_000):
            waiting = [
                ada.start(name, *given)
                for name, given in (("say", (text,)), ("cancel", ()), ("ping", ()))
            ]
            world.settle()
            said, cancelled, pinged = waiting
            self.assertEqual(self.successResultOf(said), len(text))
            failure = self.failureResultOf(cancelled, GameError)
            self.assertEqual(failure.value.code, "internal-error")
            self.assertGreater(self.successResultOf(pinged), 0)
            self.assertEqual(len(world.flush_errors()), 1)

    def test_after_login(self) -> None:
        """A search for such a name finds nobody."""
        world = World(Player)
        with self.assertRaises(GameError) as caught:
            world.login("ada").call("find", ZALGO[:30_000])
        self.assertEqual(caught.exception.code, NotFound.wire_code)


class BeforeLoginTests(SynchronousTestCase):
    """What strangers may send."""

    def asked(self, *args: Any, **kw: Any) -> Any:
        world = World(Player)
        stranger = world.connect("stranger")
        root = stranger.factory.getRootObject()
        answer = root.addCallback(lambda root: root.callRemote(*args, **kw))
        answer.addErrback(coded)
        world.settle()
        return result_of(answer, str(args[0]))

    def test_nothing_deep_is_built(self) -> None:
        """Containers are not read at all: nothing shared can be made to explode."""
        doubled: Any = ()
        for _ in range(5):
            doubled = (doubled, doubled)
        for bad in (doubled, [1], {"a": {}}, pb.Error("x")):
            with self.assertRaises(GameError) as caught:
                self.asked("login", bad)
            self.assertEqual(caught.exception.code, "bad-arguments")

    def test_too_large(self) -> None:
        """What is longer or deeper than any login ends the connection."""
        deep: Any = ()
        for _ in range(64):
            deep = (deep,)
        for bad in (deep, "x" * 2048, tuple(range(64))):
            with self.assertRaises(GameError) as caught:
                self.asked("login", bad)
            self.assertEqual(caught.exception.code, "connection-lost")

    def test_keywords_and_crowds(self) -> None:
        """Keywords, and more arguments than any call has, are refused."""
        for args, kw in (
            (("login",), {"username": "ada"}),
            (("hello", *"abcdefgh"), {}),
        ):
            with self.assertRaises(GameError) as caught:
                self.asked(*args, **kw)
            self.assertEqual(caught.exception.code, "bad-arguments")


class MindTests(SynchronousTestCase):
    """Clients that answer with what they should not."""

    def setUp(self) -> None:
        self.world = World(Player)
        self.window = self.world.login("ada")
        (self.client,) = self.world.avatar("ada").clients

    def failed(self, give: Any) -> str:
        self.window.answer("ask", give)
        asked = self.client.call("ask")
        self.world.settle()
        return str(self.failureResultOf(asked, ClientFailed).value)

    def test_answers_are_plain(self) -> None:
        """Not finite, too long, or no plain value: an error, never the value."""
        for bad in (float("nan"), [2**64], self.window.mind):
            self.assertIn("client-failed", self.failed(lambda bad=bad: bad))

    def test_server_objects(self) -> None:
        """A client cannot hand author code one of the server's own objects."""
        root = self.window.factory.getRootObject()
        self.world.settle()
        self.failed(lambda: self.successResultOf(root))

    def test_codes_are_not_forged(self) -> None:
        """A client's own code never becomes the code that authors pass on."""

        def lie() -> None:
            raise GameError("internal-error", "x" * 5000)

        told = self.failed(lie)
        self.assertTrue(told.startswith("client-failed: internal-error: xxx"))
        self.assertLess(len(told), 300)

    def test_errors_of_any_kind(self) -> None:
        """An error that is no failure at all is an error to the author."""
        asked = self.client.call("silent")
        server = self.client.connection
        server.proto_error(server.currentRequestID, 5)
        self.failureResultOf(asked, ClientFailed)
        self.world.settle()

    def test_late_answers(self) -> None:
        """An answer after the time-out is dropped, and nothing is kept for it."""
        waiting: Deferred[str] = Deferred()
        self.window.mind.answers["ask"] = lambda: waiting
        server = self.client.connection
        asked = self.client.call("ask", timeout=1.0)
        number = server.currentRequestID
        self.world.clock.advance(1.5)
        self.failureResultOf(asked, CallTimedOut)
        self.assertEqual(server.waitingForAnswers, {})
        server.proto_answer(number, "late")
        server.proto_error(number, "late")
        self.assertEqual(self.window.call("ping"), 1)


class ConnectionTests(SynchronousTestCase):
    """Connections used in ways a good client does not."""

    def test_told_to_go(self) -> None:
        """Whoever was told to go is not heard any more, and is cut off in time."""
        world = World(Player)
        ada = world.login("ada")
        avatar = world.avatar("ada")
        (server,) = world.game.factory.connections
        asked = ada._perspective.callRemote("ping")  # type: ignore[union-attr]  # logged in
        asked.addErrback(lambda _: None)
        (client,) = avatar.clients
        client.close("kicked", "go")
        end = server.transport
        self.patch(end, "disconnecting", False)  # the peer does not end TLS
        world.settle()
        self.assertEqual(avatar.pings, 0)
        self.assertTrue(ada.is_open)
        world.advance(5.0)
        self.assertFalse(ada.is_open)

    def test_dropped_perspective(self) -> None:
        """Whoever lets go of the perspective is logged out, as with stock PB."""
        world = World(Player)
        ada = world.login("ada")
        ada._perspective = None
        gc.collect()
        world.settle()
        self.assertEqual(len(world.avatar("ada").clients), 0)
        self.assertTrue(ada.is_open)

    def test_logins_over_one_connection(self) -> None:
        """Logins over one connection are bounded, and leave nothing behind."""
        world = World(Player)
        ada = world.login("ada")
        (server,) = world.game.factory.connections
        for _ in range(50):
            world.login_again(ada, "ada")
            gc.collect()
            world.settle()
        self.assertEqual(len(world.avatar("ada").clients), 1)
        self.assertEqual(len(server.disconnects), 1)
        kept = []
        for _ in range(15):
            kept.append(ada._perspective)
            world.login_again(ada, "ada")
        with self.assertRaises(GameError) as caught:
            world.login_again(ada, "ada")
        self.assertEqual(caught.exception.code, "busy")

    def test_one_way_calls(self) -> None:
        """A failing call that wants no answer is nobody's unhandled error."""
        world = World(Player)
        ada = world.login("ada")
        for name in ("fail_later", "missing", "ping"):
            ada._perspective.callRemote(name, pbanswer=0)  # type: ignore[union-attr]  # logged in
        world.settle()
        gc.collect()
        self.assertEqual(world.avatar("ada").pings, 1)
        self.assertEqual(self.flushLoggedErrors(), [])


class AnswerTests(SynchronousTestCase):
    """What authors return by mistake."""

    def test_classes_do_not_cross(self) -> None:
        """A class or function is no answer; its name stays on the server."""
        world = World(Player)
        ada = world.login("ada")
        for name in ("a_class", "classes", "a_function"):
            with self.assertRaises(GameError) as caught:
                ada.call(name)
            self.assertEqual(caught.exception.code, "internal-error")
            self.assertEqual(len(world.flush_errors()), 1)
