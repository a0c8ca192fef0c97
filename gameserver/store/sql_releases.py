"""The history of releases in SQL: each method is one operation of the writer's queue.

What a list shows and what only a whole release has are summed up apart, so that a list
reads no texts and plans and is still checked.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, insert, select, update
from twisted.internet.defer import fail

from gameserver.errors import NotFound, StoreError
from gameserver.model.release_row import Outcome, ReleaseRow
from gameserver.store import checksum, release_json, schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, Row
    from twisted.internet.defer import Deferred

    from gameserver.store.writer import Writer

_releases: Final = schema.releases.c
_BODY: Final = _releases.body.name
_SUM: Final = _releases.checksum.name
_LISTED: Final = [one for one in _releases if one.name != _BODY]
_SUMMED: Final = [one.name for one in _LISTED if one.name != _SUM]


class SqlReleases:
    """The history, a row for each release, never deleted."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def add(self, row: ReleaseRow) -> Deferred[int]:
        """Append one; give the number that it gets.

        ``StoreError`` for a plan or facts that are not of JSON's types.
        """
        try:
            columns = _columns(row)  # now: the caller may change its dicts later
        except StoreError as refusal:
            return fail(refusal)
        return self._writer.submit(partial(_add, columns))

    def rewrite(self, row: ReleaseRow) -> Deferred[None]:
        """Put a whole row in the place of the one of its number."""
        try:
            columns = release_columns(row)
        except StoreError as refusal:
            return fail(refusal)
        return self._writer.submit(partial(_rewrite, row.number, columns))

    def settle(
        self,
        number: int,
        outcome: Outcome,
        reason: str,
        ended: float,
        facts: dict[str, Any],
    ) -> Deferred[None]:
        """Note how it ended; ``NotFound`` if there is none of that number."""
        try:
            changed = {
                "outcome": outcome.value,
                "reason": reason,
                "ended": float(ended),
                "facts": release_json.facts(facts),
            }
        except StoreError as refusal:
            return fail(refusal)
        return self._writer.submit(partial(_settle, number, changed))

    def get(self, number: int) -> Deferred[ReleaseRow]:
        """Give it whole; ``NotFound``, or ``StoreError`` if its row is damaged."""
        return self._writer.submit(partial(_get, number), reads=True)

    def newest(self, limit: int) -> Deferred[list[ReleaseRow]]:
        """Give at most ``limit``, newest first, without texts, diffs and plans."""
        return self._writer.submit(partial(_newest, limit), reads=True)


def release_of(row: Row[Any]) -> ReleaseRow:
    """Read a row with all columns; ``StoreError`` names one that is damaged."""
    listed = listed_of(row)
    checksum.require(
        f"texts and plan of release {row.number}",
        row.body_sum,
        checksum.of_columns,
        (row.number, row.body),
    )
    return replace(listed, **release_json.full(listed.modules, row.body))


def listed_of(row: Row[Any]) -> ReleaseRow:
    """Read a row whose body may be left out; ``StoreError`` if it is damaged."""
    _require(row)
    what = f"release {row.number}"
    if row.outcome not in list(Outcome):
        expected = ", ".join(Outcome)
        raise StoreError(f"{what}: outcome {row.outcome!r}: not of {expected}")
    return ReleaseRow(
        number=row.number,
        at=row.at,
        actor=row.actor,
        origin=row.origin,
        modules=release_json.named(row.names),
        plan={},
        shown="",
        pause=row.pause,
        outcome=Outcome(row.outcome),
        reason=row.reason,
        facts=release_json.read(row.facts),
        ended=row.ended,
    )


def release_columns(row: ReleaseRow) -> dict[str, Any]:
    """Give a row's values by column, with its own number."""
    return _numbered(_columns(row), row.number)


def _columns(row: ReleaseRow) -> dict[str, Any]:
    """Give the values that do not depend on the number."""
    return {
        "at": float(row.at),
        "actor": row.actor,
        "origin": row.origin,
        "pause": None if row.pause is None else float(row.pause),
        "outcome": row.outcome.value,
        "reason": row.reason,
        "ended": None if row.ended is None else float(row.ended),
        "facts": release_json.facts(row.facts),
        "names": release_json.names(row),
        "body": release_json.body(row),
    }


def _numbered(columns: Mapping[str, Any], number: int) -> dict[str, Any]:
    body_sum = checksum.of_columns((number, columns[_BODY]))
    return _summed({**columns, "number": number, "body_sum": body_sum})


def _summed(columns: Mapping[str, Any]) -> dict[str, Any]:
    return {**columns, _SUM: checksum.of_columns(columns[name] for name in _SUMMED)}


def _require(row: Row[Any]) -> None:
    seen = [getattr(row, name) for name in _SUMMED]
    checksum.require(f"release {row.number}", row.checksum, checksum.of_columns, seen)


def _add(columns: Mapping[str, Any], connection: Connection) -> int:
    number = _last(connection) + 1
    connection.execute(insert(schema.releases).values(_numbered(columns, number)))
    return number


def _rewrite(number: int, columns: Mapping[str, Any], connection: Connection) -> None:
    _found(number, select(_releases.number), connection)
    _update(number, columns, connection)


def _settle(number: int, changed: Mapping[str, Any], connection: Connection) -> None:
    row = _found(number, select(*_LISTED), connection)
    _require(row)  # else the new sum would call whole what is damaged
    kept = {name: getattr(row, name) for name in _SUMMED}
    _update(number, _summed({**kept, **changed}), connection)


def _update(number: int, columns: Mapping[str, Any], connection: Connection) -> None:
    written = update(schema.releases).where(_releases.number == number)
    connection.execute(written.values(**columns))


def _get(number: int, connection: Connection) -> ReleaseRow:
    return release_of(_found(number, select(schema.releases), connection))


def _found(number: int, columns: Any, connection: Connection) -> Row[Any]:  # noqa: ANN401 - a select of any columns
    last = _last(connection)
    # Compared here: a number that no column holds would be an error of the database.
    if 0 < number <= last:
        rows = connection.execute(columns.where(_releases.number == number))
        row: Row[Any] | None = rows.one_or_none()
        if row is not None:
            return row
    there = f"1 to {last} expected" if last else "there is none yet"
    raise NotFound(f"release {number} seen, {there}")


def _last(connection: Connection) -> int:
    return connection.scalar(select(func.max(_releases.number))) or 0


def _newest(limit: int, connection: Connection) -> list[ReleaseRow]:
    newest = select(*_LISTED).order_by(_releases.number.desc()).limit(max(0, limit))
    return [listed_of(row) for row in connection.execute(newest)]
