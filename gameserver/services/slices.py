"""After a commit: what still waits is migrated, and then stored, a little each turn.

Nobody waits for it but the next release. Who is touched earlier is migrated earlier, by
the engine.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from gameserver.services.collector import Unmoved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from twisted.internet.interfaces import IDelayedCall, IReactorTime

    from gameserver.reload.release import Release
    from gameserver.server.ledger import Ledger
    from gameserver.server.records import Record
    from gameserver.server.turns import Turns
    from gameserver.services.collector import Collects

BUDGET = 0.0025
"""Seconds of one turn that go into migrating; with 3, one of 77,500 took 5.2."""
_log = Logger("gameserver.releases")

RESPITE = 0.001
"""Seconds between two slices, in which the reactor waits and threads run.

CPython's interpreter lock goes to a thread that has asked for it for 5 ms without a
break. Slices of 3 ms without a wait between them never let the store's thread have it:
no durable call was answered for the five seconds that 100,000 avatars take.
"""
AHEAD = 8
"""Batches under way to the store; with more, those of calls would wait behind them."""
PAUSE = 0.002
"""Seconds until the next look whether there are fewer."""
SHARE = 20
"""How many are looked at and stored in one turn: 1.1 ms; 100 took 15 to 24."""
SIZE = 40_000
"""Bytes of state in one turn, but for a single one that has more: at most 1 ms.

Two of 20 kB each, in lists within a dict, take 1.1 ms to encode; 20 took 25.
"""
LOOKED = 500
"""Records among which these are sought in one turn, not among all at once: 1.3 ms."""


class Slices:
    """The instances of some classes, brought up to date in the store.

    ``owners``: the classes whose instances a release has changed. ``ended``: called
    once, when all is done or the release is undone; not after ``stop``.
    """

    def __init__(
        self,
        release: Release,
        owners: tuple[type, ...],
        parts: tuple[Ledger, Turns, IReactorTime],
        ended: Callable[[], object],
        collector: Collects | None = None,
    ) -> None:
        self._collector = collector or Unmoved()
        self._release = release
        self._owners = owners
        self._ledger, self._turns, self._clock = parts
        self._ended = ended
        self._is_migrated = False
        self._left: Iterator[int] | None = None
        self._call: IDelayedCall | None = None
        self._waiting: list[Deferred[None]] = []
        self._storing: list[Deferred[None]] = []

    @property
    def is_going(self) -> bool:
        """Say whether there is more to be done."""
        return self._call is not None and self._call.active()

    def start(self) -> None:
        """Begin in the next turn."""
        self._call = self._clock.callLater(0, self._go)

    def stop(self) -> None:
        """Do no more; the engine still migrates each on its first touch."""
        if self._call is not None and self._call.active():
            self._call.cancel()
        self._end()

    async def migrated(self) -> None:
        """Wait until nobody is left to be migrated, or ``stop``.

        Who plans a release before that has the engine migrate them all at once.
        """
        if self._release.left and self.is_going:
            waited: Deferred[None] = Deferred()
            self._waiting.append(waited)
            await waited

    async def stored(self) -> None:
        """Wait until all have been looked at and are on disk, or ``stop``."""
        if self.is_going:
            waited: Deferred[None] = Deferred()
            self._storing.append(waited)
            await waited
        await self._turns.written()

    def _go(self) -> None:
        self._collector.pass_by()  # what the commit has made, or what came since
        self._go_on()
        self._collector.pass_by()

    def _go_on(self) -> None:
        if not self._is_migrated:  # once at least: it takes the interceptors away
            left = self._advanced()
            self._is_migrated = not left
            self._call = self._clock.callLater(RESPITE if left else 0, self._go)
        elif self._turns.under_way > AHEAD:
            self._call = self._clock.callLater(PAUSE, self._go)
            self._tell()  # nobody is left to be migrated
        elif self._retouch():
            self.start()
            self._tell()
        else:
            self._end()
            self._ended()

    def _advanced(self) -> int:
        """Migrate some; give how many are left, none if that was broken off."""
        try:
            with self._collector.seeing():  # one that fails is undone, with scans
                return self._release.advance(BUDGET)
        except BaseException:  # noqa: BLE001 - an author's KeyboardInterrupt; the engine undoes
            _log.failure("migrating in slices was broken off")
            return self._release.left

    def _retouch(self) -> bool:
        """Have some looked at in this turn; say whether any are left to be."""
        if self._left is None:
            self._left = iter(self._ledger.keys())
        share: list[Record[Any]] = []
        is_any, size = False, 0
        for key in islice(self._left, LOOKED):
            is_any = True
            record = self._ledger.at(key)
            if record is not None and self._is_concerned(record):
                share.append(record)
                size += record.size
            if len(share) == SHARE or size >= SIZE:
                break
        self._turns.retouch(dict.fromkeys(share))
        return is_any

    def _is_concerned(self, record: Record[Any]) -> bool:
        """Say whether a record is of a live instance of the classes; no touch."""
        # type(), not isinstance(): that may ask the instance, which would migrate it.
        is_of = issubclass(type(record.subject), self._owners)
        return is_of and self._ledger.is_live(record)

    def _end(self) -> None:
        self._tell()
        storing, self._storing = self._storing, []
        for waited in storing:
            waited.callback(None)

    def _tell(self) -> None:
        waiting, self._waiting = self._waiting, []
        for waited in waiting:
            waited.callback(None)
