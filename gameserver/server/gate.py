"""Logins wait here until the world has started, and are refused once it stops."""

from __future__ import annotations

from twisted.internet.defer import Deferred, fail, succeed

from gameserver.errors import GameServerError, Stopping


class Gate:
    """Closed at first; then open; then shut for good."""

    def __init__(self) -> None:
        self._waiting: list[Deferred[None]] = []
        self._is_open = False
        self._error: GameServerError | None = None

    def open(self) -> None:
        """Let everybody in who waits, and all who come."""
        self._is_open = True
        for waiting in self._take():
            waiting.callback(None)

    def shut(self, error: GameServerError | None = None) -> None:
        """Refuse everybody from now on, with ``error``."""
        self._error = error or Stopping("the server is stopping")
        for waiting in self._take():
            waiting.errback(self._error)

    def passed(self) -> Deferred[None]:
        """Give a Deferred that fires when, and if, one may go in."""
        if self._error is not None:
            return fail(self._error)
        if self._is_open:
            return succeed(None)
        waiting: Deferred[None] = Deferred()
        self._waiting.append(waiting)
        return waiting

    def _take(self) -> list[Deferred[None]]:
        taken, self._waiting = self._waiting, []
        return taken
