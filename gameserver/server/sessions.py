"""All sessions: opened, found again by their secret, forgotten when nobody comes back.

A session in memory has a client, or a call at work, or had a client not long ago (see
``session_shelf``). The others are in the store only.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from gameserver.errors import BadArguments, ConnectionLost, NotSaved, StoreError
from gameserver.model.batch import StoredSession
from gameserver.server.awaiting import started
from gameserver.server.session import Session
from gameserver.server.session_rows import SessionRows
from gameserver.server.session_shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IDelayedCall, IReactorTime
    from twisted.python.failure import Failure

    from gameserver.interfaces import SessionStore
    from gameserver.server.session import Place

_log = Logger("gameserver.sessions")
_DAY: Final = 86_400.0  # seconds
_HOUR: Final = 3600.0  # seconds
_LONGEST: Final = 256  # characters of a token that are looked at
_FIELDS: Final = 3
_ID_LENGTH: Final = 32


@dataclass(frozen=True, slots=True)
class Token:
    """What a client shows: ``ID:SECRET:LIFE``; all of it is opaque to the client."""

    id: str
    secret: str
    life: str

    def __str__(self) -> str:
        return f"{self.id}:{self.secret}:{self.life}"

    @classmethod
    def read(cls, text: object) -> Token | None:
        """Read what a client sent; None for what is no token."""
        parts = text[:_LONGEST].split(":") if isinstance(text, str) else []
        return cls(*parts) if len(parts) == _FIELDS and _is_id(parts[0]) else None

    @property
    def digest(self) -> bytes:
        """What is stored of the secret."""
        return hashlib.sha256(self.secret.encode(errors="replace")).digest()

    def opens(self, stored: StoredSession, name: str) -> bool:
        """Say whether this is the secret of that session, and the account its own."""
        return hmac.compare_digest(self.digest, stored.secret) and stored.name == name


class Sessions:
    """Knows the sessions in memory, and finds those in the store.

    ``now``: seconds since the epoch. ``grace``: seconds that a client may be away and
    still count as there. A session is removed from the store by ``bye``, or when it is
    a day old and its client has been away for an hour.
    """

    def __init__(
        self,
        store: SessionStore,
        clock: IReactorTime,
        now: Callable[[], float],
        grace: float,
    ) -> None:
        self._store = store
        self._clock = clock
        self._grace = grace
        self._now = now
        self._rows = SessionRows(store, clock)
        self._live: dict[str, Session] = {}
        self._shelf = Shelf(clock, self._let_go)
        """Those in memory that nobody is at."""
        self._away: set[str] = set()
        """Ids that were old and away an hour ago."""
        self._loop = LoopingCall(self._tidy)
        self._loop.clock = clock

    def start(self) -> None:
        """Look once an hour for sessions that nobody will come back for."""
        self._loop.start(_HOUR, now=False)

    def stop(self) -> None:
        """Look no more."""
        self._rows.stop()
        if self._loop.running:
            self._loop.stop()

    def in_grace(self, act: Callable[[], None]) -> IDelayedCall:
        """Do something when a client whose connection has ended is late."""
        return self._clock.callLater(self._grace, act)

    def place_of(self, name: str, token: object) -> Place | None:
        """Give the login that a new connection takes over, if there is one."""
        shown = Token.read(token)
        session = self._live.get(shown.id) if shown is not None else None
        if session is None or shown is None or not shown.opens(session.stored, name):
            return None
        return session.place

    async def open(self, place: Place, token: object, heard: object) -> dict[str, Any]:
        """Give a login its session, and tell it what it has missed.

        ``token``: what the last answer had, or "". Gives ``token``; ``resumed``,
        whether it is the session asked for; ``heard``, the count of events so far.
        Raises ``NotSaved`` if the store cannot be read now.
        """
        if not isinstance(heard, int) or not isinstance(token, str):
            raise BadArguments("expected the token and the count of events heard")
        shown, client = Token.read(token), place.client
        if client.session is not None:
            _require_own(client.session, shown)
        session = await self._found(client.name, shown)
        is_resumed = session is not None
        if session is None or shown is None:
            shown, session = self._new(client.name)
        if client.is_gone:
            raise ConnectionLost("the login ended before its session was opened")
        if client.session is not None:  # opened meanwhile, by a second request
            _require_own(client.session, shown)
        if is_resumed:
            session.resume(place, shown.life, heard)
        else:
            session.open(place)
            self._rows.add(session)
        self._live[session.id] = session
        self._shelf.take(session.id)
        token = Token(shown.id, shown.secret, session.life)
        return {
            "token": str(token),
            "resumed": is_resumed,
            "heard": session.events.count,
        }

    async def _found(self, name: str, shown: Token | None) -> Session | None:
        if shown is None:
            return None
        live = self._live.get(shown.id)
        if live is None:
            try:
                loaded = await self._loaded(name, shown)
            except StoreError as refusal:
                _log.warn("a session cannot be read: {why}", why=str(refusal))
                text = "your session cannot be read now; try again"
                raise NotSaved(text) from refusal
            # Another connection may have loaded it meanwhile, and have calls at work.
            live = self._live.get(shown.id) or loaded
        return live if live and shown.opens(live.stored, name) else None

    async def _loaded(self, name: str, shown: Token) -> Session | None:
        stored = await self._store.get(shown.id)
        if stored is None or not shown.opens(stored, name):
            return None
        answers = await self._store.answers(shown.id)
        kept = {each.number: each.body for each in answers}
        return Session(stored, kept, self._shelf.put)

    def _new(self, name: str) -> tuple[Token, Session]:
        token = Token(secrets.token_hex(16), secrets.token_hex(32), "")
        stored = StoredSession(token.id, name, token.digest, self._now())
        return token, Session(stored, {}, self._shelf.put)

    def bye(self, place: Place) -> None:
        """End a login at once, and its session for good."""
        session = place.client.session
        place.end()
        if session is not None:
            self._shelf.take(session.id)
            self._let_go(session)
            started(self._store.remove([session.id])).addErrback(_not_removed)

    def _let_go(self, session: Session) -> None:
        self._rows.forget(session.id)
        if self._live.get(session.id) is session:
            del self._live[session.id]

    def _tidy(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self._tidied()).addErrback(_not_removed)

    async def _tidied(self) -> None:
        self._shelf.tidy()
        old = await self._store.ids_before(self._now() - _DAY)
        away = {each for each in old if each not in self._live}
        gone, self._away = away & self._away, away
        if gone:
            await self._store.remove(sorted(gone))


def _is_id(text: str) -> bool:
    """Say whether this can be an id: of others no store is asked, nor can each be."""
    return len(text) == _ID_LENGTH and not text.strip("0123456789abcdef")


def _require_own(session: Session, shown: Token | None) -> None:
    if shown is None or shown.id != session.id:
        raise BadArguments("this login has another session")


def _not_removed(failure: Failure) -> None:
    """Go on: what was not removed is tried again, or is removed an hour later."""
    _log.warn("sessions were not removed: {why}", why=failure.getErrorMessage())
