"""Brings a database to the schema this program knows, or refuses to touch it.

The version is read by plain SQL, because importing Alembic takes longer than all the
rest of a start; it is imported only when a step has to be run.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError

from gameserver.errors import StoreError
from gameserver.store import sqlite
from gameserver.store.schema import NEWEST

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Steps:
    """The numbered steps: a folder as Alembic reads it, and the last number."""

    folder: Path
    newest: int


STEPS: Final = Steps(Path(__file__).parent / "steps", NEWEST)


def bring_up(connection: Connection, path: Path, steps: Steps = STEPS) -> None:
    """Run what is missing, in one transaction, after a copy of what was there.

    The copy lies beside the file as ``NAME.before-000N``, N being the newest step; a
    new file needs none. Raises ``StoreError`` for a database that is not ours or newer
    than the program, and when a step fails; then the file is as it was.
    """
    seen = _version(connection, path)
    if seen is not None and seen > steps.newest:
        raise StoreError(
            f"{path}: schema version {seen} seen, at most {steps.newest} expected: "
            "a newer gameserver wrote it"
        )
    if seen == steps.newest:
        return
    if seen is not None:
        copy = path.with_name(f"{path.name}.before-{steps.newest:04}")
        sqlite.copy(connection, path, copy)
    _run(connection, path, steps)


def _version(connection: Connection, path: Path) -> int | None:
    """Give the number of the last step that was run, or None for an empty file."""
    with connection.begin():
        tables = inspect(connection).get_table_names()
        if not tables:
            return None
        if "alembic_version" not in tables:
            raise StoreError(
                f"{path}: table {tables[0]!r} seen and no schema version: "
                "expected a gameserver database or no file"
            )
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version")
        versions = [str(version) for version in found.scalars()]
    if len(versions) > 1 or not all(version.isdecimal() for version in versions):
        raise StoreError(f"{path}: schema version {versions} seen, one number expected")
    return int(versions[0]) if versions else 0


def _run(connection: Connection, path: Path, steps: Steps) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config(attributes={"connection": connection})
    # A percent sign in the path would be read as an interpolation.
    config.set_main_option("script_location", str(steps.folder).replace("%", "%%"))
    try:
        with connection.begin():
            command.upgrade(config, f"{steps.newest:04}")
    except (CommandError, SQLAlchemyError) as failure:
        reason = getattr(failure, "orig", None) or failure
        raise StoreError(
            f"{path}: the upgrade to schema version {steps.newest} failed "
            f"and changed nothing: {reason}"
        ) from failure
