"""What is wanted of the figures, as ratios to stock PB in the same run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gameserver.bench.codec import COMPILED, PURE
from gameserver.bench.wire.reading import FULL, reading
from gameserver.bench.wire.subjects import whole, wire

if TYPE_CHECKING:
    from gameserver.bench.figures import Metric, Result

MINDS: Final = 1000
LOGINS: Final = 1000


@dataclass(frozen=True)
class Goal:
    """A ratio that is wanted: so many times better than stock, or a share of its."""

    value: float
    is_share: bool = False

    def holds(self, ratio: float) -> bool:
        """Say whether it is reached; ``ratio``: how many times better than stock."""
        return 1 / ratio <= self.value if self.is_share else ratio >= self.value

    def __str__(self) -> str:
        return f"<= {self.value:g}" if self.is_share else f">= {self.value:g}x"

    def shown(self, ratio: float) -> str:
        """Give a ratio as it is wanted."""
        return f"{1 / ratio:.2f}" if self.is_share else f"{ratio:.1f}x"


@dataclass(frozen=True)
class Verdict:
    """What was wanted of a figure, and whether it holds; of a server, by its name."""

    goal: Goal
    subject: str
    ratio: float

    @property
    def holds(self) -> bool:
        """Say whether it is reached."""
        return self.goal.holds(self.ratio)


_RATE: Final = "calls_per_second"
_CPU: Final = "cpu_us_per_call"
_BOTH: Final = {
    ("greet 1x1", "p50_us"): Goal(0.65, is_share=True),
    ("move 1x1", "p50_us"): Goal(0.65, is_share=True),
    (f"notify {MINDS} minds", "cpu_us_per_message"): Goal(7),
    (f"{LOGINS} logins with a mind", "bytes_per_login"): Goal(0.8, is_share=True),
}
GOALS: Final = {
    PURE: {
        ("greet 50x64", _RATE): Goal(5),
        ("move 50x64", _RATE): Goal(6),
        ("greet 50x4", _CPU): Goal(3.5),
        ("move 50x4", _CPU): Goal(4.5),
        (reading(FULL), "us_per_value"): Goal(8),
        **_BOTH,
    },
    COMPILED: {
        ("greet 50x64", _RATE): Goal(20),
        ("move 50x64", _RATE): Goal(40),
        ("greet 50x4", _CPU): Goal(9),
        ("move 50x4", _CPU): Goal(15),
        **_BOTH,
    },
}
"""By codec, case and metric."""


def verdict(codec: str, result: Result, metric: Metric) -> Verdict | None:
    """Judge a figure; None if nothing is wanted of it, or stock was not measured.

    It is the whole server that is judged, where that was measured.
    """
    goal = GOALS[codec].get((result.case, metric.key))
    subject = whole(codec) if whole(codec) in result.samples else wire(codec)
    ratio = result.paired_ratio(metric, subject)
    return None if goal is None or ratio is None else Verdict(goal, subject, ratio)


def verdicts(codec: str, results: list[Result]) -> list[tuple[str, Metric, Verdict]]:
    """Judge all figures of which something is wanted."""
    return [
        (result.case, metric, found)
        for result in results
        for metric in result.metrics()
        if (found := verdict(codec, result, metric)) is not None
    ]
