"""Sessions and their kept answers in SQL: each method is one operation of the queue.

A damaged row is logged and costs its client as little as is safe: one answer, or the
session. It is no reason to lock anybody out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, delete, insert, select, update
from twisted.logger import Logger

from gameserver.errors import AlreadyExists, StoreError
from gameserver.interfaces import ANSWERS
from gameserver.model.batch import KeptAnswer, StoredSession
from gameserver.store import checksum, schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row
    from twisted.internet.defer import Deferred
    from twisted.python.failure import Failure

    from gameserver.store.writer import Writer

_log = Logger("gameserver.store")
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

    def add(
        self, session: StoredSession, answers: Sequence[KeptAnswer] = ()
    ) -> Deferred[None]:
        """Store a new one with its answers; ``AlreadyExists`` if the id is taken."""
        return self._writer.submit(partial(_add, session, tuple(answers)))

    def get(self, id: str) -> Deferred[StoredSession | None]:  # noqa: A002 - the column's name
        """Give the session, or None; a damaged one is logged, and None."""
        return self._writer.submit(partial(_get, id), reads=True).addCallback(_whole)

    def answers(self, id: str) -> Deferred[list[KeptAnswer]]:  # noqa: A002 - the column's name
        """Give the answers kept, by number; see ``SessionStore`` for damaged ones."""
        reading = self._writer.submit(partial(_kept, id), reads=True)
        return reading.addCallback(self._marked)

    def _marked(self, found: list[KeptAnswer | _Damaged]) -> list[KeptAnswer]:
        """Log what is damaged, and have it replaced by what it is taken for.

        Before anything else is written: the number that it shows could be so high that
        no newer answer would ever take its place.
        """
        whole = [one for one in found if isinstance(one, KeptAnswer)]
        damaged = [one for one in found if isinstance(one, _Damaged)]
        marks = [one.mark for one in damaged if one.mark is not None]
        for one in damaged:
            _log.error("taken for interrupted: {problem}", problem=one.problem)
        if marks:
            marking = self._writer.submit(partial(_replace, marks))
            marking.addErrback(_not_marked)
        return sorted(whole + marks, key=lambda each: each.number)

    def remove(self, ids: Sequence[str]) -> Deferred[None]:
        """Forget them with their answers; no error for one that is not there."""
        return self._writer.submit(partial(_remove, tuple(ids)))

    def ids_before(self, since: float) -> Deferred[list[str]]:
        """Give the ids of those begun before a moment, sorted."""
        return self._writer.submit(partial(_ids_before, since), reads=True)


@dataclass(frozen=True, slots=True)
class _Damaged:
    """A row that is not what was written; ``mark``: what an answer is taken for."""

    problem: str
    mark: KeptAnswer | None = None


def _whole(found: StoredSession | _Damaged | None) -> StoredSession | None:
    if not isinstance(found, _Damaged):
        return found
    _log.error("{problem}; its client gets another one", problem=found.problem)
    return None


def _not_marked(failure: Failure) -> None:
    """Go on: it is tried again when the session is read again."""
    _log.warn("a damaged answer stays: {why}", why=failure.getErrorMessage())


def _add(
    session: StoredSession, answers: tuple[KeptAnswer, ...], connection: Connection
) -> None:
    wanted = select(_sessions.id).where(_sessions.id == session.id)
    if connection.execute(wanted).one_or_none() is not None:
        # Not the id itself: only the server may know it.
        raise AlreadyExists(f"there is a session of that id already: {session.name!r}")
    connection.execute(insert(schema.sessions).values(_columns(session)))
    if answers:
        connection.execute(insert(schema.answers), [_row(one) for one in answers])


def _row(answer: KeptAnswer) -> dict[str, Any]:
    return {
        "session": answer.session,
        "slot": answer.number % ANSWERS,
        "number": answer.number,
        "body": answer.body,
        "checksum": checksum.of_answer(answer),
    }


def _replace(marks: Sequence[KeptAnswer], connection: Connection) -> None:
    for row in map(_row, marks):
        place = (_answers.session == row["session"]) & (_answers.slot == row["slot"])
        connection.execute(update(schema.answers).where(place).values(row))


def _columns(session: StoredSession) -> dict[str, Any]:
    return {
        "id": session.id,
        "name": session.name,
        "secret": session.secret,
        "since": session.since,
        "checksum": checksum.of_session(session),
    }


def _get(id: str, connection: Connection) -> StoredSession | _Damaged | None:  # noqa: A002 - the column's name
    wanted = select(schema.sessions).where(_sessions.id == id)
    row = connection.execute(wanted).one_or_none()
    try:
        return None if row is None else session_of(row)
    except StoreError as damage:
        return _Damaged(str(damage))


def session_of(row: Row[Any]) -> StoredSession:
    """Read a row; ``StoreError`` if it is damaged."""
    *columns, stored = tuple(row)
    session = StoredSession(*columns)
    what = f"session of {session.name!r}"
    checksum.require(what, stored, checksum.of_session, session)
    return session


def _kept(id: str, connection: Connection) -> list[KeptAnswer | _Damaged]:  # noqa: A002 - the column's name
    rows = connection.execute(select(schema.answers).where(_answers.session == id))
    return [_answer(row) for row in rows]


def _answer(row: Row[Any]) -> KeptAnswer | _Damaged:
    try:
        return answer_of(row)
    except StoreError as damage:
        is_slot = row.slot in range(ANSWERS)
        mark = KeptAnswer(row.session, row.slot - ANSWERS, b"") if is_slot else None
        return _Damaged(str(damage), mark)


def answer_of(row: Row[Any]) -> KeptAnswer:
    """Read a row; ``StoreError`` if it is damaged."""
    answer = KeptAnswer(row.session, row.number, row.body)
    what = f"answer {row.number} of a session"
    checksum.require(what, row.checksum, checksum.of_answer, answer)
    return answer


def _remove(ids: tuple[str, ...], connection: Connection) -> None:
    if ids:
        for statement in _WITHOUT:
            connection.execute(statement, [{"gone": each} for each in ids])


def _ids_before(since: float, connection: Connection) -> list[str]:
    found = connection.scalars(select(_sessions.id).where(_sessions.since < since))
    return sorted(found)
