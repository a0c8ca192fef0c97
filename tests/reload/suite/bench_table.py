"""The benchmark's figures as a table for people; pure."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tests.reload.suite.bench_calls import OPERATIONS, VARIANTS
from tests.reload.suite.bench_reloads import KINDS

FIRST, OTHER = 38, 12  # widths of columns
MIGRATION = "migration"

Row = tuple[str, str, Callable[[list[float]], float], int]
"""Label, figure, what is made of its samples, and decimals."""

RELOAD_ROWS: tuple[Row, ...] = (
    ("", "wall_ms", statistics.median, 1),
    ("  max", "wall_ms", max, 1),
    ("  gap of another thread", "gap_ms", statistics.median, 1),
    ("  plan, outside the turn", "plan_ms", statistics.median, 1),
    ("  commit, the turn's pause", "commit_ms", statistics.median, 2),
    ("    max", "commit_ms", max, 2),
    ("    of it the writes", "writes_ms", statistics.median, 2),
)

MIGRATION_ROWS: tuple[Row, ...] = (
    ("commit, the turn's pause", "commit_ms", statistics.median, 2),
    ("  max", "commit_ms", max, 2),
    ("  of it the writes", "writes_ms", statistics.median, 2),
    ("worst slice", "worst_slice_ms", max, 2),
    ("instances per second, in slices", "per_second", statistics.median, 0),
    ("  by a bare loop, no way back", "bare_per_second", statistics.median, 0),
    ("  ratio to it", "of_bare", statistics.median, 2),
    ("  with the collector in between", "per_second_in_all", statistics.median, 0),
    ("  longest time in between", "worst_between_ms", max, 1),
)

KEPT = {
    "instances": "live instances keep the old code, or are not told",
    "functions": "functions that somebody holds keep the old code",
}


class Table:
    """Rows as text, with notes that are numbered as they come."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.notes: list[str] = []

    def text(self) -> str:
        """Give all of it."""
        parts = [[headline(self.document["about"])]]
        parts += [self.kind(kind) for kind in KINDS]
        parts += [self.migrations(), self.calls()]
        parts.append(
            [f"[{number}] {note}" for number, note in enumerate(self.notes, 1)]
        )
        return "\n\n".join("\n".join(part) for part in parts if part)

    def kind(self, kind: str) -> list[str]:
        """Give the rows of one kind of change, tool by tool."""
        found = [one for one in self.document["reloads"] if one["kind"] == kind]
        if not found:
            return []
        lines = [f"{kind}: {KINDS[kind]}; ms per reload", self.head(found)]
        for tool in dict.fromkeys(one["tool"] for one in found):
            own = [one for one in found if one["tool"] == tool]
            lines += self.rows(tool, own, RELOAD_ROWS)
        return lines

    def migrations(self) -> list[str]:
        """Give the rows of the migration."""
        found = self.document["migrations"]
        if not found:
            return []
        title = "code, and a @migration of each instance (gameserver); ms"
        head = f"{MIGRATION}: {title}"
        return [head, self.head(found), *self.rows("", found, MIGRATION_ROWS)]

    def calls(self) -> list[str]:
        """Give the rows of the calls."""
        found = self.document["calls"]
        if not found:
            return []
        if "lacking" in found:
            return [f"calls: - {self.note(found['lacking'])}"]
        lines = ["calls: ns each, and how many times the plain module's"]
        lines.append(row("", OPERATIONS.values()))
        for name, label in VARIANTS.items():
            ns, ratio = found["ns"][name], found["ratio"][name]
            cells = [f"{ns[one]:.1f}  {ratio[one]:.2f}" for one in OPERATIONS]
            lines.append(row(label, cells))
        return lines

    def head(self, found: Iterable[dict[str, Any]]) -> str:
        """Give the line of sizes."""
        return row("live instances", [f"{one['size']:,}" for one in found_sizes(found)])

    def rows(
        self, tool: str, found: list[dict[str, Any]], wanted: Iterable[Row]
    ) -> Iterator[str]:
        """Give the rows of one tool, those it has figures for."""
        if not any("figures" in one for one in found):
            yield row(tool, [self.cell(one, None) for one in found])
            return
        for label, figure, made_of, digits in wanted:
            if any(figure in one.get("figures", ()) for one in found):
                cells = [
                    self.cell(one, f"{made_of(one['figures'][figure]):,.{digits}f}")
                    if "figures" in one
                    else self.cell(one, None)
                    for one in found
                ]
                yield row(label or tool, cells if label else self.marked(found, cells))

    def cell(self, one: dict[str, Any], figure: str | None) -> str:
        """Give a figure, or a dash that refers to its reason."""
        return figure if figure is not None else f"- {self.note(one['lacking'])}"

    def marked(self, found: list[dict[str, Any]], cells: list[str]) -> list[str]:
        """Refer to what a tool has not reached, in the row that has its name."""
        return [
            " ".join(
                [cell]
                + [
                    self.note(KEPT[who])
                    for who, reached in one.get("reached", {}).items()
                    if not reached
                ]
            )
            for one, cell in zip(found, cells, strict=True)
        ]

    def note(self, text: str) -> str:
        """Give the number of a note, the same for the same words."""
        if text not in self.notes:
            self.notes.append(text)
        return f"[{self.notes.index(text) + 1}]"


def found_sizes(found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give one measurement of each size."""
    return list({one["size"]: one for one in found}.values())


def headline(about: dict[str, Any]) -> str:
    """Say what was measured beside what, and where."""
    versions = ", ".join(f"{name} {it}" for name, it in about["versions"].items())
    return (
        f"{versions}; its migrations: {about['migrations']}\n"
        f"Python {about['python']}, {about['machine']}, {about['cores']} cores;"
        f" {about['rounds']} reloads of each, {about['call_rounds']} rounds of calls;"
        " medians"
    )


def row(label: str, cells: Iterable[str]) -> str:
    """Set a label and cells in columns."""
    return (label.ljust(FIRST) + "".join(cell.rjust(OTHER) for cell in cells)).rstrip()
