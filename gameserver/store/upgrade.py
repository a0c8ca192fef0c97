"""Brings a database to the schema this program knows, or refuses to touch it.

The version is read by plain SQL, because importing Alembic takes longer than all the
rest of a start; it is imported only when a step has to be run. A new database gets the
tables as they are now, which a test compares with what the steps lead to.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError

from gameserver.errors import StoreError
from gameserver.store.schema import NEWEST, meta, metadata

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from gameserver.store.database import Database


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Steps:
    """The numbered steps: a folder as Alembic reads it, and the last number."""

    folder: Path
    newest: int


STEPS: Final = Steps(Path(__file__).parent / "steps", NEWEST)

_VERSION_TABLE: Final = """
    CREATE TABLE alembic_version (
        version_num VARCHAR(32) NOT NULL,
        CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
    )"""
"""As Alembic makes it, and reads it in the next upgrade."""


def bring_up(database: Database, steps: Steps = STEPS) -> None:
    """Run what is missing, in one transaction, after a copy of what was there.

    An SQLite file's copy lies beside it as ``NAME.before-000N``, N being the newest
    step; a new file needs none. Raises ``StoreError`` for a database that is not ours
    or newer than the program, and when a step fails; then the file is as it was.
    """
    seen = _in_transaction(database, partial(_version, database.name))
    if seen is not None and seen > steps.newest:
        raise StoreError(
            f"{database.name}: schema version {seen} seen, at most {steps.newest} "
            "expected: a newer gameserver wrote it"
        )
    if seen == steps.newest:
        return
    if seen is None and steps == STEPS:
        _in_transaction(database, _make)
        return
    if seen is not None:
        database.keep_copy(steps.newest)
    _in_transaction(database, partial(_run, database.name, steps))


def _in_transaction(database: Database, work: Callable[[Connection], T]) -> T:
    connection = database.begin()
    try:
        result = work(connection)
        database.commit()
    except BaseException as error:
        database.rollback()
        named = database.refusal(error) if isinstance(error, Exception) else None
        if named is None:
            raise
        raise named from error
    return result


def _version(name: str, connection: Connection) -> int | None:
    """Give the number of the last step that was run, or None if there are no tables."""
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    if "alembic_version" not in tables:
        raise StoreError(
            f"{name}: table {tables[0]!r} seen and no schema version: "
            "expected a gameserver database or no file"
        )
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version")
    versions = [str(version) for version in found.scalars()]
    if len(versions) > 1 or not all(version.isdecimal() for version in versions):
        raise StoreError(f"{name}: schema version {versions} seen, one number expected")
    return int(versions[0]) if versions else 0


def _make(connection: Connection) -> None:
    """Make in an empty database what all steps, one after the other, would leave."""
    metadata.create_all(connection, checkfirst=False)
    connection.execute(meta.insert(), {"id": 1, "commits": 0, "inverse": 0})
    connection.exec_driver_sql(_VERSION_TABLE)
    connection.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{NEWEST:04}')")  # noqa: S608 - our own number


def _run(name: str, steps: Steps, connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config(attributes={"connection": connection})
    # A percent sign in the path would be read as an interpolation.
    config.set_main_option("script_location", str(steps.folder).replace("%", "%%"))
    try:
        command.upgrade(config, f"{steps.newest:04}")
    except (CommandError, SQLAlchemyError) as failure:
        reason = getattr(failure, "orig", None) or failure
        raise StoreError(
            f"{name}: the upgrade to schema version {steps.newest} failed "
            f"and changed nothing: {reason}"
        ) from failure
