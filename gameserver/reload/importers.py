"""Modules that imported a name whose object changes: they follow, or are stale."""

from __future__ import annotations

import itertools
import sys
from collections import deque
from dataclasses import dataclass, field
from types import FunctionType
from typing import TYPE_CHECKING, Any

from gameserver.errors import ReleaseRefused
from gameserver.reload.kinds import is_of
from gameserver.reload.outline import outline
from gameserver.reload.plan import Entry
from gameserver.reload.verdict import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gameserver.reload.journal import Journal
    from gameserver.reload.outline import Outline
    from gameserver.reload.record import Record
    from gameserver.reload.text import Text
    from gameserver.reload.uses import Use

_Place = tuple[str, str, str, int]
_MADE = "made from {}"
_USED = "used {} when it was loaded"
_GONE = "uses {}, which is gone"


@dataclass(slots=True)
class Rebinding:
    """A name of a module that means another object from now on."""

    module: str
    name: str
    before: Any
    after: Any


@dataclass(slots=True)
class Importers:
    """Follows rebindings through the game's modules, and on through re-exports.

    ``merged``: modules whose bodies ran again; their own merge sees to them.
    """

    records: Mapping[str, Record]
    merged: frozenset[str]
    journal: Journal
    followed: list[Rebinding] = field(default_factory=list)
    _stale: dict[_Place, tuple[Record, int, dict[str, None]]] = field(
        default_factory=dict
    )
    """By module, name, wording and line: the line, and what changes."""
    _lost: list[Entry] = field(default_factory=list)

    def follow(self, rebindings: Iterable[Rebinding]) -> None:
        """Lay down the writes for every importer of the rebound names."""
        waiting = deque(rebindings)
        done: set[tuple[str, str]] = set()
        while waiting:
            one = waiting.popleft()
            for record, alias in self._importing(one):
                self._note_stale(record, alias, one)
                here = (record.name, alias)
                if here in done or record.name in self.merged:
                    continue
                if record.namespace.get(alias, MISSING) is one.before:
                    done.add(here)
                    self.journal.put(record.namespace, alias, one.after)
                    link = Rebinding(record.name, alias, one.before, one.after)
                    self.followed.append(link)
                    waiting.append(link)
            self._note_dotted(one.module, one.name, _MADE)
            self._foreign(one)

    def _importing(self, one: Rebinding) -> Iterator[tuple[Record, str]]:
        for record in self.records.values():
            for line in record.outline.from_imports:
                if line.module == one.module:
                    if line.name == one.name:
                        yield record, line.alias
                    elif line.name == "*" and self._comes_with_star(record, one):
                        yield record, one.name

    def _comes_with_star(self, record: Record, one: Rebinding) -> bool:
        """Say whether a star import brings a name that the importer binds nowhere."""
        if one.name in record.outline.bindings.get("", {}):
            return False
        exported = self.records[one.module].namespace.get("__all__")
        return one.name in (exported or ()) or (
            exported is None and not one.name.startswith("_")
        )

    def _note_stale(self, record: Record, alias: str, one: Rebinding) -> None:
        """Name what an importer made of the old value when it was loaded."""
        if record.name not in self.merged:
            for use in record.outline.uses:
                if use.written == alias:
                    self._note(record, use, f"{one.module}.{one.name}", _MADE)

    def _note_dotted(self, module: str, name: str, act: str) -> None:
        """Name what was made of a name by way of its module."""
        for record in self.records.values():
            for use in record.outline.dotted_uses:
                if record.name not in self.merged and use.is_of(module, name):
                    self._note(record, use, f"{module}.{name}", act)

    def _note(self, record: Record, use: Use, source: str, act: str) -> None:
        """Enter one name of a module, at the first line that makes something of it."""
        if act is _MADE and not use.maker:
            act = _USED
        line = 0 if use.maker else use.line  # of each other use, its own
        place = (record.name, use.maker or use.written, act, line)
        _, _, sources = self._stale.setdefault(place, (record, use.line, {}))
        sources[source] = None

    @property
    def stale(self) -> list[Entry]:
        """Give what was made of a value that changes, an entry for each name."""
        made = [
            _stale(record, place[1], line, place[2].format(", ".join(sources)))
            for place, (record, line, sources) in self._stale.items()
        ]
        return [*made, *self._lost]

    def lose(self, module: str, name: str) -> None:
        """Name the importers of a name that is gone: they could not start again."""
        self._note_dotted(module, name, _GONE)
        for record in self.records.values():
            for line in record.outline.from_imports:
                if record.name in self.merged or (line.module, line.name) != (
                    module,
                    name,
                ):
                    continue
                why = f"imports {module}.{name}, which is gone"
                at = record.outline.line("", line.alias)
                self._lost.append(_stale(record, line.alias, at, why))

    def _foreign(self, one: Rebinding) -> None:
        """Let modules that are not the game's follow functions and classes."""
        if not is_of(one.before, (FunctionType, type)):
            return
        for name, module in list(sys.modules.items()):
            if name in self.records or name in self.merged or module is None:
                continue
            namespace = getattr(module, "__dict__", {})
            if namespace.get(one.name, MISSING) is one.before:
                self.journal.put(namespace, one.name, one.after)


def _stale(record: Record, name: str, line: int, why: str) -> Entry:
    return Entry("stale", record.name, name, record.text.origin, line, why)


def who_misses(
    records: Iterable[Record], removed: Sequence[str], texts: Iterable[Text]
) -> list[Entry]:
    """Give who will miss the removed modules; ``texts`` are the changed ones."""
    if not removed:
        return []
    remaining = {
        one.name: (one.text, one.outline) for one in records if one.name not in removed
    }
    remaining |= {text.name: (text, outline(text)) for text in texts}
    return without(removed, remaining.values())


def without(
    removed: Iterable[str], remaining: Iterable[tuple[Text, Outline]]
) -> list[Entry]:
    """Give the functions that import a removed module when they are called.

    ``ReleaseRefused`` if a remaining text imports one whenever it runs.
    """
    found = []
    for name, (text, facts) in itertools.product(removed, remaining):
        line = facts.imports.get(name)
        if line is not None:
            reason = f"imports {name}, which the release removes"
            raise ReleaseRefused(f"{text.origin}:{line}", reason, text.name, "plan")
        late = facts.late_imports.get(name)
        if late is not None:
            why = f"imports {name} in {late.function}(), which is gone"
            found.append(
                Entry("stale", text.name, late.function, text.origin, late.line, why)
            )
    return found
