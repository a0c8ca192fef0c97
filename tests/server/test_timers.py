"""Timers by name: in phase, one at a time, and not stopped by what they raise."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gameserver import Avatar, Client, Service
from gameserver.server.timers import Repeating
from gameserver.testing import World


class Ticker(Service):
    """Ticks, and keeps note of when."""

    def started(self) -> None:
        self.beats: list[float] = []
        self.waits: Deferred[None] | None = None
        self.raises = False

    def tick(self) -> Any:
        self.beats.append(self._seat.timers._clock.seconds())  # type: ignore[attr-defined]  # the clock of the test
        if self.raises:
            raise ValueError("a tick failed")
        return self.waits

    def note(self, *values: object) -> None:
        self.beats.append(values)  # type: ignore[arg-type]  # either kind of note


class Player(Avatar):
    """Ticks while it is in memory."""

    ticks: int = 0

    def attached(self, client: Client) -> None:
        self.every(1.0, "tick")

    def tick(self) -> None:
        self.ticks += 1


class EveryTests(SynchronousTestCase):
    """``every``."""

    def setUp(self) -> None:
        self.world = World(Player, services=[Ticker])
        self.ticker = self.world.service("ticker")

    def test_in_phase(self) -> None:
        """Beats come at start + n * seconds."""
        self.world.advance(0.3)
        self.ticker.every(0.5, "tick")
        self.world.advance(2.0)
        self.assertEqual(self.ticker.beats, [0.8, 1.3, 1.8, 2.3])

    def test_replaced(self) -> None:
        """One timer per method: a second call replaces the first."""
        self.ticker.every(1.0, "tick")
        self.world.advance(1.5)
        self.ticker.every(2.0, "tick")
        self.world.advance(4.0)
        self.assertEqual(self.ticker.beats, [1.0, 3.5, 5.5])

    def test_cancelled(self) -> None:
        """A cancelled timer beats no more; cancelling none is no error."""
        self.ticker.every(1.0, "tick")
        self.world.advance(1.0)
        self.ticker.cancel("tick")
        self.ticker.cancel("tick")
        self.world.advance(5.0)
        self.assertEqual(self.ticker.beats, [1.0])

    def test_raises(self) -> None:
        """A tick that raises is logged, and the next one comes."""
        self.ticker.raises = True
        self.ticker.every(1.0, "tick")
        with self.assertRaises(ValueError):
            self.world.advance(3.0)
        self.assertEqual(self.ticker.beats, [1.0, 2.0, 3.0])
        self.assertEqual(len(self.world.flush_errors()), 3)

    def test_slow(self) -> None:
        """A beat due while the last still works is left out; phase is kept."""
        self.ticker.waits = Deferred()
        self.ticker.every(1.0, "tick")
        self.world.advance(2.5)
        self.assertEqual(self.ticker.beats, [1.0])
        self.ticker.waits.callback(None)
        self.ticker.waits = None
        self.world.advance(2.0)
        self.assertEqual(self.ticker.beats, [1.0, 3.0, 4.0])

    def test_late(self) -> None:
        """A reactor that was busy gives one late beat, then the next in phase."""
        self.ticker.every(1.0, "tick")
        self.world.clock.advance(3.25)
        self.world.advance(1.0)
        self.assertEqual(self.ticker.beats, [3.25, 4.0])

    def test_wrong(self) -> None:
        """A method that does not exist, or no time between beats, is refused."""
        with self.assertRaises(AttributeError):
            self.ticker.every(1.0, "tock")
        for seconds in (0, -1.0, float("nan")):
            with self.assertRaises(ValueError):
                self.ticker.every(seconds, "tick")
        with self.assertRaises(ValueError):
            self.ticker.later(-1.0, "tick")

    @example(0.01, [0.01, 4.0])
    @given(st.floats(0.01, 10), st.lists(st.floats(0, 30), max_size=20))
    def test_phase_is_absolute(self, seconds: float, pauses: list[float]) -> None:
        """However late the clock is seen, beats never drift and never double."""
        clock = Clock()
        beats: list[float] = []
        repeating = Repeating(clock, seconds, lambda: beats.append(clock.seconds()))
        for pause in pauses:
            clock.advance(pause)
        periods = [int(beat / seconds + 1e-6) for beat in beats]
        self.assertEqual(periods, sorted(set(periods)))
        self.assertLessEqual(len(beats), clock.seconds() / seconds + 1e-6)
        repeating.stop()
        self.assertEqual(clock.getDelayedCalls(), [])


class LaterTests(SynchronousTestCase):
    """``later``."""

    def setUp(self) -> None:
        self.world = World(Player, services=[Ticker])
        self.ticker = self.world.service("ticker")

    def test_once_with_arguments(self) -> None:
        """It runs once, with its arguments; several may wait side by side."""
        self.ticker.later(2.0, "note", "b")
        self.ticker.later(1.0, "note", "a", 1)
        self.world.advance(5.0)
        self.assertEqual(self.ticker.beats, [("a", 1), ("b",)])

    def test_cancelled(self) -> None:
        """``cancel`` stops all of that method, and no other."""
        self.ticker.later(1.0, "note", "a")
        self.ticker.later(2.0, "note", "b")
        self.ticker.later(3.0, "tick")
        self.ticker.cancel("note")
        self.world.advance(5.0)
        self.assertEqual(self.ticker.beats, [3.0])


class OwnerTests(SynchronousTestCase):
    """Timers live as long as their owner is in memory."""

    def test_retired(self) -> None:
        """An avatar that leaves memory stops its timers."""
        world = World(Player)
        world.login("ada").close()
        world.advance(299.0)
        self.assertEqual(world.avatar("ada").ticks, 299)
        world.advance(10.0)
        self.assertEqual(world.clock.getDelayedCalls(), [])

    def test_retired_owner_keeps_none(self) -> None:
        """An avatar kept by somebody after it retired cannot start timers."""
        world = World(Player)
        world.login("ada").close()
        kept = world.avatar("ada")
        world.advance(301.0)
        with self.assertRaises(RuntimeError):
            kept.every(1.0, "tick")
        with self.assertRaises(RuntimeError):
            kept.later(1.0, "tick")

    def test_method_of_today(self) -> None:
        """The method's name is looked up at each beat."""
        world = World(Player, services=[Ticker])
        ticker = world.service("ticker")
        ticker.every(1.0, "tick")
        world.advance(1.0)
        self.patch(Ticker, "tick", lambda self: self.beats.append("new"))
        world.advance(1.0)
        self.assertEqual(ticker.beats, [1.0, "new"])
