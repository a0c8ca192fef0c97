"""What must not be lost: at a stop, at a removal, and when state cannot be stored."""

from __future__ import annotations

from typing import Any, ClassVar

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from gameserver import Avatar, Client, Service
from gameserver.errors import GameError, StateNotStored, Stopping, StoreError
from gameserver.server.plugins import Cast
from gameserver.testing import Rules, World
from tests.server.test_realm import counted, hold


class Broken:
    """A thing whose own looks are broken."""

    def __repr__(self) -> str:
        return self.nmae  # type: ignore[attr-defined, no-any-return]  # the typo


class Player(Avatar):
    """Has gold, and hooks that can wait."""

    gold: int = 0
    thing: Any = None
    waits: ClassVar[dict[str, Deferred[None]]] = {}
    ran: ClassVar[list[str]] = []

    async def detached(self, client: Client) -> None:
        if "detached" in self.waits:
            await self.waits["detached"]
        self.gold += 1

    def perspective_earn(self) -> int:
        self.gold += 1
        return self.gold

    async def retired(self) -> None:
        self.ran.append(self.name)
        if self.name in self.waits:
            await self.waits[self.name]
        self.gold += 10

    async def tick(self) -> None:
        await self.waits["tick"]
        self.gold += 100


class StopTests(SynchronousTestCase):
    """A stop waits for author code, within its limit, and saves what it did."""

    def setUp(self) -> None:
        Player.waits, Player.ran = {}, []
        self.world = World(Player, rules=Rules(stop_timeout=5.0))

    def stopping(self) -> Deferred[None]:
        stopping = Deferred.fromCoroutine(self.world.game.stop())
        self.world.settle()
        return stopping

    def stored(self, name: str) -> str:
        found = self.world.store.snapshots.load("avatar", name)
        snapshot = self.successResultOf(found)
        return "" if snapshot is None else snapshot.state.decode()

    def test_detached(self) -> None:
        """It waits for an async ``detached``."""
        Player.waits["detached"] = waiting = Deferred()
        self.world.login("ada")
        stopping = self.stopping()
        self.assertNoResult(stopping)
        waiting.callback(None)
        self.successResultOf(stopping)
        self.assertIn('"gold":11', self.stored("ada"))

    def test_answer(self) -> None:
        """It closes no connection whose answer still waits for the disk."""
        window = self.world.login("ada")
        saving = hold(self.world.store, "commit")
        call = window.start("earn")
        self.world.settle()
        stopping = self.stopping()
        self.assertNoResult(stopping)
        self.assertNoResult(call)
        saving.callback(None)
        self.world.settle()
        self.assertEqual(self.successResultOf(call), 1)
        self.successResultOf(stopping)

    def test_tick_at_work(self) -> None:
        """It waits for a tick at work."""
        Player.waits["tick"] = waiting = Deferred()
        self.world.login("ada")
        self.world.avatar("ada").every(1.0, "tick")
        self.world.advance(1.0)
        stopping = self.stopping()
        self.assertNoResult(stopping)
        waiting.callback(None)
        self.successResultOf(stopping)
        self.assertIn('"gold":111', self.stored("ada"))

    def test_leaving(self) -> None:
        """It waits for an avatar that was on its way out."""
        Player.waits["ada"] = waiting = Deferred()
        self.world.login("ada").close()
        self.world.clock.advance(301.0)
        stopping = self.stopping()
        self.assertNoResult(stopping)
        waiting.callback(None)
        self.successResultOf(stopping)
        self.assertIn('"gold":11', self.stored("ada"))

    def test_one_that_hangs(self) -> None:
        """A hook that never ends robs nobody else of theirs, nor of the save."""
        Player.waits["ada"] = Deferred()
        for name in ("ada", "bob", "cy"):
            self.world.login(name)
        stopping = self.stopping()
        self.world.clock.advance(5.0)
        self.successResultOf(stopping)
        self.assertEqual(sorted(Player.ran), ["ada", "bob", "cy"])
        self.assertIn('"gold":11', self.stored("bob"))
        self.assertIn('"gold":1', self.stored("ada"))

    def test_retired_once(self) -> None:
        """Whatever happens meanwhile, ``retired`` runs once."""
        world = World(Player, rules=Rules(stop_timeout=20.0, retire_after=2.0))
        Player.waits["ada"] = waiting = Deferred()
        world.login("ada")
        stopping = Deferred.fromCoroutine(world.game.stop())
        world.settle()
        world.game.realm.get("ada")
        world.clock.advance(5.0)
        waiting.callback(None)
        self.successResultOf(stopping)
        self.assertEqual(Player.ran, ["ada"])
        self.assertEqual(world.clock.getDelayedCalls(), [])

    def test_not_storable(self) -> None:
        """State that cannot be stored is named at the end; all else is saved."""
        self.world.login("ada")
        self.world.login("bob")
        self.world.avatar("ada").thing = Broken()
        failure = self.failureResultOf(self.stopping(), StateNotStored)
        self.assertIn("ada", str(failure.value))
        self.assertIn('"gold":11', self.stored("bob"))
        self.assertEqual(len(self.world.flush_errors()), 1)

    def test_during_the_start(self) -> None:
        """A stop during the start: no login, and ``stopped`` only where it began."""
        ran: list[str] = []
        waiting: Deferred[None] = Deferred()

        class First(Service):
            def started(self) -> None:
                ran.append("first started")

            def stopped(self) -> None:
                ran.append("first stopped")

        class Second(Service):
            def started(self) -> Any:
                return waiting

            def stopped(self) -> None:
                ran.append("second stopped")

        world = World(Player)
        world._cast = Cast(Player, (First, Second))
        game = world._made()
        starting = Deferred.fromCoroutine(game.start())
        stopping = Deferred.fromCoroutine(game.stop())
        self.assertNoResult(stopping)
        waiting.callback(None)
        self.failureResultOf(starting, Stopping)
        self.successResultOf(stopping)
        self.assertEqual(ran, ["first started", "first stopped"])
        self.failureResultOf(game.realm.gate.passed(), Stopping)


