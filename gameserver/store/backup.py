"""A copy of an SQLite database while others write to it.

The copy is made on a connection and a thread of its own, in one step: in WAL a reader
stops no writer, so the server goes on, and what the copy holds is one moment. (Steps
between which somebody writes would make SQLite begin again each time, so that under
load a copy in steps never ends.)

The count of commits is put beside the copy, so that the copy opens as a database, and
a copy that lost its end is found. It is written whole or not at all, with mode 0600,
and never over a file that is there.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
import threading
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from twisted.internet.defer import Deferred

from gameserver.errors import AlreadyExists, StoreError
from gameserver.store import look, sqlite, tally
from gameserver.store.every_row import require_whole
from gameserver.store.sqlite_file import counted

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy is: where, its size in bytes, and how many commits it holds."""

    to: Path
    size: int
    commits: int


def back_up(path: Path, target: Path) -> Copied:
    """Copy the database at ``path`` to ``target``, and read all of the copy; blocks.

    Raises ``AlreadyExists`` if there is a file of that name or of its count, and
    ``StoreError`` for a database that is damaged, be it in one row, or lacks commits,
    and for a target that cannot be written; nothing is left there then.
    """
    for taken in (target, tally.beside(target)):
        if os.path.lexists(taken):
            raise AlreadyExists(f"{taken} is there already; a backup replaces no file")
    expected = tally.read(path)  # before the copy, which may hold more
    try:
        number, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        os.close(number)
        part = Path(name)
        try:
            return _put(path, part, target, expected)
        finally:
            part.unlink(missing_ok=True)
    except UnicodeDecodeError as damage:
        raise sqlite.refused(path, damage) from damage
    except (OSError, sqlite3.Error) as refusal:
        reason = getattr(refusal, "strerror", None) or refusal
        raise StoreError(f"{path}: cannot copy it to {target}: {reason}") from refusal


def in_thread(
    deliver: Callable[[Callable[[], None]], object], work: Callable[[], T]
) -> Deferred[T]:
    """Do what blocks on a thread of its own; a stop of the server does not wait for it.

    ``deliver`` is ``reactor.callFromThread``.
    """
    answer: Deferred[T] = Deferred()

    def run() -> None:
        try:
            result = work()
        except Exception as refusal:  # noqa: BLE001 - whoever asked gets it
            deliver(partial(answer.errback, refusal))
        else:
            deliver(partial(answer.callback, result))

    threading.Thread(target=run, name="backup", daemon=True).start()
    return answer


def _put(path: Path, part: Path, target: Path, expected: int | None) -> Copied:
    commits = _copy(path, part)
    tally.require(path, commits, expected)
    size = part.stat().st_size
    part.rename(target)
    try:
        tally.accept(target, commits)
        _sync(target.parent)
    except BaseException:
        with suppress(OSError):
            target.unlink()
        raise
    return Copied(target, size, commits)


def _copy(path: Path, part: Path) -> int:
    """Copy all pages, read them and their rows; give how many commits it counts."""
    with (
        closing(look.connected(path)) as one,
        closing(sqlite3.connect(part, isolation_level=None)) as copy,
    ):
        one.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, also on a read-only disk
        sqlite.check(copy, path)
        commits = counted(copy, path)
        require_whole(copy, path)
        return commits


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
