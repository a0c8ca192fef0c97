"""Step 3: checksums of accounts and the audit trail, and of the commit counter."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from zlib import crc32

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_AT_ONCE = 1000


def upgrade() -> None:
    """Make the columns, then fill them for each row that is there."""
    for table in ("accounts", "audit"):
        column = sa.Column(
            "checksum", sa.BigInteger, nullable=False, server_default="0"
        )
        op.add_column(table, column)
    inverse = sa.Column("inverse", sa.BigInteger, nullable=False, server_default="0")
    op.add_column("meta", inverse)
    op.execute("UPDATE meta SET inverse = -commits")
    _sum_up(op.get_bind(), "accounts", "key", _of_account)
    _sum_up(op.get_bind(), "audit", "id", _of_entry)


def _sum_up(connection: sa.Connection, table: str, key: str, of: Any) -> None:  # noqa: ANN401 - a row's sum
    """Write the checksums by the formula of this step, which never changes."""
    keys = list(connection.scalars(sa.text(f"SELECT {key} FROM {table}")))  # noqa: S608 - our own names
    read = sa.text(f"SELECT * FROM {table} WHERE {key} = :given")  # noqa: S608 - the same
    write = sa.text(f"UPDATE {table} SET checksum = :sum WHERE {key} = :given")  # noqa: S608 - the same
    for start in range(0, len(keys), _AT_ONCE):
        sums = []
        for given in keys[start : start + _AT_ONCE]:
            row = connection.execute(read, {"given": given}).one()
            with suppress(TypeError, ValueError):  # a damaged row keeps 0, so is found
                sums.append({"given": given, "sum": of(row)})
        if sums:
            connection.execute(write, sums)


def _of_account(row: Any) -> int:  # noqa: ANN401 - a row
    password = "-" if row.password is None else f"+{row.password}"
    created = float(row.created) + 0.0
    head = f"{row.name}\0{row.role}\0{password}\0{created}\0".encode()
    token = row.sealed_token
    return crc32(b"-" if token is None else b"+" + bytes(token), crc32(head))


def _of_entry(row: Any) -> int:  # noqa: ANN401 - a row
    texts = (row.who, row.origin, row.verb, row.target, row.outcome)
    return crc32("\0".join((str(float(row.when_) + 0.0), *texts)).encode())
