"""The tables as this program knows them; `steps/` brings a database to this shape.

``NEWEST`` is the number of the last step. Whoever changes a table here adds a step and
raises the number; a test compares both.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
)

NEWEST: Final = 1

metadata: Final = MetaData()

snapshots: Final = Table(
    "snapshots",
    metadata,
    Column("kind", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("state", LargeBinary, nullable=False),
    Column("revision", BigInteger, nullable=False),
)

accounts: Final = Table(
    "accounts",
    metadata,
    # What `name_key` gives, so that Ada and ada cannot both exist.
    Column("key", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("role", String, nullable=False),
    Column("password", String),
    Column("sealed_token", LargeBinary),
    Column("created", Double, nullable=False),
)

audit: Final = Table(
    "audit",
    metadata,
    # Integer, since only that counts by itself in SQLite.
    Column("id", Integer, primary_key=True),
    Column("when_", Double, nullable=False),
    Column("who", String, nullable=False),
    Column("origin", String, nullable=False),
    Column("verb", String, nullable=False),
    Column("target", String, nullable=False),
    Column("outcome", String, nullable=False),
)
