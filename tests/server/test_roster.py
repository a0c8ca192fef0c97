"""Avatars come into memory once, stay, retire when idle, and come back equal."""

from __future__ import annotations

from typing import Any, ClassVar

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from gameserver import Avatar, Service, State, migration
from gameserver.errors import PluginError, StateNotStored, StoreError
from gameserver.testing import Rules, World
from tests.server.test_realm import hold


class Player(Avatar):
    """Owns things, and counts its own hooks in a place that is not state."""

    log: ClassVar[list[str]] = []
    greeted: int = 0
    items: list[str] = []
    notes: dict[str, list[int]] = {}
    _secret = "not stored"

    def created(self) -> None:
        self.log.append("created")
        self.items.append("a map")

    def retired(self) -> None:
        self.log.append("retired")

    def perspective_take(self, item: str) -> list[str]:
        self.items.append(item)
        self.notes.setdefault(item, []).append(len(self.items))
        return self.items


class RetireTests(SynchronousTestCase):
    """Leaving memory and coming back."""

    def setUp(self) -> None:
        Player.log = []
        self.world = World(Player, rules=Rules(retire_after=60.0))

    def test_stays_over_disconnects(self) -> None:
        """Within the idle time it is the same object."""
        self.world.login("ada").close()
        before = self.world.avatar("ada")
        self.world.advance(59.0)
        self.world.login("ada").close()
        self.world.advance(59.0)
        self.assertIs(self.world.avatar("ada"), before)

    def test_stays_while_connected(self) -> None:
        """With a client it stays, however long."""
        self.world.login("ada")
        self.world.advance(100_000.0)
        self.assertEqual(Player.log, ["created"])

    def test_comes_back_equal(self) -> None:
        """After the idle time it is saved and gone, and comes back equal."""
        ada = self.world.login("ada")
        ada.call("take", "a sword")
        before = dict(self.world.avatar("ada").__dict__)
        ada.close()
        self.world.advance(61.0)
        self.assertIsNone(self.world.game.realm.get("ada"))
        self.assertEqual(Player.log, ["created", "retired"])
        self.world.login("ada")
        after = self.world.avatar("ada")
        for field in ("greeted", "items", "notes"):
            self.assertEqual(getattr(after, field), before[field])
        self.assertEqual(after.items, ["a map", "a sword"])
        self.assertEqual(Player.log, ["created", "retired"])

    def test_login_while_leaving(self) -> None:
        """A login during the last save waits for it, and loads what it saved."""
        ada = self.world.login("ada")
        items = self.world.avatar("ada").items
        ada.close()
        items.append("a sword")
        saving = hold(self.world.store, "commit")
        self.world.advance(61.0)
        window, entering = self.world.start_login("ada")
        self.assertNoResult(entering)
        saving.callback(None)
        self.world.settle()
        window.entered(self.successResultOf(entering))
        self.assertEqual(window.call("take", "x"), ["a map", "a sword", "x"])

    def test_kept_out(self) -> None:
        """Who is kept out waits to be loaded, until the end of it."""
        self.world.login("ada").close()
        self.world.advance(61.0)
        roster, realm = self.world.game.roster, self.world.game.realm
        end = roster.keep_out("Ada")
        self.assertRaises(RuntimeError, roster.keep_out, "ada")
        wanted = roster.resident("ada", realm)
        self.world.advance(5.0)
        self.assertNoResult(wanted)
        end()
        self.world.settle()
        self.assertEqual(self.successResultOf(wanted).subject.name, "ada")
        self.assertRaises(RuntimeError, roster.keep_out, "ada")

    def test_all_kept(self) -> None:
        """While something says that nobody leaves, no idle one does."""
        roster = self.world.game.roster
        self.world.login("ada").close()
        end = roster.keep_all(lambda: True)
        roster.keep_all(lambda: False)
        self.world.advance(200.0)
        self.assertEqual(Player.log, ["created"])
        end()
        self.world.advance(61.0)
        self.assertEqual((Player.log, len(roster)), (["created", "retired"], 0))

    def test_kept_while_leaving(self) -> None:
        """One whose hook has run by then is saved, and comes back."""
        roster = self.world.game.roster
        self.world.login("ada").close()
        before = self.world.avatar("ada")
        before.items.append("a sword")
        saving = hold(self.world.store, "commit")
        self.world.advance(61.0)
        self.assertEqual(roster.leaving(), ["ada"])
        end = roster.keep_all(lambda: True)
        saving.callback(None)
        self.world.advance(1.0)
        self.assertIs(self.world.avatar("ada"), before)
        self.assertFalse(roster.is_moving("ada"))
        end()
        self.world.advance(61.0)
        self.assertEqual(len(roster), 0)

    def test_save_fails_while_leaving(self) -> None:
        """A refused save brings the avatar back to memory, as it was saved last."""
        ada = self.world.login("ada")
        items = self.world.avatar("ada").items
        ada.close()
        items.append("a sword")
        before = self.world.avatar("ada")
        saving = hold(self.world.store, "commit")
        self.world.clock.advance(61.0)
        _, entering = self.world.start_login("ada")
        saving.errback(StoreError("the disk is full"))
        self.world.settle()
        self.successResultOf(entering)
        self.assertIs(self.world.avatar("ada"), before)
        self.assertEqual(len(self.world.flush_errors()), 1)
        self.assertEqual(self.flushLoggedErrors(StoreError), [])
        self.world.restart()
        self.assertEqual(self.world.login("ada").call("take", "x"), ["a map", "x"])

    def test_login_just_before(self) -> None:
        """A login at the last moment keeps it."""
        self.world.login("ada").close()
        self.world.advance(59.999)
        self.world.login("ada")
        self.world.advance(10.0)
        self.assertEqual(Player.log, ["created"])


