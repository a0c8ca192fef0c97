"""What was typed, kept between runs in a file that only its owner can read."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from prompt_toolkit.history import FileHistory, History, InMemoryHistory

if TYPE_CHECKING:
    from collections.abc import Mapping


def history_file(environment: Mapping[str, str]) -> Path:
    """Give the place of the history: in ``XDG_STATE_HOME``, or ``~/.local/state``."""
    state = environment.get("XDG_STATE_HOME")
    folder = Path(state) if state else Path("~/.local/state").expanduser()
    return folder / "gameserver" / "history"


def open_history(environment: Mapping[str, str]) -> History:
    """Give the kept history; one that ends with the run if the file cannot be made."""
    try:
        path = history_file(environment)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Made with its mode, so that there is no moment in which others can open it.
        os.close(os.open(path, os.O_CREAT | os.O_APPEND | os.O_RDWR, 0o600))
    except (OSError, RuntimeError):
        return InMemoryHistory()
    return _PrivateHistory(str(path))


class _PrivateHistory(FileHistory):
    def store_string(self, string: str) -> None:
        """Keep a line; a full disk is no reason to end a game."""
        with suppress(OSError):
            super().store_string(string)
