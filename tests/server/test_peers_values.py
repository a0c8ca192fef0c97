"""Values that only a hostile peer sends: no incident, and nobody else's harm."""

from __future__ import annotations

import functools
import gc
import sys
from typing import Any, cast

from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.logger import globalLogPublisher
from twisted.spread import pb
from twisted.trial.unittest import SynchronousTestCase

from gameserver import Avatar
from gameserver.bench import canned
from gameserver.errors import ClientFailed
from gameserver.model.batch import StoredSession
from gameserver.server.session import Session
from gameserver.server.session_calls import _read
from gameserver.testing import World
from gameserver.testing.pipe import End
from tests.server.session_case import Player as Digger
from tests.server.session_case import SessionCase

ADDRESS = IPv4Address("TCP", "127.0.0.1", 1)
NO_NAMES = [b"dictionary"]
FAILURE = b"twisted.spread.pb.CopyableFailure"


def text(content: bytes) -> list[Any]:
    return [b"unicode", content]


def failure(**state: Any) -> list[Any]:
    """Give a failure as a peer may send it."""
    return [
        FAILURE,
        [b"dictionary", *([text(k.encode()), v] for k, v in state.items())],
    ]


FAILURES = [
    failure(parents=[b"list"], type=b"x"),
    failure(parents=5, type=b"x", value=b"x"),
    failure(parents=[b"list"], type=b"x", value=b"x", check=5),
    failure(
        parents=[b"list", text(b"twisted.spread.pb.Error")],
        type=b"x",
        value=failure(parents=[b"list"], type=5, value=5),
    ),
]
NO_REFERENCES: list[Any] = [
    [b"remote"],
    [b"remote", [b"dereference", 1]],
    [b"remote", [b"reference", [], 1]],
    [b"remote", b"abc"],
    [b"remote", 1.5],
    [b"remote", [1]],
]


def _with_key(method: Any) -> Any:
    """Decorate as authors do: the wrapper puts an argument in by itself."""

    @functools.wraps(method)
    def keyed(self: Any, times: int) -> Any:
        return method(self, "k", times)

    return keyed


class Door(pb.Referenceable):
    """What an author gives a client."""

    def remote_open(self, times: int) -> int:
        return times

    @_with_key
    def remote_keyed(self, key: str, times: int) -> str:
        return key * times

    remote_most = max
    remote_sign = "no entry"


class Player(Avatar):
    """A player who asks another, and has a door."""

    async def perspective_ask(self, name: str) -> str:
        (client,) = (await self.realm.find(name)).clients
        try:
            return str(await client.call("ask"))
        except ClientFailed as error:
            return error.code

    def perspective_door(self) -> Door:
        self._door = Door()
        return self._door

    def perspective_any(self, value: Any) -> None:
        pass


class HostileTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.world = World(Player)
        self.lines: list[Any] = []
        self.unraisable: list[Any] = []
        self.patch(sys, "unraisablehook", self.unraisable.append)
        globalLogPublisher.addObserver(self.lines.append)
        self.addCleanup(globalLogPublisher.removeObserver, self.lines.append)

    def send(self, broker: Any, *message: Any) -> bytes:
        broker.transport.written.clear()
        broker.dataReceived(canned.encode(list(message)))
        written = bytes(broker.transport.written)
        broker.transport.written.clear()
        return written

    def stranger(self) -> Any:
        broker = self.world.game.factory.buildProtocol(None)
        broker.makeConnection(End(ADDRESS, ADDRESS))
        broker.dataReceived(canned.OPENING)
        self.world.settle()
        return broker

    def player(self, name: str = "eve") -> Any:
        known = set(self.world.game.factory.connections)
        self.window = self.world.login(name)
        (broker,) = set(self.world.game.factory.connections) - known
        self.lines.clear()
        return broker

    def perspective(self, broker: Any) -> int:
        """Give the number by which a player calls its avatar."""
        known = broker.localObjects.items()
        (number,) = [each for each, local in known if hasattr(local.object, "way")]
        return int(number)

    def door(self, broker: Any) -> int:
        """Give the number of a new door."""
        call = [self.perspective(broker), b"door", 1, [b"tuple"], NO_NAMES]
        self.send(broker, b"message", 9, *call)
        return int(broker.currentLocalID)

    def assert_quiet(self) -> None:
        gc.collect()
        found = self.world.flush_errors(), self.lines, self.unraisable
        self.assertEqual(found, ([], [], []))

    def test_half_references(self) -> None:
        """A reference without a number is the peer's fault, before login and after."""
        stranger, player = self.stranger(), self.player()
        number = self.perspective(player)
        for given in NO_REFERENCES:
            with self.subTest(given=given):
                call = [b"login", 1, [b"tuple", given], NO_NAMES]
                stranger.dataReceived(canned.encode([b"message", 1, b"root", *call]))
                self.world.settle()
                self.assertIn(b"bad-arguments", bytes(stranger.transport.written))
                stranger.transport.written.clear()
                call = [b"any", 1, [b"tuple", given], NO_NAMES]
                answer = self.send(player, b"message", 1, number, *call)
                self.assertIn(b"bad-arguments", answer)
                self.assert_quiet()

    def test_cached(self) -> None:
        """A message for something cached ends the connection, in one line of log."""
        broker = self.stranger()
        call = [b"cachemessage", 1, 5, b"x", 1, [b"tuple"], NO_NAMES]
        broker.dataReceived(canned.encode(call) * 3)
        self.world.settle()
        self.assertTrue(broker.transport.is_aborted)
        self.assertEqual((len(self.lines), self.world.flush_errors()), (1, []))

    def test_failures_of_any_kind(self) -> None:
        """What a client fails with is ``ClientFailed``, whatever it has in it."""
        eve = self.player()
        self.window.answer("ask", Deferred)
        bob = self.world.login("bob")
        for kind in (b"error", b"answer"):
            for given in FAILURES:
                with self.subTest(kind=kind, given=given):
                    asked = bob.start("ask", "eve")
                    self.send(eve, kind, eve.currentRequestID, given)
                    self.world.settle()
                    self.assertEqual(self.successResultOf(asked), "client-failed")
        self.assertEqual(self.world.flush_errors(), [])

    def test_references_kept(self) -> None:
        """A peer that lets go of no reference is cut off, in one line of the log."""
        for way in ("root", "avatar"):
            with self.subTest(way=way):
                eve = self.player()
                call: list[Any] = [b"root", b"login", 0, [b"tuple", b"eve"], NO_NAMES]
                if way == "avatar":
                    number = self.perspective(eve)
                    call = [number, b"door", 0, [b"tuple"], NO_NAMES]
                for _ in range(1100):
                    eve.dataReceived(canned.encode([b"message", 1, *call]))
                    eve.transport.written.clear()
                self.assertTrue(eve.transport.is_aborted)
                self.assertEqual((len(self.lines), self.world.flush_errors()), (1, []))

    def test_wrong_calls_of_references(self) -> None:
        """A wrong call of an author's reference is no incident."""
        eve = self.player()
        number = self.door(eve)
        for name, args, names, code in (
            (b"open", [b"tuple"], NO_NAMES, b"bad-arguments"),
            (b"open", 5, NO_NAMES, b"bad-arguments"),
            (b"open", [b"tuple", [b"class", b"x"]], NO_NAMES, b"bad-arguments"),
            (b"open", [b"tuple", 1], [b"dictionary", [1, 2]], b"bad-arguments"),
            (b"shut", [b"tuple"], NO_NAMES, b"no-such-call"),
        ):
            with self.subTest(name=name, args=args):
                answer = self.send(eve, b"message", 9, number, name, 1, args, names)
                self.assertIn(code, answer)
        self.assert_quiet()

    def test_right_calls_of_references(self) -> None:
        """Whatever Twisted carries out is, with names from Python 2, too."""
        eve = self.player()
        number = self.door(eve)
        for name, args, names, answer in (
            (b"open", [b"tuple", 3], NO_NAMES, 3),
            (b"open", [b"list", 3], NO_NAMES, 3),
            (b"open", [b"tuple"], [b"dictionary", [[b"unicode", b"times"], 3]], 3),
            (b"open", [b"tuple"], [b"dictionary", [b"times", 3]], 3),
            (b"keyed", [b"tuple", 3], NO_NAMES, "kkk"),
            (b"most", [b"tuple", 3, 7], NO_NAMES, 7),
        ):
            with self.subTest(name=name, args=args):
                given = self.send(eve, b"message", 9, number, name, 1, args, names)
                self.assertEqual(given, canned.answer(9, answer))
        self.assert_quiet()

    def test_no_method_of_a_reference(self) -> None:
        """What is no method is the author's affair; nothing of it is told."""
        eve = self.player()
        call = [self.door(eve), b"sign", 1, [b"tuple"], NO_NAMES]
        answer = self.send(eve, b"message", 9, *call)
        self.assertIn(b"internal-error", answer)
        self.assertNotIn(b"no entry", answer)
        self.assertEqual(len(self.world.flush_errors()), 1)


class NumberTests(SessionCase):
    def test_true(self) -> None:
        """True is no number: a row with it cannot be read again, or not be written."""
        window, _ = self.opened()
        for number in (True, 1.0, "1", b"1", None, 0, -1, 2**53):
            with self.subTest(number=number):
                self.assertEqual(self.refused(window, number, "look"), "bad-arguments")
        self.assertEqual(_read([1, "look"]), (1, "look", []))

    def test_asked_for_without_end(self) -> None:
        """A number at work that comes again and again makes nothing grow."""
        window, _ = self.opened()
        first = self.begin(window, 1, "wait")
        again = [self.begin(window, 1, "wait") for _ in range(50)]
        told = [one for one in again if one.called]
        self.assertEqual(len(told), 46)
        for one in told:
            self.assertEqual(self.failureResultOf(one).value.code, "busy")
        Digger.wait.callback(None)
        self.world.settle()
        for one in (first, *again[46:]):
            self.assertEqual(self.successResultOf(one), "waited")

    def test_asked_again(self) -> None:
        """Who is told so may ask again: nothing was carried out for this one."""
        session = Session(StoredSession("a", "eve", b"", 0.0), {}, str)
        self.assertIsNone(session.arrive(1))
        first, *others = [cast("Any", session.arrive(1)) for _ in range(5)]
        self.assertTrue(self.failureResultOf(first).value.error.is_unbegun)
        for one in others:
            self.assertNoResult(one)

    def test_openings(self) -> None:
        """One session is opened at a time, and no store is asked for what is no id."""
        window = self.entered()
        asked: list[str] = []
        reading: Deferred[Any] = Deferred()
        sessions = self.world.store.sessions

        def get(name: str) -> Any:
            asked.append(name)
            return reading

        self.patch(sessions, "get", get)
        for token in ("a\0b:c:d", "x" * 32 + ":c:d"):
            other = self.world.login("bob")
            self.assertTrue(other.call("gameserver.session", token, 0)["token"])
        self.assertEqual(asked, [])
        first = window.start("gameserver.session", f"{'a' * 32}:b:c", 0)
        for _ in range(5):
            second = window.start("gameserver.session", f"{'b' * 32}:b:c", 0)
            self.assertEqual(self.failureResultOf(second).value.code, "busy")
        self.assertEqual(asked, ["a" * 32])
        reading.callback(None)
        self.world.settle()
        self.assertFalse(self.successResultOf(first)["resumed"])
