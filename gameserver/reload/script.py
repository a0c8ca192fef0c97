"""The script that is run, ``__main__``: no release follows it, so the plan says so.

It ran before the engine, under a name that is no module's; who imports it by its own
name gets another module.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib.util import spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING

from gameserver.reload.plan import Entry

if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.machinery import ModuleSpec

NAME = "__main__"
_WHY = (
    "the script that is run is not followed, and its file has changed; start the"
    " program again, and keep what is to change in modules that it imports"
)


@dataclass(frozen=True)
class Script:
    """The script, and the bytes of its file when it was looked at first."""

    spec: ModuleSpec
    path: Path
    content: bytes

    def told(self, own: Callable[[ModuleSpec], bool]) -> list[Entry]:
        """Give the plan's line, if its file has changed and ``own`` claims it."""
        if _content(self.path) in {self.content, None} or not own(self.spec):
            return []
        return [Entry("stale", NAME, "", str(self.path), 0, _WHY)]


def script() -> Script | None:
    """Look at the script that is run; None if it has no file."""
    module = sys.modules.get(NAME)
    file = getattr(module, "__file__", None)
    if not isinstance(file, str):
        return None
    path = Path(file).absolute()  # the program may change its folder
    spec = getattr(module, "__spec__", None) or spec_from_file_location(NAME, path)
    content = _content(path)
    return None if spec is None or content is None else Script(spec, path, content)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
