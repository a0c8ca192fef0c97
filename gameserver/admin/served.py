"""From where each module is served, and which release runs: rows for ``code list``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gameserver.errors import PluginError
from gameserver.reload.overrides import Overrides
from gameserver.server.code_source import DatabaseCode, GameCode
from gameserver.services.release_check import told_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gameserver.model.release_row import CodeRow
    from gameserver.reload.engine import Engine
    from gameserver.reload.source import Source
    from gameserver.reload.text import Text


class Served:
    """Tells of the modules of one game, whose server runs or is stopped.

    ``folder``: gives its files, told whether the database has no text at all.
    ``engine``: what runs them, and ``release_of`` the release of one that runs; None
    for a stopped server, where nothing runs and no text is covered.
    """

    def __init__(
        self,
        folder: Callable[[bool], Source | None],
        engine: Engine | None = None,
        release_of: Callable[[str], int] | None = None,
    ) -> None:
        self._folder = folder
        self._engine = engine
        self._release_of = release_of

    def rows(self, stored: Iterable[CodeRow]) -> list[dict[str, Any]]:
        """Give one row for each module, by name; ``stored``: the newest revisions.

        Blocks, as it reads the folder. Raises ``PluginError`` for one that cannot be
        listed, and ``SettingError`` for one that is needed and not there.
        """
        database = DatabaseCode(stored)
        code = GameCode(database, self._folder(not database.names()))
        sources = Overrides(code)
        if self._engine is not None and isinstance(self._engine.source, Overrides):
            sources.covers = self._engine.source.covers
        running = set() if self._engine is None else set(self._engine.records)
        names = {*sources.below.names(), *sources.names(), *running}
        return [self._row(name, code, sources) for name in sorted(names)]

    def file(self, module: str) -> Text | None:
        """Give the text that the folder has, None if it has none; blocks.

        Raises ``PluginError`` for one that cannot be read.
        """
        folder = self._folder(False)  # noqa: FBT003 - it need not be there
        return None if folder is None else folder.read(module)

    def _row(self, name: str, code: GameCode, sources: Overrides) -> dict[str, Any]:
        stored = code.database.row(name)
        try:
            where, cover = code.where(name), sources.cover(name)
            text = sources.read(name)
        except PluginError as error:  # of one file; the others can be told
            where, cover, text = str(error), None, None
        record = None if self._engine is None else self._engine.records.get(name)
        runs = None if record is None else record.text.digest
        return {
            "module": name,
            "source": where,
            "revision": stored and stored.revision,
            "author": stored and stored.author,
            "covered_by": cover and told_of(cover),
            "release": self._release(name, is_running=record is not None),
            "in_force": runs is not None and text is not None and text.digest == runs,
        }

    def _release(self, name: str, *, is_running: bool) -> int | None:
        if not is_running or self._release_of is None:
            return None
        return self._release_of(name)
