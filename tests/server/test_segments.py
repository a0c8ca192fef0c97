"""What a call changes by what it lets go on: coroutines, callbacks, timers."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, ClassVar

from twisted.internet.defer import (
    Deferred,
    ensureDeferred,
    fail,
    gatherResults,
    inlineCallbacks,
)
from twisted.trial.unittest import SynchronousTestCase

from gameserver import Avatar, GameError
from gameserver.errors import StoreError
from gameserver.server.game import Rules
from gameserver.testing import World
from tests.server.test_realm import hold


class Player(Avatar):
    """Pays others, in every way that Twisted knows."""

    gold: int = 100
    things: list[str] = []
    wait: ClassVar[Any] = None

    def pay(self, name: str, *, badly: bool = False) -> None:
        them: Any = self.realm.get(name)
        self.gold -= 10
        them.gold = str(them.gold + 10) if badly else them.gold + 10

    async def paying(self, name: str, *, badly: bool = False) -> None:
        await Player.wait
        self.pay(name, badly=badly)

    @inlineCallbacks
    def generating(
        self, name: str, *, badly: bool = False
    ) -> Generator[Any, Any, None]:
        yield Player.wait
        self.pay(name, badly=badly)

    def calling_back(self, name: str, *, badly: bool = False) -> Any:
        return Player.wait.addCallback(lambda _: self.pay(name, badly=badly))

    async def perspective_plain(self, name: str, badly: bool) -> str:
        await self.paying(name, badly=badly)
        return "paid"

    async def perspective_gather(self, name: str, badly: bool) -> str:
        await gatherResults([ensureDeferred(self.paying(name, badly=badly))])
        return "paid"

    async def perspective_generate(self, name: str, badly: bool) -> str:
        await self.generating(name, badly=badly)
        return "paid"

    async def perspective_call_back(self, name: str, badly: bool) -> str:
        await self.calling_back(name, badly=badly)
        return "paid"

    def perspective_deferred(self, name: str, badly: bool) -> Any:
        return self.calling_back(name, badly=badly).addCallback(lambda _: "paid")

    def perspective_wake(self) -> str:
        Player.wait.callback(None)
        return "woken"

    async def perspective_work(self) -> str:
        self.gold += 1
        try:
            await Player.wait
        except GameError:
            self.gold += 10
        self.gold += 10
        return "worked"

    def perspective_buy(self) -> None:
        self.gold -= 10
        self.cancel("thank")
        self.later(5, "deliver", "a sword")
        self.every(5, "charge")

    def perspective_earn(self) -> int:
        self.gold += 5
        return self.gold

    def deliver(self, thing: str) -> None:
        self.things.append(thing)

    def charge(self) -> None:
        self.gold -= 1

    def thank(self, by: str) -> None:
        self.things.append(by)

    def hit(self, name: str) -> None:
        self.pay(name, badly=True)


WAYS = ("plain", "gather", "generate", "call_back", "deferred")


class Case(SynchronousTestCase):
    """Two players; the store can be held, or refuse."""

    def setUp(self) -> None:
        self.world = World(Player)
        self.begin()

    def begin(self) -> None:
        """Have both come in."""
        self.ada, self.bob = self.world.login("ada"), self.world.login("bob")
        Player.wait = Deferred()

    def gold(self) -> list[int]:
        """Give the gold of both, as stored."""
        found: list[Any] = []
        for name in ("ada", "bob"):
            loaded: Any = self.successResultOf(
                self.world.store.snapshots.load("avatar", name)
            )
            found.append(int(loaded.state.split(b'"gold":')[1].split(b",")[0]))
        return found

    def live(self) -> list[Any]:
        """Give the gold of both, as they have it."""
        return [self.world.avatar(name).gold for name in ("ada", "bob")]

    def asked(self, name: str, *args: object) -> Deferred[Any]:
        """Begin a call of ada's, and let its bytes arrive."""
        asked: Deferred[Any] = self.ada.start(name, *args)
        self.world.settle()
        return asked

    def refuse_next(self) -> None:
        """Have the store refuse one batch."""
        real = self.world.store.commit

        def refuse(_: object) -> Any:
            self.world.store.commit = real  # type: ignore[method-assign]
            return fail(StoreError("disk full"))

        self.patch(self.world.store, "commit", refuse)
        self.addCleanup(self.flushLoggedErrors, StoreError)


