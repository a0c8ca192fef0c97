"""How fast calls are taken: at once, in their turn, or not at all."""

from __future__ import annotations

from typing import Any, ClassVar

from twisted.internet.defer import Deferred
from twisted.logger import globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from gameserver import Avatar, Client
from gameserver.errors import Busy, GameError, LoggedOut
from gameserver.server.game import Rules
from gameserver.server.pace import LONGEST, QUIET, Allowance, Paces
from gameserver.server.quiesce import Quiesce
from gameserver.testing import World

EACH = 0.1


class Player(Avatar):
    """Notes its calls, some of which take as long as the test says."""

    noted: list[int]
    waits: ClassVar[list[Deferred[Any]]] = []

    def created(self) -> None:
        self.noted = []

    def perspective_note(self, number: int) -> int:
        self.noted.append(number)
        return number

    async def perspective_dig(self) -> str:
        waited: Deferred[Any] = Deferred()
        self.waits.append(waited)
        return str(await waited)

    def perspective_leave(self) -> None:
        for client in self.clients:
            client.close("goodbye", "bye")

    def detached(self, client: Client) -> None:
        del client


class PaceCase(SynchronousTestCase):
    """Four calls at once, ten a second, and three in flight."""

    allowed = Allowance(1 / EACH, 4, 3)

    def setUp(self) -> None:
        Player.waits = []
        self.world = World(Player, rules=Rules(allowed=self.allowed))
        self.ada = self.world.login("ada")
        self.answers: list[Any] = []

    @property
    def noted(self) -> list[int]:
        noted: list[int] = self.world.avatar("ada").noted
        return noted

    @property
    def paces(self) -> Paces:
        return self.world.game.calls.paces

    def note(self, *numbers: int) -> None:
        for number in numbers:
            self.ada.start("note", number).addBoth(self.heard)

    def heard(self, answer: Any) -> None:
        error = getattr(answer, "value", None)
        self.answers.append(error.code if isinstance(error, GameError) else answer)

    def dig(self) -> Deferred[Any]:
        return self.ada.start("dig").addBoth(self.heard)


class RateTests(PaceCase):
    """Calls that come faster than allowed."""

    def test_burst(self) -> None:
        """A burst is carried out at once."""
        self.note(*range(4))
        self.assertEqual(self.answers, [0, 1, 2, 3])

    def test_wait(self) -> None:
        """What comes faster waits for its turn, in order, one at a time."""
        self.note(*range(7))
        self.assertEqual(self.noted, [0, 1, 2, 3])
        for expected in range(5, 8):
            self.world.advance(EACH)
            self.assertEqual(self.noted, list(range(expected)))
        self.assertEqual(self.answers, list(range(7)))
        self.assertEqual(self.paces.lines, set())

    def test_one_after_another(self) -> None:
        """A client that waits for its answers is slowed down, and never refused."""
        for number in range(40):
            self.note(number)
            while len(self.answers) <= number:
                self.world.advance(EACH)
        self.assertEqual(self.answers, list(range(40)))
        self.assertLessEqual(self.world.clock.seconds(), 37 * EACH)

    def test_order(self) -> None:
        """A call does not overtake one that waits, whoever has a token."""
        self.note(*range(5))
        self.world.clock.rightNow += 10 * EACH  # the reactor is late
        self.note(5)
        self.assertEqual(self.noted, [0, 1, 2, 3])
        self.world.advance(0)
        self.assertEqual(self.noted, [0, 1, 2, 3, 4, 5])

    def test_refused(self) -> None:
        """One call more than may wait is refused, and the connection lives."""
        self.note(*range(9))
        self.assertEqual(self.answers, [0, 1, 2, 3, "busy", "busy"])
        self.world.advance(3 * EACH)
        self.note(9)
        self.world.advance(EACH)
        self.assertEqual(self.answers[6:], [4, 5, 6, 9])
        self.assertEqual(self.noted, [0, 1, 2, 3, 4, 5, 6, 9])
        self.assertEqual((self.paces.waited, self.paces.refused), (4, 2))

    def test_text(self) -> None:
        """A refusal says how long to wait."""
        self.note(*range(7))
        with self.assertRaises(GameError) as caught:
            self.ada.call("note", 7)
        self.assertEqual(
            caught.exception.text,
            "3 of your calls wait or are at work already; wait for an answer, or 0.1 s",
        )

    def test_others(self) -> None:
        """The calls of others are carried out meanwhile."""
        bob = self.world.login("bob")
        self.note(*range(7))
        self.assertEqual(bob.call("note", 1), 1)

    def test_two_windows(self) -> None:
        """Each client has its own allowance, also over one connection."""
        self.note(*range(4))
        self.world.login_again(self.ada, "ada")
        self.note(*range(4))
        self.assertEqual(len(self.answers), 8)

    def test_commands(self) -> None:
        """What can be called is asked for at the same price."""
        for _ in range(5):
            self.ada.start("gameserver.commands").addBoth(self.heard)
        self.assertEqual(len(self.answers), 4)
        self.world.advance(EACH)
        self.assertEqual(self.answers[4], self.answers[0])

    def test_unlimited(self) -> None:
        """A world of a test has no limits."""
        ada = World(Player).login("ada")
        for number in range(500):
            self.assertEqual(ada.call("note", number), number)


