"""Results as markdown: case by tool, and how many each tool holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.reload.suite import adapters, tools
from tests.reload.suite.forked import Outcome
from tests.reload.suite.lab import CASES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.reload.suite.lab import Case
    from tests.reload.suite.run import Results

MARKS = {"pass": "P", "fail": ".", "unsup": "-", "crash": "X", "hang": "H"}
LEGEND = (
    "P holds, . does not, - the tool offers no such thing, X crashed, H hung;"
    " an empty field was not run."
)


def matrix(results: Results) -> str:
    """Give both tables, tools in the roster's order."""
    shown = [name for name in tools.names() if name in results]
    return "\n".join(
        [*case_table(results, shown), "", LEGEND, "", *count_table(results, shown), ""]
    )


def row(fields: Iterable[object]) -> str:
    """Give one line of a table."""
    return f"| {' | '.join(str(field) for field in fields)} |"


def rule(columns: int) -> str:
    """Give the line below a table's head."""
    return "|" + "---|" * columns


def case_table(results: Results, shown: list[str]) -> list[str]:
    """Give a line per case, a column per tool."""
    short = {tool.name: tool.short or tool.name for tool in adapters.ALL}
    head = ["case", "wanted", *(short.get(name, name) for name in shown)]
    lines = [row(head), rule(len(head))]
    for case in CASES:
        marks = [mark(results[name].get(case.id)) for name in shown]
        lines.append(row([case.id, wish(case), *marks]))
    return lines


def mark(outcome: Outcome | None) -> str:
    """Give an outcome's letter."""
    return MARKS[outcome.verdict] if outcome else " "


def wish(case: Case) -> str:
    """Say if a case is wanted, and of which choice it is a side."""
    wanted = "yes" if case.want else "no"
    return f"{wanted} ({case.choice})" if case.choice else wanted


def count_table(results: Results, shown: list[str]) -> list[str]:
    """Give a line per tool: cases held by group, in all, wanted, not offered."""
    groups = list(dict.fromkeys(case.group for case in CASES))
    sizes = [sum(case.group == group for case in CASES) for group in groups]
    head = [
        "tool",
        *(f"{group} ({size})" for group, size in zip(groups, sizes, strict=True)),
        f"all ({len(CASES)})",
        f"wanted ({sum(case.want for case in CASES)})",
        "not offered",
    ]
    lines = [row(head), rule(len(head))]
    for name in shown:
        outcomes = results[name]
        held = [number(outcomes, "pass", in_group(group)) for group in groups]
        every = number(outcomes, "pass", lambda _case: True)
        wanted = number(outcomes, "pass", lambda case: case.want)
        lacking = number(outcomes, "unsup", lambda _case: True)
        lines.append(row([name, *held, f"**{every}**", f"**{wanted}**", lacking]))
    return lines


def in_group(group: str) -> Callable[[Case], bool]:
    """Give the claim that a case is of that group."""
    return lambda case: case.group == group


def number(
    outcomes: dict[str, Outcome], verdict: str, counts: Callable[[Case], bool]
) -> int:
    """Count the cases of a kind that ended so."""
    return sum(
        outcomes[case.id].verdict == verdict
        for case in CASES
        if case.id in outcomes and counts(case)
    )
