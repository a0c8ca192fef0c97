"""What a session goes by: which calls are carried out.

A client numbers its calls from 1 and sends one again whose answer it has not heard. So
the server carries out each number once:

=====================================  =================================
the number                             what is done
=====================================  =================================
is at work                             its answer serves this one, too
is ``ANSWERS`` or more below the       refused: ``forgotten``
highest that has come
was answered                           the same answer is given again
had begun when the server was killed   refused: ``interrupted``
of an answer that is damaged           refused: ``interrupted``
any other, ``AT_WORK`` are at work     refused: ``busy``, to be tried anew
any other                              carried out
=====================================  =================================

A number whose change is stored never counts as new: its row is in the store, or that of
a number which makes it forgotten, for a lower one never takes the place of a higher.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from gameserver.interfaces import ANSWERS

if TYPE_CHECKING:
    from collections.abc import Mapping

AT_WORK: Final = 32
"""How many numbered calls of one session may be at work."""

BEGUN: Final = b""
"""The stored body of a call that has changed something and is not answered yet."""


_EACH: Final = 150  # bytes that an answer takes beside its own


class Standing(Enum):
    """What a number that comes is to the session; see the table above."""

    NEW = auto()
    AT_WORK = auto()
    ANSWERED = auto()
    INTERRUPTED = auto()
    FORGOTTEN = auto()
    BUSY = auto()


class Answers:
    """The numbers of a session's calls and the bodies of the last answers.

    ``stored``: what the store has, body by number, where ``BEGUN`` was never answered.
    A number below 1 stands for one that is not known any more: whichever comes first of
    those that belong to its slot.
    """

    def __init__(self, stored: Mapping[int, bytes] | None = None) -> None:
        self._slots: dict[int, tuple[int, bytes]] = {}
        self._at_work: set[int] = set()
        self._highest = 0
        for number, body in sorted((stored or {}).items()):
            self._highest = max(0, number)
            self._slots[number % ANSWERS] = number, body

    @property
    def is_at_work(self) -> bool:
        """Say whether a call has begun and not ended."""
        return bool(self._at_work)

    @property
    def size(self) -> int:
        """How many bytes the answers take in memory."""
        return sum(_EACH + len(body) for _, body in self._slots.values())

    def standing(self, number: int) -> Standing:
        """Say what is to be done with a number that comes."""
        if number in self._at_work:
            return Standing.AT_WORK
        if number <= self._highest - ANSWERS:
            return Standing.FORGOTTEN
        kept, body = self._slots.get(number % ANSWERS, (0, BEGUN))
        if kept == number:
            return Standing.INTERRUPTED if body == BEGUN else Standing.ANSWERED
        if kept < 0:
            return Standing.INTERRUPTED
        return Standing.BUSY if len(self._at_work) >= AT_WORK else Standing.NEW

    def body(self, number: int) -> bytes:
        """Give the answer of a number that is ``ANSWERED``."""
        return self._slots[number % ANSWERS][1]

    def kept(self) -> dict[int, bytes]:
        """Give what a store should have, ``BEGUN`` for what is at work."""
        ended = dict(self._slots.values())
        return ended | dict.fromkeys(self._at_work, BEGUN)

    def begin(self, number: int) -> None:
        """Note that a ``NEW`` number is being carried out."""
        self._at_work.add(number)
        self._highest = max(self._highest, number)

    def end(self, number: int, body: bytes) -> None:
        """Note the answer; one of a call that took very long is not kept."""
        self._at_work.discard(number)
        if number > self._highest - ANSWERS:
            self._slots[number % ANSWERS] = number, body

    def interrupt(self, number: int) -> None:
        """Note that an ``INTERRUPTED`` number has come, if it was not known before."""
        self._highest = max(self._highest, number)
        self._slots[number % ANSWERS] = number, BEGUN

    def drop(self, number: int) -> None:
        """Note that the call left nothing: if it comes again, it is ``NEW``."""
        self._at_work.discard(number)
