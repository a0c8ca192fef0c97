"""What is written of releases: their rows, a line of the log, and word to admins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.logger import Logger

from gameserver.model.release_row import Outcome
from gameserver.services.release_rules import is_in_force

if TYPE_CHECKING:
    from collections.abc import Callable

    from gameserver.interfaces import ReleaseStore
    from gameserver.model.release_row import ReleaseRow
    from gameserver.services.release_record import Course

_log = Logger("gameserver.releases")


LOOKED_AT = 100
"""Rows that a start looks at: as many releases may have been in force, and more."""


async def settle_open(store: ReleaseStore, now: Callable[[], float]) -> None:
    """Note at a start that what was in force cannot be taken back any more.

    Raises ``StoreError``.
    """
    for row in await store.newest(LOOKED_AT):
        if row.outcome is Outcome.COMMITTED:
            why = "the server was started again"
            await store.settle(row.number, Outcome.PERMANENT, why, now(), row.facts)


class History:
    """The store's history of releases; ``now``: seconds since the epoch."""

    def __init__(
        self,
        store: ReleaseStore,
        now: Callable[[], float],
        told: Callable[[ReleaseRow], object],
    ) -> None:
        self._store = store
        self.now = now
        self._told = told

    async def added(self, course: Course, reason: str = "") -> ReleaseRow:
        """Add a row; raises ``StoreError``."""
        ended = None if is_in_force(course.state) else self.now()
        row = course.as_row(reason, ended)
        course.row = course.as_row(reason, ended, await self._store.add(row))
        self._tell(course.row)
        return course.row

    async def settled(self, course: Course, reason: str) -> ReleaseRow:
        """Note how it ended; raises ``StoreError``."""
        row = course.settled(reason, self.now())
        assert row.ended is not None, "it has ended"
        await self._store.settle(
            row.number, row.outcome, row.reason, row.ended, row.facts
        )
        self._tell(row)
        return row

    def remark(self, course: Course, fact: str, text: str) -> None:
        """Tell of one that stands as it is; its row gets the fact when it ends."""
        course.facts[fact] = text
        self._tell(course.remarked(text))

    def _tell(self, row: ReleaseRow) -> None:
        _log.info(
            "release {number} of {actor}: {outcome}, {pause}{reason}",
            number=row.number,
            actor=row.actor,
            outcome=row.outcome.value,
            pause="no pause" if row.pause is None else f"{row.pause * 1000:.1f} ms",
            reason=row.reason and f": {row.reason}",
        )
        try:
            self._told(row)
        except Exception:  # noqa: BLE001 - the fence of one release step
            # It is stored by now: whoever could not be told must not change that.
            _log.failure("telling of release {number} failed", number=row.number)
