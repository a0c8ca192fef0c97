"""A release as data: what would become of each object, before anything has changed."""

from __future__ import annotations

import difflib
import json
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gameserver.errors import PluginError
    from gameserver.reload.source import Text

ORDER = (
    "refused",
    "conflict",
    "handoff",
    "migrated",
    "removed",
    "added",
    "patched",
    "kept",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What becomes of one object: ``kind`` is one of ``ORDER``; ``line`` 0: unknown."""

    kind: str
    module: str
    name: str
    file: str
    line: int
    why: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        why = f"  ({in_one_line(self.why)})" if self.why else ""
        return f"{self.kind:<8} {self.module}:{self.name}  {place}{why}"


@dataclass(frozen=True, slots=True)
class ModuleChange:
    """One module of a plan: ``act`` is changed, added or removed; the diff as text."""

    name: str
    act: str
    file: str
    diff: str


@dataclass(frozen=True, slots=True)
class Scan:
    """A walk over the whole heap that the release needs, and its price."""

    why: str
    seconds: float
    objects: int


@dataclass(eq=False)
class Plan:
    """A release before it happens; ``str`` for people, ``as_data`` for programs.

    ``refused``: why it cannot be committed, one line each; empty if it can.
    """

    modules: tuple[ModuleChange, ...] = ()
    entries: list[Entry] = field(default_factory=list)
    stale: list[Entry] = field(default_factory=list)
    """Importers that made something of a value that changes and keep it; the script."""
    scans: list[Scan] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    error: PluginError | None = field(default=None, repr=False)

    @property
    def is_empty(self) -> bool:
        """Say whether no module's text has changed."""
        return not self.modules

    @property
    def fingerprint(self) -> str:
        """Give what two plans of the same texts, over the same ones, have in common."""
        seen = sorted((one.name, one.act, one.diff) for one in self.modules)
        return sha256(repr(seen).encode("utf-8", "surrogatepass")).hexdigest()

    def counts(self) -> dict[str, int]:
        """Count the entries by kind."""
        kinds = [one.kind for one in self.entries]
        return {kind: kinds.count(kind) for kind in ORDER if kind in kinds}

    def as_data(self) -> dict[str, Any]:
        """Give the plan in JSON's types."""
        return {
            "modules": [asdict(one) for one in self.modules],
            "entries": [asdict(one) for one in self.entries],
            "stale": [asdict(one) for one in self.stale],
            "scans": [asdict(one) for one in self.scans],
            "refused": list(self.refused),
        }

    def to_json(self) -> str:
        """Give the plan as JSON text."""
        return json.dumps(self.as_data(), indent=2)

    def __str__(self) -> str:
        if self.is_empty and not self.refused and not self.stale:
            return "nothing to release: every module runs the text of its source"
        ordered = sorted(self.entries, key=lambda one: ORDER.index(one.kind))
        lines = [f"{one.act:<8} {one.name}  {one.file}" for one in self.modules]
        lines += [str(one) for one in ordered]
        lines += [f"stale    {str(one)[9:]}" for one in self.stale]
        lines += [
            f"scan     {one.objects} objects, {one.seconds * 1000:.0f} ms  ({one.why})"
            for one in self.scans
        ]
        lines += [f"REFUSED  {in_one_line(one)}" for one in self.refused]
        lines += [one.diff.rstrip("\n") for one in self.modules if one.diff]
        return "\n".join(lines)


def in_one_line(text: str) -> str:
    """Give an author's words, which may have several lines, in one."""
    return " ".join(text.split()) if len(text.splitlines()) > 1 else text


def was_at(line: int, why: str = "") -> str:
    """Add to a reason the line of what the new text has no more; 0: unknown."""
    at = f"was at line {line}" if line else ""
    return "; ".join(one for one in (why, at) if one)


def diff(old: Text | None, new: Text | None) -> str:
    """Give the unified diff of two texts of one module; either may be absent."""
    named = new or old
    assert named is not None
    before, after = (_lines(one) for one in (old, new))
    return "".join(
        difflib.unified_diff(
            before,
            after,
            f"{named.origin} (in force)",
            f"{named.origin} (new)",
        )
    )


def _lines(text: Text | None) -> list[str]:
    if text is None:
        return []
    shown = text.content.decode("utf-8", "replace")
    return [f"{line}\n" for line in shown.splitlines()]
