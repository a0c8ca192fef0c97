"""What a row's columns add up to, so that a damaged row is never taken for a whole one.

CRC-32 finds every burst of up to 32 wrong bits and all but one in four thousand million
of the rest. It is no seal: whoever can write the database can write the sum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar
from zlib import crc32

from gameserver.errors import Damaged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gameserver.model.account import Account
    from gameserver.model.audit import AuditEntry
    from gameserver.model.batch import KeptAnswer, StoredSession
    from gameserver.model.snapshot import Snapshot

T = TypeVar("T")


def of_snapshot(snapshot: Snapshot) -> int:
    """Give the sum of kind, id, version, revision and state."""
    head = f"{snapshot.kind}\0{snapshot.id}\0{snapshot.version}\0{snapshot.revision}\0"
    return crc32(snapshot.state, crc32(head.encode()))


def of_answer(answer: KeptAnswer) -> int:
    """Give the sum of session, number and body."""
    return crc32(answer.body, crc32(f"{answer.session}\0{answer.number}\0".encode()))


def of_session(session: StoredSession) -> int:
    """Give the sum of id, name, since and secret."""
    head = f"{session.id}\0{session.name}\0{_stored_float(session.since)}\0"
    return crc32(session.secret, crc32(head.encode()))


def of_account(account: Account) -> int:
    """Give the sum of name, role, password, created and sealed token.

    What is not there counts as another thing than what is empty. The key is left out:
    a later Unicode could give a name another.
    """
    head = (
        f"{account.name}\0{account.role}\0"
        f"{_or_not(account.password)}\0{_stored_float(account.created)}\0"
    )
    token = account.sealed_token
    return crc32(b"-" if token is None else b"+" + token, crc32(head.encode()))


def of_entry(entry: AuditEntry) -> int:
    """Give the sum of all that an entry of the audit trail says."""
    texts = (entry.who, entry.origin, entry.verb, entry.target, entry.outcome)
    return crc32("\0".join((_stored_float(entry.when), *texts)).encode())


def of_columns(columns: Iterable[object]) -> int:
    """Give the sum of columns as they lie in the table, each with its type and length.

    ``TypeError`` for what no column holds.
    """
    total = 0
    for each in columns:
        total = _after(total, each)
    return total


def _after(total: int, column: object) -> int:
    match column:
        case None:
            return crc32(b"-", total)
        case bytes():
            return crc32(column, crc32(f"b{len(column)}:".encode(), total))
        case str():
            encoded = column.encode()
            return crc32(encoded, crc32(f"s{len(encoded)}:".encode(), total))
        case float():
            return crc32(f"f{_stored_float(column)};".encode(), total)
        case int():
            return crc32(f"i{column};".encode(), total)
    raise TypeError(f"{type(column).__name__} seen, what a column holds expected")


def _or_not(text: str | None) -> str:
    return "-" if text is None else f"+{text}"


def _stored_float(number: float) -> str:
    """Give a number as it comes back: SQLite keeps 1.0 as 1, and -0.0 as 0."""
    return str(float(number) + 0.0)


def require(what: str, stored: object, of: Callable[[T], int], row: T) -> None:
    """Refuse a row, ``Damaged``, whose columns are not those that were written.

    A column may even have become another type, so that nothing can be summed up.
    """
    try:
        seen: int | str = of(row)
    except (TypeError, ValueError):
        seen = "none"
    if stored != seen:
        raise Damaged(
            f"{what}: the stored row is damaged: checksum {seen} seen, {stored} "
            "expected: stop the server and restore the database from a backup"
        )
