"""Sessions and their kept answers in SQL: each method is one operation of the queue."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, delete, insert, select

from gameserver.errors import AlreadyExists
from gameserver.model.batch import KeptAnswer, StoredSession
from gameserver.store import checksum, schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection
    from twisted.internet.defer import Deferred

    from gameserver.store.writer import Writer

_sessions: Final = schema.sessions.c
_answers: Final = schema.answers.c
_WITHOUT: Final = (
    delete(schema.answers).where(_answers.session == bindparam("gone")),
    delete(schema.sessions).where(_sessions.id == bindparam("gone")),
)


class SqlSessions:
    """Sessions at rest, a row each, and a row for each kept answer."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def add(self, session: StoredSession) -> Deferred[None]:
        """Store a new one; ``AlreadyExists`` if the id is taken."""
        return self._writer.submit(partial(_add, session))

    def get(self, id: str) -> Deferred[StoredSession | None]:  # noqa: A002 - the column's name
        """Give the session, or None; ``StoreError`` if its row is damaged."""
        return self._writer.submit(partial(_get, id), reads=True)

    def answers(self, id: str) -> Deferred[list[KeptAnswer]]:  # noqa: A002 - the column's name
        """Give the answers kept, by number; ``StoreError`` if one is damaged."""
        return self._writer.submit(partial(_kept, id), reads=True)

    def remove(self, ids: Sequence[str]) -> Deferred[None]:
        """Forget them with their answers; no error for one that is not there."""
        return self._writer.submit(partial(_remove, tuple(ids)))

    def ids_before(self, since: float) -> Deferred[list[str]]:
        """Give the ids of those begun before a moment, sorted."""
        return self._writer.submit(partial(_ids_before, since), reads=True)


def _add(session: StoredSession, connection: Connection) -> None:
    wanted = select(_sessions.id).where(_sessions.id == session.id)
    if connection.execute(wanted).one_or_none() is not None:
        # Not the id itself: only the server may know it.
        raise AlreadyExists(f"there is a session of that id already: {session.name!r}")
    connection.execute(insert(schema.sessions).values(_columns(session)))


def _columns(session: StoredSession) -> dict[str, Any]:
    return {
        "id": session.id,
        "name": session.name,
        "secret": session.secret,
        "since": session.since,
        "checksum": checksum.of_session(session),
    }


def _get(id: str, connection: Connection) -> StoredSession | None:  # noqa: A002 - the column's name
    wanted = select(schema.sessions).where(_sessions.id == id)
    row = connection.execute(wanted).one_or_none()
    if row is None:
        return None
    *columns, stored = row
    session = StoredSession(*columns)
    what = f"session of {session.name!r}"
    checksum.require(what, stored, checksum.of_session, session)
    return session


def _kept(id: str, connection: Connection) -> list[KeptAnswer]:  # noqa: A002 - the column's name
    wanted = select(_answers.number, _answers.body, _answers.checksum)
    rows = connection.execute(wanted.where(_answers.session == id))
    return sorted((_answer(id, *row) for row in rows), key=lambda each: each.number)


def _answer(id: str, number: int, body: bytes, stored: int) -> KeptAnswer:  # noqa: A002 - the column's name
    answer = KeptAnswer(id, number, body)
    what = f"answer {number} of a session"
    checksum.require(what, stored, checksum.of_answer, answer)
    return answer


def _remove(ids: tuple[str, ...], connection: Connection) -> None:
    if ids:
        for statement in _WITHOUT:
            connection.execute(statement, [{"gone": each} for each in ids])


def _ids_before(since: float, connection: Connection) -> list[str]:
    found = connection.scalars(select(_sessions.id).where(_sessions.since < since))
    return sorted(found)
