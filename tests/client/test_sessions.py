"""A client with a session: what becomes of its calls when connections and servers end.

Against a whole world in memory; ``test_cut`` cuts it at every byte.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.trial.unittest import SynchronousTestCase

from gameserver.client.open_calls import WINDOW
from gameserver.client.outbox import PAUSE
from gameserver.errors import (
    BadArguments,
    CallTimedOut,
    ConnectionLost,
    GameError,
    NoSuchCall,
)
from gameserver.server.game import Rules
from gameserver.testing import World
from tests.client.cutting import Player, Wire


class SessionCase(SynchronousTestCase):
    """One client, logged in."""

    def setUp(self) -> None:
        Player.wait = Deferred()
        self.world = World(Player, rules=Rules(session_grace=20.0))
        self.wire = Wire(self.world, [])
        self.successResultOf(self.wire.login("ada"))
        self.client = self.wire.client

    def cut(self) -> None:
        assert self.wire.pipe is not None
        self.wire.pipe.close()

    def call(self, name: str, *args: Any, timeout: float = 30.0) -> Deferred[Any]:
        return self.client.call(name, *args, timeout=timeout)

    @property
    def avatar(self) -> Any:
        return self.world.avatar("ada")

    def killed(self) -> None:
        """End the server as SIGKILL does; the next one has what was stored."""
        self.cut()
        self.world.game = self.world._started()


class LossTests(SessionCase):
    """The connection ends, and the client comes back."""

    def test_made_in_between(self) -> None:
        """A call that is made while there is no connection waits for the next."""
        self.cut()
        answer = self.call("apply", 1)
        self.assertNoResult(answer)
        self.wire.settle()
        self.assertEqual(self.successResultOf(answer), [1])
        self.assertIn(("resumed", True), self.wire.states)

    def test_time_in_between(self) -> None:
        """It waits as long as its caller said, and is not sent after that."""
        self.cut()
        answer = self.call("apply", 1, timeout=0.05)
        self.wire._reactor.advance(0.06)
        self.failureResultOf(answer, CallTimedOut)
        self.wire.settle()
        self.assertEqual(self.avatar.applied, [])

    def test_order(self) -> None:
        """Calls are carried out in the order in which they were made."""
        answers = [self.call("apply", 1)]
        self.cut()
        answers += [self.call("apply", 2), self.call("apply", 3)]
        self.wire.settle()
        self.assertEqual(self.avatar.applied, [1, 2, 3])
        self.assertEqual(self.successResultOf(answers[2]), [1, 2, 3])

    def test_as_it_was(self) -> None:
        """What is sent is what was given, whatever the caller does with it later."""
        self.cut()
        given = [1]
        answer = self.call("echo", given)
        given.append(2)
        self.wire.settle()
        self.assertEqual(self.successResultOf(answer), [1])

    def test_at_work(self) -> None:
        """A call that is at work when the connection ends is answered to the next."""
        answer = self.call("wait")
        self.wire.settle()
        self.cut()
        self.wire.settle()
        self.assertNoResult(answer)
        Player.wait.callback(None)
        self.wire.settle()
        self.assertEqual(self.successResultOf(answer), "waited")

    def test_late(self) -> None:
        """An answer that comes after the caller's time is dropped."""
        answer = self.call("wait", timeout=0.05)
        self.wire.settle()
        self.wire._reactor.advance(0.06)
        self.failureResultOf(answer, CallTimedOut)
        Player.wait.callback(None)
        self.wire.settle()
        self.assertEqual(self.ask("echo", 7), 7)

    def ask(self, name: str, *args: Any) -> Any:
        answer = self.call(name, *args)
        self.wire.settle()
        return self.successResultOf(answer)

    def test_errors(self) -> None:
        """Errors of the server and of the caller come as ever."""
        self.failureResultOf(self.call("apply", object()), BadArguments)
        too_large = self.call("apply", 1 << 500)
        self.failureResultOf(too_large, BadArguments)
        too_long = self.failureResultOf(self.call("apply", "x" * 70_000), BadArguments)
        self.assertIn("expected at most 65280", too_long.value.text)
        unknown = self.call("fly")
        self.wire.settle()
        self.failureResultOf(unknown, NoSuchCall)
        self.assertEqual(self.ask("apply", 1), [1])

    def test_losses_of_others(self) -> None:
        """That the game lost a connection of its own is an answer like others."""
        answer = self.call("lose")
        self.wire.settle()
        error = self.failureResultOf(answer, ConnectionLost).value
        self.assertEqual(error.text, "your friend has left")

    def test_cancelled(self) -> None:
        """A call that its caller gave up is not sent again."""
        self.cut()
        answer = self.call("apply", 1)
        answer.cancel()
        self.failureResultOf(answer, CancelledError)
        self.wire.settle()
        self.assertEqual(self.avatar.applied, [])

    def test_window(self) -> None:
        """More calls than a server takes at once wait for their turn, in order."""
        answers = [self.call("wait") for _ in range(WINDOW)]
        last = self.call("apply", 1)
        self.wire.settle()
        self.assertNoResult(last)
        Player.wait.callback(None)
        self.wire.settle()
        self.assertEqual({self.successResultOf(one) for one in answers}, {"waited"})
        self.assertEqual(self.successResultOf(last), [1])

    def test_given_up(self) -> None:
        """A call that its caller gave up takes its place until it is answered."""
        given_up = [self.call("wait", timeout=0.05) for _ in range(WINDOW)]
        self.wire.settle()
        self.wire._reactor.advance(0.06)
        for one in given_up:
            self.failureResultOf(one, CallTimedOut)
        last = self.call("apply", 1)
        self.wire.settle()
        self.assertNoResult(last)
        Player.wait.callback(None)
        self.wire.settle()
        self.assertEqual(self.successResultOf(last), [1])

    def test_busy(self) -> None:
        """A call that a busy server did not begin is sent again, in order."""
        for one in [self.call("wait", timeout=0.05) for _ in range(WINDOW)]:
            self.wire.settle()
            one.addErrback(lambda failure: failure.trap(CallTimedOut))
        self.wire._reactor.advance(0.06)
        self.cut()  # so the client knows no more that they are at work
        answers = [self.call("apply", n) for n in range(3)]
        self.wire.settle()
        self.assertEqual(self.avatar.applied, [])
        Player.wait.callback(None)
        self.wire._reactor.advance(PAUSE)
        self.wire.settle()
        self.assertEqual(self.successResultOf(answers[2]), [0, 1, 2])

    def test_codes_of_the_game(self) -> None:
        """A game's own error is an answer, also with a code that the server has."""
        for code in ("stopping", "busy", "logged-out"):
            refused = self.call("refuse", code)
            self.wire.settle()
            error: GameError = self.failureResultOf(refused, GameError).value
            self.assertEqual((error.code, error.text), (code, "the mill is stopping"))

    def test_commands(self) -> None:
        """Commands are asked for as ever."""
        asked = self.client.commands()
        self.wire.settle()
        names = [one.name for one in self.successResultOf(asked)]
        self.assertIn("apply", names)


