"""Time in a world: it stands still, and every timer has its turn in order."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver import Avatar, Service
from gameserver.testing import World

tenths = st.integers(1, 40)


class Player(Avatar):
    """Notes when its timers ran."""

    def tick(self, name: str = "tick") -> None:
        self.clients.notify(name)

    def perspective_every(self, seconds: float) -> None:
        self.every(seconds, "tick")

    def perspective_later(self, seconds: float, name: str) -> None:
        self.later(seconds, "tick", name)

    def perspective_chain(self, times: int) -> None:
        self.later(0.5, "go_on", times)

    def go_on(self, times: int) -> None:
        self.tick(f"chain {times}")
        if times:
            self.later(0.5, "go_on", times - 1)


class Bell(Service):
    """Rings once a second, and remembers how often."""

    rung: int = 0

    def started(self) -> None:
        self.every(1, "ring")

    def ring(self) -> None:
        self.rung += 1


class AdvanceTests(SynchronousTestCase):
    """``advance``."""

    def setUp(self):
        self.world = World(Player, services=[Bell])
        self.addCleanup(self.world.close)
        self.ada = self.world.login("ada")

    def test_time_stands_still(self):
        """Nothing is due until time is let pass."""
        self.ada.call("later", 0, "now")
        self.assertEqual(self.ada.heard, [])
        self.world.advance(0)
        self.assertEqual(self.ada.heard_names, ["now"])

    def test_in_order_of_time(self):
        """Timers run in the order in which they are due, however they were set."""
        for seconds in (3, 1, 2.5, 2):
            self.ada.call("later", seconds, f"at {seconds}")
        self.world.advance(2.9)
        self.assertEqual(self.ada.heard_names, ["at 1", "at 2", "at 2.5"])

    def test_timers_that_set_timers(self):
        """What a timer sets within the time let pass is due in it, too."""
        self.ada.call("chain", 9)
        self.world.advance(2)
        self.assertEqual(self.ada.heard_names, [f"chain {n}" for n in (9, 8, 7, 6)])

    def test_heard_before_it_returns(self):
        """What timers tell has been heard when ``advance`` returns."""
        self.ada.call("every", 1)
        for seconds in range(1, 4):
            self.world.advance(1)
            self.assertEqual(len(self.ada.heard), seconds)

    @settings(deadline=None)
    @given(tenths, st.lists(tenths, max_size=8))
    def test_portions_do_not_matter(self, period, portions):
        """A beat comes every period, in however many portions time passes."""
        self.setUp()
        self.ada.call("every", period / 10)
        for portion in portions:
            self.world.advance(portion / 10)
        self.assertEqual(len(self.ada.heard), sum(portions) // period)
        self.doCleanups()

    def test_restart(self):
        """A restart keeps what is stored; services set their timers anew."""
        self.world.advance(2.5)
        self.world.restart()
        self.world.advance(0.9)
        self.assertEqual(self.world.service("bell").rung, 2)
        self.world.advance(0.1)
        self.assertEqual(self.world.service("bell").rung, 3)

    def test_timers_of_players_end_with_the_world(self):
        """After a restart no timer of an avatar runs that nobody set again."""
        self.ada.call("every", 1)
        self.world.restart()
        again = self.world.login("ada")
        self.world.advance(5)
        self.assertEqual(again.heard, [])
