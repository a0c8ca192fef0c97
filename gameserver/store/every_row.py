"""Reading every row of a database once, so that no damaged one is taken for whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import NullPool, create_engine
from sqlalchemy.exc import SQLAlchemyError

from gameserver.errors import StoreError
from gameserver.store import pages, sqlite
from gameserver.store.kinds import KINDS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection


def require_whole(copy: sqlite3.Connection, path: Path) -> None:
    """Compare every row with its checksum, page by page; blocks.

    ``StoreError`` names ``path`` and the first row that is damaged. The connection is
    closed.
    """
    engine = create_engine("sqlite://", creator=lambda: copy, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            for _ in _rows(connection):
                pass
    except StoreError as damage:
        raise StoreError(f"{path}: {damage}") from damage
    except (SQLAlchemyError, *sqlite.TROUBLE) as refusal:
        raise sqlite.refused(path, refusal) from refusal
    finally:
        engine.dispose()


def _rows(connection: Connection) -> Iterator[object]:
    """Give all that is kept, what no export holds as well."""
    for kind in KINDS.values():
        yield from kind.read(connection)
    yield from pages.sessions(connection)
    yield from pages.answers(connection)
