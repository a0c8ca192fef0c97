"""The canned bytes against stock Twisted PB itself, client and server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.cred.checkers import InMemoryUsernamePasswordDatabaseDontUse
from twisted.cred.credentials import UsernamePassword
from twisted.cred.portal import Portal
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.spread import pb
from twisted.trial.unittest import SynchronousTestCase

from gameserver.bench import canned, workloads
from gameserver.bench.connection import Replies
from gameserver.bench.stock import StockRealm

if TYPE_CHECKING:
    from twisted.internet.protocol import Factory

SECRET = b"sesame"
NAME = workloads.ACCOUNT.encode()


class Messages(StringTransport):
    """Keeps each write: PB writes one message at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.passed_on = 0

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def forget(self) -> None:
        self.written.clear()
        self.passed_on = 0


class StockPair:
    """A stock client and a stock server, with every message between them."""

    def __init__(self) -> None:
        self.clock = Clock()
        checker = InMemoryUsernamePasswordDatabaseDontUse(bench=SECRET)
        portal = Portal(StockRealm(self.clock), [checker])
        self._factory = pb.PBClientFactory()
        self.server, self.from_server = _connected(pb.PBServerFactory(portal))
        self.client, self.from_client = _connected(self._factory)

    def talk(self) -> None:
        """Pass messages on until both are silent."""
        pipes = ((self.from_server, self.client), (self.from_client, self.server))
        while any(len(pipe.written) > pipe.passed_on for pipe, _ in pipes):
            for pipe, receiver in pipes:
                new = pipe.written[pipe.passed_on :]
                pipe.passed_on += len(new)
                receiver.dataReceived(b"".join(new))

    def log_in(self, mind: object = None) -> pb.RemoteReference:
        """Log the client in and give its perspective."""
        perspectives: list[pb.RemoteReference] = []
        waiting = self._factory.login(UsernamePassword(NAME, SECRET), mind)
        waiting.addCallback(perspectives.append)
        self.talk()
        return perspectives[0]

    def calls(self) -> bytes:
        """Give the calls that the client sent: no opening, no dropped references."""
        sent = (m for m in self.from_client.written[2:] if is_call(m))
        return b"".join(sent)

    def forget(self) -> None:
        """Forget what was said so far."""
        self.from_client.forget()
        self.from_server.forget()


class Mind(pb.Referenceable):
    """Hears, and says nothing."""

    def remote_heard(self, text: str) -> None:
        """Hear."""


def _connected(factory: Factory) -> tuple[pb.Broker, Messages]:
    broker, transport = factory.buildProtocol(None), Messages()
    broker.makeConnection(transport)
    return broker, transport


def decoded(message: bytes) -> list[object]:
    """Decode one message with Twisted's own Banana."""
    replies = Replies()
    replies.dataReceived(message)
    return replies.expressions[0]


def is_call(message: bytes) -> bool:
    return decoded(message)[0] == b"message"


class LoginTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.pair = StockPair()

    def canned_login(self, *, mind: bool) -> bytes:
        """Give the canned calls for the challenge that the server has given."""
        messages = map(decoded, self.pair.from_server.written)
        challenged = next(m for m in messages if m[0] == b"answer")
        _, challenge, (_, challenger) = challenged[2]
        proof = canned.respond(2, challenger, challenge, SECRET, mind=mind)
        return canned.login(1, NAME) + proof

    def test_opening(self) -> None:
        """What a client sends before its first call equals the stock bytes."""
        self.pair.talk()
        self.assertEqual(canned.OPENING, b"".join(self.pair.from_client.written))

    def test_without_mind(self) -> None:
        """The login of a client without a mind equals the stock bytes."""
        self.pair.log_in(None)
        self.assertEqual(self.pair.calls(), self.canned_login(mind=False))

    def test_with_mind(self) -> None:
        """The login of a client with a mind equals the stock bytes."""
        self.pair.log_in(Mind())
        self.assertEqual(self.pair.calls(), self.canned_login(mind=True))


class CallTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.pair = StockPair()
        self.mind = Mind()
        self.perspective = self.pair.log_in(self.mind)
        self.pair.forget()

    def beside_stock(self, load: workloads.Workload) -> None:
        """Let the stock pair make the calls of one block; compare both directions."""
        self.pair.client.currentRequestID = canned.FIRST_REQUEST - 1
        for _ in range(3):
            self.perspective.callRemote(load.method, *load.arguments)
        sent, answers = canned.calls(load, self.perspective.luid, 3)
        self.assertEqual(b"".join(self.pair.from_client.written), sent)
        self.pair.talk()
        self.assertEqual(b"".join(self.pair.from_server.written), answers)

    def test_greet(self) -> None:
        """Calls of greet, and their answers, equal the stock bytes."""
        self.beside_stock(workloads.GREET)

    def test_move(self) -> None:
        """Calls of move, and their answers, equal the stock bytes."""
        self.beside_stock(workloads.MOVE)

    def test_equal_lengths(self) -> None:
        """All calls of a wide window are equally long, and so are the answers."""
        for load in (workloads.GREET, workloads.MOVE):
            one_call, one_answer = canned.calls(load, 2, 1)
            sent, answers = canned.calls(load, 2, 1000)
            self.assertEqual(len(sent), 1000 * len(one_call))
            self.assertEqual(len(answers), 1000 * len(one_answer))

    def test_notification(self) -> None:
        """The pattern matches a stock notification, whatever its number."""
        pattern = canned.notification(workloads.EVENT, workloads.STORY)
        for number in (1, 127, 128, 20_000, 3_000_000):
            self.pair.forget()
            self.pair.server.currentRequestID = number - 1
            self.perspective.callRemote("shout", 1)
            self.pair.talk()
            [told] = self.pair.from_server.written
            self.assertTrue(pattern.fullmatch(told), told)

    def test_notified_answer(self) -> None:
        """The pattern matches what stock sends for one call of push."""
        heard = canned.notification(workloads.EVENT, workloads.STORY)
        self.pair.client.currentRequestID = canned.FIRST_REQUEST - 1
        self.perspective.callRemote("push")
        self.pair.talk()
        self.pair.clock.advance(workloads.PAUSE)
        both = canned.notified_answer(heard, canned.FIRST_REQUEST, None)
        self.assertTrue(both.fullmatch(b"".join(self.pair.from_server.written)))
