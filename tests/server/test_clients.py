"""Client sets: iterated, told and asked, whatever the minds are like."""

from __future__ import annotations

from typing import Any

from twisted.spread import pb
from twisted.trial.unittest import SynchronousTestCase

from gameserver import Avatar, Client, GameError, Service
from gameserver.errors import CallTimedOut, ConnectionLost
from gameserver.testing import World


class Player(Avatar):
    """Counts ticks and tells every window of each."""

    def attached(self, client: Client) -> None:
        self.every(1.0, "tick")

    def tick(self) -> None:
        self.clients.notify("tick", "tock")

    def perspective_push(self) -> str:
        self.clients.notify("pushed", 1)
        return "answered"


class Wrong(pb.Referenceable):
    """A mind that has no such method."""


class Broken(pb.Referenceable):
    """A mind that fails."""

    def remote_ask(self) -> None:
        raise pb.Error("no")

    def remote_tick(self, text: str) -> None:
        raise pb.Error("no")


class NotifyTests(SynchronousTestCase):
    """One-way, ordered, and never an error because somebody is gone."""

    def test_every_window_in_order(self) -> None:
        """Each window hears every event, in the order they were sent."""
        world = World(Player)
        windows = [world.login("ada") for _ in range(3)]
        clients = world.avatar("ada").clients
        for number in range(50):
            clients.notify("count", number)
        world.settle()
        for window in windows:
            self.assertEqual(window.heard, [("count", n) for n in range(50)])

    def test_minds_of_many_connections(self) -> None:
        """A set of clients can be iterated, searched and reduced."""
        world = World(Player)
        windows = [world.login("ada") for _ in range(3)]
        clients = world.avatar("ada").clients
        first, second, third = clients
        self.assertEqual(len({first, second, third}), 3)
        self.assertIn(second, clients)
        self.assertNotEqual(first, second)
        windows[1].close()
        self.assertEqual(list(clients), [first, third])
        self.assertNotIn(second, clients)

    def test_tick_goes_on(self) -> None:
        """None, wrong and failing minds do not stop a tick that notifies them."""
        for mind in (0, "text", [1], Wrong(), Broken()):
            world = World(Player)
            other = world.login("ada")
            world.login("ada", mind=mind)
            other.clear()
            world.advance(3.0)
            self.assertEqual(other.heard_names, ["tick"] * 3)
            self.flushLoggedErrors()

    def test_none_as_mind(self) -> None:
        """A login without a mind is a client that hears nothing."""
        world = World(Player)
        silent = world.login("ada", mind=None)
        (client,) = world.avatar("ada").clients
        client.notify("anything")
        self.assertEqual(silent.call("push"), "answered")

    def test_dead(self) -> None:
        """Telling a client that has gone does nothing."""
        world = World(Player)
        window = world.login("ada")
        (client,) = world.avatar("ada").clients
        window.close()
        client.notify("anything")
        world.advance(2.0)
        self.assertEqual(window.heard, [])

    def test_changed_while_iterated(self) -> None:
        """Closing clients in a loop over their set reaches each of them."""
        world = World(Player)
        windows = [world.login("ada") for _ in range(4)]
        for client in world.avatar("ada").clients:
            client.close("goodbye", "closed in a loop")
        world.settle()
        self.assertEqual([window.is_open for window in windows], [False] * 4)

    def test_what_cannot_be_told(self) -> None:
        """An argument no client could read is the author's error, at once."""
        world = World(Player)
        avatar_clients = None
        world.login("ada")
        avatar_clients = world.avatar("ada").clients
        for bad in (object(), float("nan"), 2**64, world):
            with self.assertRaises(TypeError):
                avatar_clients.notify("bad", bad)

    def test_push_comes_before_the_answer(self) -> None:
        """What a call pushes to the mind arrives before its answer."""
        world = World(Player)
        window = world.login("ada")
        order: list[Any] = []
        window.answer("pushed", lambda *values: order.append(values))
        window.start("push").addCallback(order.append)
        world.settle()
        self.assertEqual(order, [(1,), "answered"])


class CallTests(SynchronousTestCase):
    """Asking clients and waiting."""

    def setUp(self) -> None:
        self.world = World(Player)
        self.window = self.world.login("ada")
        (self.client,) = self.world.avatar("ada").clients

    def test_answer(self) -> None:
        """A client's answer is the result."""
        self.window.answer("ask", lambda number: number * 2)
        asked = self.client.call("ask", 21)
        self.world.settle()
        self.assertEqual(self.successResultOf(asked), 42)

    def test_gone_before(self) -> None:
        """Asking a client that is gone fails with ``ConnectionLost``."""
        self.window.close()
        self.failureResultOf(self.client.call("ask"), ConnectionLost)

    def test_gone_meanwhile(self) -> None:
        """A client that goes while it is asked fails with ``ConnectionLost``."""
        asked = self.client.call("ask")
        self.window.close()
        self.failureResultOf(asked, ConnectionLost)

    def test_slow(self) -> None:
        """A client that does not answer in time fails with ``CallTimedOut``."""
        asked = self.client.call("ask", timeout=5.0)
        self.world.clock.advance(4.9)
        self.assertNoResult(asked)
        self.world.clock.advance(0.2)
        self.failureResultOf(asked, CallTimedOut)
        self.world.settle()

    def test_wrong_mind(self) -> None:
        """A mind that fails gives a coded error."""
        self.world.login("bob", mind=Broken())
        (client,) = self.world.avatar("bob").clients
        asked = client.call("ask")
        self.world.settle()
        self.failureResultOf(asked, GameError)
        self.flushLoggedErrors()

    def test_all(self) -> None:
        """Asking a set gives each client's answer, or its error, by client."""
        self.window.answer("ask", lambda: "here")
        self.world.login("ada", mind=0)
        first, second = clients = self.world.avatar("ada").clients
        asked = clients.call("ask")
        self.world.settle()
        answers = self.successResultOf(asked)
        self.assertEqual(answers[first], "here")
        self.assertIsInstance(answers[second], ConnectionLost)


class Weather(Service):
    """Tells those who subscribed."""


class SubscriptionTests(SynchronousTestCase):
    """Client sets of services."""

    def test_leaves_by_itself(self) -> None:
        """A client that logs out leaves every set it is in."""
        world = World(Player, services=[Weather])
        ada, bob = world.login("ada"), world.login("bob")
        weather = world.service("weather")
        for name in ("ada", "bob"):
            (client,) = world.avatar(name).clients
            weather.subscribe(client)
        weather.clients.notify("rain", 1)
        ada.close()
        weather.clients.notify("rain", 2)
        world.settle()
        self.assertEqual(bob.heard, [("rain", 1), ("rain", 2)])
        self.assertEqual(len(weather.clients), 1)

    def test_unsubscribe(self) -> None:
        """A client taken out hears no more; taking it out twice is no error."""
        world = World(Player, services=[Weather])
        ada = world.login("ada")
        (client,) = world.avatar("ada").clients
        weather = world.service("weather")
        weather.subscribe(client)
        weather.unsubscribe(client)
        weather.unsubscribe(client)
        weather.clients.notify("rain")
        world.settle()
        self.assertEqual(ada.heard, [])

    def test_gone_cannot_join(self) -> None:
        """A client that is gone stays out of every set."""
        world = World(Player, services=[Weather])
        ada = world.login("ada")
        (client,) = world.avatar("ada").clients
        ada.close()
        weather = world.service("weather")
        weather.subscribe(client)
        self.assertEqual(len(weather.clients), 0)
