"""Sessions whose login has ended, kept in memory for a while.

The store has the answers of calls that changed something. Those of all others are only
in the session's object, and a client that comes back late must not have such a call
carried out again: it may have armed a timer, or told others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IReactorTime

    from gameserver.server.session import Session

KEPT_FOR: Final = 600.0
"""Seconds that a session is kept, if there is room."""

MOST: Final = 10_000
"""How many are kept. Measured: 10,000 without an answer take 19 MB."""

MOST_OF_ONE: Final = 32
"""How many of one account: nobody is to push out those of others."""

MOST_BYTES: Final = 64 * 2**20
"""How many bytes of memory their answers may take together."""

MOST_BYTES_OF_ONE: Final = MOST_BYTES // 8
"""And those of one account, beyond its last session."""


@dataclass(frozen=True, slots=True)
class _Kept:
    session: Session
    since: float
    size: int


class Shelf:
    """The sessions nobody is at; ``let_go`` is told which are not kept any more."""

    def __init__(self, clock: IReactorTime, let_go: Callable[[Session], None]) -> None:
        self._clock = clock
        self._let_go = let_go
        self._kept: dict[str, _Kept] = {}
        """By id, who left first before the others."""
        self._size = 0
        self._of: dict[str, dict[str, _Kept]] = {}
        """The same by account, in the same order."""

    def put(self, session: Session) -> None:
        """Keep one; the oldest go if there are too many."""
        self.take(session.id)
        kept = _Kept(session, self._clock.seconds(), session.answers.size)
        self._kept[session.id] = kept
        self._size += kept.size
        own = self._of.setdefault(session.stored.name, {})
        own[session.id] = kept
        while _is_too_much(own):
            self._drop(next(iter(own.values())))
        self.tidy()

    def take(self, id: str) -> None:  # noqa: A002 - the column's name
        """Keep one no more: somebody has come, or it has ended."""
        kept = self._kept.pop(id, None)
        if kept is not None:
            self._size -= kept.size
            name = kept.session.stored.name
            del self._of[name][id]
            if not self._of[name]:
                del self._of[name]

    def tidy(self) -> None:
        """Let go of those that are too old, or too many."""
        while (oldest := next(iter(self._kept.values()), None)) is not None:
            if not self._is_over(oldest):
                return
            self._drop(oldest)

    def _drop(self, kept: _Kept) -> None:
        self.take(kept.session.id)
        self._let_go(kept.session)

    def _is_over(self, oldest: _Kept) -> bool:
        is_old = self._clock.seconds() - oldest.since >= KEPT_FOR
        return is_old or len(self._kept) > MOST or self._size > MOST_BYTES


def _is_too_much(own: dict[str, _Kept]) -> bool:
    """Say whether one account has more here than it may."""
    size = sum(one.size for one in own.values())
    return len(own) > MOST_OF_ONE or (len(own) > 1 and size > MOST_BYTES_OF_ONE)
