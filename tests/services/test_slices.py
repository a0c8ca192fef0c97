"""What is left after a commit comes in slices, and the next release waits for them."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred

from gameserver.services import letting_go, slices
from gameserver.services.collector import Collector
from tests.services.release_case import MOOD, ReleaseCase

if TYPE_CHECKING:
    from collections.abc import Callable


class SlicesTests(ReleaseCase):
    """A migration of several players, one in each turn."""

    def setUp(self) -> None:
        super().setUp()
        for name in ("bea", "cleo", "dora"):
            self.world.login(name).call("earn")
        self.patch(slices, "BUDGET", 1e-9)
        self.patch(slices, "RESPITE", 0.0)
        self.patch(slices, "SHARE", 1)

    def begun(self) -> Any:
        """Release the migration, and give the engine's release as it was committed.

        One call of the clock at a time: a clock in memory goes on to its calls' calls.
        """
        self.plugins.put(player=MOOD)
        self.row = Deferred.fromCoroutine(self.service.release("ada", "here"))
        self.until(lambda: self.plugins.engine.releases)
        return self.plugins.engine.releases[-1]

    def until(self, is_so: Callable[[], object]) -> None:
        """Let the clock call one after the other until something is so."""
        calls = self.world.clock.calls
        while not is_so():
            call = calls.pop(0)
            call.called = 1
            call.func(*call.args, **call.kw)

    def test_next_release_waits(self) -> None:
        """A plan made meanwhile would migrate all at once; it is made afterwards."""
        release = self.begun()
        self.assertGreater(release.left, 1)
        left: list[int] = []
        plan = self.plugins.engine.plan
        self.patch(
            self.plugins.engine,
            "plan",
            lambda *given, **named: left.append(release.left) or plan(*given, **named),
        )
        self.plugins.put(other="LIMIT = 2\n")
        second = Deferred.fromCoroutine(self.service.release("ada", "here"))
        self.turns()
        self.assertEqual(self.successResultOf(self.row).number, 1)
        self.assertEqual(self.successResultOf(second).number, 2)
        self.assertEqual(left, [0])

    def test_after_an_undo(self) -> None:
        """A rehearsal after an undo reads rows in which all are taken back."""
        self.begun()
        self.turns()
        self.successResultOf(self.row)
        stored: list[set[int]] = []
        survey = self.plugins.engine.survey

        def surveyed(*given: Any, **named: Any) -> Any:
            records = self.world.game.ledger.records
            stored.append({one._stored.version for one in records if one._stored})
            return survey(*given, **named)

        self.patch(self.plugins.engine, "survey", surveyed)
        undone = Deferred.fromCoroutine(self.service.undo("ada", "here"))
        self.until(lambda: undone.called)
        self.plugins.put(other="LIMIT = 2\n")
        second = Deferred.fromCoroutine(self.service.release("ada", "here"))
        self.turns()
        self.successResultOf(undone)
        self.assertEqual(self.successResultOf(second).number, 2)
        self.assertEqual(stored, [{1}])

    def test_respite(self) -> None:
        """Between two slices the reactor waits: threads get their turn, so does it."""
        self.patch(slices, "RESPITE", 0.5)
        release = self.begun()
        self.turns()
        left = [release.left]
        for _ in range(2):
            self.world.advance(0.5)
            left.append(release.left)
        self.assertEqual(left, [left[0], left[0] - 1, left[0] - 2])

    def test_touched_before(self) -> None:
        """If all are touched before the first slice, access is plain again, too."""
        release = self.begun()
        player = self.plugins.player.Player
        self.assertIn("__getattribute__", vars(player))
        for one in self.world.game.ledger.records:
            self.assertEqual(one.subject.gold % 100, 0)
        self.assertEqual(release.left, 0)
        self.turns()
        self.assertNotIn("__getattribute__", vars(player))

    def test_stored(self) -> None:
        """All are stored in the new version, though nobody touches them."""
        self.begun()
        self.turns()
        records = list(self.world.game.ledger.records)
        self.assertEqual({one._stored.version for one in records if one._stored}, {2})

    def test_not_far_ahead(self) -> None:
        """Few batches are under way at a time: those of calls wait behind them."""
        self.patch(slices, "AHEAD", 1)
        self.patch(slices, "BUDGET", 1.0)
        self.begun()
        store = self.world.store
        real, held = store.commit, list[tuple[Deferred[None], Any]]()

        def commit(*batch: Any) -> Deferred[None]:
            held.append((Deferred(), batch))
            return held[-1][0]

        patched = self.patch(store, "commit", commit)
        turns = self.world.game.turns
        seen = set()
        for _ in range(20):
            self.world.advance(slices.PAUSE)
            seen.add(turns.under_way)
        self.assertEqual(max(seen), 2)
        patched.restore()
        for done, batch in held:
            real(*batch).chainDeferred(done)
        for _ in range(20):
            self.world.advance(slices.PAUSE)
        self.turns()
        records = list(self.world.game.ledger.records)
        self.assertEqual({one._stored.version for one in records if one._stored}, {2})

    def test_freed_a_little_each_turn(self) -> None:
        """What a permanent release remembers of them goes a few in each turn."""
        self.patch(letting_go, "BUDGET", 1e-9)
        release = self.begun()
        self.turns()
        remembered: list[int] = []
        let_go = release.let_go
        self.patch(
            release,
            "let_go",
            lambda budget: remembered.append(let_go(budget)) or remembered[-1],
        )
        self.ended(self.service.make_permanent("ada", "here"))
        for _ in range(9):
            self.world.advance(letting_go.RESPITE)
        self.assertGreater(len(remembered), 2)
        self.assertEqual(remembered, sorted(remembered, reverse=True))
        self.assertEqual(remembered[-1], 0)

    def test_large_ones(self) -> None:
        """Of those whose states are large there are fewer in one turn."""
        self.patch(slices, "BUDGET", 1.0)
        self.patch(slices, "SHARE", 20)
        self.patch(slices, "SIZE", 2 * len('{"coins":1}'))
        shares: list[int] = []
        turns = self.world.game.turns
        retouch = turns.retouch
        self.patch(
            turns,
            "retouch",
            lambda touched: shares.append(len(touched)) or retouch(touched),
        )
        self.begun()
        self.turns()
        self.assertEqual([one for one in shares if one], [2, 2])

    def test_collector(self) -> None:
        """All rest once the slices have ended, and no more when none can be undone."""
        self.assertEqual(gc.get_freeze_count(), 0)
        collector = Collector()
        self.addCleanup(collector.end)
        self.service = self.made(collector=collector)
        self.begun()
        self.turns()
        self.assertGreater(gc.get_freeze_count(), 1000)
        done = Deferred.fromCoroutine(self.service.make_permanent("ada", "here"))
        self.turns()
        self.successResultOf(done)
        self.assertEqual(gc.get_freeze_count(), 0)
