"""Where the game's code comes from: the database first, a folder as the fall-back.

A module is served from exactly one of the two, and ``GameCode.where`` says which. The
rows of the database are kept in memory, as ``import`` cannot wait; ``refresh`` reads
them anew. A module that is removed from the database is the folder's again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gameserver.errors import PluginError
from gameserver.reload.source import Layered, Texts
from gameserver.reload.text import text_from
from gameserver.server.plugins import ROOT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from gameserver.interfaces import CodeStore
    from gameserver.model.release_row import CodeRow
    from gameserver.reload.source import Source
    from gameserver.reload.text import Text


_ORIGIN = "<database>/"


def is_of_database(origin: str) -> bool:
    """Say whether a text with this origin came from the database."""
    return origin.startswith(_ORIGIN)


def is_of_game(module: str) -> bool:
    """Say whether a name may be that of a game's module: ``plugins.keep.rooms``.

    Others are never served: a text named ``json`` would stand in for the library's.
    """
    return module == ROOT or (
        module.startswith(f"{ROOT}.")
        and all(
            part.isidentifier() and part not in {"__init__", "__pycache__"}
            for part in module.split(".")
        )
    )


class DatabaseCode:
    """The newest texts in the database, as they were when they were read last.

    ``rows``: what was read already; rows without a text, and of other modules than a
    game's, are passed over. A module that others lie below is a package.
    """

    def __init__(self, rows: Iterable[CodeRow] = ()) -> None:
        self._rows: dict[str, CodeRow] = {}
        self.take(rows)

    async def refresh(self, code: CodeStore) -> frozenset[str]:
        """Read all rows anew; gives the modules with another text than before."""
        return self.take(await code.current())

    def take(self, rows: Iterable[CodeRow]) -> frozenset[str]:
        """Serve these rows and no others; gives the modules with another text."""
        before = self._rows
        self._rows = {
            row.module: row
            for row in rows
            if row.text is not None and is_of_game(row.module)
        }
        return frozenset(
            name
            for name in before.keys() | self._rows.keys()
            if _text(before.get(name)) != _text(self._rows.get(name))
        )

    def names(self) -> frozenset[str]:
        """Give the full names of all modules that it has now."""
        return frozenset(self._rows)

    def read(self, name: str) -> Text | None:
        """Give a module's text, whose origin is ``<database>/plugins/fight.py``."""
        row = self._rows.get(name)
        if row is None or row.text is None:
            return None
        is_package = _has_below(self.names(), name)
        origin = _origin(name, is_package=is_package)
        return text_from(name, row.text, origin, is_package=is_package)

    def row(self, name: str) -> CodeRow | None:
        """Give the revision that is served; None: not this module."""
        return self._rows.get(name)

    def where(self, name: str) -> str | None:
        """Say which revision is served: ``database, revision 7``; None: not this."""
        row = self._rows.get(name)
        return None if row is None else f"database, revision {row.revision}"


class GameCode(Layered):
    """The database's texts before the folder's; each of the two may be missing."""

    def __init__(
        self, database: DatabaseCode | None = None, folder: Source | None = None
    ) -> None:
        self.database = DatabaseCode() if database is None else database
        self.folder = Texts() if folder is None else folder
        super().__init__(self.database, self.folder)

    def __str__(self) -> str:
        """Name what it reads from, for messages."""
        path = getattr(self.folder, "path", None)
        return "the database" if path is None else f"{path} and the database"

    def read(self, name: str) -> Text | None:
        """Give a module's text from the first of the two that has it, or None.

        It is a package also if the other one has modules below it.
        """
        text = self.database.read(name)
        if text is None:
            text = self.folder.read(name)
            if text is not None and _has_below(self.database.names(), name):
                return replace(text, is_package=True)
            return text
        if text.is_package or not self._is_package_in_folder(name):
            return text
        return replace(text, is_package=True, origin=_origin(name, is_package=True))

    def where(self, name: str) -> str | None:
        """Say from where a module is served: ``database, revision 7``, or its file.

        That is what the next release reads; what runs now may be older. None: there
        is no such module.
        """
        found = self.database.where(name)
        if found is not None:
            return found
        text = self.folder.read(name)
        return None if text is None else text.origin

    def covered(self) -> frozenset[str]:
        """Give the modules of the folder that the database covers."""
        return self.database.names() & self.folder.names()

    def unread(self, names: Collection[str] | None = None) -> list[str]:
        """Say which files are not read, for the database has another text; a line each.

        ``names``: of these modules alone. A line tells the next step.
        """
        wanted = self.covered() if names is None else self.covered() & set(names)
        return [line for name in sorted(wanted) if (line := self._unread(name))]

    def _unread(self, name: str) -> str:
        row = self.database.row(name)
        try:
            text = self.folder.read(name)
        except PluginError:  # nobody reads it
            return ""
        if row is None or text is None or text.source == row.text:
            return ""
        put = f"gameserver code put {name}"
        return (
            f"{name}: {text.origin} is not read, the module is served from the"
            f" database, revision {row.revision}; `{put} {text.origin} --base"
            f" {row.revision}` puts the file there, `{put} --remove --base"
            f" {row.revision}` serves it"
        )

    def _is_package_in_folder(self, name: str) -> bool:
        own = self.folder.read(name)
        if own is not None:
            return own.is_package
        return _has_below(self.folder.names(), name)


def _origin(name: str, *, is_package: bool) -> str:
    """Give what tracebacks name; linecache would pass over ``<...>`` as a whole."""
    path = name.replace(".", "/") + ("/__init__" if is_package else "")
    return f"{_ORIGIN}{path}.py"


def _has_below(names: Iterable[str], name: str) -> bool:
    return any(one.startswith(f"{name}.") for one in names)


def _text(row: CodeRow | None) -> str | None:
    return None if row is None else row.text
