"""Texts that a test has put over those of its game, without touching a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gameserver.reload.text import Text, text_from

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gameserver.reload.source import Source

ROOT = "plugins."


class Draft:
    """A source over another one; ``put`` texts win over those below.

    A module keeps the origin that it has below, so a refusal names the author's file.
    """

    def __init__(self, below: Source) -> None:
        self._below = below
        self._texts: dict[str, str | None] = {}

    def names(self) -> frozenset[str]:
        """Give the full names of all modules that there are now."""
        put = {name for name, text in self._texts.items() if text is not None}
        return (self._below.names() - self._texts.keys()) | put

    def read(self, name: str) -> Text | None:
        """Give a module's text as it is now, or None if there is none."""
        below = self._below.read(name)
        if name not in self._texts:
            return below
        text = self._texts[name]
        if text is None:
            return None
        if below is not None:
            return text_from(name, text, below.origin, is_package=below.is_package)
        origin = f"<draft>/{name.replace('.', '/')}.py"
        return text_from(name, text, origin)

    def put(self, texts: Mapping[str, str | None]) -> dict[str, str | None]:
        """Put texts by full name, None for no module; give what ``put_back`` takes.

        Raises ``ValueError`` for a name that no plugin can have.
        """
        for name in texts:
            if not name.startswith(ROOT):
                raise ValueError(f"module {name!r}: expected a name such as {ROOT}game")
        before = dict(self._texts)
        self._texts |= texts
        return before

    def put_back(self, before: dict[str, str | None]) -> None:
        """Have the texts again that were put when ``put`` gave this."""
        self._texts = before
