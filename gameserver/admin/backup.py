"""The admin verb that copies the database, with the server running or stopped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from gameserver.admin.api import Verbs, needs
from gameserver.errors import BadArguments, GameError, StoreError
from gameserver.model.roles import Role

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gameserver.store.backup import Copied


class BackupVerbs(Verbs):
    """Copies of the database."""

    def __init__(self, copy: Callable[[Path], Awaitable[Copied]]) -> None:
        """``copy`` raises ``StoreError`` where the database cannot be copied."""
        self._copy = copy

    @needs(Role.ADMIN, "to")
    async def backup(self, to: str) -> dict[str, Any]:
        """Copy the database to a new file of the server's machine."""
        target = Path(to)
        if not target.is_absolute() or "\0" in to:
            raise BadArguments(
                f"backup: to: saw {to[:60]!r}, expected an absolute path"
            )
        try:
            copied = await self._copy(target)
        except StoreError as refusal:  # the admin's own machine: all of it is told
            raise GameError("not-copied", refusal.line()) from refusal
        return {"to": to, "bytes": copied.size, "commits": copied.commits}