class RestartTests(SynchronousTestCase):
    """Stopping and starting the whole world."""

    def test_state_survives(self) -> None:
        """A stop saves every avatar; a start brings it back."""
        Player.log = []
        world = World(Player)
        world.login("ada").call("take", "a sword")
        world.login("bob").call("take", "a shield")
        world.restart()
        self.assertEqual(Player.log.count("retired"), 2)
        self.assertEqual(
            world.login("ada").call("take", "x"), ["a map", "a sword", "x"]
        )
        self.assertEqual(
            world.login("bob").call("take", "y"), ["a map", "a shield", "y"]
        )

    def test_clients_are_told(self) -> None:
        """A stop tells every client and closes it."""
        world = World(Player)
        ada = world.login("ada")
        world.close()
        self.assertEqual(ada.heard[-1][:2], ("closing", "stopping"))
        self.assertFalse(ada.is_open)

    def test_private_names_are_not_stored(self) -> None:
        """What is not declared state is as the class makes it."""
        world = World(Player)
        world.login("ada")
        world.avatar("ada")._secret = "changed"
        world.restart()
        world.login("ada")
        self.assertEqual(world.avatar("ada")._secret, "not stored")

    def test_defaults_are_not_shared(self) -> None:
        """Two players' containers are their own."""
        world = World(Player)
        world.login("ada").call("take", "a sword")
        self.assertEqual(world.login("bob").call("take", "x"), ["a map", "x"])

    def test_calls_at_work_finish(self) -> None:
        """A stop waits for calls at work, and saves what they did."""

        class Slow(Player):
            async def perspective_wait(self) -> str:
                type(self).gate = Deferred()
                await type(self).gate
                self.greeted = 7
                return "done"

        world = World(Slow)
        asked = world.login("ada").start("wait")
        stopping = Deferred.fromCoroutine(world.game.stop())
        self.assertNoResult(stopping)
        Slow.gate.callback(None)  # type: ignore[attr-defined]  # set by the call
        world.settle()
        self.successResultOf(stopping)
        self.assertEqual(self.successResultOf(asked), "done")
        world.game = world._started()
        world.login("ada")
        self.assertEqual(world.avatar("ada").greeted, 7)

    def test_stop_does_not_wait_for_ever(self) -> None:
        """A call that never ends delays a stop by the time allowed, no more."""

        class Stuck(Player):
            def perspective_wait(self) -> Any:
                return Deferred()

        world = World(Stuck, rules=Rules(stop_timeout=5.0))
        ada = world.login("ada")
        ada.start("wait").addErrback(lambda _: None)
        ada.call("take", "a sword")
        stopping = Deferred.fromCoroutine(world.game.stop())
        self.assertNoResult(stopping)
        world.clock.advance(5.0)
        world.settle()
        self.successResultOf(stopping)
        world.game = world._started()
        self.assertIn("a sword", world.login("ada").call("take", "x"))


class Older(Avatar):
    """Version 1 of a hero."""

    hp: int = 10


