"""A release in a world in memory: planned, committed between two turns, undone.

All that a test's release does to a game is in ``Releases.commit`` and ``Released``: a
release of the server's goes the same way, with a rehearsal and a watch around it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.python.failure import Failure

from gameserver.testing.recasting import Recast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twisted.internet.interfaces import IDelayedCall

    from gameserver.reload.engine import Engine
    from gameserver.reload.plan import Plan
    from gameserver.reload.release import Release
    from gameserver.server.game import Game
    from gameserver.testing.draft import Draft

SLICE = 0.005
"""Seconds of migration in one turn."""


class Releases:
    """The releases of one world. ``failed``: told of a migration that fails later."""

    def __init__(
        self, engine: Engine, draft: Draft, failed: Callable[[Failure], object]
    ) -> None:
        self.engine = engine
        self.failed = failed
        self.draft = draft

    @property
    def texts(self) -> dict[str, str]:
        """The text that each module runs now, by full name."""
        return {name: one.text.source for name, one in self.engine.records.items()}

    def commit(self, game: Game, texts: Mapping[str, str | None]) -> Released:
        """Put these texts and release all that differs from what runs.

        Raises ``PluginError``; then the texts are as they were, too. Raises
        ``ValueError`` if nothing differs, for then a test would show nothing.
        """
        before = self.draft.put(texts)
        try:
            plan = self.engine.plan()
            _require_some(plan, texts)
            # In a segment: what hooks change is saved, as what a tick changes is.
            release = game.turns.run(lambda: self.engine.commit(plan, lazily=True))
            recast = self._recast(game, release)
        except BaseException:
            self.draft.put_back(before)
            raise

        def put_back() -> None:
            self.draft.put_back(before)
            recast.take_back()

        return Released(release, game, self.failed, put_back)

    def _recast(self, game: Game, release: Release) -> Recast:
        """Let services come and go; if one cannot start, nothing has been released."""
        try:
            return Recast(game, self.engine, release.plan)
        except BaseException:
            release.undo()
            raise


class Released:
    """A release that a test made; ``undo`` takes it back."""

    def __init__(
        self,
        release: Release,
        game: Game,
        failed: Callable[[Failure], object],
        put_back: Callable[[], None],
    ) -> None:
        self._release = release
        self._game = game
        self._failed = failed
        self._put_back = put_back
        self._slice: IDelayedCall | None = None
        if release.left:
            self._slice = game.clock.callLater(0, self._migrate, SLICE)

    @property
    def plan(self) -> Plan:
        """What it did; ``print(plan)`` shows each object and the diff."""
        return self._release.plan

    @property
    def pause(self) -> float:
        """Seconds in which nothing else could run."""
        return self._release.pause

    @property
    def is_undone(self) -> bool:
        """Say whether it was taken back, by ``undo`` or by a migration that failed."""
        return self._release.is_undone

    def finish(self) -> None:
        """Migrate now whoever waits for their first touch or for time to pass."""
        self._migrate(None)

    def undo(self) -> None:
        """Take it back, its texts too; ``UndoRefused`` says what stands in the way."""
        self._release.undo()
        self._end()

    def _end(self) -> None:
        self._stop()
        self._put_back()
        self._game.turns.retouch(dict.fromkeys(self._game.ledger.records))

    def _migrate(self, budget: float | None) -> None:
        """Migrate a slice; at the end have all saved that is in another version."""
        if not self.is_undone:
            self._game.turns.run(lambda: self._release.advance(budget))
        if self._release.failure is not None:
            self._end()
            self._failed(Failure(self._release.failure))
        elif self._release.left:
            self._slice = self._game.clock.callLater(0, self._migrate, SLICE)
        else:
            self._stop()
            self._game.turns.retouch(dict.fromkeys(self._game.ledger.records))

    def _stop(self) -> None:
        if self._slice is not None and self._slice.active():
            self._slice.cancel()


def _require_some(plan: Plan, texts: Mapping[str, str | None]) -> None:
    if plan.is_empty and not plan.refused:
        named = ", ".join(sorted(texts)) or "every module"
        raise ValueError(f"nothing to release: {named} runs this text already")
