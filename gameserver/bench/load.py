"""The load loop: sockets, a selector, ready-made bytes, and nothing that decodes.

A caller keeps ``window`` calls in flight: as many answers as arrive in one chunk, as
many calls leave in one write. Until the deadline, that is; then it lets the rest come
in, so that the calls sent and the answers counted are equal at the end.
"""

from __future__ import annotations

import selectors
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from gameserver.bench.connection import PATIENCE
from gameserver.bench.counters import RECEIVE
from gameserver.errors import MeasurementFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gameserver.bench.connection import Connection


class Counter(Protocol):
    """Counts whole messages; see ``counters``."""

    def feed(self, chunk: bytes) -> int:
        """Give how many messages ``chunk`` completes."""

    def is_between(self) -> bool:
        """Tell whether the stream stands between two messages."""


@dataclass(frozen=True)
class Delay:
    """``calls`` calls of one write, answered together ``seconds`` later."""

    seconds: float
    calls: int


@dataclass
class Caller:
    """Repeats the ``window`` calls in ``block``; the counter counts their answers."""

    connection: Connection
    block: bytes
    window: int
    counter: Counter
    answered: int = 0
    in_flight: int = 0
    delays: list[Delay] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._size = len(self.block) // self.window
        self._twice = self.block * 2
        self._next = 0
        self._deadline = 0.0
        self._sent: deque[Delay] = deque()

    def start(self, now: float, deadline: float) -> None:
        """Send the first window; further calls leave until ``deadline``."""
        self.answered = 0
        self.delays.clear()
        self._deadline = deadline
        self._send(self.window, now)

    def received(self, chunk: bytes, now: float) -> None:
        """Count answers, and send as many calls again."""
        count = self.counter.feed(chunk)
        if not count:
            return
        self.answered += count
        self.in_flight -= count
        self._note(count, now)
        if now < self._deadline:
            self._send(count, now)

    def _send(self, count: int, now: float) -> None:
        start = self._next * self._size
        self._next = (self._next + count) % self.window
        self.in_flight += count
        self._sent.append(Delay(now, count))
        self.connection.socket.sendall(self._twice[start : start + count * self._size])

    def _note(self, count: int, now: float) -> None:
        # Answers come in the order of the calls: the counter has compared them.
        while count:
            oldest = self._sent.popleft()
            taken = min(count, oldest.calls)
            self.delays.append(Delay(now - oldest.seconds, taken))
            if taken < oldest.calls:
                self._sent.appendleft(Delay(oldest.seconds, oldest.calls - taken))
            count -= taken


@dataclass
class Listener:
    """Counts what its mind is told."""

    connection: Connection
    counter: Counter
    heard: int = 0

    def received(self, chunk: bytes, now: float) -> None:  # noqa: ARG002 - as a Caller's
        """Count notifications."""
        self.heard += self.counter.feed(chunk)


@dataclass(frozen=True)
class Spell:
    """One stretch of load, in seconds: by the wall, and of our own CPU."""

    wall: float
    own_cpu: float


def drive(
    callers: Sequence[Caller],
    listeners: Sequence[Listener],
    seconds: float,
    is_done: Callable[[], bool],
) -> Spell:
    """Load the server for ``seconds`` and until ``is_done`` then.

    Raises ``MeasurementFailed`` when the server closes, falls silent, or sends a byte
    that the counters do not expect.
    """
    peers: list[Caller | Listener] = [*callers, *listeners]
    with selectors.DefaultSelector() as selector:
        for peer in peers:
            peer.connection.socket.settimeout(None)
            selector.register(peer.connection.socket, selectors.EVENT_READ, peer)
        own, started = time.process_time(), time.perf_counter()
        for caller in callers:
            caller.start(started, started + seconds)
        while not is_done():
            _turn(selector)
        ended = time.perf_counter()
    if not all(peer.counter.is_between() for peer in peers):
        raise MeasurementFailed("the server sent more than it was asked for")
    return Spell(ended - started, time.process_time() - own)


def _turn(selector: selectors.BaseSelector) -> None:
    ready = selector.select(PATIENCE)
    if not ready:
        raise MeasurementFailed(f"no answer within {PATIENCE:g} s")
    for key, _ in ready:
        chunk = key.fileobj.recv(RECEIVE)  # type: ignore[union-attr]  # a socket
        if not chunk:
            raise MeasurementFailed("the server closed the connection")
        key.data.received(chunk, time.perf_counter())