class ServerTests(SessionCase):
    """The server ends, and another one comes."""

    def test_killed(self) -> None:
        """What was stored is answered; what was not is carried out, once."""
        stored = self.call("apply", 1)
        assert self.wire.pipe is not None
        while not self.avatar.applied:
            self.wire.pipe.pump()
        self.world.game.turns.end()
        self.assertNoResult(stored)
        fresh = self.call("apply", 2)
        self.killed()
        self.wire.settle()
        self.assertEqual(self.successResultOf(stored), [1])
        self.assertEqual(self.successResultOf(fresh), [1, 2])
        self.assertEqual(self.avatar.applied, [1, 2])

    def test_mark(self) -> None:
        """What another server told is not known to this one; the client is told so."""
        self.killed()
        self.wire.settle()
        self.assertIn(("gameserver.dropped", 0), self.wire.heard)
        self.assertIn(("resumed", True), self.wire.states)

    def test_stopped(self) -> None:
        """A call that a stopping server refuses is carried out by the next one."""
        self.wire.settle()
        self.world.game.calls.shut()  # as ``stop`` begins
        answer = self.call("apply", 1)
        assert self.wire.pipe is not None
        while self.wire.pipe.pump():
            pass
        self.assertNoResult(answer)
        self.killed()
        self.wire.settle()
        self.assertEqual(self.successResultOf(answer), [1])

    def test_forgotten(self) -> None:
        """Where the session is not known, open calls are lost, and it goes on."""
        answer = self.call("wait")
        self.wire.settle()
        ids: Any = self.successResultOf(self.world.store.sessions.ids_before(2e9))
        self.world.store.sessions.remove(ids)
        self.killed()
        self.wire.settle()
        self.failureResultOf(answer, ConnectionLost)
        self.assertIn(("resumed", False), self.wire.states)
        again = self.call("apply", 1)
        self.wire.settle()
        self.assertEqual(self.successResultOf(again), [1])


class CloseTests(SessionCase):
    """The client ends."""

    def test_close(self) -> None:
        """Open calls are lost, the player is logged out at once, no timer is left."""
        answer = self.call("wait")
        self.wire.settle()
        self.client.close()
        self.failureResultOf(answer, ConnectionLost)
        self.wire.settle()
        self.assertEqual(len(self.avatar.clients), 0)
        self.assertEqual(self.wire._reactor.getDelayedCalls(), [])
        self.failureResultOf(self.call("apply", 1), ConnectionLost)

    def test_close_while_away(self) -> None:
        """Without a connection it cannot say goodbye; the server waits for a while."""
        self.cut()
        answer = self.call("apply", 1)
        self.client.close()
        self.failureResultOf(answer, ConnectionLost)
        self.assertEqual(len(self.avatar.clients), 1)
        self.world.advance(20.0)
        self.assertEqual(len(self.avatar.clients), 0)

    def test_kicked(self) -> None:
        """A client that was told to stay away loses its open calls."""
        answer = self.call("wait")
        self.wire.settle()
        (client,) = self.avatar.clients
        client.close("kicked", "Enough.")
        self.wire.settle()
        self.failureResultOf(answer, ConnectionLost)
        self.assertEqual(self.wire.states[-1], ("closed", "kicked", "Enough."))