class Newer(Avatar):
    """Version 2 of the same hero."""

    version = 2
    life: int = 10
    mood: str = "calm"


@migration(Newer, to=2)
def rename(state: State) -> State:
    """Carry ``hp`` over to ``life``."""
    return {"life": state["hp"]}


class StoredShapeTests(SynchronousTestCase):
    """Stored state meets a class that has changed."""

    def follow(self, before: type[Avatar], after: type[Avatar]) -> World:
        """Store ada as one class, then start the world with another."""
        world = World(before)
        world.login("ada")
        world.close()
        world._cast = type(world._cast)(after, ())
        world.game = world._started()
        return world

    def test_migrated_on_load(self) -> None:
        """A migration runs when the avatar is loaded; new fields get defaults."""
        world = self.follow(Older, Newer)
        world.login("ada")
        self.assertEqual(world.avatar("ada").life, 10)
        self.assertEqual(world.avatar("ada").mood, "calm")

    def test_newer_is_refused(self) -> None:
        """State newer than the class is refused, and not touched."""
        world = self.follow(Newer, Older)
        stored = dict(world.store.snapshots.__dict__)
        _, entering = world.start_login("ada")
        refused = self.failureResultOf(entering).value
        self.assertEqual(refused.code, "newer-state")
        self.assertIn("ada was saved by a newer version", refused.text)
        self.assertEqual(dict(world.store.snapshots.__dict__), stored)

    def test_unknown_fields_are_kept(self) -> None:
        """Fields the class does not know survive a load and a save."""
        world = self.follow(Player, Older)
        world.login("ada")
        world.avatar("ada").hp = 3
        world.close()
        world._cast = type(world._cast)(Player, ())
        world.game = world._started()
        world.login("ada")
        self.assertEqual(world.avatar("ada").items, ["a map"])

    def test_wrong_value_is_not_saved(self) -> None:
        """A value of the wrong type is logged; the last good state stays stored."""
        world = World(Player)
        world.login("ada").call("take", "a sword")
        self.successResultOf(Deferred.fromCoroutine(world.game.turns.save()))
        world.avatar("ada").greeted = "many"
        with self.assertRaisesRegex(StateNotStored, r"ada: .*greeted"):
            world.close()
        world.flush_errors()
        world.game = world._started()
        world.login("ada")
        self.assertEqual(world.avatar("ada").greeted, 0)
        self.assertEqual(world.avatar("ada").items, ["a map", "a sword"])


class Weather(Service):
    """Has state, and knows a neighbour."""

    rain: int = 0
    hooks: ClassVar[list[str]] = []

    def started(self) -> None:
        self.hooks.append("started")

    def stopped(self) -> None:
        self.hooks.append("stopped")
        self.rain += 100


class NightWatch(Service):
    """Looks at the weather."""

    def report(self) -> int:
        return self.realm.service("weather").rain


class ServiceTests(SynchronousTestCase):
    """Services: started, stopped, kept, and looked up as an interface."""

    def setUp(self) -> None:
        Weather.hooks = []
        self.world = World(Player, services=[Weather, NightWatch])

    def test_life(self) -> None:
        """``started`` with the world, ``stopped`` with its end; state is kept."""
        self.world.service("weather").rain = 5
        self.world.restart()
        self.assertEqual(Weather.hooks, ["started", "stopped", "started"])
        self.assertEqual(self.world.service("weather").rain, 105)

    def test_interface(self) -> None:
        """``realm.service`` gives a stand-in, never the service itself."""
        stand_in = self.world.game.realm.service("weather")
        weather = self.world.service("weather")
        self.assertIsNot(stand_in, weather)
        stand_in.rain = 3
        self.assertEqual(weather.rain, 3)
        self.assertEqual(self.world.service("night_watch").report(), 3)

    def test_started_raises(self) -> None:
        """A ``started`` that raises keeps the world from starting."""

        class Broken(Service):
            def started(self) -> None:
                raise ValueError("no clouds")

        with self.assertRaisesRegex(PluginError, "broken: .*ValueError: no clouds"):
            World(Player, services=[Broken])

    def test_two_of_a_name(self) -> None:
        """Two services of one name are refused."""
        other = type("Weather", (Service,), {"__module__": __name__})
        with self.assertRaisesRegex(PluginError, "'weather'"):
            World(Player, services=[Weather, other])
