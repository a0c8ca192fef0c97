"""Batches under way to the store, and who waits for each.

A store commits batches in order, and as a chain: when one is refused, all those handed
over after it will be, so all of that is taken back at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.logger import Logger

from gameserver.errors import StoreError
from gameserver.server.outage import Outage
from gameserver.server.segments import not_saved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from twisted.internet.defer import Deferred
    from twisted.python.failure import Failure

    from gameserver.model.batch import KeptAnswer
    from gameserver.server.ledger import Ledger
    from gameserver.server.records import Record, Unsaved

_log = Logger("gameserver.turns")


class Chain:
    """Hands batches over, and tells those who wait what became of them.

    ``refused``: called when a batch is refused, with the numbers of those that were
    under way and the objects in them, before anybody who waits is told. ``saved``: how
    many changes of objects were saved. ``now``: seconds of any clock.
    """

    def __init__(
        self,
        ledger: Ledger,
        refused: Callable[[Iterable[int], list[Record[Any]]], object],
        now: Callable[[], float],
    ) -> None:
        self._ledger = ledger
        self._when_refused = refused
        self._outage = Outage(now)
        self._under_way: dict[int, list[Unsaved]] = {}
        self._waiting: dict[int, list[Deferred[None]]] = {}
        """By number; without those that were taken back with one before them."""
        self.saved = 0

    def __len__(self) -> int:
        return len(self._under_way)

    @property
    def newest(self) -> int:
        """The number of the last batch under way; 0 for none."""
        return max(self._waiting, default=0)

    def last(self, number: int) -> int:
        """Give the last batch under way that is none after ``number``; 0 for none."""
        return max((one for one in self._waiting if one <= number), default=0)

    def hand_over(self, due: list[Unsaved]) -> int:
        """Take these for saved, as a batch whose number is given."""
        number = self._ledger.hand_over(due)
        self._under_way[number], self._waiting[number] = due, []
        return number

    def commit(self, number: int, answers: list[KeptAnswer]) -> None:
        """Have the store save what was handed over under that number."""
        done = self._ledger.commit(self._under_way[number], answers)
        done.addCallbacks(
            self._saved, self._refused, callbackArgs=(number,), errbackArgs=(number,)
        )

    def wait(self, number: int, waited: Deferred[None]) -> None:
        """Have a Deferred fire when that batch is saved: now, if it is not under way.

        It fails with ``NotSaved``, whose cause is what the store refused with.
        """
        if number in self._waiting:
            self._waiting[number].append(waited)
        else:
            waited.callback(None)

    def _saved(self, _: object, number: int) -> None:
        due = self._under_way.pop(number)
        self.saved += len(due)
        self._outage.over()
        for record, snapshot in due:
            record.saved(snapshot)
        if number not in self._waiting:  # it was taken for refused, with one before it
            self._ledger.take_back(record for record, _snapshot in due)
        for waited in self._waiting.pop(number, ()):
            waited.callback(None)

    def _refused(self, failure: Failure, number: int) -> None:
        due = self._under_way.pop(number)
        if number not in self._waiting:
            return  # it was taken back with one before it
        if isinstance(failure.value, StoreError):
            self._outage.refused(failure.value)
        else:
            _log.failure("batch {number} was not saved", failure, number=number)
        others = [one for batch in self._under_way.values() for one, _ in batch]
        waiting, self._waiting = self._waiting, {}
        self._when_refused(waiting, [record for record, _ in due] + others)
        for waited in [one for waiters in waiting.values() for one in waiters]:
            error = not_saved()
            error.__cause__ = failure.value
            waited.errback(error)
