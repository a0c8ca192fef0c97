"""Which database the settings mean, and opening it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import inspect

from gameserver.config import load
from gameserver.database_url import ENVIRONMENT, DatabaseKind, DatabaseUrl
from gameserver.errors import SettingError, StoreError
from gameserver.server.directory import database
from gameserver.store.backup import back_up, in_thread
from gameserver.store.reading import reading_file, reading_url
from gameserver.store.schema import revisions
from gameserver.store.sql import SqlStore
from gameserver.store.sql_code import current_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sqlalchemy import Connection
    from twisted.internet.defer import Deferred

    from gameserver.config import Settings
    from gameserver.model.release_row import CodeRow
    from gameserver.store.backup import Copied

    Deliver = Callable[[Callable[[], None]], object]

_OF_OTHERS = 0o007  # a group may be let in: the server's, where root owns the file
_LONGEST = 4096  # characters of a file with an address


@dataclass(frozen=True, slots=True)
class Place:
    """One server's data directory, and its database if that is not in there."""

    data: Path
    url: DatabaseUrl | None = None

    def __str__(self) -> str:
        return str(database(self.data) if self.url is None else self.url)

    def open(self, deliver: Deliver) -> SqlStore:
        """Open the store; blocks, and raises ``StoreError`` as ``SqlStore.open`` does.

        Whoever opens it holds the data directory.
        """
        if self.url is None:
            return SqlStore.open(database(self.data), deliver)
        return SqlStore.open_url(self.url.whole, deliver)

    def reading(
        self, warn: Callable[[str], object] | None = None
    ) -> AbstractContextManager[Connection]:
        """Open the database for reading only, also beside a running server.

        ``warn``: told what an operator should know though it opens.
        """
        if self.url is None:
            return reading_file(database(self.data), warn)
        return reading_url(self.url.whole, str(self.url))

    def code(self) -> list[CodeRow]:
        """Read the plugin text that a start begins with; blocks.

        Empty if there is no database yet, or one from before it held any. Raises
        ``StoreError`` for one that cannot be read.
        """
        if self.url is None and not database(self.data).exists():
            return []
        with self.reading() as connection:
            has_code = inspect(connection).has_table(revisions.name)
            return current_rows(connection) if has_code else []

    def back_up(self, deliver: Deliver, target: Path) -> Deferred[Copied]:
        """Copy the database to a new file, beside what the server does.

        Fails as ``store.backup.back_up``; raises ``StoreError`` for PostgreSQL.
        """
        if self.url is not None:
            raise StoreError(
                f"{self.url}: PostgreSQL makes its own backups: "
                "use pg_dump, which also works while the server runs"
            )
        return in_thread(deliver, partial(back_up, database(self.data), target))


def place_of(settings: Settings) -> Place:
    """Say where the settings keep state; ``SettingError`` for a file without address.

    The environment goes before both settings; of these one may be given.
    """
    server, origins = settings.server, settings.origins
    file, given = server.database_file, origins.get("server.database")
    if given is not None and given.place == ENVIRONMENT:
        return Place(server.data, server.database)
    if file is None:
        return Place(server.data, server.database)
    origin = settings.origin("server.database_file").place
    if server.database is not None:
        raise SettingError.wrong(origin, str(file), "server.database without a file")
    return Place(server.data, _read(file, origin))


def found_place(data: Path | None, config: Path | None) -> Place:
    """Say where a stopped server keeps its state, for a verb's options.

    ``data`` None: what the settings say. With another directory than theirs, the
    database of their file is not meant: only the environment's is.
    """
    settings = load(config, {"server.data": data})
    place = place_of(settings)
    if config is not None or data is None or place.url is None:
        return place
    own = load(config, {})
    is_same = own.server.data.resolve() == settings.server.data.resolve()
    given = settings.origin("server.database").place == ENVIRONMENT
    return place if is_same or given else Place(place.data)


def _read(file: Path, origin: str) -> DatabaseUrl:
    kind = DatabaseKind()
    expected = f"a file with {kind.expected.removesuffix(', or an empty text')}"
    try:
        with file.open(encoding="utf-8") as opened:
            url = kind.accept(opened.read(_LONGEST), file.parent)
            mode = os.fstat(opened.fileno()).st_mode
    except OSError as error:
        msg = f"{origin}: {file}: {error.strerror}; expected {expected}"
        raise SettingError(msg) from error
    except ValueError as error:
        raise SettingError(f"{origin}: {file}: expected {expected}") from error
    if url is None:
        raise SettingError(f"{origin}: {file}: it is empty; expected {expected}")
    if mode & _OF_OTHERS:
        seen = f"mode {mode & 0o777:04o} seen, 0600 expected"
        risk = "others could read the password; run chmod 600"
        raise SettingError(f"{origin}: {file}: {seen}: {risk}")
    return url
