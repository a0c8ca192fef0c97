"""Clients at work in a thread, until they are told to stop."""

from __future__ import annotations

import selectors
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from gameserver.bench import canned
from gameserver.bench.connection import PATIENCE, Connection
from gameserver.bench.counters import RECEIVE, RepeatedBlock
from gameserver.errors import MeasurementFailed

if TYPE_CHECKING:
    from types import TracebackType

    from gameserver.bench.connection import Target
    from gameserver.bench.workloads import Workload

PACE: Final = 0.05
"""Seconds between an answer and the same client's next call."""


@dataclass
class Member:
    """One client: calls, hears the one right answer, pauses, calls again."""

    connection: Connection
    block: bytes
    counter: RepeatedBlock
    due: float = 0.0
    sent: float | None = None
    """When the call left that is not answered yet."""
    answered: list[tuple[float, float]] = field(default_factory=list)
    """When each answer came, and how long it took, seconds."""

    @classmethod
    def of(cls, target: Target, load: Workload) -> Self:
        """Log in, ready for calls."""
        connection = Connection(target)
        block, answers = canned.calls(load, connection.perspective, 1)
        return cls(connection, block, RepeatedBlock(answers, 1))

    def call(self, now: float) -> None:
        """Send one call."""
        self.sent = now
        self.connection.socket.sendall(self.block)

    def received(self, chunk: bytes, now: float) -> None:
        """Note the answer, if it is whole."""
        if self.counter.feed(chunk) and self.sent is not None:
            self.answered.append((now, now - self.sent))
            self.sent, self.due = None, now + PACE


class Crowd:
    """Clients of one server, at work from ``with`` to its end."""

    def __init__(self, targets: list[Target], load: Workload) -> None:
        begun = time.perf_counter()
        self._members = [Member.of(one, load) for one in targets]
        for number, member in enumerate(self._members):
            member.due = begun + PACE * number / len(targets)
        self._is_over = False
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_over = True
        self._thread.join()
        for member in self._members:
            member.connection.close()
        if self._failure is not None and error is None:
            raise self._failure

    def answered(self, since: float, until: float) -> list[float]:
        """Give the delays of the answers that came in that time, seconds."""
        found = [
            delay
            for member in self._members
            for now, delay in list(member.answered)
            if since <= now <= until
        ]
        self.require()
        return found

    def require(self) -> None:
        """Raise what has ended the clients' work, if something has."""
        if self._failure is not None:
            raise self._failure

    def first_answers(self) -> list[float]:
        """Give when each client's first answer came; 0 for none yet."""
        return [one.answered[0][0] if one.answered else 0.0 for one in self._members]

    def _run(self) -> None:
        try:
            with selectors.DefaultSelector() as selector:
                for member in self._members:
                    socket = member.connection.socket
                    selector.register(socket, selectors.EVENT_READ, member)
                while not self._is_over or any(one.sent for one in self._members):
                    self._turn(selector)
        except (OSError, MeasurementFailed) as failure:
            self._failure = failure

    def _turn(self, selector: selectors.BaseSelector) -> None:
        now = time.perf_counter()
        for member in self._members:
            if member.sent is None and now >= member.due and not self._is_over:
                member.call(now)
            elif member.sent is not None and now - member.sent > PATIENCE:
                raise MeasurementFailed(f"no answer within {PATIENCE:g} s")
        for key, _ in selector.select(0.002):
            chunk = key.fileobj.recv(RECEIVE)  # type: ignore[union-attr]  # a socket
            if not chunk:
                raise MeasurementFailed("the server closed the connection")
            key.data.received(chunk, time.perf_counter())
