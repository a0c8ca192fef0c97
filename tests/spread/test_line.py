"""The line of connections that take long."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gameserver.spread.line import AHEAD, LEAST, MOST, RUSH, SHORT, SLICE, Line


class One:
    """Takes so long in each turn, so often."""

    def __init__(self, case: LineTests, name: str, takes: float, turns: int) -> None:
        self.spent = 0.0
        self._case, self._name = case, name
        self._takes, self._turns = takes, turns

    def next_turn(self) -> bool:
        """Have a turn."""
        line = self._case.line
        line.leave(self)
        self._turns -= 1
        self._case.had.append(self._name)
        self._case.clock.rightNow += self._takes
        if self._turns:
            line.join(self)
        line.took(self, self._takes, waited=True)
        return True


class LineTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.line = Line(self.clock)
        self.had: list[str] = []

    def joined(self, name: str, takes: float, turns: int = 1) -> One:
        """Let one wait."""
        one = One(self, name, takes, turns)
        self.line.join(one)
        return one

    def turn(self) -> None:
        """Pass a turn of the reactor: what is scheduled in it comes in the next one."""
        due, self.clock.calls = self.clock.calls, []
        for call in due:
            call.called = 1
            call.func(*call.args)

    def test_one_turn_each(self) -> None:
        """In a turn of the reactor nobody has two."""
        self.joined("a", 0.0, 3)
        self.joined("b", 0.0)
        self.turn()
        self.assertEqual(self.had, ["a", "b"])
        self.turn()
        self.turn()
        self.assertEqual(self.had, ["a", "b", "a", "a"])
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_slice(self) -> None:
        """All together have a part of a turn; the others go on in the next."""
        for name in "abc":
            self.joined(name, SLICE * 0.6)
        self.turn()
        self.assertEqual(self.had, ["a", "b"])
        self.turn()
        self.assertEqual(self.had, ["a", "b", "c"])

    def test_little_first(self) -> None:
        """Who has taken little is heard before those that have taken more."""
        for name in "abcdefgh":
            self.joined(name, SLICE, 9)
        for _ in range(10):
            self.turn()
        self.joined("honest", 0.0)
        self.turn()
        self.assertIn("honest", self.had[-2:])

    def test_not_kept_back(self) -> None:
        """Ever new ones do not keep one back that has taken long."""
        old = self.joined("old", 0.0)
        old.spent = 3 * MOST
        for number in range(20):
            self.joined(f"new {number}", SLICE)
            self.turn()
        self.assertIn("old", self.had)

    def test_quick(self) -> None:
        """Who has taken long is not quick, until all were heard."""
        one = One(self, "one", 0.0, 1)
        self.assertTrue(one.spent < self.line.now)
        self.line.took(one, AHEAD, waited=True)
        self.assertFalse(one.spent < self.line.now)
        self.line.join(one)
        self.turn()
        self.assertTrue(one.spent < self.line.now)

    def test_single_turn(self) -> None:
        """A single turn counts so much at most, and less if it was not waited for."""
        for waited, counted in ((True, MOST), (False, SHORT)):
            one = One(self, "one", 0.0, 1)
            self.line.took(one, 5.0, waited=waited)
            self.assertEqual(one.spent, counted)

    def test_rush(self) -> None:
        """Those that need not wait take so much at most, until the line's next turn."""
        one = One(self, "a", 0.0, 1)
        for _ in range(3):
            self.line.took(one, RUSH / 4, waited=False)
        self.assertLess(self.line.rush, RUSH)
        self.turn()  # due by now, though nobody waits
        self.assertEqual(self.line.rush, 0.0)
        self.line.took(one, 2 * RUSH, waited=False)
        self.assertGreaterEqual(self.line.rush, RUSH)
        self.joined("b", 0.0)
        self.turn()
        self.assertEqual((self.had, self.line.rush), (["b"], 0.0))
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_share(self) -> None:
        """Where many wait, a turn is short, so that whoever has little is done soon."""
        self.assertEqual(self.line.share(SLICE / 2), SLICE / 2)
        for number in range(9):
            self.joined(str(number), 0.0)
        self.assertAlmostEqual(self.line.share(SLICE), SLICE / 10)
        for number in range(1_000):
            self.joined(str(number), 0.0)
        self.assertEqual(self.line.share(SLICE), LEAST)

    def test_leave(self) -> None:
        """Who leaves has no turn, and nothing stays scheduled for nobody."""
        one, other = self.joined("one", 0.0), self.joined("other", 0.0)
        self.assertIn(one, self.line.waiting)
        self.line.leave(one)
        self.turn()
        self.assertEqual(self.had, ["other"])
        self.line.leave(other)
        self.joined("third", 0.0)
        self.line.leave(next(iter(self.line.waiting)))
        self.assertEqual(self.clock.getDelayedCalls(), [])
