"""One caller of a reload soak: what it sends, hears, and finds wrong.

Rules:

* Each call is answered once, with its own number, and is the one of that number to
  begin in the game: what was lost, doubled or overtaken on the way shows there.
* Calls that are answered at once are answered in the order in which they were sent.
* Each notification has the next number of its row.
* Each tick comes when it is due by the phase of the first one, later only by as much
  as the reactor itself was late; a tick that was left out was overtaken by that.
* No connection ends.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from gameserver.client import GameClient
from tests.soak.reload.editions import PERIOD

WINDOW = 4  # calls that a caller has in flight: of 200, fewer than may wait in all
PATIENCE = 60.0  # seconds for an answer
SLACK = 0.1  # seconds that a tick may be late beyond the reactor
_HAIR = 0.002  # seconds, or a share of a period, by which clocks may differ
_KINDS = ("plain", "deferred", "span")
_SHARES = (6, 2, 2)
_SHOWN = 20  # faults that are told in words


@dataclass
class Log:
    """What all callers of one process have seen."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    texts: list[str] = field(default_factory=list)
    longest: float = 0.0

    def fault(self, kind: str, text: str) -> None:
        """Note that something is wrong."""
        self.faults[kind] += 1
        if len(self.texts) < _SHOWN:
            self.texts.append(f"{kind}: {text}")

    def shown(self) -> dict[str, Any]:
        """Give it in JSON's types; ``longest`` in seconds."""
        return {
            "counts": dict(self.counts),
            "faults": dict(self.faults),
            "texts": self.texts,
            "longest": self.longest,
        }


class Row:
    """A row of numbered notifications."""

    def __init__(self, title: str, log: Log) -> None:
        self._title, self._log = title, log
        self._last: int | None = None

    def heard(self, number: int) -> None:
        """Compare with the one before."""
        last, self._last = self._last, number
        self._log.counts["notifications"] += 1
        if last is None or number == last + 1:
            return
        kind = "notification doubled" if number <= last else "notification lost"
        self._log.fault(kind, f"{self._title}: {number} after {last}")


class Phase:
    """The ticks of one timer; ``elapsed`` and ``late`` are the game's own seconds."""

    def __init__(self, title: str, log: Log) -> None:
        self._title, self._log = title, log
        self._last: float | None = None
        self._beat = 0

    def heard(self, elapsed: float, late: float) -> None:
        """Compare with the one before, and with how late the reactor was."""
        last, self._last = self._last, elapsed
        self._log.counts["ticks"] += 1
        # It may wait for two turns; then it can be that of an earlier beat.
        wait = 2 * late + SLACK
        earliest = math.ceil((elapsed - wait) / PERIOD - _HAIR)
        if last is None:
            self._beat = earliest
            return
        first = (self._beat + 1) * PERIOD
        due = max(first, (math.floor(last / PERIOD + _HAIR) + 1) * PERIOD)
        shown = f"{self._title}: {elapsed:.3f} s, due at {due:.3f} s"
        self._beat = max(self._beat + 1, earliest)
        if elapsed < first - _HAIR:
            self._log.fault("tick out of phase", shown)
        elif elapsed > due + wait:
            self._log.fault("tick late", f"{shown}; the reactor was {late:.3f} s late")
        elif elapsed > due + PERIOD:
            self._log.counts["ticks left out, by a late reactor"] += 1


class Caller:
    """One player; ``begin`` after the login, ``end`` fires when nothing is open."""

    def __init__(
        self, name: str, client: GameClient, reactor: Any, random: Random, log: Log
    ) -> None:
        self.name, self.client = name, client
        self.is_over = False
        self._reactor, self._random, self._log = reactor, random, log
        self._number = self._open = self._answered = 0
        self._is_sending = False
        self._idle: Deferred[None] = succeed(None)
        self._own, self._phase = Row(name, log), Phase(name, log)
        beats, drum = Row(f"{name}: drum", log), Phase(f"{name}: drum", log)
        client.on("begun", lambda told, _: self._own.heard(told))
        client.on("ended", lambda told, _: self._own.heard(told))
        client.on("tick", _both(self._own, self._phase))
        client.on("beat", _both(beats, drum))
        client.on_state(self._changed)

    def begin(self, rate: float) -> None:
        """Call so often a second, on the average, with ``WINDOW`` at most open."""
        self._is_sending = True
        self._next(1 / rate)

    def end(self) -> Deferred[None]:
        """Send no more."""
        self._is_sending = False
        if self._open:
            self._idle = Deferred()
        return self._idle

    def _next(self, pause: float) -> None:
        if not self._is_sending:
            return
        if self._open < WINDOW:
            self._send()
        delay = self._random.uniform(0.5, 1.5) * pause
        self._reactor.callLater(delay, self._next, pause)

    def _send(self) -> None:
        self._number += 1
        self._open += 1
        self._log.counts["calls"] += 1
        kind = self._random.choices(_KINDS, _SHARES)[0]
        asked = self.client.call(kind, self._number, timeout=PATIENCE)
        sent = self._number, kind, time.monotonic()
        asked.addCallbacks(self._hear, self._fail, sent, errbackArgs=sent)
        asked.addBoth(self._close)

    def _hear(self, answer: Any, number: int, kind: str, begun: float) -> None:
        self._log.counts["answers"] += 1
        self._log.longest = max(self._log.longest, time.monotonic() - begun)
        if answer != [number, number]:
            self._log.fault(
                "call lost, doubled or overtaken",
                f"{self.name}: {kind} {number} was answered {answer}",
            )
        if kind == "plain":
            if number < self._answered:
                text = f"{self.name}: {number} after {self._answered}"
                self._log.fault("answer out of order", text)
            self._answered = number

    def _fail(self, failure: Failure, number: int, kind: str, begun: float) -> None:
        code = getattr(failure.value, "code", type(failure.value).__name__)
        after = f"after {time.monotonic() - begun:.1f} s"
        text = f"{self.name}: {kind} {number} {after}: {code}: {failure.value}"
        self._log.fault("call refused", text)

    def _close(self, _: object) -> None:
        self._open -= 1
        if not self._open and not self._is_sending:
            self._idle.callback(None)

    def _changed(self, state: str, *details: object) -> None:
        if state != "connected" and not self.is_over:
            shown = " ".join(map(str, details))
            self._log.fault("connection", f"{self.name}: {state} {shown}")


def _both(row: Row, phase: Phase) -> Callable[[int, float, float], None]:
    def hear(number: int, elapsed: float, late: float) -> None:
        row.heard(number)
        phase.heard(elapsed, late)

    return hear
