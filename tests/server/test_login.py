"""Before login: what a connection may ask, how long, and what it is told."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import ISSLTransport
from twisted.logger import LogLevel, capturedLogs, formatEvent
from twisted.spread import pb
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import directlyProvides

from gameserver import Avatar, GameError
from gameserver.errors import StoreError
from gameserver.server.gate import Gate
from gameserver.testing import Rules, Window, World
from gameserver.testing.window import coded, result_of
from tests.server.test_realm import hold


class Player(Avatar):
    """Somebody."""

    def perspective_ping(self) -> str:
        return "pong"


def asked(world: World, window: Window, method: str, *args: object) -> Any:
    """Call the PB root and give the answer, or raise what it was refused with."""
    answer: Deferred[Any] = window.factory.getRootObject()
    answer.addCallback(lambda root: root.callRemote(method, *args)).addErrback(coded)
    world.settle()
    return result_of(answer, method)


class LobbyTests(SynchronousTestCase):
    """What may be asked before login."""

    def setUp(self) -> None:
        self.world = World(Player)
        self.window = self.world.connect("somebody")

    def refusal(self, method: str, *args: object) -> str:
        with self.assertRaises(GameError) as caught:
            asked(self.world, self.window, method, *args)
        return caught.exception.code

    def test_hello(self) -> None:
        """``hello`` says what this is and whether one may register."""
        answer = asked(self.world, self.window, "hello")
        self.assertEqual(answer["product"], "gameserver")
        self.assertEqual((answer["registration"], answer["tls"]), (False, False))

    def test_passwords_need_tls(self) -> None:
        """A password over plain TCP is refused, also for registration."""
        self.assertEqual(
            self.refusal("loginPassword", "ada", "password", None), "tls-required"
        )
        self.assertEqual(self.refusal("register", "ada", "password"), "tls-required")

    def test_register_on_a_full_disk(self) -> None:
        """An account that cannot be stored is refused by its code; it is logged."""
        self.world = World(Player, rules=Rules(is_registration_open=True))
        self.window = self.world.connect("somebody")
        (server,) = self.world.game.factory.connections
        directlyProvides(server.transport, ISSLTransport)
        storing = hold(self.world.store.accounts, "get")
        storing.errback(StoreError("the disk is full"))
        with capturedLogs() as logged:
            code = self.refusal("register", "ada", "horse battery staple")
        self.assertEqual(code, "not-saved")
        self.assertIn("the disk is full", formatEvent(logged[0]))

    def test_register_twice_at_once(self) -> None:
        """One connection makes one account at a time, and the next one then."""
        self.world = World(Player, rules=Rules(is_registration_open=True))
        self.window = self.world.connect("somebody")
        (server,) = self.world.game.factory.connections
        directlyProvides(server.transport, ISSLTransport)
        storing = hold(self.world.store.accounts, "get")
        root = self.successResultOf(self.window.factory.getRootObject())
        first = root.callRemote("register", "ada", "horse battery staple")
        self.world.settle()
        given = "ben", "horse battery staple"
        self.assertEqual(self.refusal("register", *given), "busy")
        storing.errback(StoreError("the disk is full"))
        self.world.settle()
        self.failureResultOf(first)
        tried = self.refusal("register", *given)
        self.assertEqual(tried, "stopping", "it came to the hash, which no World makes")

    def test_login_without_a_database(self) -> None:
        """A login that the database refuses says so; it is one line of the log.

        Nobody who wrote the game is at fault, so there is no traceback.
        """
        self.world.login("ada").close()
        self.world.advance(302.0)
        for store, asked_for in (
            (self.world.store.accounts, "get"),
            (self.world.store.snapshots, "load"),
        ):
            holding = hold(store, asked_for)
            window, entering = self.world.start_login("ada")
            with capturedLogs() as logged:
                holding.errback(StoreError("no\nserver"))
                self.world.settle()
            refusal = self.failureResultOf(entering, GameError).value
            self.assertEqual(refusal.code, "not-saved")
            self.assertNotIn("server", refusal.text)
            (line,) = [one for one in logged if one["log_level"] >= LogLevel.warn]
            self.assertRegex(formatEvent(line), "login as 'ada' .*: no server$")
            self.assertNotIn("log_failure", line)
            window.close()

    def test_nothing_else(self) -> None:
        """Other names, private ones and core calls do not exist before login."""
        for name in ("loginAnonymous", "admit", "__init__", "gameserver.commands", ""):
            self.assertEqual(self.refusal(name), "no-such-call")

    def test_wrong_arguments(self) -> None:
        """A name that is no text, or arguments that do not fit, are refused."""
        self.assertEqual(self.refusal("login", 5), "bad-arguments")
        self.assertEqual(self.refusal("login"), "bad-arguments")
        self.assertEqual(self.refusal("login", "a", "b"), "bad-arguments")
        self.assertEqual(self.refusal("hello", 1), "bad-arguments")

    def test_time_limit(self) -> None:
        """A connection that does not log in within the limit is closed."""
        self.world.advance(9.9)
        self.assertTrue(self.window.is_open)
        self.world.advance(0.2)
        self.assertFalse(self.window.is_open)

    def test_no_limit_after_login(self) -> None:
        """A login lifts the limit."""
        ada = self.world.login("ada")
        self.world.advance(1000.0)
        self.assertEqual(ada.call("ping"), "pong")

    def test_no_delay(self) -> None:
        """TCP_NODELAY is asked for on every connection."""
        server = next(iter(self.world.game.factory.connections))
        self.assertTrue(server.transport.getTcpNoDelay())


class TokenTests(SynchronousTestCase):
    """Stock PB's login."""

    def setUp(self) -> None:
        self.world = World(Player)
        self.world.login("ada").close()
        self.token = self.world._tokens["ada"].encode()
        self.window = self.world.connect("ada")

    def challenged(self, name: object) -> tuple[bytes, pb.RemoteReference]:
        challenge, challenger = asked(self.world, self.window, "login", name)
        return challenge, challenger

    def respond(self, challenger: pb.RemoteReference, response: object) -> Any:
        answer = challenger.callRemote("respond", response, None).addErrback(coded)
        self.world.settle()
        return result_of(answer, "respond")

    def refusal(self, challenger: pb.RemoteReference, response: object) -> str:
        with self.assertRaises(GameError) as caught:
            self.respond(challenger, response)
        return str(caught.exception)

    def test_right(self) -> None:
        """The right answer gives a perspective; the name may be text or bytes."""
        for name in ("ada", b"ada", "ADA"):
            challenge, challenger = self.challenged(name)
            response = pb.respond(challenge, self.token)
            perspective = self.respond(challenger, response)
            self.assertIsInstance(perspective, pb.RemoteReference)

    def test_one_answer(self) -> None:
        """A challenge takes one answer; a second one, even right, is refused."""
        challenge, challenger = self.challenged("ada")
        self.refusal(challenger, b"wrong")
        right = pb.respond(challenge, self.token)
        self.assertIn("login-refused", self.refusal(challenger, right))

    def test_refusals_are_alike(self) -> None:
        """Unknown names and wrong answers are refused in the same words."""
        texts = set()
        for name in ("ada", "nobody", "", "x" * 900, "\x00"):
            _, challenger = self.challenged(name)
            texts.add(self.refusal(challenger, b"n" * 16))
        self.assertEqual(len(texts), 1)

    def test_refused_login_is_stock(self) -> None:
        """A stock client can trap a refused login by stock's own names."""
        _, challenger = self.challenged("ada")
        failing = challenger.callRemote("respond", b"wrong", None)
        self.world.settle()
        failure = self.failureResultOf(failing)
        self.assertIsNotNone(failure.check("twisted.cred.error.UnauthorizedLogin"))
        self.assertIsNotNone(failure.check(pb.Error))
        self.assertIsNotNone(failure.check("login-refused"))

    def test_answers_of_other_types(self) -> None:
        """A response that is no bytes is refused."""
        _, challenger = self.challenged("ada")
        self.assertIn("bad-arguments", self.refusal(challenger, [1]))

    def test_accounts_trouble(self) -> None:
        """A store that fails is an internal error, with an id."""
        _, challenger = self.challenged("ada")
        hold(self.world.store.accounts, "get").errback(OSError("disk"))
        self.assertRegex(self.refusal(challenger, b"x"), r"internal error [0-9a-f]{8}$")
        self.assertEqual(len(self.world.flush_errors()), 1)


