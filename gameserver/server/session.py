"""One session: a client program's place, which outlives its connections."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Protocol

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from gameserver.errors import Busy, Forgotten, Interrupted
from gameserver.server import jellying, session_bodies
from gameserver.server.refusal import Refusal, unbegun
from gameserver.server.session_events import Events, Gap
from gameserver.server.session_rules import Answers, Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gameserver.model.batch import StoredSession
    from gameserver.server.clients import RemoteClient

DROPPED = "gameserver.dropped"
"""The event, itself not counted, that tells of a gap: how many; 0 if unknown."""

_UNKNOWN: Gap = 0
_WAITING = 4  # times that one number may be asked for while it is at work
_ASKED_AGAIN = "this call was sent again; the answer goes to whoever asked last"


class Place(Protocol):
    """A login that has a session, or may get one."""

    @property
    def client(self) -> RemoteClient:
        """Who is told events."""

    def end(self) -> None:
        """Log it out at once."""


class Session:
    """Knows what came of each numbered call, and what the client has been told.

    ``life``: drawn anew whenever counting events begins anew, so that a client's count
    of before is known to be worthless. ``on_idle``: called when nobody is there and no
    call is at work, so that there is no reason to keep this object.
    """

    def __init__(
        self,
        stored: StoredSession,
        kept: dict[int, bytes],
        on_idle: Callable[[Session], None],
    ) -> None:
        self.stored = stored
        self.answers = Answers(kept)
        self.place: Place | None = None
        self._on_idle = on_idle
        self._waiting: dict[int, list[Deferred[Any]]] = {}
        self._begin_counting()

    @property
    def id(self) -> str:
        """Its id, for the store."""
        return self.stored.id

    def _begin_counting(self) -> None:
        self.life = secrets.token_hex(8)
        self.events = Events()
        self._is_hearing = False
        self._is_awaited = False
        """Whether the client is to say first how many it has heard."""

    def told(self, event: bytes, key: str | None = None) -> bool:
        """Count and keep an event; says whether it is to be sent now.

        ``key``: see ``Backlog``; what is not sent now is not counted yet.
        """
        if self._is_hearing:
            self.events.note(event)
        else:
            self.events.waiting.put(event, key)
        return self._is_hearing

    def due(self, *, is_last: bool = False) -> Iterator[bytes]:
        """Give what waits, as events; what comes then goes at once.

        Nothing for a client that is awaited: it would hear again what it tells then
        that it has not heard. ``is_last``: it will not tell, nothing comes after.
        """
        if is_last or not self._is_awaited:
            yield from map(_event, self.events.due())
            self._is_hearing = True

    def hold(self) -> None:
        """Only keep events from now on: nobody takes them."""
        self._is_hearing = False

    def wait(self) -> None:
        """Only keep events until the client has come and said how many it has heard."""
        self._is_hearing, self._is_awaited = False, True

    def resume(self, place: Place, life: str, heard: int) -> None:
        """Tell a client what it has missed, and then what happens.

        ``life`` and ``heard`` are the client's. Raises ``BadArguments``.
        """
        if self.place is not place:
            self._move_to(place)
        client = place.client
        missed = self.events.after(heard) if life == self.life else [_UNKNOWN]
        self._is_awaited = False
        for one in missed:
            client.send(_event(one))
        client.catch_up()

    def open(self, place: Place) -> None:
        """Begin with a client that has missed nothing."""
        self._move_to(place)
        self._is_hearing, self._is_awaited = True, False

    def _move_to(self, place: Place) -> None:
        if self.place is not None:
            last = self.place.client.connection
            self.place.end()  # it leaves, and counting begins anew
            if last is not place.client.connection:
                last.abort()
        self.place = place
        place.client.session = self

    def leave(self) -> None:
        """Note that the login has ended."""
        self.place = None
        self._begin_counting()
        self._look()

    def arrive(self, number: int) -> object:
        """Give the answer of a number that came before, or a Deferred of it.

        Gives None for a new one, which is at work from now on. Raises ``GameError`` or
        ``Refusal``.
        """
        standing = self.answers.standing(number)
        if standing is Standing.NEW:
            self.answers.begin(number)
            return None
        if standing is Standing.AT_WORK:
            waiter: Deferred[Any] = Deferred()
            waiting = self._waiting.setdefault(number, [])
            waiting.append(waiter)
            if len(waiting) > _WAITING:
                waiting.pop(0).errback(Failure(Refusal(unbegun(Busy(_ASKED_AGAIN)))))
            return waiter
        if standing is Standing.BUSY:
            raise Busy("too many of your calls are at work, or one for too long")
        if standing is Standing.FORGOTTEN:
            raise Forgotten("too many calls were made since; its answer is not kept")
        if standing is Standing.INTERRUPTED:
            self.answers.interrupt(number)
            raise Interrupted("the server was stopped in the middle of this call")
        return session_bodies.given(self.answers.body(number))

    def end(self, number: int, body: bytes) -> None:
        """Keep an answer, and give it to whoever else waits for it."""
        self.answers.end(number, body)
        for waiter in self._waiting.pop(number, ()):
            try:
                waiter.callback(session_bodies.given(body))
            except Refusal as refusal:
                waiter.errback(Failure(refusal))
        self._look()

    def drop(self, number: int, refusal: Refusal) -> None:
        """Refuse a call that left nothing; it may be tried again."""
        self.answers.drop(number)
        for waiter in self._waiting.pop(number, ()):
            waiter.errback(Failure(refusal))
        self._look()

    def _look(self) -> None:
        if self.place is None and not self.answers.is_at_work:
            self._on_idle(self)


def _event(one: bytes | Gap) -> bytes:
    """Give an event, or the one that tells of a gap."""
    return jellying.event(DROPPED, (one,)) if isinstance(one, int) else one
