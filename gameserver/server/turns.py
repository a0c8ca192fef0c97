"""One turn of the reactor, one transaction; its answers leave after the commit.

Author code runs in *segments*: from a call, tick or hook to its end or its next
``await``. A segment knows what was touched in it, and in those of the same call before,
for a list that is held over an ``await`` is changed without being read again.

At the end of a segment whoever was touched in it is encoded and compared, so it is
known what the call has changed; at the end of the turn what differs from what is stored
is handed over as one batch. An answer waits for the batch that holds what its call
changed; if it changed nothing, it goes at once. Stores commit batches in order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, fail
from twisted.logger import Logger

from gameserver.errors import NotSaved

if TYPE_CHECKING:
    from collections.abc import Coroutine, Generator
    from types import TracebackType

    from twisted.internet.interfaces import IDelayedCall, IReactorTime
    from twisted.python.failure import Failure

    from gameserver.server.ledger import Ledger, Touched

_log = Logger("gameserver.turns")


class Turns:
    """Ends each turn in which something was touched."""

    def __init__(self, ledger: Ledger, clock: IReactorTime) -> None:
        self._ledger = ledger
        self._clock = clock
        self._due: IDelayedCall | None = None
        self._is_open = True
        self._waiting: list[tuple[Segment, Deferred[None]]] = []
        self._held: dict[int, list[Deferred[None]]] = {}
        """By number of a batch under way, who waits for it."""
        self.saved = 0
        """How many changes of objects were saved."""
        self.refused = 0
        """How many batches the store refused."""

    def close(self) -> None:
        """End no more turns: the last save has been made."""
        self._is_open = False
        if self._due is not None and self._due.active():
            self._due.cancel()
        self._due = None

    def touched(self, subject: Any) -> None:  # noqa: ANN401 - an avatar or service
        """Note that an object may have changed; see ``Seat.touched``."""
        self._ledger.touch(subject)
        if self._due is None and self._is_open:
            self._due = self._clock.callLater(0, self.end)

    def segment(self) -> Segment:
        """Give what one call, tick or hook runs in."""
        return Segment(self, self._ledger)

    async def followed(self, coroutine: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - what it gives
        """Run a hook's or tick's coroutine, each part in one segment of its own."""
        return await self.segment().followed(coroutine)

    def held(self, segment: Segment) -> Deferred[None] | None:
        """Give what fires when all is saved that a segment changed; None for at once.

        It fails with ``NotSaved`` if the store refuses.
        """
        if segment.is_refused():
            return fail(_not_saved())
        if not segment.changed or not segment.is_held:
            return None
        waited: Deferred[None] = Deferred()
        self._waiting.append((segment, waited))
        return waited

    def retouch(self, touched: Touched) -> None:
        """Look at these once more at the end of this turn."""
        self._ledger.touched.update(touched)
        if self._due is None and self._is_open:
            self._due = self._clock.callLater(0, self.end)

    def end(self) -> bool:
        """End the turn now; says whether there was something to do."""
        if self._due is None:
            return False
        touched = self._ledger.touched
        due = self._ledger.unsaved(filter(self._ledger.is_live, list(touched)))
        self._ledger.touched = {}  # to encode a state is to read it, which is a touch
        if self._due.active():
            self._due.cancel()
        self._due = None
        if due:
            self._held[self._ledger.hand_over(due)] = []
        waiting, self._waiting = self._waiting, []
        for segment, waited in waiting:
            held = self._held.get(segment.batch())
            if segment.is_refused():
                waited.errback(_not_saved())
            elif held is None:
                waited.callback(None)
            else:
                held.append(waited)
        if due:
            number = self._ledger.batches
            done = self._ledger.commit(due)
            done.addCallbacks(
                self._saved,
                self._refused,
                callbackArgs=(number, len(due)),
                errbackArgs=(number,),
            )
        return True

    def _saved(self, _: object, number: int, count: int) -> None:
        self.saved += count
        for waited in self._held.pop(number):
            waited.callback(None)

    def _refused(self, failure: Failure, number: int) -> None:
        self.refused += 1
        _log.failure("batch {number} was not saved", failure, number=number)
        for waited in self._held.pop(number):
            waited.errback(_not_saved())


def _not_saved() -> NotSaved:
    return NotSaved("this could not be saved, so it is as it was; try again")


class Segment:
    """What one call touches, over all its turns; a context for each of them.

    ``is_held``: whether its answer waits for the commit.
    """

    def __init__(self, turns: Turns, ledger: Ledger) -> None:
        self._turns = turns
        self._ledger = ledger
        self._outer: list[Touched] = []
        self._begun = ledger.batches
        self._is_long = False
        self.touched: Touched = {}
        self.changed: Touched = {}
        self.is_held = True

    def __enter__(self) -> None:
        self._outer.append(self._ledger.touched)
        self._ledger.touched = self.touched

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ledger.touched = self._outer.pop()
        if self.touched:
            self.changed.update(self._ledger.changed(self.touched))
            self._turns.retouch(self.touched)

    def batch(self) -> int:
        """Give the number of the last batch since the call began that it is part of."""
        last = max((record.batch for record in self.changed), default=0)
        return last if last > self._begun else 0

    def is_refused(self) -> bool:
        """Say whether something that it has changed was refused meanwhile.

        Or touched, if it takes several turns: what it holds of that is out of date.
        """
        concerned = self.touched if self._is_long else self.changed
        return any(record.refused > self._begun for record in concerned)

    async def followed(self, coroutine: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - what it gives
        """Run a coroutine, each part of it in this segment."""
        self._is_long = True
        return await _Followed(coroutine, self)


class _Followed:
    """Stands between an awaiter and a coroutine: every resumption is a segment."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any], segment: Segment) -> None:
        self._coroutine = coroutine
        self._segment = segment

    def __await__(self) -> Generator[Any, Any, Any]:
        return self

    def __iter__(self) -> _Followed:
        return self

    def __next__(self) -> Any:  # noqa: ANN401 - what the coroutine waits for
        return self.send(None)

    def send(self, value: Any) -> Any:  # noqa: ANN401 - the same
        """Go on with what was waited for."""
        with self._segment:
            return self._coroutine.send(value)

    def throw(self, *error: Any) -> Any:  # noqa: ANN401 - the same
        """Go on with an error of what was waited for."""
        with self._segment:
            return self._coroutine.throw(*error)

    def close(self) -> None:
        """End early."""
        self._coroutine.close()