class HostileTests(SynchronousTestCase):
    """Bytes from strangers."""

    def test_garbage_closes(self) -> None:
        """Bytes that are no Banana close the connection, and no other."""
        world = World(Player, rules=Rules())
        ada = world.login("ada")
        for garbage in (b"\x01" * 200, b"\xff\xff\xff", b"\x16\x03\x01\x02\x00\x01"):
            stranger = world.connect("stranger")
            client = stranger._pipe._sides[1][1]
            client.write(garbage)
            world.settle()
            self.assertEqual(ada.call("ping"), "pong")
            world.advance(11.0)
            self.assertFalse(stranger.is_open)


class BeforeLoginTests(SynchronousTestCase):
    """How much a stranger may say."""

    def test_says_too_much(self) -> None:
        """Who sends more than any login needs is cut off, whatever it is."""
        world = World(Player)
        stranger = world.connect("stranger")
        end = stranger._pipe._sides[1][1]
        for _ in range(20):
            end.write(b"\x01\x80" * 500)  # one list in another
            world.settle()
        self.assertFalse(stranger.is_open)

    def test_no_bound_after_login(self) -> None:
        """After the login one may speak as long as one likes."""
        ada = World(Player).login("ada")
        for _ in range(1000):
            ada.call("ping")


class GateTests(SynchronousTestCase):
    """Logins wait until the world has started."""

    def test_waits_then_opens(self) -> None:
        """Whoever came early goes in when it opens."""
        gate = Gate()
        early = gate.passed()
        self.assertNoResult(early)
        gate.open()
        self.assertIsNone(self.successResultOf(early))
        self.assertIsNone(self.successResultOf(gate.passed()))

    def test_shut(self) -> None:
        """Whoever waits when it shuts, or comes later, is refused with a code."""
        gate = Gate()
        early = gate.passed()
        gate.shut()
        for one in (early, gate.passed()):
            self.assertEqual(
                self.failureResultOf(one, GameError).value.code, "stopping"
            )

    def test_login_while_stopping(self) -> None:
        """A server that stops takes no logins."""
        world = World(Player)
        world.game.realm.gate.shut()
        with self.assertRaises(GameError) as caught:
            world.login("ada")
        self.assertEqual(caught.exception.code, "stopping")
