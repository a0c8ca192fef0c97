"""The admin verbs for plugin text in the database.

Several authors may work at once: whoever puts a text says which revision it was made
from, and is refused if that is not the newest. A text that is put is not in force; it
is what the next release, or the next start, reads. So putting needs the role that may
release, not the one that may look.
"""

from __future__ import annotations

import difflib
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

from gameserver.admin.api import needs
from gameserver.admin.long_texts import LARGEST_TEXT, pieces
from gameserver.admin.served import Served
from gameserver.admin.trusted import ACT, LOOK, TrustedVerbs
from gameserver.errors import BadArguments, NotFound, PluginError
from gameserver.model.arguments import Limits
from gameserver.model.release_row import CodeRow
from gameserver.server.code_source import is_of_game
from gameserver.server.plugins import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from gameserver.interfaces import CodeStore
    from gameserver.model.roles import Role
    from gameserver.reload.engine import Engine
    from gameserver.reload.text import Text

_MOST = 1000  # rows of an answer
_LONGEST_NAME = 200  # characters
_LONGEST_NOTE = 500  # characters
_SHOWN = 60  # characters of a wrong name that are told
_WHOLE = Limits(max_string=LARGEST_TEXT)


class CodeVerbs(TrustedVerbs):
    """Put, read, compare and take back texts of modules."""

    def __init__(
        self,
        code: CodeStore,
        now: Callable[[], float],
        in_force: Callable[[str], Text | None] | None = None,
        check_role: Role = LOOK,
        release_role: Role = ACT,
        *,
        served: Served | None = None,
    ) -> None:
        """``in_force`` gives the text that a module runs; None if no server runs.

        ``served`` tells of the folder and of what runs; None: of the database alone.
        """
        super().__init__(check_role, release_role)
        self._code = code
        self._now = now
        self._in_force = in_force
        self._served = served or Served(lambda _: None)

    @needs(ACT, "module", "base", limits=_WHOLE)
    async def code_put(
        self, module: str, text: str | None, base: int = 0, note: str = ""
    ) -> dict[str, Any]:
        """Append a revision; None for the text removes the module.

        ``base``: the revision that it was made from, 0 if there was none; refused as
        ``stale-revision`` if that is not the newest.
        """
        _check_name(module)
        _check_size(text, note)
        return _shown(await self._put(module, text, base, note))

    @needs(LOOK, "module", "revision")
    async def code_get(
        self, module: str, revision: int | None = None
    ) -> dict[str, Any]:
        """Give a revision with its text, the newest for None.

        Of a module that only the folder has: its file's, ``source``, as revision 0.
        """
        try:
            row = await self._code.get(module, revision)
        except NotFound:
            found = None if revision else self._file(module)
            if found is None:
                raise
            return found
        return {**_shown(row), "text": row.text}

    def _file(self, module: str) -> dict[str, Any] | None:
        """Give a file's text as a row that is in no database."""
        try:
            text = self._served.file(module) if is_of_game(module) else None
            source = "" if text is None else text.source
        except PluginError as error:
            raise NotFound(error.line()) from error
        if text is None:
            return None
        if len(text.content) > LARGEST_TEXT:
            raise NotFound(f"{text.origin} has more than {LARGEST_TEXT:,} bytes")
        row = CodeRow(module, 0, "", 0.0, source)
        return {**_shown(row), "text": source, "source": text.origin}

    @needs(LOOK)
    async def code_list(self) -> list[dict[str, Any]]:
        """Give each module: from where it is served, and the release that runs."""
        return self._served.rows(await self._code.current())

    @needs(LOOK, "module")
    async def code_log(self, module: str, limit: int = 50) -> list[dict[str, Any]]:
        """Give the newest revisions, newest first, without texts."""
        rows = await self._code.log(module)
        if not rows:
            raise NotFound(f"the database has no text of {module[:_SHOWN]!r}")
        return [_shown(one) for one in rows[: max(1, min(limit, _MOST))]]

    @needs(LOOK, "module", "old", "new")
    async def code_diff(
        self, module: str, old: int | None = None, new: int | None = None
    ) -> list[str]:
        """Give the unified diff of two revisions, in pieces.

        Without ``old``, from the text in force; revision 0 is no text. Without
        ``new``, to the newest.
        """
        after = await self._code.get(module, new)
        before, named = await self._before(module, old)
        lines = difflib.unified_diff(
            _lines(before), _lines(after.text), named, _title(after)
        )
        return pieces("".join(lines))

    @needs(ACT, "module", "revision")
    async def code_revert(self, module: str, revision: int) -> dict[str, Any]:
        """Append a revision with the text of an earlier one."""
        earlier = await self._code.get(module, revision)
        newest = await self._code.get(module)
        note = f"back to revision {revision}"
        return _shown(await self._put(module, earlier.text, newest.revision, note))

    async def _put(
        self, module: str, text: str | None, base: int, note: str
    ) -> CodeRow:
        author, at = self._actor.name, self._now()
        return await self._code.put(module, text, author, at, base, note)

    async def _before(self, module: str, old: int | None) -> tuple[str | None, str]:
        """Give the text that a diff begins with, and its title."""
        if old == 0:
            return None, f"{module} (no text)"
        if old is not None:
            row = await self._code.get(module, old)
            return row.text, _title(row)
        if self._in_force is None:
            raise NotFound("no server runs, so no text is in force; name a revision")
        text = self._in_force(module)
        if text is None:
            return None, f"{module} (not in force)"
        return text.source, f"{text.origin} (in force)"


def texts_of(engine: Engine) -> Callable[[str], Text | None]:
    """Give what ``CodeVerbs`` asks for the text that a module runs."""

    def in_force(module: str) -> Text | None:
        record = engine.records.get(module)
        return None if record is None else record.text

    return in_force


def _check_name(module: str) -> None:
    is_reserved = any(iskeyword(part) for part in module.split("."))
    is_ours = is_of_game(module) and module != ROOT  # of that the server has its own
    if is_reserved or len(module) > _LONGEST_NAME or not is_ours:
        seen = f"code_put: module: saw {module[:_SHOWN]!r}"
        raise BadArguments(f"{seen}, expected a module's full name: plugins.sword")


def _check_size(text: str | None, note: str) -> None:
    if text is not None and not text.strip():
        raise BadArguments("code_put: text: saw none, expected a module's text")
    size = 0 if text is None else len(text.encode("utf-8", "surrogatepass"))
    for name, seen, most, unit in (
        ("text", size, LARGEST_TEXT, "bytes"),
        ("note", len(note), _LONGEST_NOTE, "characters"),
    ):
        if seen > most:
            expected = f"expected at most {most:,}"
            raise BadArguments(f"code_put: {name}: saw {seen:,} {unit}, {expected}")


def _shown(row: CodeRow) -> dict[str, Any]:
    return {
        "module": row.module,
        "revision": row.revision,
        "author": row.author,
        "at": row.at,
        "removed": row.text is None,
        "note": row.note,
    }


def _title(row: CodeRow) -> str:
    gone = ", removed" if row.text is None else ""
    return f"{row.module} (revision {row.revision} by {row.author}{gone})"


def _lines(text: str | None) -> list[str]:
    """Give the lines, each with an end, so that no two run into one in a diff."""
    return [] if text is None else [f"{line}\n" for line in text.splitlines()]
