"""Calls wait for a release in order; none is lost, doubled or overtaken."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.defer import Deferred

from gameserver.errors import GameError, Stopping, StoreError
from gameserver.server.quiesce import SLICE, Quiesce
from gameserver.server.quiesce_rules import Held
from tests.server.quiesce_case import QuiesceCase, Turns
from tests.server.test_realm import hold


class WaitTests(QuiesceCase):
    """New calls."""

    def test_waits(self) -> None:
        """A call into a touched module begins when the release has been made."""
        self.close()
        hit = self.ada.start("hit", 1)
        self.assertNoResult(hit)
        self.assertEqual(self.log, [])
        self.assertEqual(self.world.game.calls.at_work, 0)
        self.assertEqual(self.open(), Held(waited=1))
        self.assertEqual(self.successResultOf(hit), 1)
        self.assertEqual(self.log, [1])

    def test_untouched(self) -> None:
        """A call into another module goes on as ever."""
        self.close()
        self.assertEqual(self.ada.call("say", 1), 1)
        self.assertEqual(self.open(), Held())

    def test_not_overtaken(self) -> None:
        """A client's later calls wait behind, whatever they are in; others do not."""
        bob = self.world.login("bob")
        self.close()
        calls = [self.ada.start(*one) for one in (("hit", 1), ("say", 2), ("hit", 3))]
        self.assertEqual(bob.call("say", 9), 9)
        self.open()
        self.assertEqual(self.log, [9, 1, 2, 3])
        self.assertEqual([self.successResultOf(one) for one in calls], [1, 2, 3])

    def test_open_again(self) -> None:
        """Once the last has begun, nothing stands before the calls any more."""
        self.close()
        self.ada.start("hit", 1)
        self.open()
        self.assertIsNone(self.world.game.calls.barrier)
        self.assertEqual(self.ada.call("hit", 2), 2)

    def in_slices(self) -> Turns:
        """Have calls take time, and give the clock that lets them begin."""
        clock = Turns()

        def takes_time() -> None:
            clock.rightNow += SLICE * 0.6

        self.sword.LATER.append(takes_time)
        self.quiesce = Quiesce(self.world.game.calls, clock, line=self.line)
        return clock

    def test_slices(self) -> None:
        """Who waited begins in slices, and who comes meanwhile is still behind."""
        clock = self.in_slices()
        self.close()
        for number in range(4):
            self.ada.start("hit", number)
        self.quiesce.open()
        clock.turn()
        self.assertEqual(self.log, [0, 1])
        said = self.ada.start("say", 4)
        self.assertNoResult(said)
        clock.turn()
        self.assertEqual(self.log, [0, 1, 2, 3])
        clock.turn()
        self.world.settle()
        self.assertEqual(self.successResultOf(said), 4)
        self.assertIsNone(self.world.game.calls.barrier)

    def test_closed_again(self) -> None:
        """The next release holds those that have not begun yet, in their order."""
        clock = self.in_slices()
        self.close()
        for number in range(4):
            self.ada.start("hit", number)
        self.quiesce.open()
        clock.turn()
        self.close()
        clock.turn()
        self.assertEqual(self.log, [0, 1])
        self.quiesce.open()
        clock.turn()
        self.assertEqual(self.log, [0, 1, 2, 3])

    def test_of_one(self) -> None:
        """Beyond its bound a client hears ``busy``, and that nothing has begun."""
        self.close()
        calls = [self.ada.start("hit", n) for n in range(5)]
        self.assert_busy(calls.pop())
        self.assertEqual(self.open(), Held(waited=4, busy=1))
        self.assertEqual(self.log, [0, 1, 2, 3])

    def test_of_all(self) -> None:
        """Beyond the bound of all, each client does."""
        self.close()
        bob, eve = self.world.login("bob"), self.world.login("eve")
        for window in (self.ada, bob):
            for number in range(3):
                window.start("hit", number)
        self.assert_busy(eve.start("hit", 9))
        self.assertEqual(self.open(), Held(waited=6, busy=1))

    def assert_busy(self, call: Deferred[Any]) -> None:
        error = self.failureResultOf(call, GameError).value
        self.assertEqual(error.code, "busy")

    def test_gone_make_room(self) -> None:
        """Those whose client is gone take no place of others for long."""
        self.close()
        for name in ("bob", "eve"):
            window = self.world.login(name)
            for number in range(3):
                window.start("hit", number).addErrback(lambda _: None)
            window.close()
        self.world.settle()
        hit = self.ada.start("hit", 7)
        self.assertNoResult(hit)
        self.open()
        self.assertEqual(self.successResultOf(hit), 7)
        self.assertEqual(self.log, [7])

    def test_gone(self) -> None:
        """A call whose client has gone is not carried out."""
        self.close()
        call = self.ada.start("hit", 1)
        self.ada.close()
        self.world.settle()
        self.failureResultOf(call)
        self.assertEqual(self.open(), Held(waited=1))
        self.assertEqual(self.log, [])

    def test_cancelled(self) -> None:
        """A call that nobody waits for any more leaves the line."""
        self.close()
        resident = self.world.game.roster.get("ada")
        assert resident is not None
        owner = type(resident.subject)
        held = self.quiesce.held(resident.clients.oldest(), owner, "hit")
        assert held is not None
        held.cancel()
        error = self.failureResultOf(held, GameError).value
        self.assertTrue(error.is_unbegun)
        self.assertEqual(len(self.quiesce), 0)

    def test_avatar_of_then(self) -> None:
        """What it is carried out on is the avatar of then."""
        self.close()
        hit = self.ada.start("hit", 1)
        owner = type(self.world.avatar("ada"))

        def hit_anew(self: Any, number: int) -> int:
            return -number

        self.patch(owner.__mro__[1], "perspective_hit", hit_anew)
        self.open()
        self.assertEqual(self.successResultOf(hit), -1)

    def test_saved(self) -> None:
        """What late calls of all kinds change is saved before they are answered."""
        self.close()
        bob, eve = self.world.login("bob"), self.world.login("eve")
        waits = [self.wait("bob"), self.wait("eve")]
        calls = [bob.start("dig_deep"), eve.start("later"), self.ada.start("hit", 1)]
        self.open()
        for one in waits:
            one.callback(None)
        self.world.settle()
        self.assertEqual([self.successResultOf(one) for one in calls], [2, 1, 1])
        self.assertEqual(self.hits("bob", "eve", "ada"), [2, 1, 1])

    def test_refused_meanwhile(self) -> None:
        """What the store refused while a call waited is no concern of that call."""
        self.addCleanup(self.flushLoggedErrors, StoreError)
        bob = self.world.login("bob")
        self.close()
        hit = self.ada.start("hit", 1)
        gate = hold(self.world.store, "commit")
        marked = bob.start("mark", "ada")
        gate.errback(StoreError("disk full"))
        self.world.settle()
        self.assertEqual(self.failureResultOf(marked).value.code, "not-saved")
        self.open()
        self.assertEqual(self.successResultOf(hit), 1)
        self.assertEqual(self.hits("ada"), [1])

    def hits(self, *names: str) -> list[int]:
        load = self.world.store.snapshots.load
        stored = [self.successResultOf(load("avatar", name)) for name in names]
        return [json.loads(one.state)["hits"] for one in stored if one is not None]

    def test_stop(self) -> None:
        """A stop refuses who waits, and a release that is under way."""
        self.close()
        hit = self.ada.start("hit", 1)
        stopping = Deferred.fromCoroutine(self.world.game.calls.finish())
        self.world.settle()
        self.successResultOf(stopping)
        self.assertEqual(self.failureResultOf(hit, GameError).value.code, "stopping")
        self.assertEqual(self.log, [])
        self.quiesce.open()
        self.failureResultOf(self.closing(), Stopping)
