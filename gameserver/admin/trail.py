"""The audit trail as the admin API writes it: what the store did not take is owed.

What an admin did is done, whether the store can be written or not. So an entry that it
refuses is kept in memory, the log has it at once, and it is written, in its order, as
soon as the store takes it.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from twisted.logger import Logger

from gameserver.errors import StoreError
from gameserver.server.awaiting import ended, started

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IDelayedCall, IReactorTime
    from twisted.python.failure import Failure

    from gameserver.interfaces import AuditStore
    from gameserver.model.audit import AuditEntry

_log = Logger("gameserver.admin")

RETRY: Final = 1.0
"""Seconds until an entry that the store did not take is tried again."""

MOST: Final = 1000
"""Entries that are owed at a time; those that come then are in the log only."""


class Trail:
    """Writes entries, and owes those that cannot be written yet.

    ``clock``: for trying again. Without one nothing is owed: whoever records is told.
    """

    def __init__(self, store: AuditStore, clock: IReactorTime | None = None) -> None:
        self._store = store
        self._clock = clock
        self._owed: deque[AuditEntry] = deque()
        self._again: IDelayedCall | None = None
        self._paying: Deferred[None] | None = None

    async def record(self, entry: AuditEntry) -> None:
        """Write an entry, or owe it; nobody waits while older ones are owed.

        Raises ``StoreError`` without a clock.
        """
        if not self._owed:
            try:
                await self._store.record(entry)
            except StoreError as refusal:
                if self._clock is None:
                    raise
                self._owe(entry, refusal.line())
            return
        self._owe(entry, "others are owed before it")

    async def finish(self) -> None:
        """Try once more to write what is owed."""
        self._do_not_retry()
        if self._paying is None and self._owed:
            self._try_again()
        if self._paying is not None:
            await ended(self._paying)
        self._do_not_retry()
        if self._owed:
            n = len(self._owed)
            _log.error("audit trail: {n} entries are in the log only", n=n)

    def _do_not_retry(self) -> None:
        if self._again is not None:
            self._again.cancel()
            self._again = None

    def _owe(self, entry: AuditEntry, why: str) -> None:
        if len(self._owed) >= MOST:
            _log.error("audit trail: {n} entries are owed: in the log only", n=MOST)
            return
        if not self._owed:
            _log.error("audit trail: not written yet: {why}", why=why)
        self._owed.append(entry)
        self._put_off()

    def _put_off(self) -> None:
        if self._again is None and self._paying is None and self._clock is not None:
            self._again = self._clock.callLater(RETRY, self._try_again)

    def _try_again(self) -> None:
        self._again = None
        self._paying = started(self._pay())
        self._paying.addErrback(_failed).addCallback(self._rest)

    def _rest(self, _: object) -> None:
        self._paying = None
        if self._owed:
            self._put_off()

    async def _pay(self) -> None:
        """Write what is owed, oldest first, until one is refused."""
        count = 0
        while self._owed:
            try:
                await self._store.record(self._owed[0])
            except StoreError:
                return
            self._owed.popleft()
            count += 1
        _log.info("audit trail: {n} entries that were owed are written", n=count)


def _failed(failure: Failure) -> None:
    _log.failure("writing the audit trail failed", failure)
