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

NEWEST: Final = 4

metadata: Final = MetaData()

snapshots: Final = Table(
    "snapshots",
    metadata,
    Column("kind", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("state", LargeBinary, nullable=False),
    Column("revision", BigInteger, nullable=False),
    # What `store.checksum` gives for the other columns; big, since it is unsigned.
    Column("checksum", BigInteger, nullable=False, server_default="0"),
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
    Column("checksum", BigInteger, nullable=False, server_default="0"),
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
    Column("checksum", BigInteger, nullable=False, server_default="0"),
)

sessions: Final = Table(
    "sessions",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("since", Double, nullable=False, index=True),
    Column("checksum", BigInteger, nullable=False),
)

answers: Final = Table(
    "answers",
    metadata,
    Column("session", String, primary_key=True),
    # The number modulo ANSWERS, so that a new answer takes the place of the oldest.
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("checksum", BigInteger, nullable=False),
)

releases: Final = Table(
    "releases",
    metadata,
    # Counted by the program: a sequence of PostgreSQL leaves gaps, and would have to be
    # set after an import.
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Double, nullable=False),
    Column("actor", String, nullable=False),
    Column("origin", String, nullable=False),
    Column("pause", Double),
    Column("outcome", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("ended", Double),
    # JSON, as `store.release_json` writes it; bytes, so that damage can be summed up.
    Column("facts", LargeBinary, nullable=False),
    Column("names", LargeBinary, nullable=False),
    Column("body_sum", BigInteger, nullable=False),
    # Of all columns before it, so that a list need not read the body.
    Column("checksum", BigInteger, nullable=False),
    # The last: SQLite reads the columns before it without its pages.
    Column("body", LargeBinary, nullable=False),
)

revisions: Final = Table(
    "revisions",
    metadata,
    Column("module", String, primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("author", String, nullable=False),
    Column("at", Double, nullable=False),
    Column("note", String, nullable=False),
    Column("text_sum", BigInteger, nullable=False),
    Column("checksum", BigInteger, nullable=False),
    # UTF-8; NULL where the module was removed.
    Column("text", LargeBinary),
)

meta: Final = Table(
    "meta",
    metadata,
    # There is one row, 1.
    Column("id", Integer, primary_key=True),
    Column("commits", BigInteger, nullable=False),
    # Minus ``commits``: what a count can be compared with, and SQL can count.
    Column("inverse", BigInteger, nullable=False, server_default="0"),
)
