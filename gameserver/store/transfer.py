"""All that a database keeps for good, to a file and into an empty database.

Sessions and their answers are left out: they belong to connections of the old server.
Both ways are one operation of the writer's queue, so one transaction.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeAlias

from sqlalchemy import delete, insert, select

from gameserver.errors import StoreError
from gameserver.model.account import Account, name_key
from gameserver.model.audit import AuditEntry
from gameserver.model.snapshot import Snapshot
from gameserver.store import checksum, lines, pages, schema
from gameserver.store.sql_accounts import account_columns, account_of, entry_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from sqlalchemy import Connection, Table

Progress: TypeAlias = "Callable[[int], object]"
"""Told how many rows were done, now and then, on whatever thread does them."""

Counts: TypeAlias = dict[str, int]
"""How many rows there are of ``snapshots``, ``accounts`` and ``audit``."""

_AUDIT: Final = schema.audit.name
_MANY: Final = 500  # rows of one statement


def export(file: BinaryIO, told: Progress, connection: Connection) -> Counts:
    """Write every row to a file, from its beginning; ``StoreError`` for a damaged one.

    What is in the file after an error is worth nothing.
    """
    file.seek(0)
    file.truncate()
    file.write(lines.head())
    written: Counter[str] = Counter()
    for row in _rows(connection):
        file.write(lines.line(row))
        written[_table(row).name] += 1
        told(written.total())
    file.write(lines.end(written))
    return _counted(written)


@dataclass(frozen=True, slots=True)
class Export:
    """A file whose every line was read and found good."""

    file: BinaryIO
    name: str
    counts: Mapping[str, int]

    @classmethod
    def checked(cls, file: BinaryIO, name: str, told: Progress) -> Export:
        """Read all of a file; ``StoreError`` names file, line, value and expectation.

        ``name``: what messages call it.
        """
        seen: dict[tuple[str, ...], int] = {}
        counts: Counter[str] = Counter()
        for number, row in _read(file, name):
            key = _key(row)
            before = number if key is None else seen.setdefault(key, number)
            if before != number:
                raise StoreError(
                    f"{name}:{number}: {_named(row)} seen, which line {before} has "
                    "already: expected one line for each"
                )
            counts[_table(row).name] += 1
            told(counts.total())
        return cls(file, name, _counted(counts))

    def put(self, told: Progress, connection: Connection) -> Counts:
        """Insert all rows; ``StoreError`` if anything is in the database already.

        But for its audit trail: a look at an empty world is recorded, too. That is
        kept, as the end of the trail that is put there.
        """
        counts = pages.counts(connection).items()
        there = {name: n for name, n in counts if n and name != _AUDIT}
        if there:
            found = ", ".join(f"{n} {name}" for name, n in there.items())
            raise StoreError(
                f"{self.name}: {found} seen in the database, "
                "expected an empty one: an import adds to nothing"
            )
        own = list(pages.audit(connection))
        connection.execute(delete(schema.audit))
        rows = self._again()
        put: Counter[str] = Counter()
        while many := list(islice(rows, _MANY)):
            for table in (schema.snapshots, schema.accounts, schema.audit):
                values = [_columns(row) for row in many if _table(row) is table]
                if values:
                    connection.execute(insert(table), values)
                    put[table.name] += len(values)
            told(put.total())
        if own:
            connection.execute(insert(schema.audit), [_columns(each) for each in own])
        return _counted(put)

    def _again(self) -> Iterator[lines.Row]:
        try:
            for _, row in _read(self.file, self.name):
                yield row
        except StoreError as error:  # which would not take back what was inserted
            raise OSError(f"{self.name} changed while it was read") from error


def _read(file: BinaryIO, name: str) -> Iterator[tuple[int, lines.Row]]:
    """Give each row with its line; the first and the last line have to be there."""
    file.seek(0)
    rows: Counter[str] = Counter()
    last: lines.End | None = None
    number = 0
    for number, text in enumerate(file, 1):
        try:
            row = lines.parsed(text)
        except ValueError as error:
            raise StoreError(f"{name}:{number}: {error}") from error
        if isinstance(row, lines.Head) is not (number == 1) or last is not None:
            raise _misplaced(name, number, is_after=last is not None)
        if isinstance(row, lines.Head):
            _check_format(name, row)
        elif isinstance(row, lines.End):
            last = row
        else:
            rows[_table(row).name] += 1
            yield number, row
    if last is None:
        raise StoreError(
            f"{name}:{number + 1}: the end of the file seen, more lines expected: "
            "an export ends with a line of its own"
        )
    stated = {one: getattr(last, one) for one in last.__struct_fields__}
    if stated != _counted(rows):
        raise StoreError(f"{name}:{number}: {stated} seen, {_counted(rows)} expected")


def _misplaced(name: str, number: int, *, is_after: bool) -> StoreError:
    expected = "the first line of an export" if number == 1 else "a row of a table"
    if is_after:
        expected = "nothing after the last line of an export"
    return StoreError(f"{name}:{number}: another line seen, expected {expected}")


def _check_format(name: str, head: lines.Head) -> None:
    if head.format != lines.FORMAT:
        raise StoreError(
            f"{name}:1: format {head.format} seen, {lines.FORMAT} expected: "
            "a newer gameserver wrote it"
        )


def _rows(connection: Connection) -> Iterator[lines.Row]:
    yield from pages.snapshots(connection)
    for row in connection.execute(select(schema.accounts)).all():
        yield account_of(row)
    yield from pages.audit(connection)


def _counted(rows: Mapping[str, int]) -> Counts:
    tables: Iterable[Table] = (schema.snapshots, schema.accounts, schema.audit)
    return {table.name: rows.get(table.name, 0) for table in tables}


def _table(row: lines.Row) -> Table:
    if isinstance(row, Snapshot):
        return schema.snapshots
    return schema.accounts if isinstance(row, Account) else schema.audit


def _key(row: lines.Row) -> tuple[str, ...] | None:
    """Give what only one row may have."""
    if isinstance(row, Snapshot):
        return row.kind, row.id
    return (name_key(row.name),) if isinstance(row, Account) else None


def _named(row: lines.Row) -> str:
    if isinstance(row, Snapshot):
        return f"{row.kind} {row.id!r}"
    return f"account {row.name!r}" if isinstance(row, Account) else "an audit entry"


def _columns(row: lines.Row) -> dict[str, Any]:
    if isinstance(row, Account):
        return account_columns(row)
    if isinstance(row, AuditEntry):
        return entry_columns(row)
    return {
        "kind": row.kind,
        "id": row.id,
        "version": row.version,
        "state": row.state,
        "revision": row.revision,
        "checksum": checksum.of_snapshot(row),
    }
