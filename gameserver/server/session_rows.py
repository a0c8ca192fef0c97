"""Rows of new sessions: written without anybody waiting, and again if refused.

A login must not hang on a disk that is locked or full. While a session has no row, the
answers of its calls are not stored, though their changes may be. So whenever its row is
tried again, all its answers go with it, in one transaction; what is at work counts as
begun. A server that is killed before leaves a session that nobody knows: its client
gets another one, and is told so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twisted.logger import Logger

from gameserver.errors import AlreadyExists
from gameserver.model.batch import KeptAnswer
from gameserver.server.awaiting import started

if TYPE_CHECKING:
    from twisted.internet.interfaces import IDelayedCall, IReactorTime
    from twisted.python.failure import Failure

    from gameserver.interfaces import SessionStore
    from gameserver.server.session import Session

_log = Logger("gameserver.sessions")
RETRY: Final = 1.0
"""Seconds until rows are tried again that the store refused."""


class SessionRows:
    """The sessions that the store does not have yet."""

    def __init__(self, store: SessionStore, clock: IReactorTime) -> None:
        self._store = store
        self._clock = clock
        self._unsaved: dict[str, Session] = {}
        self._retry: IDelayedCall | None = None
        self._is_refused = False
        self._is_stopped = False

    def add(self, session: Session) -> None:
        """Have a new session stored, before any batch that is made from now on."""
        self._unsaved[session.id] = session
        self._write(session)

    def forget(self, id: str) -> None:  # noqa: A002 - the column's name
        """Try this one no more: the session has ended."""
        self._unsaved.pop(id, None)

    def stop(self) -> None:
        """Try no more."""
        self._is_stopped = True
        self._unsaved.clear()
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None

    def _write(self, session: Session) -> None:
        kept = session.answers.kept().items()
        answers = [KeptAnswer(session.id, number, body) for number, body in kept]
        adding = started(self._store.add(session.stored, answers))
        adding.addCallback(self._written, session)
        adding.addErrback(self._refused, session)

    def _written(self, _: object, session: Session) -> None:
        self._is_refused = False
        self.forget(session.id)

    def _refused(self, failure: Failure, session: Session) -> None:
        if failure.check(AlreadyExists):  # it was stored, only not said to be
            self._written(None, session)
            return
        if not self._is_refused:
            why = failure.getErrorMessage()
            _log.warn("new sessions are not stored, for now: {why}", why=why)
        self._is_refused = True
        if self._retry is None and self._unsaved and not self._is_stopped:
            self._retry = self._clock.callLater(RETRY, self._try_again)

    def _try_again(self) -> None:
        self._retry = None
        for session in list(self._unsaved.values()):
            self._write(session)
