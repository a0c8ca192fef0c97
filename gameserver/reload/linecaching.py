"""What ``linecache`` must hold, so that a traceback shows the text that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gameserver.reload.source import Text


def shown(text: Text) -> tuple[int, None, list[str], str]:
    """Give the entry of ``linecache.cache`` for ``text.origin``.

    The time of change is None: ``linecache.checkcache`` drops every other entry when
    the file changes, and would show what an editor has saved since.
    """
    return len(text.content), None, list(text.lines), text.origin
