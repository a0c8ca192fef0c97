"""One turn of the reactor, one transaction; its answers leave after the commit.

At the end of a turn what differs from what is stored is handed over as one batch. An
answer waits for the batch that holds what its call changed; if it changed nothing, it
goes at once. Stores commit batches in order, and as a chain: when one is refused, all
that is under way will be, so all of that is taken back, and what this turn has done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, fail
from twisted.logger import Logger

from gameserver.errors import NotSaved
from gameserver.server.segments import Segment, linked, not_saved

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable

    from twisted.internet.interfaces import IDelayedCall, IReactorTime
    from twisted.python.failure import Failure

    from gameserver.server.ledger import Ledger
    from gameserver.server.records import Record, Touched, Unsaved

    Waiting = list[tuple[Segment, Deferred[None]]]

_log = Logger("gameserver.turns")
RETRY = 0.9
"""Seconds until a new object is handed over again that the store refused."""


class Turns:
    """Ends each turn in which something was touched.

    ``open``: the segments that run now, the innermost last.
    """

    def __init__(self, ledger: Ledger, clock: IReactorTime) -> None:
        self._ledger = ledger
        self._clock = clock
        self._due: IDelayedCall | None = None
        self._is_open = True
        self._is_ending = False
        self.open: list[Segment] = []
        self._ran: dict[Segment, None] = {}
        """Segments of this turn that touched something."""
        self._waiting: Waiting = []
        self._running: dict[Segment, None] = {}
        """Numbered calls that take several turns."""
        self._under_way: dict[int, list[Unsaved]] = {}
        self._held: dict[int, list[Deferred[None]]] = {}
        """By number of a batch under way, who waits for it."""
        self.saved = 0
        """How many changes of objects were saved."""
        self.refused = 0
        """How often the store refused."""

    def close(self) -> None:
        """End no more turns: the last save has been made."""
        self._is_open = False
        if self._due is not None and self._due.active():
            self._due.cancel()
        self._due = None

    def touched(self, subject: Any) -> None:  # noqa: ANN401 - an avatar or service
        """Note that an object may have changed; see ``Seat.touched``."""
        self._ledger.touch(subject)
        self._call_end()

    def wrote(self, subject: Any) -> None:  # noqa: ANN401 - the same
        """Note that something of an object was set; see ``Seat.wrote``."""
        self._ledger.wrote(subject)
        self._call_end()

    def segment(self) -> Segment:
        """Give what one call, tick or hook runs in."""
        return Segment(self, self._ledger)

    async def followed(self, coroutine: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - what it gives
        """Run a hook's or tick's coroutine, each part in one segment of its own."""
        segment = self.segment()
        segment.is_call = False
        return await segment.followed(coroutine)

    def held(self, segment: Segment) -> Deferred[None] | None:
        """Give what fires when all is saved that a segment changed; None for at once.

        It fails with ``NotSaved`` if the store refuses.
        """
        self._running.pop(segment, None)
        if segment.is_refused():
            return fail(not_saved())
        if not segment.is_waiting or not (segment.is_held or segment.answer):
            return None
        waited: Deferred[None] = Deferred()
        self._waiting.append((segment, waited))
        self._call_end()
        if segment.is_held:
            return waited
        waited.addErrback(_drop)
        return None

    def follow(self, segment: Segment) -> None:
        """Store that a numbered call has begun, if it changes something before it ends.

        Its ``answer`` is what is stored then. To be followed until it is ``held``.
        """
        self._running[segment] = None
        if segment.is_loose:
            self._call_end()

    def ran(self, segment: Segment) -> None:
        """Look at what a segment touched once more at the end of this turn."""
        self._ran[segment] = None
        self.retouch(segment.touched)

    def retouch(self, touched: Touched) -> None:
        """Look at these once more at the end of this turn."""
        self._ledger.touched.update(touched)
        self._call_end()

    async def save(self, records: Iterable[Record[Any]] | None = None) -> None:
        """Return when all is on disk of these objects, or of all.

        Raises what the store refused with. What cannot be stored has a ``problem``.
        """
        chosen = list(self._ledger.records if records is None else records)
        while True:
            self.retouch(dict.fromkeys(chosen))
            self.end()
            last = max((one.batch for one in chosen), default=0)
            number = max((one for one in self._held if one <= last), default=0)
            if not number:
                if self._due is None:
                    return
                continue  # it was changed again while it was saved
            waited: Deferred[None] = Deferred()
            self._held[number].append(waited)
            try:
                await waited
            except NotSaved as refused:
                raise refused.__cause__ or refused from None

    def _call_end(self) -> None:
        if self._due is None and self._is_open and not self._is_ending:
            self._due = self._clock.callLater(0, self.end)

    def end(self) -> bool:
        """End the turn now; says whether there was something to do."""
        if self._due is None:
            return False
        if self._due.active():
            self._due.cancel()
        self._due = None
        waiting, self._waiting = self._waiting, []
        due = self._found()
        begun = [one for one in self._running if one.is_to_be_noted()]
        noted = begun + [one for one, _ in waiting if not one.is_refused()]
        answers = [one.answer for one in noted if one.answer is not None]
        number = self._ledger.hand_over(due) if due or answers else 0
        if number:
            self._under_way[number], self._held[number] = due, []
        for segment in begun:
            segment.begun_in = number
        self._let_wait(waiting, number)
        if number:
            done = self._ledger.commit(due, answers)
            done.addCallbacks(
                self._saved,
                self._refused,
                callbackArgs=(number,),
                errbackArgs=(number,),
            )
        return True

    def _found(self) -> list[Unsaved]:
        """Give what is to be stored; take back what hangs on a call's bad state."""
        self._is_ending = True  # to encode a state is to read it, which is a touch
        try:
            touched = self._ledger.touched
            ran = [segment for segment in self._ran if segment.is_call]
            live = list(filter(self._ledger.is_live, touched))
            due, bad = self._ledger.unsaved(live)
            by_calls = {one: None for one in bad if any(one in x.changed for x in ran)}
            out = linked(by_calls, ran)
            if out:
                self._ledger.take_back(out)
            return [one for one in due if one[0] not in out]
        finally:
            self._ledger.touched, self._ledger.written, self._ran = {}, {}, {}
            self._is_ending = False

    def _let_wait(self, waiting: Waiting, number: int) -> None:
        newest = max(self._held, default=0)
        for segment, waited in waiting:
            last = number if segment.answer else segment.batch(newest)
            if segment.is_refused():
                waited.errback(not_saved())
            elif last in self._held:
                self._held[last].append(waited)
            else:
                waited.callback(None)

    def _saved(self, _: object, number: int) -> None:
        due = self._under_way.pop(number)
        self.saved += len(due)
        for record, snapshot in due:
            record.saved(snapshot)
        if number not in self._held:  # it was taken for refused, with one before it
            self._ledger.take_back(record for record, _snapshot in due)
        for waited in self._held.pop(number, ()):
            waited.callback(None)

    def _refused(self, failure: Failure, number: int) -> None:
        due = self._under_way.pop(number)
        if number not in self._held:
            return  # it was taken back with one before it
        self.refused += 1
        _log.failure("batch {number} was not saved", failure, number=number)
        touched = list(filter(self._ledger.is_live, self._ledger.touched))
        here = [record for record, _ in self._ledger.unsaved(touched)[0]]
        others = [one for batch in self._under_way.values() for one, _ in batch]
        concerned = [record for record, _ in due] + others + here
        self._ledger.take_back(dict.fromkeys(concerned))
        again = {one: None for one in concerned if not one.is_stored}
        if again:  # there was no way back for them
            self._clock.callLater(RETRY, self.retouch, again)
        held, self._held = self._held, {}
        for segment in self._running:
            if segment.begun_in in held:  # what was saved before stays begun
                segment.begun_in = 0
        for waited in [one for waiters in held.values() for one in waiters]:
            error = not_saved()
            error.__cause__ = failure.value
            waited.errback(error)


def _drop(failure: Failure) -> None:
    """End the failure of a batch whose answer has left; the turn has logged it."""
    del failure
