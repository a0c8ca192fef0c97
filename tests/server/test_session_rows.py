"""A store that refuses new sessions, or cannot be read, keeps nobody out."""

from __future__ import annotations

from typing import Any

from gameserver.errors import GameError, StoreError
from gameserver.server.session_rows import RETRY
from gameserver.server.session_rules import BEGUN
from tests.server.session_case import SessionCase
from tests.server.test_realm import hold

FULL = StoreError("the disk is full")


class RowTests(SessionCase):
    """Rows that are late."""

    def test_not_waited_for(self) -> None:
        """A session is opened at once, however long its row takes."""
        adding = hold(self.world.store.sessions, "add")
        ada, _ = self.opened()
        self.assertEqual(self.ask(ada, 1, "look"), 0)
        adding.callback(None)

    def test_refused(self) -> None:
        """A row that was refused is stored later, with the answers until then."""
        adding = hold(self.world.store.sessions, "add")
        ada, token = self.opened()
        self.assertEqual(self.ask(ada, 1, "earn", 5), 5)
        self.begin(ada, 2, "dig").addErrback(lambda _: None)
        adding.errback(FULL)
        self.world.advance(RETRY)
        kept: Any = self.world.store.sessions.answers(token.split(":")[0])
        bodies = {one.number: one.body for one in self.successResultOf(kept)}
        self.assertEqual((list(bodies), bodies[2]), ([1, 2], BEGUN))
        self.killed()
        ada = self.resumed(token)
        self.assertTrue(self.answer["resumed"])
        self.assertEqual(self.ask(ada, 1, "earn", 5), 5)
        self.assertEqual(self.refused(ada, 2, "dig"), "interrupted")
        self.assertEqual(self.gold, 6)

    def killed(self) -> None:
        self.world.game = self.world._started()

    def test_killed_before(self) -> None:
        """If the server dies before, nobody knows the session, and it says so."""
        adding = hold(self.world.store.sessions, "add")
        ada, token = self.opened()
        self.assertEqual(self.ask(ada, 1, "earn", 5), 5)
        adding.errback(FULL)
        self.killed()
        self.resumed(token)
        self.assertFalse(self.answer["resumed"])

    def test_ended_before(self) -> None:
        """A session that has ended is not tried again; nothing is left to run."""
        adding = hold(self.world.store.sessions, "add")
        ada, _ = self.opened()
        ada.call("gameserver.bye")
        adding.errback(FULL)
        self.world.advance(RETRY)
        ids: Any = self.successResultOf(self.world.store.sessions.ids_before(2e9))
        self.assertEqual(ids, [])

    def test_stopped_before(self) -> None:
        """A server that stops tries no more."""
        adding = hold(self.world.store.sessions, "add")
        self.opened()
        adding.errback(FULL)
        self.world.close()
        self.assertEqual(self.world.clock.getDelayedCalls(), [])

    def test_unreadable(self) -> None:
        """A session that cannot be read now is asked for again, and not lost."""
        _, token = self.opened()
        self.killed()
        reading = hold(self.world.store.sessions, "answers")
        reading.errback(FULL)
        begun = self.entered(token).start("gameserver.session", token, 0)
        error: GameError = self.failureResultOf(begun, GameError).value
        self.assertEqual(error.code, "not-saved")
        self.resumed(token)
        self.assertTrue(self.answer["resumed"])


class LateTests(SessionCase):
    """Calls that changed nothing, of a client that comes back after its grace."""

    def test_tell(self) -> None:
        """What told others is not told again."""
        ada, token = self.opened()
        other = self.world.login("ada")
        self.ask(ada, 1, "tell", "hello")
        ada.close()
        self.world.advance(60.0)
        self.ask(self.resumed(token), 1, "tell", "hello")
        self.assertEqual(other.heard.count(("told", "hello")), 1)

    def test_timer(self) -> None:
        """What armed a timer does not do so again."""
        ada, token = self.opened()
        self.ask(ada, 1, "brew")
        ada.close()
        self.world.advance(60.0)
        self.ask(self.resumed(token), 1, "brew")
        self.world.advance(300.0)
        self.assertEqual(self.gold, 1)
