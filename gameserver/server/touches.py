"""Whose touch it was: the segment that runs, or that began what runs.

Coroutines and generators that a call begins are the call's. Plain callbacks of
Deferreds are in no segment, or in that of whoever fired them: what they change outside
all segments is noted as nobody's, and calls of several turns may have waited for it.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gameserver.server.segments import CURRENT, Segment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gameserver.server.ledger import Ledger
    from gameserver.server.records import Touched


class Touches:
    """What is touched in a turn, and in which segments.

    ``call_end``: has the turn ended in time. ``ran``: the segments of this turn that
    touched something. ``last_loose``: the last batch that holds something of nobody's;
    ``last_loose_refusal``: how many batches there were when that was last taken back.
    """

    __slots__ = ("__dict__", "late")  # C reads a slot in no time

    def __init__(self, ledger: Ledger, call_end: Callable[[], None]) -> None:
        self.ledger = ledger
        self._call_end = call_end
        self._is_unseen = False
        self.running: list[Segment] = []
        """The innermost last."""
        self.late: dict[Segment, None] = {}
        """Those in which something was touched that did not run, not looked at yet."""
        self.ran: dict[Segment, None] = {}
        self.last_loose = self.last_loose_refusal = 0
        self.outside = self._nobody()

    def segment(self) -> Segment:
        """Give what one call, tick or hook runs in."""
        return Segment(self, self.ledger)

    def _nobody(self) -> Segment:
        outside = self.segment()
        outside.is_call = False
        return outside

    @property
    def is_within(self) -> bool:
        """Whether author code runs in a segment right now."""
        return bool(self.running)

    @contextmanager
    def unseen(self) -> Iterator[None]:
        """Look at objects, or give them state, which is no touch then."""
        self._is_unseen = True
        try:
            yield
        finally:
            self._is_unseen = False

    def touched(self, subject: Any, *, is_written: bool = False) -> None:  # noqa: ANN401 - an avatar or service
        """Note that an object may have changed, or that something of it was set."""
        if self._is_unseen:
            return
        record = self.ledger.touch(subject)
        if record is None:
            return
        top = self.running[-1] if self.running else None
        segment = CURRENT.get()
        if segment is None or segment.touches is not self:
            segment = top or self.outside
        segment.touch(record, is_written=is_written)
        if segment is not top:
            self.late[segment] = self.ran[segment] = None
        self._call_end()

    def again(self, touched: Touched) -> None:
        """Look at these once more at the end of this turn."""
        self.ledger.touched.update(touched)
        self._call_end()

    def call(
        self,
        segment: Segment,
        subject: object,
        name: str,
        args: Sequence[Any],
        kw: Mapping[str, Any],
    ) -> Any:  # noqa: ANN401 - what it gives
        """Call a method in a segment that begins: its ``with`` block, in short."""
        if self.running or self.late:
            with segment:
                return getattr(subject, name)(*args, **kw)
        token = CURRENT.set(segment)
        self.running.append(segment)
        try:
            method = getattr(subject, name)
            return method(*args, **kw) if kw else method(*args)
        finally:
            CURRENT.reset(token)
            if segment.touched or segment.changed or self.late:
                segment.leave()
            else:
                self.running.pop()

    def enter(self, segment: Segment) -> None:
        """Begin a segment; what was changed until now is somebody else's."""
        self.look()
        outer = self.running[-1] if self.running else None
        if outer is not None:
            outer.look()
            if segment.is_long:  # it was let go on: with what that one has changed
                segment.has_changed(outer.changed)
        self.running.append(segment)

    def leave(self, segment: Segment) -> None:
        """End a segment, or one part of it."""
        self.running.pop()
        self.look(segment)
        segment.look()
        if not segment.touched and not segment.changed:
            return
        if self.running:
            self.running[-1].has_changed(segment.changed)
        self.ran[segment] = None
        self.again(segment.touched)

    def look(self, inside: Segment | None = None) -> None:
        """Look at those touched while they did not run; ``inside``: whom they ran in.

        What runs within another's segment is linked with it, in both directions.
        """
        if not self.late:
            return
        inside = inside or (self.running[-1] if self.running else None)
        late, self.late = self.late, {}
        for segment in late:
            segment.look()
            if inside is not None and segment is not inside:
                inside.look()
                inside.has_changed(segment.changed)
                segment.has_changed(inside.changed)

    def tell_of_loose(self, segment: Segment) -> None:
        """Have a call of several turns know of what was changed outside segments."""
        segment.is_loose_since(self.last_loose, is_now=bool(self.outside.changed))

    def note_refusal(self, taken_back: Touched) -> None:
        """Note what was taken back in this turn, before its end."""
        if not self.outside.changed.keys().isdisjoint(taken_back):
            self.last_loose_refusal = self.ledger.batches

    def handed_over(self, number: int) -> None:
        """Note which batch holds what this turn has changed; begin the next turn."""
        if self.outside.touched:
            self.last_loose = number if self.outside.changed else self.last_loose
            self.outside = self._nobody()
