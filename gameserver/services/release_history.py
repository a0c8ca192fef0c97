"""What is written of releases: their rows, a line of the log, and word to admins."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from twisted.logger import Logger, LogLevel

from gameserver.errors import StoreError
from gameserver.model.release_row import Outcome
from gameserver.server.awaiting import started

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IDelayedCall, IReactorTime

    from gameserver.errors import GameServerError
    from gameserver.interfaces import ReleaseStore
    from gameserver.model.release_row import ReleaseRow
    from gameserver.services.release_record import Course

_log = Logger("gameserver.releases")

RETRY = 1.0
"""Seconds until a row that the store did not take is tried again."""

LOOKED_AT = 100
"""Rows that a start looks at: as many releases may have been in force, and more."""


async def settle_open(
    store: ReleaseStore, now: Callable[[], float], runs: Callable[[str], str | None]
) -> list[ReleaseRow]:
    """Note at a start what became of the rows that an earlier one left open.

    What was in force cannot be taken back any more. One that was being committed is in
    force if the server has started with its texts. ``runs``: gives a module's text,
    None for one that is not there. Gives the newest rows as they are now, newest
    first, without texts. Raises ``StoreError``.
    """
    rows = await store.newest(LOOKED_AT)
    for place, row in enumerate(rows):
        if row.outcome is Outcome.COMMITTED:
            outcome, why = Outcome.PERMANENT, "the server was started again"
        elif row.outcome is Outcome.BEGUN:
            outcome, why = _ended(await store.get(row.number), runs)
        else:
            continue
        await store.settle(row.number, outcome, why, now(), row.facts)
        rows[place] = replace(row, outcome=outcome)
    return rows


def _ended(row: ReleaseRow, runs: Callable[[str], str | None]) -> tuple[Outcome, str]:
    """Say what became of one during whose commit the server ended."""
    is_running = bool(row.modules) and all(
        runs(one.name) == one.text and (one.text is None) == (one.act == "removed")
        for one in row.modules
    )
    if is_running:
        said = "the server ended while it was committed, and was started with its texts"
        return Outcome.PERMANENT, said
    return Outcome.REFUSED, "the server ended before it was in force"


class History:
    """The store's history of releases; ``now``: seconds since the epoch.

    A release has its row before it is committed, so that a crash leaves a trace. What
    becomes of it must not depend on the store: a row that cannot be written is owed,
    and written as soon as the store takes it.
    """

    def __init__(
        self,
        store: ReleaseStore,
        now: Callable[[], float],
        told: Callable[[ReleaseRow], object],
        clock: IReactorTime,
    ) -> None:
        self._store = store
        self.now = now
        self._told = told
        self._clock = clock
        self._owed: dict[int, ReleaseRow] = {}
        self._again: IDelayedCall | None = None

    async def begun(self, course: Course) -> None:
        """Add the row of one that is about to be committed; raises ``StoreError``."""
        row = course.as_row()
        course.row = replace(row, number=await self._store.add(row))

    async def committed(self, course: Course, reason: str = "") -> ReleaseRow:
        """Note that it is in force; ``reason``: what is wrong with that."""
        course.row = course.as_row(reason, number=course.number)
        return await self._noted(course.row)

    async def refused(self, course: Course, reason: str) -> None:
        """Note, or add, one that did not come about; without a store it is logged."""
        row = course.as_row(reason, self.now(), course.number)
        if course.row is None:
            try:
                row = replace(row, number=await self._store.add(row))
            except StoreError as error:
                _log.error("release refused, not recorded: {why}", why=error.line())
            course.row = row
            self._tell(row)
            return
        course.row = row
        await self._noted(row)

    async def settled(self, course: Course, reason: str) -> ReleaseRow:
        """Note how it ended."""
        return await self._noted(course.settled(reason, self.now()))

    async def remarked(self, course: Course, fact: str, text: str) -> None:
        """Note a fact of one that stands as it is."""
        course.facts[fact] = text
        await self._noted(course.remarked(text))

    async def stop(self) -> None:
        """Try once more to write what is owed."""
        if self._owed:
            await self._pay()
        if self._again is not None:
            self._again.cancel()
            self._again = None

    async def _noted(self, row: ReleaseRow) -> ReleaseRow:
        self._owed[row.number] = row
        await self._pay()
        self._tell(row)
        return row

    async def _pay(self) -> None:
        """Write the rows that are owed; the store keeps to the order."""
        for number, row in list(self._owed.items()):
            try:
                await self._store.rewrite(row)
            except StoreError as error:
                self._put_off(number, error)
            except Exception:  # noqa: BLE001 - the fence of one release step
                # No store will ever take it; the others are not to wait for it.
                _log.failure("release {n} cannot be recorded", n=number)
                self._owed.pop(number, None)
            else:
                if self._owed.get(number) is row:
                    del self._owed[number]

    def _put_off(self, number: int, error: GameServerError) -> None:
        if self._again is None:
            why = error.line()
            _log.error("release {n}: not recorded yet: {why}", n=number, why=why)
            self._again = self._clock.callLater(RETRY, self._try_again)

    def _try_again(self) -> None:
        self._again = None
        started(self._pay()).addErrback(
            lambda failure: _log.failure("recording releases failed", failure)
        )

    def _tell(self, row: ReleaseRow) -> None:
        reason = row.reason.removeprefix(f"{row.outcome.value} ")  # undone by whom
        _log.emit(
            LogLevel.warn if _is_odd(row) else LogLevel.info,
            "release {number} of {actor}: {outcome}{modules}{pause}{reason}",
            number=row.number,
            actor=row.actor,
            outcome=row.outcome.value,
            modules=_modules(row) if _is_odd(row) else "",
            pause=_pause(row),
            reason=reason and f": {reason}",
        )
        try:
            self._told(row)
        except Exception:  # noqa: BLE001 - the fence of one release step
            # It is stored by now: whoever could not be told must not change that.
            _log.failure("telling of release {number} failed", number=row.number)


def _is_odd(row: ReleaseRow) -> bool:
    """Say whether an admin should look at it: it does not stand, or ought not to."""
    if row.outcome is Outcome.COMMITTED:
        return bool(row.reason)
    return row.outcome in (Outcome.UNDONE, Outcome.REFUSED)


def _modules(row: ReleaseRow) -> str:
    names = ", ".join(one.name for one in row.modules)
    return names and f" ({names})"


def _pause(row: ReleaseRow) -> str:
    """Give the pause of one that is in force; that of an undo is not in its row."""
    if row.pause is None or row.ended is not None:
        return ""
    return f", {row.pause * 1000:.1f} ms"
