"""All that a database keeps for good, to a file and into an empty database.

Sessions and their answers are left out: they belong to connections of the old server.
Both ways are one operation of the writer's queue, so one transaction.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby, islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeAlias

from sqlalchemy import delete, insert, select, update

from gameserver.errors import StoreError
from gameserver.store import lines, pages, schema
from gameserver.store.kinds import KINDS, Kind, kind_of
from gameserver.store.sql_accounts import entry_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sqlalchemy import Connection

Progress: TypeAlias = "Callable[[int], object]"
"""Told how many rows were done, now and then, on whatever thread does them."""

Counts: TypeAlias = dict[str, int]
"""How many rows there are of each of ``kinds.KINDS``, by name."""

Columns: TypeAlias = dict[str, Any]
"""What is written of a row."""

_AUDIT: Final = schema.audit.name
_meta: Final = schema.meta.c


def export(file: BinaryIO, told: Progress, connection: Connection) -> Counts:
    """Write every row to a file, from its beginning; ``StoreError`` for a damaged one.

    What is in the file after an error is worth nothing.
    """
    file.seek(0)
    file.truncate()
    file.write(lines.head(connection.scalar(select(_meta.commits)) or 0))
    written: Counter[str] = Counter()
    for row in _rows(connection):
        file.write(lines.line(row))
        written[kind_of(row).name] += 1
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
        seen: dict[object, int] = {}
        counts: Counter[str] = Counter()
        for number, row in _read(file, name):
            kind = kind_of(row)
            key = kind.key(row)
            one = kind.name, key
            before = number if key is None else seen.setdefault(one, number)
            if before != number:
                raise StoreError(
                    f"{name}:{number}: {kind.named(row)} seen, which line {before} has "
                    "already: expected one line for each"
                )
            counts[kind.name] += 1
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
        put: Counter[str] = Counter()
        for kind, many in _portions(self._again()):
            connection.execute(insert(kind.table), many)
            put[kind.name] += len(many)
            told(put.total())
        if own:
            connection.execute(
                insert(schema.audit), [entry_columns(one) for one in own]
            )
        self._count_on(connection)
        return _counted(put)

    def _count_on(self, connection: Connection) -> None:
        """Count commits from where the exported database was.

        So that an older copy of that, put in the place of this one, counts less than
        the file beside it, and is found.
        """
        self.file.seek(0)
        head = lines.parsed(self.file.readline())
        commits = head.commits if isinstance(head, lines.Head) else 0
        less = update(schema.meta).where(_meta.commits < commits)
        connection.execute(less.values(commits=commits, inverse=-commits))

    def _again(self) -> Iterator[tuple[type, Columns]]:
        """Give each row's type, and what is written of it."""
        try:
            for _, row in _read(self.file, self.name):
                yield type(row), kind_of(row).columns(row)
        except StoreError as error:  # which would not take back what was inserted
            raise OSError(f"{self.name} changed while it was read") from error


def _portions(
    rows: Iterator[tuple[type, Columns]],
) -> Iterator[tuple[Kind, list[Columns]]]:
    """Give rows of one kind that follow one another, as many as fit a statement."""
    for row_type, alike in groupby(rows, key=itemgetter(0)):
        kind = KINDS[row_type]
        columns = map(itemgetter(1), alike)
        while many := list(islice(columns, kind.many)):
            yield kind, many


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
            rows[kind_of(row).name] += 1
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
    if not 1 <= head.format <= lines.FORMAT:
        raise StoreError(
            f"{name}:1: format {head.format} seen, 1 to {lines.FORMAT} expected: "
            "a newer gameserver wrote it"
        )


def _rows(connection: Connection) -> Iterator[lines.Row]:
    for kind in KINDS.values():
        yield from kind.read(connection)


def _counted(rows: Mapping[str, int]) -> Counts:
    return {kind.name: rows.get(kind.name, 0) for kind in KINDS.values()}