class SavingTests(SynchronousTestCase):
    """One avatar's trouble is its own."""

    def setUp(self) -> None:
        Player.waits, Player.ran = {}, []
        self.world = World(Player, rules=Rules(retire_after=10.0))

    def test_others_are_saved(self) -> None:
        """Broken state of one stops neither the loop nor the others' saves."""
        turns = self.world.game.turns
        self.world.login("ada")
        self.world.login("bob")
        self.world.settle()
        before = turns.saved
        self.world.avatar("ada").thing = Broken()
        self.world.avatar("bob").gold = 500
        self.world.settle()
        self.assertEqual(turns.saved, before + 1)
        self.assertEqual(len(self.world.flush_errors()), 1)
        self.world.avatar("ada").thing = None
        self.world.avatar("ada").gold = 7
        self.world.settle()
        self.assertEqual(turns.saved, before + 2)

    def test_not_dropped(self) -> None:
        """An avatar that cannot be stored does not leave memory, but is as stored."""
        self.world.login("ada").close()
        self.world.settle()
        avatar = self.world.avatar("ada")
        avatar.gold, avatar.thing = 105, Broken()
        self.world.clock.advance(11.0)
        self.world.settle()
        self.assertIs(self.world.avatar("ada"), avatar)
        self.assertIsNone(avatar.thing)
        self.world.clock.advance(11.0)
        self.world.settle()
        self.assertIsNone(self.world.game.roster.get("ada"))
        self.assertEqual(len(self.world.flush_errors()), 1)

    def test_refused_while_it_retires(self) -> None:
        """A save under way when an avatar retires is waited for; refused, it stays."""
        self.world.login("ada").close()
        self.world.avatar("ada").gold = 1000
        saving = hold(self.world.store, "commit")
        checkpoint = Deferred.fromCoroutine(self.world.game.turns.save())
        self.world.clock.advance(11.0)
        saving.errback(StoreError("disk full"))
        self.failureResultOf(checkpoint, StoreError)
        self.assertIsNotNone(self.world.game.roster.get("ada"))
        self.assertEqual(self.flushLoggedErrors(StoreError), [])
        self.world.flush_errors()

    def test_found_is_wanted(self) -> None:
        """Whoever finds an idle avatar can work with it for the idle time."""
        self.world.login("ada").close()
        self.world.advance(9.0)
        found = self.successResultOf(
            Deferred.fromCoroutine(self.world.game.realm.find("ada"))
        )
        self.world.advance(9.0)
        found.gold += 1000
        self.world.advance(11.0)
        self.world.login("ada")
        self.assertGreater(self.world.avatar("ada").gold, 1000)

    def test_changed_while_saved(self) -> None:
        """What changes while the last save is under way is saved, too."""
        self.world.login("ada").close()
        avatar = self.world.avatar("ada")
        real = self.world.store.commit

        def commit(batch: Any) -> Any:
            if avatar.gold < 1000:
                avatar.gold += 1000
            return real(batch)

        self.patch(self.world.store, "commit", commit)
        self.world.advance(11.0)
        self.world.login("ada")
        self.assertGreater(self.world.avatar("ada").gold, 1000)


class RemovalTests(SynchronousTestCase):
    """An account removed while its avatar is busy."""

    def test_late_waiter(self) -> None:
        """Who waited for an avatar that was forgotten meanwhile is refused."""
        world = World(counted())
        loading = hold(world.store.snapshots, "load")
        settled = Deferred.fromCoroutine(self.forget(world))
        _, late = world.start_login("ada")
        self.assertNoResult(settled)
        loading.callback(None)
        world.settle()
        self.successResultOf(settled)
        self.failureResultOf(late, GameError)
        self.assertEqual(len(world.game.roster), 0)

    async def forget(self, world: World) -> None:
        """Load ada, and forget her before anybody else gets her."""
        world.game.roster.resident("ada", world.game.realm)
        resident = await world.game.roster.settled("ada")
        assert resident is not None
        world.game.roster.forget(resident)

    def test_during_attached(self) -> None:
        """The late ``detached`` of a forgotten avatar touches nobody else."""
        player = counted()
        world = World(player, rules=Rules(retire_after=10.0))
        world.login("ada").close()
        player.waits["attached"] = waiting = Deferred()
        _, entering = world.start_login("ada")
        resident = world.game.roster.get("ada")
        assert resident is not None
        for client in resident.clients:
            client.close("kicked", "removed")
        world.game.roster.forget(resident)
        player.waits.clear()
        successor = world.login("ada")
        waiting.callback(None)
        world.settle()
        self.failureResultOf(entering, GameError)
        world.advance(60.0)
        self.assertEqual([one.name for one in world.game.realm.online], ["ada"])
        self.assertTrue(successor.is_open)
