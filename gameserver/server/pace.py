"""How fast calls are taken: at once, a little later, or not at all.

A client may make ``burst`` calls at once, and ``rate`` a second for long. A call that
comes faster waits for its turn, behind those of the client that wait already, so that
their order is kept and whoever waits for answers is slowed down and never refused.

At most ``in_flight`` calls of a client wait or are at work; one more is refused with
``busy`` before anything of it was done. Numbered calls are not counted there: of these
a session has its own limit (``session_rules``). Nor are calls that have ended, and
whose answers wait for the disk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from gameserver.errors import Busy, LoggedOut
from gameserver.model.bucket import Bucket, Filling
from gameserver.server.refusal import Refusal, unbegun

if TYPE_CHECKING:
    from twisted.internet.interfaces import IDelayedCall, IReactorTime

_log = Logger("gameserver.pace")

LONGEST: Final = 1000
"""How many calls of one client may wait, whatever the settings say."""

SLICE: Final = 0.004
"""Seconds of a turn in which calls of one client that have waited begin."""

QUIET: Final = 60.0
"""Seconds until the log says once more that calls of a client were refused."""

Waiting = Deferred[None]


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one client may ask for; 0 is no limit.

    ``rate``: calls a second. ``in_flight``: calls that wait or are at work.
    """

    rate: float = 0.0
    burst: int = 200
    in_flight: int = 0


class Paces:
    """The clients whose calls wait, and how many have waited or were refused."""

    def __init__(self, allowed: Allowance, clock: IReactorTime) -> None:
        self.allowed = allowed
        self.most = allowed.in_flight or float("inf")
        self.filling = Filling(allowed.rate, allowed.burst)
        self.clock = clock
        self.waited = self.refused = 0
        self.lines: set[Pace] = set()
        self.is_stopped = False
        self.too_many = unbegun(Busy(_too_many(allowed)))
        """What a call is refused with that is one too many: the same for all."""
        self.refusal = Refusal(self.too_many)

    def begun(self, who: object) -> Pace | None:
        """Give the pace of a new client, ``who`` in the log; None for no limits."""
        allowed = self.allowed
        return Pace(self, who) if allowed.rate or allowed.in_flight else None

    def stop(self) -> None:
        """Let go of all calls that wait, and have none wait any more."""
        self.is_stopped = True
        for pace in list(self.lines):
            pace.let_in()


class Pace(Bucket):
    """The calls of one client.

    While a token is ``left`` in hand none of them waits: a call that takes that one
    need not ask for its ``turn``, and so does not look at the clock.
    """

    # All that is the same for all is theirs: many clients have one each.
    __slots__ = (
        "_all", "_due", "_in_flight", "_line", "_refused", "_told", "_who", "is_full"
    )  # fmt: skip

    def __init__(self, paces: Paces, who: object) -> None:
        super().__init__(paces.filling)
        self._all = paces
        self._who = who
        self._line: dict[Waiting, None] | None = None
        self._due: IDelayedCall | None = None
        self._in_flight = self._refused = 0
        self._told: float | None = None
        self.is_full = False
        """Whether as many calls wait or are at work as may."""

    def turn(self) -> Waiting | None:
        """Give what fires when it is a call's turn; None for now, or at a stop.

        Raises ``Busy``, marked as unbegun.
        """
        line = self._line = self._line or {}
        if self._all.is_stopped or (not line and self.take(self._seconds())):
            return None
        if len(line) >= LONGEST:
            self._count_refusal()
            raise self._all.too_many.with_traceback(None)
        self._all.waited += 1
        waiting: Waiting = Deferred(self._cancelled)
        line[waiting] = None
        self._all.lines.add(self)
        if self._due is None:
            self._look_later()
        return waiting

    def passes(self) -> bool:
        """Let a call begin if it may at once; says whether it does.

        Where it may not, its ``turn`` says how it goes on.
        """
        if self.is_full:
            return False
        if self.left > 0:
            self.left -= 1
            return True
        return not self._line and self.take(self._seconds())

    def _seconds(self) -> float:
        return self._all.clock.seconds()

    def begun(self) -> None:
        """Count a call that is not ended yet."""
        self._in_flight += 1
        self.is_full = self._in_flight >= self._all.most

    def ended(self, result: object) -> object:
        """Count one less; gives the result."""
        self._in_flight -= 1
        self.is_full = self._in_flight >= self._all.most
        return result

    def refuse(self) -> NoReturn:
        """Raise ``Refusal``: the call is one too many."""
        self._count_refusal()
        raise self._all.refusal.with_traceback(None)

    def _count_refusal(self) -> None:
        now = self._seconds()
        self._refused += 1
        self._all.refused += 1
        if self._told is None or now - self._told >= QUIET:
            self._told = now
            said = "{who} has too many calls in flight, refused so far: {n}"
            _log.warn(said, who=self._who, n=self._refused)

    def let_in(self) -> None:
        """Begin calls that have waited: all at a stop, else those whose turn it is."""
        if self._due is not None and self._due.active():
            self._due.cancel()
        self._due = None
        is_stopped, end = self._all.is_stopped, self._seconds() + SLICE
        while self._line and (is_stopped or self.take_last(self._seconds())):
            first = next(iter(self._line))
            del self._line[first]
            first.callback(None)
            if not is_stopped and self._seconds() >= end:
                break
        self._look_later()

    def _look_later(self) -> None:
        if self._line:
            wait = self.wait(self._seconds())
            self._due = self._all.clock.callLater(wait, self.let_in)
        else:
            self._all.lines.discard(self)

    def _cancelled(self, waiting: Waiting) -> None:
        if self._line:
            self._line.pop(waiting, None)
        waiting.errback(unbegun(LoggedOut("nobody waits for this call any more")))


def _too_many(allowed: Allowance) -> str:
    most = allowed.in_flight or LONGEST
    text = f"{most} of your calls wait or are at work already; wait for an answer"
    return f"{text}, or {1 / allowed.rate:.2g} s" if allowed.rate else text
