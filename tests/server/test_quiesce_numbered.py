"""Numbered calls that wait for a release are carried out once, or can come again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred

from gameserver.errors import GameError
from tests.server.quiesce_case import QuiesceCase

if TYPE_CHECKING:
    from gameserver.server.clients import RemoteClient
    from gameserver.server.session import Session


class NumberedTests(QuiesceCase):
    """Calls with numbers, which may come again."""

    def setUp(self) -> None:
        super().setUp()
        self.ada.call("gameserver.session", "", 0)

    def ask(self, number: int, *call: Any) -> Deferred[Any]:
        return self.ada.start("gameserver.call", number, *call)

    def test_once(self) -> None:
        """One that waits and comes again is carried out once, and answered twice."""
        self.close()
        calls = [self.ask(1, "hit", 5), self.ask(1, "hit", 5)]
        self.open()
        self.assertEqual([self.successResultOf(one) for one in calls], [5, 5])
        self.assertEqual(self.log, [5])
        self.assertEqual(self.successResultOf(self.ask(1, "hit", 5)), 5)
        self.assertEqual(self.log, [5])

    def test_busy(self) -> None:
        """One that finds no place is not remembered: it may come again."""
        self.close()
        calls = [self.ask(n, "hit", n) for n in range(1, 6)]
        error = self.failureResultOf(calls[4], GameError).value
        self.assertEqual(error.code, "busy")
        self.open()
        self.assertEqual(self.successResultOf(self.ask(5, "hit", 5)), 5)
        self.assertEqual(self.log, [1, 2, 3, 4, 5])

    def test_gone(self) -> None:
        """One whose login ends while it waits is as if it had never come."""
        self.close()
        call, session = self.ask(1, "hit", 1), self.session
        self.client.on_close()
        self.open()
        error = self.failureResultOf(call, GameError).value
        self.assertEqual(error.code, "logged-out")
        self.assertEqual(self.log, [])
        self.assertEqual(session.answers.standing(1).name, "NEW")
        self.assertEqual(self.world.game.turns._at_work, {})

    def test_begun(self) -> None:
        """One that gives a Deferred is stored as begun when it has begun, not before.

        What is done in a Deferred is unseen, and must not be done twice after a crash.
        """
        waited = self.wait("ada")
        self.close()
        call = self.ask(1, "later")
        (segment,) = self.world.game.turns._at_work
        self.world.advance(1)
        self.assertEqual(segment.begun_in, 0)
        self.open()
        self.assertNotEqual(segment.begun_in, 0)
        waited.callback(None)
        self.world.settle()
        self.assertEqual(self.successResultOf(call), 1)

    def test_away(self) -> None:
        """One whose connection is lost is carried out: its client may come back."""
        self.close()
        call, session = self.ask(1, "hit", 1), self.session
        call.addErrback(lambda _: None)
        self.ada.close()
        self.world.settle()
        self.open()
        self.assertEqual(self.log, [1])
        self.assertEqual(session.answers.standing(1).name, "ANSWERED")

    @property
    def client(self) -> RemoteClient:
        resident = self.world.game.roster.get("ada")
        assert resident is not None
        return resident.clients.oldest()

    @property
    def session(self) -> Session:
        session = self.client.session
        assert session is not None
        return session

    def test_stop(self) -> None:
        """One that a stop refuses is forgotten, too: the next start carries it out."""
        self.close()
        call = self.ask(1, "hit", 1)
        session = self.session
        Deferred.fromCoroutine(self.world.game.calls.finish())
        self.world.settle()
        self.assertEqual(self.failureResultOf(call, GameError).value.code, "stopping")
        self.assertEqual(session.answers.standing(1).name, "NEW")
        self.assertEqual(session.answers.kept(), {})
