"""What an author types: one place of one file, replaced."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gameserver.errors import DoesNotHold

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Edit:
    """In ``file`` of the game's package, ``old`` becomes ``new``; it is there once."""

    file: str
    old: str
    new: str

    def apply(self, text: str) -> str:
        """Give the text as it is after the edit."""
        times = text.count(self.old)
        if times != 1:
            raise DoesNotHold(f"{self.old!r} once in {self.file}", f"{times} times")
        return text.replace(self.old, self.new)

    def diff(self) -> list[str]:
        """Give the lines that go, with ``-``, and those that come, with ``+``."""
        lines = difflib.ndiff(self.old.splitlines(), self.new.splitlines())
        shown = [line for line in lines if line[0] in "+-" and line[2:].strip()]
        return [f"{line[0]} {line[2:]}" for line in shown]


def shortened(lines: Sequence[str], most: int) -> list[str]:
    """Give at most ``most`` lines; the last one says how many more there are."""
    if len(lines) <= most:
        return list(lines)
    left = len(lines) - most + 1
    return [*lines[: most - 1], f"  ... and {left} lines more"]
