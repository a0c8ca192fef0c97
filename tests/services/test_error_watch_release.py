"""A release whose new code fails too often is taken back by itself."""

from __future__ import annotations

import sys
from typing import Any

from twisted.internet.defer import Deferred

from gameserver.errors import GameError
from gameserver.model.release_row import Outcome, ReleaseRow
from gameserver.server.quiesce import Quiesce
from gameserver.services.error_watch import ErrorWatch
from gameserver.services.release_parts import Parts
from gameserver.services.releases import ReleaseService
from gameserver.services.versions import Versions
from tests.services.release_case import PLAYER
from tests.services.test_releases_folder import FolderCase

BROKEN = PLAYER.replace(
    "def perspective_earn(self) -> int:",
    "def perspective_earn(self) -> int:\n            1 / 0",
)


class WatchedTests(FolderCase):
    """The real service, gate and watch, on a folder."""

    def setUp(self) -> None:
        super().setUp()
        world = self.world
        watch = ErrorWatch(world.clock)
        world.game.fence.failed = watch.failed
        self.versions = Versions()
        gate = Quiesce(world.game.calls, world.clock)
        parts = Parts(
            quiesce=gate,
            watch=watch,
            told=self.versions.told,
            in_force=self.versions.committed,
        )
        engine: Any = self.service._engine
        seconds = world.clock.seconds
        self.service = ReleaseService(world.game, engine, world.store, seconds, parts)

    def fail_(self, times: int) -> None:
        for _ in range(times):
            self.failureResultOf(self.ada.start("earn"), GameError)
        world = self.world
        world.flush_errors()
        for _ in range(5):
            world.advance(0)

    def test_taken_back(self) -> None:
        """After the sixth error the code is as before, and the history says why."""
        row = self.release(player=BROKEN)
        self.fail_(5)
        self.assertEqual(self.service.current, row.number)
        self.assertEqual(self.versions.of("plugins.player"), row.number)
        self.fail_(1)
        self.assertEqual(self.service.current, 0)
        self.assertEqual(self.versions.of("plugins.player"), 0)
        self.assertEqual(self.ada.call("earn"), 1)
        found = self.successResultOf(self.world.store.releases.get(row.number))
        self.assertEqual(found.outcome, Outcome.UNDONE)
        self.assertIn("Player.perspective_earn failed 6 times in 10 s", found.reason)

    def test_earlier_one(self) -> None:
        """One is watched while others rest on it, and those go with it."""
        self.release(player=BROKEN)
        self.fail_(3)
        self.release(other="LIMIT = 2\n")
        self.fail_(3)
        self.assertEqual(self.service.current, 0)
        self.assertEqual(sys.modules["plugins.other"].LIMIT, 1)
        first, second = (self.row(number) for number in (1, 2))
        self.assertEqual({first.outcome, second.outcome}, {Outcome.UNDONE})
        self.assertIn("release 1 rests under it: plugins.player", second.reason)
        self.assertEqual(self.ada.call("earn"), 1)

    def test_from_the_commit_on(self) -> None:
        """Calls that have waited fail in new code, however slow the store is."""
        store, clock = self.world.store.releases, self.world.clock
        rewrite = store.rewrite

        def slow(row: ReleaseRow) -> Deferred[None]:
            written: Deferred[None] = Deferred()
            clock.callLater(0.5, lambda: rewrite(row).chainDeferred(written))
            return written

        self.patch(store, "rewrite", slow)
        self.write(player=BROKEN)
        begun = Deferred.fromCoroutine(self.service.release("eve", "here"))
        while not self.world.game.calls.release:
            self.world.advance(0)
        self.fail_(6)
        self.assertNoResult(begun)
        self.assertEqual(self.versions.of("plugins.player"), 1)
        for _ in range(20):
            self.world.advance(0.1)
        self.assertIn("(0 before the release)", self.row(1).reason)
        self.assertEqual(self.ada.call("earn"), 1)

    def test_in_the_way(self) -> None:
        """What cannot be taken back stays; the history says so at once."""
        self.release(player=BROKEN, other="SEEN = []\n")
        sys.modules["plugins.other"].SEEN.append(1)
        self.fail_(6)
        row = self.row(1)
        self.assertEqual((self.service.current, row.outcome), (1, Outcome.COMMITTED))
        self.assertIn("failed 6 times", row.reason)
        self.assertIn("it could not be undone: release 1: changed since", row.reason)
        self.assertEqual(row.facts["undo_refused"], row.reason)

    def row(self, number: int) -> ReleaseRow:
        """Give a row of the history."""
        found: ReleaseRow = self.successResultOf(self.world.store.releases.get(number))
        return found

    def test_shapes(self) -> None:
        """New code is known in methods with ``super``, closures and coroutines."""
        bodies = {
            "super": "super().__getattribute__('nothing')",
            "closure": "return (lambda: self.nothing)()",
            "coroutine": "return self.nothing",
        }
        for name, body in bodies.items():
            is_async = "async " if name == "coroutine" else ""
            head = "def perspective_earn(self) -> int:"
            new = f"{is_async}{head}\n            {body}"
            row = self.release(player=PLAYER.replace(head, new))
            self.assertEqual(self.versions.current, self.service.current)
            self.fail_(6)
            found = self.successResultOf(self.world.store.releases.get(row.number))
            self.assertEqual(found.outcome, Outcome.UNDONE, name)
            self.assertEqual(self.versions.current, self.service.current)
            self.release(player=PLAYER + f"\n    # {name}\n")
            self.world.advance(20.0)
