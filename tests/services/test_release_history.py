"""The history over a restart: what was in force then cannot be taken back any more."""

from __future__ import annotations

from dataclasses import replace

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from gameserver.model.release_row import ModuleText, Outcome, ReleaseRow
from gameserver.services.release_history import settle_open
from gameserver.store.memory import MemoryStore

MODULE = ModuleText("plugins.game", "changed", "X = 2\n", "-X = 1\n+X = 2\n")
ROW = ReleaseRow(
    0, 5.0, "eve", "here", (MODULE,), {}, "", 0.01, Outcome.COMMITTED, facts={"held": 3}
)


class RestartTests(SynchronousTestCase):
    def test_settled(self) -> None:
        """Open rows become permanent, and keep their facts; others stay."""
        store = MemoryStore().releases
        undone = replace(ROW, outcome=Outcome.UNDONE, reason="by eve", ended=6.0)
        for row in (ROW, undone):
            self.successResultOf(store.add(row))
        self.successResultOf(Deferred.fromCoroutine(settle_open(store, lambda: 9.0)))
        first, second = (self.successResultOf(store.get(number)) for number in (1, 2))
        self.assertIs(first.outcome, Outcome.PERMANENT)
        self.assertEqual((first.ended, first.facts), (9.0, {"held": 3}))
        self.assertEqual(second, replace(undone, number=2))
