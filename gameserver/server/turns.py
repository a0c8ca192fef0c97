"""One turn of the reactor, one transaction; its answers leave after the commit.

At the end of a turn what differs from what is stored is handed over as one batch
(``chain.py``). An answer waits for the batch that holds what its call changed
(``touches.py``, ``segments.py``); if it changed nothing, it goes at once.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from inspect import iscoroutine
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, fail

from gameserver.errors import NotSaved
from gameserver.server.chain import Chain
from gameserver.server.segments import CURRENT, Segment, linked, not_saved
from gameserver.server.touches import Touches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from twisted.internet.interfaces import IDelayedCall, IReactorTime
    from twisted.python.failure import Failure

    from gameserver.server.ledger import Ledger
    from gameserver.server.records import Record, Touched, Unsaved

    Waiting = list[tuple[Segment, Deferred[None]]]

RETRY = 0.9
"""Seconds until a new object is handed over again that the store refused."""


class Turns:
    """Ends each turn in which something was touched."""

    def __init__(self, ledger: Ledger, clock: IReactorTime) -> None:
        self._ledger = ledger
        self._clock = clock
        self._due: IDelayedCall | None = None
        self._is_open = True
        self.touches = Touches(ledger, self._call_end)
        self.touched: Callable[[Any], None] = self.touches.touched
        """To be told of an object that may have changed; see ``Seat.touched``."""
        self.wrote: Callable[[Any], None] = partial(self.touched, is_written=True)
        """To be told that something of an object was set; see ``Seat.wrote``."""
        self._chain = Chain(ledger, self._refused, clock.seconds)
        self._waiting: Waiting = []
        self._saving: list[Deferred[None]] = []
        """Who waits for the end of the turn."""
        self._at_work: dict[Segment, None] = {}
        """Calls that take several turns, until their answers."""

    @property
    def saved(self) -> int:
        """How many changes of objects were saved."""
        return self._chain.saved

    @property
    def under_way(self) -> int:
        """How many batches are on their way to the store."""
        return len(self._chain)

    def close(self) -> None:
        """End no more turns: the last save has been made."""
        self._is_open = False
        if self._due is not None and self._due.active():
            self._due.cancel()
        self._due = None

    def retouch(self, touched: Touched) -> None:
        """Look at these once more at the end of this turn."""
        self.touches.again(touched)

    def segment(self) -> Segment:
        """Give what one call, tick or hook runs in."""
        return self.touches.segment()

    def run(self, act: Callable[[], Any]) -> Any:  # noqa: ANN401 - what it gives
        """Run a hook or tick in a segment, and each part of it if it is a coroutine."""
        segment = self.segment()
        segment.is_call = False
        with segment:
            begun = act()
        return segment.followed(begun) if iscoroutine(begun) else begun

    def follow(self, segment: Segment) -> None:
        """Know of a call that takes several turns, until it is ``held``.

        If it is numbered and changes something before it ends, it is stored that it has
        begun: its ``answer`` is what is stored then.
        """
        self._at_work[segment] = None
        if segment.is_loose:
            self._call_end()

    def held(self, segment: Segment) -> Deferred[None] | None:
        """Give what fires when all is saved that a segment changed; None for at once.

        It fails with ``NotSaved`` if the store refuses.
        """
        self.touches.look()
        self._at_work.pop(segment, None)
        if segment.is_idle:
            segment.end(is_saved=True)
            return None
        self.touches.tell_of_loose(segment)
        if segment.is_refused():
            segment.end(is_saved=False)
            return fail(not_saved())
        if not segment.is_waiting or not (segment.is_held or segment.answer):
            segment.end(is_saved=True)
            return None
        waited: Deferred[None] = Deferred()
        waited.addCallbacks(_ended, _ended, (segment,), {}, (segment,))
        self._waiting.append((segment, waited))
        self._call_end()
        if segment.is_held:
            return waited
        waited.addErrback(_drop)
        return None

    async def save(self, records: Iterable[Record[Any]] | None = None) -> None:
        """Return when all is on disk of these objects, or of all.

        Raises what the store refused with. What cannot be stored has a ``problem``.
        """
        chosen = list(self._ledger.records if records is None else records)
        while True:
            self.retouch(dict.fromkeys(chosen))
            await self._end_of_turn()
            last = max((one.batch for one in chosen), default=0)
            number = self._chain.last(last)
            if not number:
                if self._due is None:
                    return
                continue  # it was changed again while it was saved
            waited: Deferred[None] = Deferred()
            self._chain.wait(number, waited)
            try:
                await waited
            except NotSaved as refused:
                raise refused.__cause__ or refused from None

    async def answered(self) -> None:
        """Return when no answer waits any more for what was changed until now."""
        await self._end_of_turn()
        await self.written()

    async def written(self) -> None:
        """Return when all that was handed to the store is on disk, or was refused."""
        number = self._chain.newest
        if number:
            waited: Deferred[None] = Deferred()
            self._chain.wait(number, waited)
            with suppress(NotSaved):
                await waited

    async def _end_of_turn(self) -> None:
        """End the turn now, or wait for its end if author code runs in it yet."""
        if not self.touches.is_within:
            self.end()
            return
        ended: Deferred[None] = Deferred()
        self._saving.append(ended)
        await ended

    def _call_end(self) -> None:
        if self._due is None and self._is_open:
            self._due = self._clock.callLater(0, self.end)

    def end(self) -> bool:
        """End the turn now; says whether there was something to do.

        Not within a segment, or half of what that changes would be in this turn.
        """
        if self._due is None or self.touches.is_within:
            return False
        if self._due.active():
            self._due.cancel()
        self._due = None
        token = CURRENT.set(None)  # a reactor may have kept whose touch called for it
        try:
            waiting, self._waiting = self._waiting, []
            saving, self._saving = self._saving, []
            self._let_wait(waiting, self._hand_over(waiting))
            for ended in saving:
                ended.callback(None)
        finally:
            CURRENT.reset(token)
        return True

    def _hand_over(self, waiting: Waiting) -> int:
        """Have the store save what this turn has changed, and the answers with it."""
        is_loose = bool(self._at_work) or any(one.is_loose for one, _ in waiting)
        with self.touches.unseen():
            due = self._found(is_loose=is_loose)
        begun = [one for one in self._at_work if one.is_to_be_noted()]
        noted = begun + [one for one, _ in waiting if not one.is_refused()]
        answers = [one.answer for one in noted if one.answer is not None]
        number = self._chain.hand_over(due) if due or answers else 0
        self.touches.handed_over(number)
        for segment in begun:
            segment.begun_in = number
        if number:
            self._chain.commit(number, answers)
        return number

    def _found(self, *, is_loose: bool) -> list[Unsaved]:
        """Give what is to be stored; take back what must not stay, and all with it.

        ``is_loose``: a call may rest on what ran outside all segments. If there is
        none at all, what ran there hangs together with nothing.
        """
        self.touches.look()
        for segment in self._at_work:
            self.touches.tell_of_loose(segment)
        if not is_loose:
            self.touches.ran.pop(self.touches.outside, None)
        ran, self.touches.ran = list(self.touches.ran), {}
        touched, self._ledger.touched = self._ledger.touched, {}
        due, bad = self._ledger.unsaved(filter(self._ledger.is_live, touched))
        lost = [one for segment in ran if segment.is_lost() for one in segment.fresh]
        by_them = [one for one in bad if any(one in x.changed for x in ran)]
        out = linked(dict.fromkeys([*by_them, *lost]), ran)
        if out:
            self._ledger.give_up(out)
            self.touches.note_refusal(out)
        for segment in ran:
            segment.fresh = {}
        return [one for one in due if one[0] not in out]

    def _let_wait(self, waiting: Waiting, number: int) -> None:
        newest = self._chain.newest
        for segment, waited in waiting:
            last = number if segment.answer else segment.batch(newest)
            if segment.is_refused():
                waited.errback(not_saved())
            else:
                self._chain.wait(last, waited)

    def _refused(self, numbers: Iterable[int], concerned: list[Record[Any]]) -> None:
        """Take back what was in the batches under way, and what this turn has done."""
        self.touches.look()
        with self.touches.unseen():
            live = filter(self._ledger.is_live, self._ledger.touched)
            here = [record for record, _ in self._ledger.unsaved(live)[0]]
            taken_back = dict.fromkeys([*concerned, *here])
            self._ledger.take_back(taken_back)
        self.touches.note_refusal(taken_back)
        if self.touches.last_loose in numbers:
            self.touches.last_loose_refusal = self._ledger.batches
        again = {one: None for one in taken_back if not one.is_stored}
        if again:  # there was no way back for them
            self._clock.callLater(RETRY, self.retouch, again)
        for segment in self._at_work:
            if segment.begun_in in numbers:  # what was saved before stays begun
                segment.begun_in = 0


def _ended(result: Failure | None, segment: Segment) -> Failure | None:
    segment.end(is_saved=result is None)
    return result


def _drop(failure: Failure) -> None:
    """End the failure of a batch whose answer has left; the turn has logged it."""
    del failure
