"""Writes many callers' batches with one prepared statement for each table.

The driver's own cursor is used, below SQLAlchemy and inside its transaction: with 64
callers, building a statement object for each batch cost more than writing the row.
The statements are Core all the same, compiled once for each dialect.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from sqlalchemy import bindparam, exists, select

from gameserver.errors import StoreError
from gameserver.interfaces import ANSWERS
from gameserver.store import checksum, schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Dialect, Insert, Table
    from sqlalchemy.engine.interfaces import DBAPICursor

    from gameserver.model.batch import Batch

Row: TypeAlias = tuple[Any, ...]

_snapshots: Final = schema.snapshots.c
_answers: Final = schema.answers.c


def _insert(dialect: Dialect, table: Table) -> Any:  # noqa: ANN401 - of either dialect
    """Begin an insert; the other dialect's module is not loaded: time of each start."""
    if dialect.name == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)


class Rows:
    """One batch as the driver takes it; ``UnicodeEncodeError`` for bad text."""

    __slots__ = ("answers", "snapshots")

    def __init__(self, batch: Batch) -> None:
        of_snapshot, of_answer = checksum.of_snapshot, checksum.of_answer
        self.snapshots: list[Row] = [
            (s.kind, s.id, s.version, s.state, s.revision, of_snapshot(s))
            for s in batch.snapshots
        ]
        self.answers: list[Row] = [
            (a.session, a.number % ANSWERS, a.number, a.body, of_answer(a), a.session)
            for a in batch.answers
        ]

    def stale(self, count: int) -> StoreError:
        """Give the refusal, if so many snapshots are not newer than what is stored."""
        given = ", ".join(f"{row[0]} {row[1]!r} {row[4]}" for row in self.snapshots[:3])
        return StoreError(
            f"{count} of {len(self.snapshots)} snapshots are not newer than what is "
            f"stored, so none was saved; expected higher revisions than given: {given}"
        )


@dataclass(frozen=True, slots=True)
class Statements:
    """The SQL of a dialect, with one mark for each value of a row."""

    save: str
    keep: str

    @classmethod
    def of(cls, dialect: Dialect) -> Statements:
        """Compile for a dialect whose marks are positional."""
        return cls(
            *(str(each(dialect).compile(dialect=dialect)) for each in (_save, _keep))
        )

    def write(self, connection: Connection, batches: Sequence[Rows]) -> int:
        """Write all of them; give how many snapshots were stale, so not written.

        Rows are written in their order. Whoever gets more than 0 has to roll back.
        """
        cursor = connection.connection.cursor()
        try:
            return self._write(cursor, batches)
        finally:
            cursor.close()

    def _write(self, cursor: DBAPICursor, batches: Sequence[Rows]) -> int:
        stale = 0
        snapshots = list(chain.from_iterable(rows.snapshots for rows in batches))
        if snapshots:
            cursor.executemany(self.save, snapshots)
            stale = len(snapshots) - cursor.rowcount
        answers = list(chain.from_iterable(rows.answers for rows in batches))
        if answers:
            cursor.executemany(self.keep, answers)
        return stale


def _save(dialect: Dialect) -> Insert:
    new = _insert(dialect, schema.snapshots)
    others = [column.name for column in _snapshots if not column.primary_key]
    saved: Insert = new.on_conflict_do_update(
        index_elements=[_snapshots.kind, _snapshots.id],
        set_={name: new.excluded[name] for name in others},
        where=new.excluded.revision > _snapshots.revision,
    )
    return saved


def _keep(dialect: Dialect) -> Insert:
    """Give the upsert of an answer whose session is there.

    A session that was forgotten meanwhile has nobody left who could ask, so its answer
    is dropped: it would never be found again, and must not fail the turn's snapshots.
    Nor does an older number take the slot of a newer one, which has made it forgotten.
    """
    known = bindparam("known", type_=_answers.session.type)
    values = [bindparam(each.name, type_=each.type) for each in _answers]
    given = select(*values).where(exists().where(schema.sessions.c.id == known))
    new = _insert(dialect, schema.answers)
    new = new.from_select([each.name for each in _answers], given)
    kept: Insert = new.on_conflict_do_update(
        index_elements=[_answers.session, _answers.slot],
        set_={name: new.excluded[name] for name in ("number", "body", "checksum")},
        where=new.excluded.number >= _answers.number,
    )
    return kept
