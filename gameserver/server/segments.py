"""Segments: author code from a call, tick or hook to its end or its next ``await``.

A segment knows what was touched in it and in those of the same call before, for a list
that is held over an ``await`` is changed without being read again. At its end whoever
was touched is encoded and compared, so it is known what the call has changed.

Coroutines and generators that a call begins run in a copy of its context (``CURRENT``),
so what they touch later is the call's, too.
"""

from __future__ import annotations

from contextvars import ContextVar
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from gameserver.errors import NotSaved

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator
    from contextvars import Token
    from types import TracebackType

    from gameserver.model.batch import KeptAnswer
    from gameserver.server.ledger import Ledger
    from gameserver.server.records import Record, Touched
    from gameserver.server.touches import Touches


_NONE_YET: Touched = MappingProxyType({})  # type: ignore[assignment]  # nothing is put into it


def not_saved() -> NotSaved:
    """Give what a caller is told whose changes the store refused."""
    return NotSaved("this could not be saved, so it is as it was; try again")


class Segment:
    """What one call touches, over all its turns; a ``with`` block for each of them.

    ``is_call``: False of hooks and ticks, and of what runs outside all of these.
    ``is_held``: whether its answer waits for the commit. ``is_loose``: some of it works
    on unseen: in a Deferred that it gave, or in callbacks outside all segments.
    ``is_used``: whether anything was noted of it.
    ``fresh``: what of it was ``changed`` in this turn.
    ``answer``: what is to be stored, with its changes, of a numbered call; of others
    nothing is. ``begun_in``: the batch that says that it has begun, for a call of
    several turns; 0 for none.
    """

    # Most calls touch nothing: what they need not set stands here, once for all.
    _tokens: tuple[Token[Segment | None], ...] = ()
    _is_told = _is_over = _is_lost = False
    _way_back: list[Callable[[], object]] | None = None
    touched: Touched = _NONE_YET
    written: Touched = _NONE_YET
    changed: Touched = _NONE_YET
    fresh: Touched = _NONE_YET
    is_call = is_held = True
    is_long = is_loose = is_used = False
    answer: KeptAnswer | None = None
    begun_in = 0

    def __init__(self, touches: Touches, ledger: Ledger) -> None:
        self.touches = touches
        self._ledger = ledger
        self._begun = ledger.batches

    @property
    def is_idle(self) -> bool:
        """Whether it was one turn in which nothing was touched, so nothing is due."""
        return not (
            self.touched or self.changed or self.is_long or self.is_loose or self.answer
        )

    def begin(self) -> None:
        """Begin only now: what was refused before is no concern of a call that waited.

        Not when something was touched in it.
        """
        self._begun = self._ledger.batches

    @property
    def is_waiting(self) -> bool:
        """Whether there is something that its answer may have to wait for."""
        return bool(self.changed or self.written or self.is_loose)

    def __enter__(self) -> None:
        self._tokens = (*self._tokens, CURRENT.set(self))
        self.touches.enter(self)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        CURRENT.reset(self._tokens[-1])
        self._tokens = self._tokens[:-1]
        self.leave()

    def leave(self) -> None:
        """Look at what was touched, at the end of a part of it."""
        self.touches.leave(self)
        if self.is_long:
            self.touched = dict.fromkeys(filter(self._ledger.is_live, self.touched))

    def touch(self, record: Record[Any], *, is_written: bool) -> None:
        """Note that an object may have changed in it, or was set."""
        if self.touched is _NONE_YET:
            self.touched = {}
            self.is_used = True
        self.touched[record] = None
        if is_written:
            if self.written is _NONE_YET:
                self.written = {}
            self.written[record] = None

    def look(self) -> None:
        """Find what it has changed."""
        if self.touched:
            self.has_changed(self._ledger.changed(self.touched))

    def has_changed(self, records: Touched) -> None:
        """Note that these were changed in it, or by what it let go on."""
        if not records:
            return
        if self.changed is _NONE_YET:
            self.changed = {}
            self.is_used = True
        if self.fresh is _NONE_YET:
            self.fresh = {}
        self.changed.update(records)
        self.fresh.update(records)

    def batch(self, newest: int) -> int:
        """Give the number of the last batch that it has to wait for; 0 for none.

        That is one since it began that holds what it changed, or any that holds what
        it set, be it to what it was. ``newest``: the last that is under way.
        """
        concerned = {**self.touched, **self.changed} if self.is_long else self.changed
        last = max((record.batch for record in concerned), default=0)
        written = max((record.batch for record in self.written), default=0)
        loose = newest if self.is_loose else 0
        return max(last if last > self._begun else 0, written, loose)

    def is_refused(self) -> bool:
        """Say whether something that it has changed was refused meanwhile.

        Or touched, if it takes several turns: what it holds of that is out of date.
        """
        is_long = self.is_long or self.is_loose
        if self.is_loose and self.touches.last_loose_refusal > self._begun:
            return True
        held = self.touched if is_long else self.written
        concerned = {**self.changed, **held}
        return any(record.refused > self._begun for record in concerned)

    def is_lost(self) -> bool:
        """Say whether what it changes must not stay: its caller will hear so."""
        is_at_work = self.is_call and not self._is_over
        return self._is_lost or (is_at_work and self.is_refused())

    def is_news(self) -> bool:
        """Say, once, that something that it holds was taken back.

        A hook or tick may go on from there, as there is nobody who is told.
        """
        if self._is_told or not self.is_refused():
            return False
        if self.is_call:
            self._is_told = True
        else:
            self._begun = self._ledger.batches
        return True

    def is_to_be_noted(self) -> bool:
        """Say whether it has changed something, or may unseen, and is not noted."""
        may_change = bool(self.changed) or self.is_loose
        return may_change and not self.begun_in and not self.is_refused()

    def is_loose_since(self, batch: int, *, is_now: bool) -> None:
        """Hear of the last batch with changes from outside all segments, or of one now.

        A call of several turns may have waited for just these.
        """
        if self.is_long and (is_now or batch > self._begun):
            self.is_loose = True

    def on_way_back(self, act: Callable[[], object]) -> None:
        """Have something done if the caller is told that nothing was done."""
        if self.is_call:
            self.is_used = True
            self._way_back = self._way_back or []
            self._way_back.append(act)

    def end(self, *, is_saved: bool) -> None:
        """Note that the caller is told; of a failure, undo what no store knows of."""
        self._is_over, self._is_lost = True, not is_saved
        if self._way_back:
            way_back, self._way_back = self._way_back, None
            for act in reversed(() if is_saved else way_back):
                act()

    async def followed(self, coroutine: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - what it gives
        """Run a coroutine, each part of it in this segment."""
        self.is_long = True
        return await _Followed(coroutine, self)


CURRENT: ContextVar[Segment | None] = ContextVar("segment", default=None)
"""The segment that code runs in, or that began it."""


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
        """Go on with what was waited for; not if it rests on what was taken back."""
        with self._segment:
            if self._segment.is_news():
                return self._coroutine.throw(not_saved())
            return self._coroutine.send(value)

    def throw(self, *error: Any) -> Any:  # noqa: ANN401 - the same
        """Go on with an error of what was waited for, or of what was taken back."""
        with self._segment:
            if self._segment.is_news():
                return self._coroutine.throw(not_saved())
            return self._coroutine.throw(*error)

    def close(self) -> None:
        """End early."""
        self._coroutine.close()


def linked(bad: Touched, segments: list[Segment]) -> Touched:
    """Give these, and all that segments have changed together with them."""
    found = dict(bad)
    is_growing = bool(bad)
    while is_growing:
        is_growing = False
        for segment in segments:
            together = segment.changed.keys()
            if not together.isdisjoint(found) and not together <= found.keys():
                found.update(segment.changed)
                is_growing = True
    return found
