"""What an operator does with the database of a stopped server, beyond the admin verbs.

Each function holds the data directory while it works, and records what it did.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from gameserver.errors import AlreadyExists, StoreError
from gameserver.model.audit import AuditEntry
from gameserver.server.directory import DataDirectory, database
from gameserver.stopped import StoppedStore
from gameserver.store import sqlite_file, transfer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gameserver.database import Place
    from gameserver.store.sql import SqlStore
    from gameserver.store.sqlite_file import Accepted
    from gameserver.store.transfer import Counts, Export, Progress


async def export(
    place: Place,
    file: BinaryIO,
    told: Progress,
    who: str,
    reactor: Any,  # noqa: ANN401 - every reactor interface
) -> Counts:
    """Write all that is kept for good to a file; see ``store.transfer``."""
    async with StoppedStore(place, reactor) as held:
        work = partial(transfer.export, file, told)
        counts = await held.store.run(work, reads=True)
        await _record(held.store, who, "export", _sum(counts))
        return counts


async def put(
    place: Place,
    given: Export,
    told: Progress,
    who: str,
    reactor: Any,  # noqa: ANN401 - every reactor interface
) -> Counts:
    """Fill an empty database with an export, in one transaction.

    Raises ``StoreError`` for a database that is not empty, which stays as it is.
    """
    async with StoppedStore(place, reactor) as held:
        try:
            counts = await held.store.run(partial(given.put, told))
        except OSError as changed:
            raise StoreError(str(changed)) from changed
        await _record(held.store, who, "import", _sum(counts))
        return counts


async def accept_loss(place: Place, who: str, reactor: Any) -> Accepted:  # noqa: ANN401 - every reactor interface
    """Take an SQLite file as it is, though commits are lost; one that is whole stays.

    Raises ``StoreError`` for one that is damaged, and for PostgreSQL, which loses none.
    """
    if place.url is not None:
        raise StoreError(f"{place}: PostgreSQL keeps its own log: nothing to accept")
    directory = DataDirectory.open(place.data)
    try:
        accepted = sqlite_file.accept_loss(database(place.data))
    finally:
        directory.close()
    if accepted.is_loss:
        async with StoppedStore(place, reactor) as held:
            commits = f"{accepted.commits} commits"
            await _record(held.store, who, "accept_loss", commits)
    return accepted


@contextmanager
def written(target: Path | None) -> Iterator[BinaryIO]:
    """Give a file that becomes ``target``, or goes to stdout, once all is in it.

    It has mode 0600, and replaces nothing: ``AlreadyExists``. What fails leaves
    nothing behind. Raises ``StoreError`` when it cannot be written.
    """
    if target is None:
        with tempfile.TemporaryFile() as file:
            yield cast("BinaryIO", file)
            file.seek(0)
            shutil.copyfileobj(file, sys.stdout.buffer)
            sys.stdout.buffer.flush()
        return
    if os.path.lexists(target):
        raise AlreadyExists(f"{target} is there already; an export replaces no file")
    try:
        number, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(number, "w+b") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            Path(name).rename(target)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as refusal:
        raise StoreError(
            f"{target}: cannot be written: {refusal.strerror}"
        ) from refusal


async def _record(store: SqlStore, who: str, verb: str, target: str) -> None:
    await store.audit.record(
        AuditEntry(time.time(), who, "offline", verb, target, "done")
    )


def _sum(counts: Counts) -> str:
    return ", ".join(f"{n} {name}" for name, n in counts.items())
