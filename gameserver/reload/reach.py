"""How far a module's text can reach: the game's modules it imports, near or far."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gameserver.errors import PluginError
from gameserver.reload.outline import outline

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from gameserver.reload.record import Record
    from gameserver.reload.source import Text


def reach(
    names: Iterable[str], records: Mapping[str, Record], planned: Container[str] = ()
) -> list[Record]:
    """Give the game's modules that are imported, near or far; those planned aside."""
    waiting = list(names)
    reached: dict[str, Record] = {}
    while waiting:
        record = records.get(waiting.pop())
        if record is not None and record.name not in reached:
            reached[record.name] = record
            waiting += record.outline.imports
    return [one for name, one in reached.items() if name not in planned]


def imports_of(text: Text, record: Record | None) -> list[str]:
    """Give what a text imports, new text and old, as far as it can be read."""
    try:
        now = list(outline(text).imports)
    except PluginError:  # staging will say so
        now = []
    return [*now, *(record.outline.imports if record else ())]


def says_more(text: Text, record: Record) -> bool:
    """Say whether a text differs from the one in force in more than its layout."""
    try:
        return record.runs_again or outline(text).shape != record.outline.shape
    except PluginError:  # staging will say so
        return False