class LetGoTests(Case):
    """Whatever carries a call's work on, the answer waits for what that changes."""

    def test_waits(self) -> None:
        """No answer before the commit."""
        for way in WAYS:
            asked = self.asked(way, "bob", False)
            saving = hold(self.world.store, "commit")
            Player.wait.callback(None)
            self.world.settle()
            self.assertNoResult(asked)
            saving.callback(None)
            self.world.settle()
            self.assertEqual(self.successResultOf(asked), "paid", way)
            self.assertEqual(sum(self.gold()), 200)
            Player.wait = Deferred()

    def test_bad_state(self) -> None:
        """State that cannot be stored takes the whole trade back; the caller knows."""
        for way in WAYS:
            asked = self.asked(way, "bob", True)
            Player.wait.callback(None)
            self.world.settle()
            self.failureResultOf(asked)
            self.assertEqual((self.gold(), self.live()), ([100, 100], [100, 100]), way)
            self.world.flush_errors()
            Player.wait = Deferred()

    def test_refused(self) -> None:
        """If the store refuses, all is as it was, and the caller knows."""
        for way in WAYS:
            asked = self.asked(way, "bob", False)
            self.refuse_next()
            Player.wait.callback(None)
            self.world.settle()
            self.failureResultOf(asked)
            self.assertEqual((self.gold(), self.live()), ([100, 100], [100, 100]), way)
            Player.wait = Deferred()

    def test_woken_by_another(self) -> None:
        """What another's call wakes is waited for by both."""
        for way in WAYS:
            asked = self.asked(way, "bob", False)
            saving = hold(self.world.store, "commit")
            waking = self.bob.start("wake")
            self.world.settle()
            self.assertNoResult(asked)
            self.assertNoResult(waking)
            saving.callback(None)
            self.world.settle()
            self.assertEqual(self.successResultOf(asked), "paid", way)
            self.assertEqual(self.successResultOf(waking), "woken", way)
            Player.wait = Deferred()

    def test_goes_on(self) -> None:
        """A call that goes on although it was refused changes nothing any more."""
        for way in ("callback", "errback"):
            self.refuse_next()
            asked = self.asked("work")
            result = None if way == "callback" else GameError("no", "not today")
            getattr(Player.wait, way)(result)
            self.world.settle()
            self.failureResultOf(asked)
            self.assertEqual((self.gold()[0], self.live()[0]), (100, 100))
            Player.wait = Deferred()


class TimerTests(Case):
    """Ticks, and timers of calls that were refused."""

    def test_bad_tick(self) -> None:
        """What a tick changed together with bad state is taken back."""
        self.world.avatar("ada").later(1.0, "hit", "bob")
        self.world.clock.advance(1.0)
        self.world.settle()
        self.assertEqual((self.gold(), self.live()), ([100, 100], [100, 100]))
        self.assertEqual(len(self.world.flush_errors()), 1)

    def test_other_tick(self) -> None:
        """A tick of the same turn that has no part in it is stored."""
        self.world.login("cy")
        self.world.avatar("ada").later(1.0, "hit", "bob")
        self.world.avatar("cy").later(1.0, "charge")
        self.world.clock.advance(1.0)
        self.world.settle()
        self.assertEqual(self.world.avatar("cy").gold, 99)
        self.world.flush_errors()

    def test_not_saved(self) -> None:
        """A call that is refused leaves no timers, and those that it cancelled run."""
        self.world.avatar("ada").later(20.0, "thank", "bob")
        self.refuse_next()
        self.failureResultOf(self.asked("buy"))
        self.world.advance(11.0)
        self.assertEqual(self.live()[0], 100)
        self.assertEqual(self.world.avatar("ada").things, [])
        self.world.advance(10.0)
        self.assertEqual(self.world.avatar("ada").things, ["bob"])

    def test_phase(self) -> None:
        """A repeated timer that it had replaced goes on in its phase."""
        self.world.avatar("ada").every(4.0, "charge")
        self.world.advance(2.0)
        self.refuse_next()
        self.failureResultOf(self.asked("buy"))
        self.world.advance(2.0)
        self.assertEqual(self.live()[0], 99)

    def test_saved(self) -> None:
        """Those of a call that was saved stay."""
        self.successResultOf(self.asked("buy"))
        self.world.advance(5.0)
        self.assertEqual(self.world.avatar("ada").things, ["a sword"])
        self.assertEqual(self.live()[0], 89)


class RetiringTests(Case):
    """An avatar that leaves memory in the turn of somebody else's call."""

    def setUp(self) -> None:
        self.world = World(Player, rules=Rules(retire_after=5.0))
        self.begin()
        self.world.login("cy").close()
        self.world.settle()

    def retired_beside_a_call(self) -> Deferred[Any]:
        """Have a call arrive in the turn in which another avatar is to retire."""
        asked: Deferred[Any] = self.ada.start("earn")
        self.world.clock.rightNow += 5.001
        for _ in range(3):
            for window in self.world._windows:
                window.pump()
        self.world.clock.advance(0.0)
        for window in self.world._windows:
            window.pump()
        return asked

    def test_waits(self) -> None:
        """The answer waits for its commit all the same."""
        saving = hold(self.world.store, "commit")
        asked = self.retired_beside_a_call()
        self.assertNoResult(asked)
        saving.callback(None)
        self.world.settle()
        self.assertEqual(self.successResultOf(asked), 105)
        self.assertEqual(self.gold()[0], 105)

    def test_refused(self) -> None:
        """The caller hears what became of it."""
        self.refuse_next()
        asked = self.retired_beside_a_call()
        self.world.settle()
        self.failureResultOf(asked)
        self.assertEqual((self.gold()[0], self.live()[0]), (100, 100))
        self.world.flush_errors()
