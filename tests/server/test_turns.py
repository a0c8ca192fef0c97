"""An answer waits for the commit of what its call changed, and for nothing else."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, ClassVar

from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.logger import capturedLogs, formatEvent
from twisted.trial.unittest import SynchronousTestCase

from gameserver import Avatar, GameError, Service, saved_soon
from gameserver.errors import StoreError
from gameserver.model.batch import Batch
from gameserver.testing import World
from tests.server.test_realm import hold


class Player(Avatar):
    """Has gold and things, and trades."""

    gold: int = 100
    things: list[str] = ["a map"]
    notes: dict[str, list[int]] = {}
    wait: ClassVar[Any] = None
    fails: ClassVar[bool] = False
    deposits: ClassVar[bool] = False

    def perspective_earn(self, amount: int) -> int:
        self.gold += amount
        return self.gold

    def perspective_look(self) -> int:
        return self.gold

    def perspective_list(self) -> list[str]:
        return self.things

    def perspective_take(self, thing: str) -> list[str]:
        self.things.append(thing)
        return self.things

    def perspective_note(self, key: str, number: int) -> None:
        self.notes.setdefault(key, []).append(number)

    def perspective_trade(self, other: str, amount: int) -> None:
        them: Any = self.realm.get(other)
        self.gold -= amount
        them.gold += amount

    def perspective_spoil(self) -> None:
        self.gold -= 1
        raise GameError("spoilt", "a coin fell into the well")

    async def perspective_dig(self) -> int:
        things = self.things
        await Player.wait
        things.append("a bone")
        await Player.wait
        return len(things)

    async def perspective_pay_later(self, other: str, amount: int) -> None:
        self.gold -= amount
        await Player.wait
        them: Any = self.realm.get(other)
        them.gold += amount

    def perspective_spend_and_wake(self, amount: int) -> int:
        self.gold -= amount
        Player.wait.callback(None)
        return self.gold

    @inlineCallbacks
    def perspective_yielding(self) -> Generator[Any, Any, int]:
        yield Player.wait
        self.gold += 5
        return self.gold

    def perspective_become(self, gold: int) -> int:
        self.gold = gold
        return self.gold

    async def created(self) -> None:
        if Player.fails:
            self.gold = 7
            await Player.wait
            raise GameError("no", "not today")

    def retired(self) -> None:
        if Player.deposits:
            self.realm.service("bank").put(self.gold)
            self.gold = 0

    @saved_soon
    def perspective_step(self) -> int:
        self.gold += 1
        return self.gold

    def tick(self) -> None:
        self.gold += 7

    async def slow_tick(self) -> None:
        things = self.things
        await Player.wait
        things.append("a leaf")


class Bank(Service):
    """Counts."""

    total: int = 0

    def put(self, gold: int) -> None:
        self.total += gold


class TurnsTests(SynchronousTestCase):
    """Two players; the store can be held."""

    def setUp(self) -> None:
        self.world = World(Player, (Bank,))
        self.ada, self.bob = self.world.login("ada"), self.world.login("bob")
        self.batches: list[Batch] = []
        real = self.world.store.commit

        def commit(batch: Batch) -> Any:
            self.batches.append(batch)
            return real(batch)

        self.patch(self.world.store, "commit", commit)

    def asked(self, name: str, *args: object) -> Deferred[Any]:
        """Begin a call of ada's, and let its bytes arrive."""
        asked: Deferred[Any] = self.ada.start(name, *args)
        self.world.settle()
        return asked

    def stored(self, name: str) -> bytes:
        found: Any = self.successResultOf(
            self.world.store.snapshots.load("avatar", name)
        )
        return found.state

    def test_waits(self) -> None:
        """A call that changes something is answered when that is stored."""
        saving = hold(self.world.store, "commit")
        asked = self.asked("earn", 5)
        self.assertNoResult(asked)
        saving.callback(None)
        self.world.settle()
        self.assertEqual(self.successResultOf(asked), 105)
        self.assertIn(b"105", self.stored("ada"))

    def test_looks(self) -> None:
        """A call that changes nothing waits for nothing, whatever is under way."""
        saving = hold(self.world.store, "commit")
        earned = self.asked("earn", 5)
        self.assertEqual(self.successResultOf(self.asked("look")), 105)
        self.assertEqual(self.successResultOf(self.asked("list")), ["a map"])
        self.assertNoResult(earned)
        saving.callback(None)

    def test_in_place(self) -> None:
        """Changes inside containers count."""
        self.asked("take", "a sword")
        self.assertIn(b"a sword", self.stored("ada"))
        self.asked("note", "x", 7)
        self.asked("note", "x", 8)
        self.assertIn(b"[7,8]", self.stored("ada"))

    def test_one_batch(self) -> None:
        """A trade is one batch."""
        self.successResultOf(self.asked("trade", "bob", 30))
        self.assertEqual([len(one.snapshots) for one in self.batches], [2])

    def test_answer_as_it_was(self) -> None:
        """What is answered is what was true when the call ended, not later."""
        saving = hold(self.world.store, "commit")
        asked = self.asked("take", "a sword")
        self.world.avatar("ada").things.append("later")
        saving.callback(None)
        self.world.settle()
        self.assertEqual(self.successResultOf(asked), ["a map", "a sword"])

    def test_refusal_waits(self) -> None:
        """What a call changed before it refused is stored before the refusal goes."""
        saving = hold(self.world.store, "commit")
        asked = self.asked("spoil")
        self.assertNoResult(asked)
        saving.callback(None)
        self.world.settle()
        error = self.failureResultOf(asked).value
        self.assertEqual(error.code, "spoilt")
        self.assertIn(b"99", self.stored("ada"))

    def test_not_saved(self) -> None:
        """If the store refuses, the caller is told so by a code."""
        hold(self.world.store, "commit").errback(StoreError("disk full"))
        error = self.failureResultOf(self.asked("earn", 5)).value
        self.assertEqual(error.code, "not-saved")
        self.assertEqual(self.flushLoggedErrors(StoreError), [])

    def test_told_now_and_then(self) -> None:
        """A store that refuses for long is told of in one line, without a traceback."""
        with capturedLogs() as logged:
            for _ in range(100):
                hold(self.world.store, "commit").errback(StoreError("disk full"))
                self.failureResultOf(self.asked("earn", 5))
            self.successResultOf(self.asked("earn", 5))
        told = [one for one in logged if one["log_namespace"] == "gameserver.turns"]
        self.assertEqual(
            [formatEvent(one) for one in told],
            [
                "1 batch(es) not saved: disk full",
                "changes are saved again; 99 more batch(es) were not",
            ],
        )
        self.assertFalse([one for one in told if "log_failure" in one])

    def test_taken_back(self) -> None:
        """What could not be stored is as it was, for everybody that it touched."""
        hold(self.world.store, "commit").errback(StoreError("disk full"))
        error = self.failureResultOf(self.asked("trade", "bob", 30)).value
        self.assertEqual(error.code, "not-saved")
        golds = [self.world.avatar(name).gold for name in ("ada", "bob")]
        self.assertEqual(golds, [100, 100])
        self.successResultOf(self.asked("trade", "bob", 30))
        self.assertIn(b"130", self.stored("bob"))
        self.flushLoggedErrors(StoreError)

    def test_under_way(self) -> None:
        """A call that was at work on it meanwhile is refused at its end, too."""
        Player.wait = Deferred()
        asked = self.asked("dig")
        hold(self.world.store, "commit").errback(StoreError("disk full"))
        self.failureResultOf(self.asked("earn", 5))
        first, Player.wait = Player.wait, Deferred()
        first.callback(None)
        self.world.settle()
        Player.wait.callback(None)
        self.world.settle()
        self.assertEqual(self.failureResultOf(asked).value.code, "not-saved")
        self.flushLoggedErrors(StoreError)

    def test_never_saved(self) -> None:
        """One that was never stored has no way back; it is stored when that works."""
        hold(self.world.store, "commit").errback(StoreError("disk full"))
        cy = self.world.login("cy")
        self.assertEqual(cy.call("earn", 5), 105)
        self.assertIn(b"105", self.stored("cy"))
        self.flushLoggedErrors(StoreError)

    def test_async(self) -> None:
        """A list held over an await is stored in the turn in which it is changed."""
        Player.wait = Deferred()
        asked = self.asked("dig")
        first, Player.wait = Player.wait, Deferred()
        first.callback(None)
        self.world.settle()
        self.assertNoResult(asked)
        self.assertIn(b"a bone", self.stored("ada"))
        Player.wait.callback(None)
        self.world.settle()
        self.assertEqual(self.successResultOf(asked), 2)

    def test_async_waits(self) -> None:
        """Its answer waits for what any of its turns changed."""
        Player.wait = Deferred()
        asked = self.asked("dig")
        saving = hold(self.world.store, "commit")
        Player.wait.callback(None)
        self.world.settle()
        self.assertNoResult(asked)
        saving.callback(None)
        self.world.settle()
        self.assertEqual(self.successResultOf(asked), 2)

    def test_saved_soon(self) -> None:
        """The weaker level answers first and is stored all the same."""
        saving = hold(self.world.store, "commit")
        self.assertEqual(self.successResultOf(self.asked("step")), 101)
        saving.callback(None)
        self.world.settle()
        self.assertIn(b"101", self.stored("ada"))

    def test_timer(self) -> None:
        """What a tick changes is stored in its turn, also after an await."""
        self.world.avatar("ada").later(1.0, "tick")
        self.world.advance(1.0)
        self.assertIn(b"107", self.stored("ada"))
        Player.wait = Deferred()
        self.world.avatar("ada").later(1.0, "slow_tick")
        self.world.advance(1.0)
        Player.wait.callback(None)
        self.world.settle()
        self.assertIn(b"a leaf", self.stored("ada"))

    def test_service(self) -> None:
        """A service's state is stored with the avatars' of the turn."""
        self.world.service("bank").total += 1
        self.world.avatar("ada").gold = 5
        self.world.settle()
        kinds = sorted(one.kind for one in self.batches[0].snapshots)
        self.assertEqual(kinds, ["avatar", "service"])

    def test_new_avatar(self) -> None:
        """A new player's avatar is stored before anything happens to it."""
        self.world.login("cy")
        self.assertIn(b"100", self.stored("cy"))

    def refusals(self) -> Deferred[None]:
        """Have the next commit wait; what is refused by it is logged."""
        self.addCleanup(self.flushLoggedErrors, StoreError)
        return hold(self.world.store, "commit")

    def test_refused_within_a_turn(self) -> None:
        """What this turn built on what is refused is taken back, on both sides."""
        saving = self.refusals()
        earned = self.asked("earn", 5)
        self.world.avatar("ada").gold -= 30
        self.world.avatar("bob").gold += 30
        saving.errback(StoreError("disk full"))
        self.world.settle()
        self.failureResultOf(earned)
        golds = [self.world.avatar(name).gold for name in ("ada", "bob")]
        self.assertEqual(golds, [100, 100])

    def test_new_player_in_a_refused_trade(self) -> None:
        """One that was never stored goes back to what it was at first."""
        self.refusals().errback(StoreError("disk full"))
        self.world.login("cy")
        hold(self.world.store, "commit").errback(StoreError("disk full"))
        self.failureResultOf(self.asked("trade", "cy", 30))
        golds = [self.world.avatar(name).gold for name in ("ada", "cy")]
        self.assertEqual(golds, [100, 100])
        self.world.advance(2.0)
        self.assertIn(b"100", self.stored("cy"))

    def test_refused_midway(self) -> None:
        """A call whose first part was refused does not go on with the second."""
        Player.wait = Deferred()
        saving = self.refusals()
        asked = self.asked("pay_later", "bob", 30)
        saving.errback(StoreError("disk full"))
        Player.wait.callback(None)
        self.world.settle()
        self.assertEqual(self.failureResultOf(asked).value.code, "not-saved")
        golds = [self.world.avatar(name).gold for name in ("ada", "bob")]
        self.assertEqual(golds, [100, 100])

    def test_begun_while_refused(self) -> None:
        """A call that began on what was refused then is refused at its end."""
        saving = self.refusals()
        earned = self.asked("earn", 1)
        Player.wait = Deferred()
        asked = self.asked("dig")
        saving.errback(StoreError("disk full"))
        first, Player.wait = Player.wait, Deferred()
        first.callback(None)
        Player.wait.callback(None)
        self.world.settle()
        self.failureResultOf(earned)
        self.assertEqual(self.failureResultOf(asked).value.code, "not-saved")

    def test_nested(self) -> None:
        """A call that lets another go on waits for what it changed itself."""
        Player.wait = Deferred()
        digging = self.bob.start("dig")
        self.world.settle()
        saving = hold(self.world.store, "commit")
        asked = self.asked("spend_and_wake", 30)
        self.assertNoResult(asked)
        saving.callback(None)
        self.world.settle()
        self.assertEqual(self.successResultOf(asked), 70)
        del digging

    def test_deferred(self) -> None:
        """A method that gives a Deferred is answered after its changes are stored."""
        Player.wait = Deferred()
        asked = self.asked("yielding")
        saving = hold(self.world.store, "commit")
        Player.wait.callback(None)
        self.world.settle()
        self.assertNoResult(asked)
        saving.callback(None)
        self.world.settle()
        self.assertEqual(self.successResultOf(asked), 105)

    def test_same_value(self) -> None:
        """Setting what another call has set waits for that one's commit."""
        saving = hold(self.world.store, "commit")
        first = self.asked("become", 7)
        second = self.asked("become", 7)
        self.assertNoResult(first)
        self.assertNoResult(second)
        saving.callback(None)
        self.world.settle()
        self.assertEqual(self.successResultOf(second), 7)

    def test_bad_partner(self) -> None:
        """A trade with somebody whose state cannot be stored is taken back whole."""
        self.world.avatar("bob").things.append(object())
        error = self.failureResultOf(self.asked("trade", "bob", 30)).value
        self.assertEqual(error.code, "not-saved")
        golds = [self.world.avatar(name).gold for name in ("ada", "bob")]
        self.assertEqual(golds, [100, 100])
        self.assertEqual(len(self.world.flush_errors()), 1)

    def test_half_created(self) -> None:
        """One whose ``created`` fails is not stored, and begins anew."""
        Player.wait = Deferred()
        Player.fails = True
        self.addCleanup(setattr, Player, "fails", False)
        _, entering = self.world.start_login("cy")
        Player.wait.callback(None)
        self.world.settle()
        self.failureResultOf(entering)
        found = self.world.store.snapshots.load("avatar", "cy")
        self.assertIsNone(self.successResultOf(found))

    def test_retiring_with_the_turn(self) -> None:
        """What ``retired`` moves elsewhere is stored together with what it leaves."""
        self.bob.close()
        Player.deposits = True
        self.addCleanup(setattr, Player, "deposits", False)
        self.batches.clear()
        self.world.advance(400.0)
        sizes = [len(one.snapshots) for one in self.batches]
        self.assertEqual(sizes, [2])
