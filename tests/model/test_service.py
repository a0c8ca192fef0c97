"""Services: their names, their clients, and names a field cannot take."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import PluginError
from gameserver.model.service import Service, service_name
from gameserver.model.stateful import check_class, make
from tests.model.seats import FakeClients, seat


class NightWatch(Service):
    bells: int = 0


class NameTests(SynchronousTestCase):
    """The name a service class is found by."""

    def test_snake_case(self):
        """Words are found by their capitals; numbers and short forms stay whole."""
        expected = {
            "Keep": "keep",
            "NightWatch": "night_watch",
            "HTTPGate": "http_gate",
            "MyHTTP": "my_http",
            "Room2Door": "room2_door",
            "already_snake": "already_snake",
        }
        found = {name: service_name(type(name, (Service,), {})) for name in expected}
        self.assertEqual(found, expected)


class ServiceTests(SynchronousTestCase):
    """A service in its seat."""

    def test_kind(self):
        """All services are filed under one kind, whatever their class."""
        self.assertEqual(NightWatch.kind, "service")

    def test_subscribe(self):
        """Subscribers are in ``clients`` until they unsubscribe."""
        clients = FakeClients()
        watch = make(NightWatch, seat("night_watch", clients=clients), None)
        watch.subscribe("a client")
        self.assertEqual(list(watch.clients), ["a client"])
        watch.unsubscribe("a client")
        watch.unsubscribe("a client")
        self.assertEqual(list(watch.clients), [])

    def test_hooks_do_nothing(self):
        """A service need not write any hook."""
        watch = make(NightWatch, seat("night_watch"), None)
        self.assertIsNone(watch.started())
        self.assertIsNone(watch.stopped())

    def test_reserved_names(self):
        """A field cannot take the name of a hook or method of the base."""
        for name in ("started", "stopped", "subscribe", "every", "name", "clients"):
            owner = type("Bad", (Service,), {"__annotations__": {name: int}, name: 0})
            error = self.assertRaises(PluginError, check_class, owner)
            self.assertIn(f"Bad.{name}: the name belongs to the base", error.text)

    def test_names_of_avatars_are_free(self):
        """What means something for avatars only is free for a service's field."""
        body = {"__annotations__": {"created": float}, "created": 0.0}
        check_class(type("Good", (Service,), body))
