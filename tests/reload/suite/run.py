"""Run cases on tools, and count."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from tests.reload.suite import cases
from tests.reload.suite.forked import Outcome, run_case
from tests.reload.suite.lab import CASES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.reload.suite.adapters import Base
    from tests.reload.suite.lab import Case

assert cases.__all__, "importing them has registered them"

Results = dict[str, dict[str, Outcome]]
"""By tool, by case."""

VERDICTS = ("pass", "fail", "unsup", "crash", "hang")


def chosen(words: Iterable[str]) -> list[Case]:
    """Give the cases whose id holds any of the words; all if there is no word."""
    wanted = tuple(words)
    return [
        case for case in CASES if not wanted or any(word in case.id for word in wanted)
    ]


def run_tool(
    tool: Base,
    todo: list[Case],
    limit: float,
    tell: Callable[[Case, Outcome], None],
    *,
    loud: bool = False,
) -> dict[str, Outcome]:
    """Run the cases on one tool, telling of each as it ends."""
    outcomes = {}
    for case in todo:
        outcomes[case.id] = run_case(tool, case, limit, loud=loud)
        tell(case, outcomes[case.id])
    return outcomes


def missed(outcomes: dict[str, Outcome]) -> list[tuple[Case, Outcome]]:
    """Give the wanted cases that were run and did not pass."""
    return [
        (case, outcomes[case.id])
        for case in CASES
        if case.want and case.id in outcomes and outcomes[case.id].verdict != "pass"
    ]


def counted(outcomes: dict[str, Outcome]) -> str:
    """Count verdicts, as text."""
    counts = Counter(outcome.verdict for outcome in outcomes.values())
    wanted = sum(case.want for case in CASES if case.id in outcomes)
    parts = [f"{counts[name]} {name}" for name in VERDICTS if counts[name]]
    held = wanted - len(missed(outcomes))
    return f"{', '.join(parts)}; {held} of {wanted} wanted"


def save(results: Results, path: Path) -> None:
    """Write results as JSON: tool, case, then verdict and what was said."""
    plain = {
        tool: {case: [it.verdict, it.said] for case, it in outcomes.items()}
        for tool, outcomes in results.items()
    }
    path.write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")


def loaded(path: Path) -> Results:
    """Read results that were saved."""
    plain = json.loads(path.read_text(encoding="utf-8"))
    return {
        tool: {case: Outcome(*it) for case, it in outcomes.items()}
        for tool, outcomes in plain.items()
    }


class Progress:
    """One line on a terminal, rewritten for each case; silent elsewhere."""

    def __init__(self, tool: str, total: int) -> None:
        self.tool, self.total, self.done = tool, total, 0
        self.shown = sys.stderr.isatty()

    def step(self, case: Case, _outcome: Outcome) -> None:
        """Show the case that ended."""
        self.done += 1
        self.show(f"{self.tool} {self.done}/{self.total} {case.id}")

    def show(self, text: str) -> None:
        """Replace the line."""
        if self.shown:
            sys.stderr.write(f"\r\x1b[K{text[:78]}")
            sys.stderr.flush()

    def end(self) -> None:
        """Take the line away."""
        self.show("")
