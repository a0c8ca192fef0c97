"""Step 2: checksums of snapshots, sessions with their answers, the commit counter."""

from __future__ import annotations

from zlib import crc32

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_AT_ONCE = 1000


def upgrade() -> None:
    """Make what is new, then give each snapshot that is there its checksum."""
    op.add_column(
        "snapshots",
        sa.Column("checksum", sa.BigInteger, nullable=False, server_default="0"),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("since", sa.Double, nullable=False),
        sa.Column("checksum", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_sessions_since", "sessions", ["since"])
    op.create_table(
        "answers",
        sa.Column("session", sa.String, primary_key=True),
        sa.Column("slot", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("checksum", sa.BigInteger, nullable=False),
    )
    meta = op.create_table(
        "meta",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("commits", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(meta, [{"id": 1, "commits": 0}])
    _sum_up(op.get_bind())


def _sum_up(connection: sa.Connection) -> None:
    """Write the checksums by the formula of this step, which never changes."""
    ids = connection.execute(sa.text("SELECT kind, id FROM snapshots")).all()
    read = sa.text(
        "SELECT version, revision, state FROM snapshots WHERE kind = :kind AND id = :id"
    )
    write = sa.text(
        "UPDATE snapshots SET checksum = :checksum WHERE kind = :kind AND id = :id"
    )
    for start in range(0, len(ids), _AT_ONCE):
        sums = []
        for kind, id_ in ids[start : start + _AT_ONCE]:
            row = connection.execute(read, {"kind": kind, "id": id_}).one()
            head = f"{kind}\0{id_}\0{row.version}\0{row.revision}\0".encode()
            checksum = crc32(bytes(row.state), crc32(head))
            sums.append({"kind": kind, "id": id_, "checksum": checksum})
        connection.execute(write, sums)
