"""Logins wait here until the world has started, and are refused once it stops."""

from __future__ import annotations

from enum import Enum, auto

from twisted.internet.defer import Deferred, fail, succeed

from gameserver.errors import Stopping


class _State(Enum):
    CLOSED = auto()
    OPEN = auto()
    SHUT = auto()


class Gate:
    """Closed at first; then open; then shut for good."""

    def __init__(self) -> None:
        self._waiting: list[Deferred[None]] = []
        self._state = _State.CLOSED

    def open(self) -> None:
        """Let everybody in who waits, and all who come; a shut gate stays shut."""
        if self._state is _State.CLOSED:
            self._state = _State.OPEN
            for waiting in self._take():
                waiting.callback(None)

    def shut(self) -> None:
        """Refuse everybody from now on."""
        self._state = _State.SHUT
        for waiting in self._take():
            waiting.errback(_refusal())

    def passed(self) -> Deferred[None]:
        """Give a Deferred that fires when, and if, one may go in."""
        if self._state is _State.OPEN:
            return succeed(None)
        if self._state is _State.SHUT:
            return fail(_refusal())
        waiting: Deferred[None] = Deferred()
        self._waiting.append(waiting)
        return waiting

    def _take(self) -> list[Deferred[None]]:
        taken, self._waiting = self._waiting, []
        return taken


def _refusal() -> Stopping:
    return Stopping("the server is stopping")
