"""The history over a restart: what was in force then cannot be taken back any more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from twisted.internet.defer import Deferred, fail
from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import StoreError
from gameserver.model.release_row import ModuleText, Outcome, ReleaseRow
from gameserver.services.release_history import RETRY, settle_open
from gameserver.store.memory import MemoryStore
from tests.services.release_case import CLOCK, DOUBLE, ReleaseCase

MODULE = ModuleText("plugins.game", "changed", "X = 2\n", "-X = 1\n+X = 2\n")
ROW = ReleaseRow(
    0, 5.0, "eve", "here", (MODULE,), {}, "", 0.01, Outcome.COMMITTED, facts={"held": 3}
)


class OwedTests(ReleaseCase):
    """Once it has begun, a release does not depend on the store."""

    def failing(self) -> None:
        """Have the store take no row again."""
        store = self.world.store.releases
        self.is_down = True
        rewrite = store.rewrite

        def tried(row: ReleaseRow) -> Deferred[None]:
            return fail(StoreError("disk full")) if self.is_down else rewrite(row)

        self.patch(store, "rewrite", tried)

    def test_committed(self) -> None:
        """It stands, and its row is written as soon as that can be."""
        self.failing()
        self.release(player=DOUBLE)
        self.assertEqual((self.ada.call("earn"), self.service.current), (3, 1))
        self.assertIs(self.stored(1).outcome, Outcome.BEGUN)
        self.is_down = False
        self.world.advance(RETRY)
        self.assertIs(self.stored(1).outcome, Outcome.COMMITTED)
        self.assertIsNotNone(self.stored(1).pause)

    def test_undone(self) -> None:
        """An undo that cannot be written is one; the last word is what is written."""
        self.release(player=DOUBLE)
        self.failing()
        self.ended(self.service.undo("bob", "there"))
        self.assertEqual((self.ada.call("earn"), self.service.current), (2, 0))
        self.assertIs(self.stored(1).outcome, Outcome.COMMITTED)
        self.world.advance(RETRY)
        self.is_down = False
        self.ended(self.service.stop())
        self.assertIs(self.stored(1).outcome, Outcome.UNDONE)

    def test_never(self) -> None:
        """A row that no store can take keeps no other from being written."""
        store = self.world.store.releases
        rewrite = store.rewrite

        def tried(row: ReleaseRow) -> Deferred[None]:
            if row.number == 1:
                raise UnicodeEncodeError("utf-8", "x", 0, 1, "surrogates not allowed")
            return rewrite(row)

        self.patch(store, "rewrite", tried)
        self.release(other="LIMIT = 2\n")
        self.assertEqual(len(self.flushLoggedErrors(UnicodeEncodeError)), 1)
        self.release(player=DOUBLE)
        self.assertIs(self.stored(2).outcome, Outcome.COMMITTED)
        self.assertEqual(self.service.current, 2)

    def test_reason(self) -> None:
        """What an author's error says can be stored, whatever is in it."""
        bad = CLOCK.replace('self.log.append("started")', 'raise OSError("caf\\udce9")')
        self.plugins.put(other=bad)
        self.assertIn("caf\\udce9", self.refused(self.service.release("eve", "here")))
        self.world.flush_errors()
        self.assertIn("caf\\udce9", self.stored(1).reason)

    def test_before_the_commit(self) -> None:
        """When it is committed its row is there."""
        seen: list[ReleaseRow] = []
        engine = self.plugins.engine
        commit = engine.commit

        def committed(*args: Any, **options: Any) -> Any:
            seen.append(self.stored(1))
            return commit(*args, **options)

        self.patch(engine, "commit", committed)
        self.release(player=DOUBLE)
        (row,) = seen
        self.assertEqual((row.outcome, row.ended), (Outcome.BEGUN, None))
        self.assertEqual(row.modules[0].name, self.plugins.full("player"))
        self.assertIn("+= 2", row.modules[0].text or "")


class RestartTests(SynchronousTestCase):
    """What a start makes of the rows that an earlier one left open."""

    def setUp(self) -> None:
        self.store = MemoryStore().releases

    def settled(self, *rows: ReleaseRow, **texts: str) -> list[ReleaseRow]:
        """Add these, start with modules of these texts, and give what is stored."""
        runs = {f"plugins.{name}": text for name, text in texts.items()}.get
        for row in rows:
            self.successResultOf(self.store.add(row))
        working = settle_open(self.store, lambda: 9.0, runs)
        told = self.successResultOf(Deferred.fromCoroutine(working))
        numbers = range(1, len(rows) + 1)
        found = [self.successResultOf(self.store.get(number)) for number in numbers]
        outcomes = [one.outcome for one in reversed(told)]
        self.assertEqual(outcomes, [one.outcome for one in found])
        return found

    def test_settled(self) -> None:
        """Open rows become permanent, and keep their facts; others stay."""
        undone = replace(ROW, outcome=Outcome.UNDONE, reason="by eve", ended=6.0)
        first, second = self.settled(ROW, undone)
        self.assertIs(first.outcome, Outcome.PERMANENT)
        self.assertEqual((first.ended, first.facts), (9.0, {"held": 3}))
        self.assertEqual(second, replace(undone, number=2))

    def test_begun_and_running(self) -> None:
        """One during whose commit the server died is in force if its texts run."""
        (row,) = self.settled(replace(ROW, outcome=Outcome.BEGUN), game="X = 2\n")
        self.assertIs(row.outcome, Outcome.PERMANENT)
        self.assertIn("was started with its texts", row.reason)
        self.assertEqual((row.ended, row.facts), (9.0, {"held": 3}))

    def test_begun_and_not_running(self) -> None:
        """It was refused if one of them does not."""
        other = replace(MODULE, name="plugins.other", text="Y = 1\n")
        begun = replace(ROW, outcome=Outcome.BEGUN, modules=(MODULE, other))
        (row,) = self.settled(begun, game="X = 2\n", other="Y = 2\n")
        self.assertIs(row.outcome, Outcome.REFUSED)
        self.assertEqual(row.reason, "the server ended before it was in force")

    def test_begun_and_removed(self) -> None:
        """A module that it removes must be gone; one without a text never runs."""
        removed = replace(MODULE, act="removed", text=None)
        for module, expected in (
            (removed, Outcome.PERMANENT),
            (replace(MODULE, text=None), Outcome.REFUSED),
        ):
            self.store = MemoryStore().releases
            begun = replace(ROW, outcome=Outcome.BEGUN, modules=(module,))
            self.assertIs(self.settled(begun)[0].outcome, expected)
        self.store = MemoryStore().releases
        (row,) = self.settled(replace(begun, modules=(removed,)), game="X = 1\n")
        self.assertIs(row.outcome, Outcome.REFUSED)

    def test_begun_without_modules(self) -> None:
        """One that names no module was never in force."""
        (row,) = self.settled(replace(ROW, outcome=Outcome.BEGUN, modules=()))
        self.assertIs(row.outcome, Outcome.REFUSED)
