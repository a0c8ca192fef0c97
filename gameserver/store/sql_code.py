"""Plugin text in SQL: each method is one operation of the writer's queue.

A text is summed up apart from the rest of its row, so that a log reads no texts.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, insert, select, tuple_
from twisted.internet.defer import fail

from gameserver.errors import StoreError
from gameserver.model.release_row import CodeRow
from gameserver.store import checksum, code_rules, schema
from gameserver.store.code_rules import Newest

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row
    from twisted.internet.defer import Deferred

    from gameserver.store.writer import Writer

_revisions: Final = schema.revisions.c
_SUMMED: Final = (
    _revisions.module,
    _revisions.revision,
    _revisions.author,
    _revisions.at,
    _revisions.note,
    _revisions.text_sum,
)
_HAS_TEXT: Final = _revisions.text.is_not(None).label("has_text")


class SqlCode:
    """Every revision of every module's text, a row each, never deleted."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def put(
        self,
        module: str,
        text: str | None,
        author: str,
        at: float,
        base: int,
        note: str = "",
    ) -> Deferred[CodeRow]:
        """Append a revision; ``StaleRevision`` if ``base`` is not the newest.

        ``NotFound`` for removing what has no text, ``StoreError`` for text that is
        none in UTF-8.
        """
        try:
            row = CodeRow(module, 0, author, float(at), _encodable(text), note)
        except UnicodeEncodeError as error:
            return fail(StoreError(f"module {module!r}: {error}: UTF-8 expected"))
        return self._writer.submit(partial(_put, row, base))

    def get(self, module: str, revision: int | None = None) -> Deferred[CodeRow]:
        """Give a revision, the newest for None; ``NotFound`` if there is none."""
        return self._writer.submit(partial(_get, module, revision), reads=True)

    def log(self, module: str) -> Deferred[list[CodeRow]]:
        """Give all revisions, newest first, with empty texts; see ``CodeStore``."""
        return self._writer.submit(partial(_log, module), reads=True)

    def current(self) -> Deferred[list[CodeRow]]:
        """Give the newest revision of each module that has a text, by name."""
        return self._writer.submit(current_rows, reads=True)

    def names(self) -> Deferred[list[str]]:
        """Give all modules that ever had a text, by name."""
        return self._writer.submit(_names, reads=True)


def code_of(row: Row[Any]) -> CodeRow:
    """Read a row with all columns; ``StoreError`` names one that is damaged."""
    listed = _listed(row, has_text=row.text is not None)
    checksum.require(
        f"text of module {row.module!r}, revision {row.revision}",
        row.text_sum,
        checksum.of_columns,
        (row.module, row.revision, row.text),
    )
    return replace(listed, text=None if row.text is None else row.text.decode())


def code_columns(row: CodeRow) -> dict[str, Any]:
    """Give a row's values by column."""
    text = None if row.text is None else row.text.encode()
    text_sum = checksum.of_columns((row.module, row.revision, text))
    columns = {
        "module": row.module,
        "revision": row.revision,
        "author": row.author,
        "at": float(row.at),
        "note": row.note,
        "text_sum": text_sum,
    }
    total = checksum.of_columns(columns[one.name] for one in _SUMMED)
    return {**columns, "checksum": total, "text": text}


def _listed(row: Row[Any], *, has_text: bool) -> CodeRow:
    seen = [getattr(row, one.name) for one in _SUMMED]
    what = f"module {row.module!r}, revision {row.revision}"
    checksum.require(what, row.checksum, checksum.of_columns, seen)
    text = "" if has_text else None
    return CodeRow(row.module, row.revision, row.author, row.at, text, row.note)


def _encodable(text: str | None) -> str | None:
    if text is not None:
        text.encode()
    return text


def _put(row: CodeRow, base: int, connection: Connection) -> CodeRow:
    newest = _newest(row.module, connection)
    revision = code_rules.next_revision(
        row.module, newest, base, removes=row.text is None
    )
    new = replace(row, revision=revision)
    connection.execute(insert(schema.revisions).values(code_columns(new)))
    return new


def _newest(module: str, connection: Connection) -> Newest | None:
    newest = (
        select(_revisions.revision, _revisions.author, _HAS_TEXT)
        .where(_revisions.module == module)
        .order_by(_revisions.revision.desc())
        .limit(1)
    )
    row = connection.execute(newest).one_or_none()
    return None if row is None else Newest(row.revision, row.author, row.has_text)


def _get(module: str, revision: int | None, connection: Connection) -> CodeRow:
    newest = _newest(module, connection)
    last = newest.revision if newest else 0
    number = last if revision is None else revision
    # Compared here: a number that no column holds would be an error of the database.
    if 0 < number <= last:
        wanted = (_revisions.module == module) & (_revisions.revision == number)
        found = connection.execute(select(schema.revisions).where(wanted))
        if (row := found.one_or_none()) is not None:
            return code_of(row)
    raise code_rules.missing(module, revision, newest)


def _log(module: str, connection: Connection) -> list[CodeRow]:
    revisions = (
        select(*_SUMMED, _revisions.checksum, _HAS_TEXT)
        .where(_revisions.module == module)
        .order_by(_revisions.revision.desc())
    )
    rows = connection.execute(revisions)
    return [_listed(row, has_text=row.has_text) for row in rows]


def current_rows(connection: Connection) -> list[CodeRow]:
    """Give what ``current`` does, also on a connection that only reads."""
    newest = select(_revisions.module, func.max(_revisions.revision))
    newest = newest.group_by(_revisions.module)
    key = tuple_(_revisions.module, _revisions.revision)
    rows = connection.execute(select(schema.revisions).where(key.in_(newest)))
    # Those without a text are left out here, once they are known to be whole: a text
    # that a damage took away is no removal.
    found = [code for row in rows if (code := code_of(row)).text is not None]
    return sorted(found, key=lambda one: one.module)


def _names(connection: Connection) -> list[str]:
    return sorted(connection.scalars(select(_revisions.module).distinct()))
