"""A client that does not take what it is told loses nothing unsaid."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from gameserver import Avatar
from gameserver.server.backlog import EVENTS
from gameserver.server.game import Rules
from gameserver.spread import outflow
from gameserver.testing import World
from tests.client.cutting import Wire

DROPPED = "gameserver.dropped"


class Player(Avatar):
    """Told things by the tests."""

    def perspective_look(self) -> str:
        return "a wall"


def stop(world: World) -> None:
    """Have every connection say that its peer does not keep up."""
    for broker in world.game.factory.connections:
        if broker.outflow is not None:  # it is before the login
            broker.outflow.pauseProducing()
            broker.outflow.given(0)  # as the write in which it comes does then


def free(world: World) -> None:
    """Have them say that all has left."""
    for broker in list(world.game.factory.connections):
        if broker.is_stopped:
            broker.outflow.resumeProducing()


class StockTests(SynchronousTestCase):
    """A stock PB client, which has no session."""

    def setUp(self) -> None:
        self.world = World(Player)
        self.ada = self.world.login("ada")
        self.ben = self.world.login("ben")
        (self.client,) = self.world.avatar("ada").clients
        for window in (self.ada, self.ben):
            window.clear()

    def test_in_order(self) -> None:
        """Events wait, with the newest of a state, and then come in order."""
        stop(self.world)
        for number in range(4):
            self.client.notify("said", number)
            self.client.notify("weather", number, key="weather")
        self.world.settle()
        self.assertEqual(self.ada.heard, [])
        free(self.world)
        self.client.notify("said", 4)
        self.world.settle()
        numbers = [("said", number) for number in range(4)]
        self.assertEqual(self.ada.heard, [*numbers, ("weather", 3), ("said", 4)])

    def test_too_many(self) -> None:
        """With more than 256 it is cut off, for nobody can tell it of a gap."""
        stop(self.world)
        for number in range(EVENTS):
            self.client.notify("said", number)
        self.world.settle()
        self.assertTrue(self.ada.is_open)
        self.client.notify("said", EVENTS)
        self.world.settle()
        self.assertFalse(self.ada.is_open)
        self.assertTrue(self.ben.is_open)

    def test_state_alone(self) -> None:
        """States alone never are too many."""
        stop(self.world)
        for number in range(3 * EVENTS):
            self.client.notify("at", number, key="at")
        free(self.world)
        self.world.settle()
        self.assertEqual(self.ada.heard, [("at", 3 * EVENTS - 1)])

    def test_not_read(self) -> None:
        """Nothing is read from it meanwhile; its calls are answered afterwards."""
        stop(self.world)
        asked = self.ada.start("look")
        self.assertNoResult(asked)
        free(self.world)
        self.world.settle()
        self.assertEqual(self.successResultOf(asked), "a wall")

    def test_no_progress(self) -> None:
        """Whoever takes nothing for ten seconds is cut off."""
        stop(self.world)
        self.world.advance(outflow.PATIENCE - 0.5)
        self.assertTrue(self.ada.is_open)
        self.world.advance(1.0)
        self.assertFalse(self.ada.is_open)

    def test_closed_meanwhile(self) -> None:
        """What waits reaches it, then why it is kicked; then the connection ends."""
        stop(self.world)
        self.client.notify("said", 1)
        self.client.close("kicked", "be kind")
        self.world.settle()
        closing = ("closing", "kicked", "be kind")
        self.assertEqual(self.ada.heard, [("said", 1), closing])
        self.world.advance(6.0)
        self.assertFalse(self.ada.is_open)


class Slow(RuleBasedStateMachine):
    """A ``GameClient`` that stops, goes on, and is cut off, while it is told things."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(Player, rules=Rules(session_grace=1e6))
        self.wire = Wire(self.world, [])
        entered: list[Any] = []
        entering: Deferred[None] = self.wire.login("ada")
        entering.addCallback(entered.append)
        assert entered == [None]
        self.avatar = self.world.avatar("ada")
        self.told: list[tuple[Any, ...]] = []

    def tell(self, name: str, key: str | None) -> None:
        event = (name, len(self.told))
        self.told.append(event)
        self.avatar.clients.notify(*event, key=key)

    @rule(times=st.sampled_from([1, 2, EVENTS, EVENTS + 5]))
    def say(self, times: int) -> None:
        """Tell what must not be left out."""
        for _ in range(times):
            self.tell("said", None)

    @rule(what=st.sampled_from(["hp", "place"]))
    def show(self, what: str) -> None:
        """Tell a state."""
        self.tell(what, what)

    @rule()
    def stop(self) -> None:
        stop(self.world)

    @rule()
    def free(self) -> None:
        free(self.world)

    @rule()
    def cut(self) -> None:
        self.wire.close()

    @rule(steps=st.integers(1, 9))
    def advance(self, steps: int) -> None:
        self.wire.advance(steps)

    def teardown(self) -> None:
        """In the end it has heard all, in order, but for gaps that it was told of."""
        self.wire.settle()
        free(self.world)
        self.wire.settle()
        heard = [one for one in self.wire.heard if one[0] != DROPPED]
        numbers = [number for _, number in heard]
        assert numbers == sorted(set(numbers)), numbers
        assert set(heard) <= set(self.told)
        gaps = [args[0] for name, *args in self.wire.heard if name == DROPPED]
        said = [one for one in self.told if one[0] == "said"]
        missed = len(said) - sum(name == "said" for name, _ in heard)
        assert all(gaps), "a server that goes on knows how many are gone"
        assert missed <= sum(gaps), (missed, gaps)
        for what in ("hp", "place"):
            shown = [one for one in self.told if one[0] == what]
            if shown and not gaps:
                assert shown[-1] in heard
        self.wire.client.close()
        self.wire.settle()


class ComeBackTests(SynchronousTestCase):
    def test_freed_before_it_has_said_what_it_heard(self) -> None:
        """A client that has come back, and takes all before that, hears it once."""
        slow = Slow()
        slow.cut()
        slow.advance(11)
        (client,) = slow.avatar.clients
        self.assertTrue(client.session._is_awaited)
        slow.stop()
        slow.say(1)
        slow.free()
        slow.teardown()
        self.assertEqual(slow.wire.heard, slow.told)

    def test_closed_before_it_has_said_what_it_heard(self) -> None:
        """It hears what waits, and then why it is closed.

        It has asked for its session by then, and is told of a gap there: the session
        has begun counting anew.
        """
        slow = Slow()
        slow.cut()
        slow.advance(11)
        slow.say(2)
        (client,) = slow.avatar.clients
        client.close("kicked", "be kind")
        slow.wire.settle()
        closing = ("closing", "kicked", "be kind")
        gap = (DROPPED, 0)
        self.assertEqual(slow.wire.heard, [*slow.told, closing, gap])


SlowTests = Slow.TestCase
SlowTests.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
