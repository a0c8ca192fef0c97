"""Segments: author code from a call, tick or hook to its end or its next ``await``.

A segment knows what was touched in it and in those of the same call before, for a list
that is held over an ``await`` is changed without being read again. At its end whoever
was touched is encoded and compared, so it is known what the call has changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gameserver.errors import NotSaved

if TYPE_CHECKING:
    from collections.abc import Coroutine, Generator
    from types import TracebackType

    from gameserver.model.batch import KeptAnswer
    from gameserver.server.ledger import Ledger
    from gameserver.server.records import Touched
    from gameserver.server.turns import Turns


def not_saved() -> NotSaved:
    """Give what a caller is told whose changes the store refused."""
    return NotSaved("this could not be saved, so it is as it was; try again")


class Segment:
    """What one call touches, over all its turns; a context for each of them.

    ``is_call``: False of hooks and ticks. ``is_held``: whether its answer waits for the
    commit. ``is_loose``: it gave a Deferred that works on unseen. ``answer``: what is
    to be stored, with its changes, of a numbered call; of others nothing is.
    ``begun_in``: the batch that says that it has begun, for a call of several turns; 0
    for none.
    """

    def __init__(self, turns: Turns, ledger: Ledger) -> None:
        self._turns = turns
        self._ledger = ledger
        self._outer: list[tuple[Touched, Touched]] = []
        self._begun = ledger.batches
        self._is_long = self._is_told = False
        self.touched: Touched = {}
        self.written: Touched = {}
        self.changed: Touched = {}
        self.is_call = self.is_held = True
        self.is_loose = False
        self.answer: KeptAnswer | None = None
        self.begun_in = 0

    @property
    def is_waiting(self) -> bool:
        """Whether there is something that its answer may have to wait for."""
        return bool(self.changed or self.written or self.is_loose)

    def __enter__(self) -> None:
        stack = self._turns.open
        if stack:
            stack[-1].look()  # what it changed until now is its own
        stack.append(self)
        self._outer.append((self._ledger.touched, self._ledger.written))
        self._ledger.touched, self._ledger.written = self.touched, self.written

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        stack = self._turns.open
        stack.pop()
        self._ledger.touched, self._ledger.written = self._outer.pop()
        if not self.touched:
            return
        self.look()
        if stack:
            stack[-1].changed.update(self.changed)
        self._turns.ran(self)
        if self._is_long:
            self.touched = dict.fromkeys(filter(self._ledger.is_live, self.touched))

    def look(self) -> None:
        """Find what it has changed."""
        self.changed.update(self._ledger.changed(self.touched))

    def batch(self, newest: int) -> int:
        """Give the number of the last batch that it has to wait for; 0 for none.

        That is one since it began that holds what it changed, or any that holds what
        it set, be it to what it was. ``newest``: the last that is under way.
        """
        concerned = self.touched if self._is_long else self.changed
        last = max((record.batch for record in concerned), default=0)
        written = max((record.batch for record in self.written), default=0)
        loose = newest if self.is_loose else 0
        return max(last if last > self._begun else 0, written, loose)

    def is_refused(self) -> bool:
        """Say whether something that it has changed was refused meanwhile.

        Or touched, if it takes several turns: what it holds of that is out of date.
        """
        is_long = self._is_long or self.is_loose
        concerned = self.touched if is_long else {**self.changed, **self.written}
        return any(record.refused > self._begun for record in concerned)

    def is_news(self) -> bool:
        """Say, once, that something that it holds was taken back."""
        if self._is_told or not self.is_refused():
            return False
        self._is_told = True
        return True

    def is_to_be_noted(self) -> bool:
        """Say whether it has changed something, or may unseen, and is not noted."""
        may_change = bool(self.changed) or self.is_loose
        return may_change and not self.begun_in and not self.is_refused()

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
        """Go on with what was waited for; not if it rests on what was taken back."""
        with self._segment:
            if self._segment.is_news():
                return self._coroutine.throw(not_saved())
            return self._coroutine.send(value)

    def throw(self, *error: Any) -> Any:  # noqa: ANN401 - the same
        """Go on with an error of what was waited for."""
        with self._segment:
            return self._coroutine.throw(*error)

    def close(self) -> None:
        """End early."""
        self._coroutine.close()


def linked(bad: Touched, segments: list[Segment]) -> Touched:
    """Give these, and all that calls have changed together with them."""
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