class EndingTests(PaceCase):
    """The client or the server goes while calls wait."""

    def test_connection_lost(self) -> None:
        """What waits for a client that is gone is not carried out."""
        avatar = self.world.avatar("ada")
        self.note(*range(6))
        self.ada.close()
        self.world.advance(9 * EACH)
        self.assertEqual(avatar.noted, [0, 1, 2, 3])
        self.assertEqual(self.paces.lines, set())

    def test_logged_out_in_a_call(self) -> None:
        """A game may log out a client whose calls wait."""
        self.note(0, 1, 2)
        self.ada.start("leave").addErrback(lambda _: None)
        self.note_gone()
        self.world.advance(9 * EACH)
        self.assertEqual(self.paces.lines, set())

    def note_gone(self) -> None:
        """Make a call if the connection still stands."""
        if self.ada.is_open:
            self.note(3)

    def test_stopping(self) -> None:
        """A stop refuses those that wait at once, and carries none out."""
        avatar = self.world.avatar("ada")
        self.note(*range(6))
        self.world.close()
        self.assertEqual(self.answers, [0, 1, 2, 3, "stopping", "stopping"])
        self.assertEqual(avatar.noted, [0, 1, 2, 3])

    def test_cancelled(self) -> None:
        """Whoever cancels a call that waits has it taken out of the line."""
        pace = self.paces.begun("ada")
        assert pace is not None
        for _ in range(4):
            self.assertIsNone(pace.turn())
        first, second = pace.turn(), pace.turn()
        assert first is not None
        assert second is not None
        first.cancel()
        error = self.failureResultOf(first, LoggedOut).value
        self.assertTrue(error.is_unbegun)
        self.assertNoResult(second)
        self.world.advance(EACH)
        self.successResultOf(second)

    def test_longest(self) -> None:
        """The line has an end also where calls in flight have none."""
        pace = Paces(Allowance(1.0, 1, 0), self.world.clock).begun("ada")
        assert pace is not None
        for _ in range(1 + LONGEST):
            pace.turn()
        self.assertTrue(self.assertRaises(Busy, pace.turn).is_unbegun)


class InFlightTests(PaceCase):
    """Calls that are at work."""

    allowed = Allowance(0, 1, 3)

    def test_refused(self) -> None:
        """One more is refused until another has ended."""
        for _ in range(3):
            self.dig()
        self.note(1)
        self.assertEqual(self.answers, ["busy"])
        Player.waits[0].callback("gold")
        self.world.settle()
        self.note(2)
        self.assertEqual(self.answers, ["busy", "gold", 2])

    def test_text(self) -> None:
        """It says that there is an answer to be waited for."""
        for _ in range(3):
            self.dig()
        with self.assertRaises(GameError) as caught:
            self.ada.call("note", 1)
        text = "3 of your calls wait or are at work already; wait for an answer"
        self.assertEqual(caught.exception.text, text)

    def test_failed(self) -> None:
        """A call that fails, and one with a wrong argument, count no longer."""
        for _ in range(3):
            self.dig()
        Player.waits[0].errback(GameError("no-gold", "none"))
        Player.waits[1].errback(ValueError("hidden"))
        self.world.settle()
        self.world.flush_errors()
        for _ in range(5):
            self.ada.start("note", "x").addBoth(self.heard)
        self.note(1)
        bad = ["bad-arguments"] * 5
        self.assertEqual(self.answers, ["no-gold", "internal-error", *bad, 1])

    def test_over_a_release(self) -> None:
        """Calls that a release holds count, and those it lets go do not."""
        game = self.world.game
        quiesce = Quiesce(game.calls, game.clock)
        closing = Deferred.fromCoroutine(quiesce.close([__name__]))
        self.successResultOf(closing)
        self.note(*range(4))
        self.assertEqual(self.answers, ["busy"])
        quiesce.open()
        self.world.advance(0)
        self.note(4)
        self.assertEqual(self.answers, ["busy", 0, 1, 2, 4])


class HeldTwiceTests(PaceCase):
    """A call that waits for its turn may have to wait for a release, too."""

    def test_order(self) -> None:
        """All are carried out once, in order."""
        game = self.world.game
        quiesce = Quiesce(game.calls, game.clock)
        self.note(*range(6))
        self.successResultOf(Deferred.fromCoroutine(quiesce.close([__name__])))
        self.world.advance(EACH)
        self.note(6)
        self.assertEqual(self.noted, [0, 1, 2, 3])
        quiesce.open()
        self.world.advance(9 * EACH)
        self.assertEqual(self.noted, list(range(7)))
        self.assertEqual(self.answers, list(range(7)))


class LogTests(PaceCase):
    """What the log says of it."""

    allowed = Allowance(0, 1, 1)

    def test_bounded(self) -> None:
        """The first refusal of a client, and then one line a minute with the count."""
        lines: list[int] = []

        def note(event: Any) -> None:
            if event.get("log_namespace") == "gameserver.pace":
                lines.append(event["n"])

        globalLogPublisher.addObserver(note)
        self.addCleanup(globalLogPublisher.removeObserver, note)
        self.dig()
        self.note(*range(100))
        self.assertEqual(lines, [1])
        self.world.advance(QUIET)
        self.note(*range(100))
        self.assertEqual(lines, [1, 101])
