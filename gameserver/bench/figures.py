"""From counts and delays to figures, and from rounds to medians; pure."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gameserver.bench.load import Delay

STOCK: Final = "stock"
OURS: Final = "ours"


@dataclass(frozen=True)
class Metric:
    """What is measured, and how it is shown.

    ``more_is_better``: otherwise less is. ``digits``: decimals in the table.
    """

    key: str
    label: str
    more_is_better: bool = False
    digits: int = 0


METRICS: Final = {
    metric.key: metric
    for metric in (
        Metric("calls_per_second", "calls/s", more_is_better=True),
        Metric("p50_us", "p50, us"),
        Metric("p99_us", "p99, us"),
        Metric("cpu_us_per_call", "server CPU, us/call", digits=1),
        Metric("messages_per_second", "messages/s", more_is_better=True),
        Metric("cpu_us_per_message", "server CPU, us/message", digits=1),
        Metric("p50_ms", "p50, ms", digits=2),
        Metric("bytes_per_login", "memory, bytes/login"),
        Metric("cpu_us_per_login", "server CPU, us/login"),
        Metric("us_per_value", "us", digits=2),
        Metric("wait_max_ms", "longest wait, ms"),
        Metric("turn_max_ms", "longest turn, ms"),
        Metric("turn_cpu_ms", "longest turn, ms of CPU"),
        Metric("mb_per_second", "MB/s", digits=1),
        Metric("opened_per_second", "connections/s"),
        Metric("cpu_ms_per_mb", "server CPU, ms/MB"),
        Metric("grown_mb", "memory, MB", digits=1),
        Metric("calls_answered", "calls"),
    )
}


@dataclass(frozen=True)
class Sample:
    """One case measured once on one server. ``figures``: by key of ``METRICS``.

    ``load_share``: how busy the load generator was, of its one core.
    """

    figures: Mapping[str, float]
    load_share: float


@dataclass
class Result:
    """One case over all rounds: samples by server's name, in the order of rounds."""

    case: str
    samples: dict[str, list[Sample]] = field(default_factory=dict)

    def add(self, subject: str, sample: Sample) -> None:
        """Keep one sample."""
        self.samples.setdefault(subject, []).append(sample)

    def metrics(self) -> list[Metric]:
        """Give what this case measures, in the order of the table."""
        measured = next(iter(self.samples.values()))[0].figures
        return [metric for key, metric in METRICS.items() if key in measured]

    def median(self, subject: str, metric: Metric) -> float | None:
        """Give the median over the rounds, or None if the server was not measured."""
        samples = self.samples.get(subject)
        if not samples:
            return None
        return statistics.median(sample.figures[metric.key] for sample in samples)

    def load_share(self, subject: str) -> float | None:
        """Give the load generator's highest share, or None if not measured."""
        samples = self.samples.get(subject, [])
        return max((sample.load_share for sample in samples), default=None)

    def ratio(self, metric: Metric) -> float | None:
        """Give how many times better ours is than stock: above 1 is better."""
        stock, ours = self.median(STOCK, metric), self.median(OURS, metric)
        if not stock or not ours:
            return None
        return ours / stock if metric.more_is_better else stock / ours

    def paired_ratio(self, metric: Metric, subject: str) -> float | None:
        """Give how many times better than stock: the median of each round's own ratio.

        A machine that is twice as slow for a while is so for both of a round.
        """
        rounds = zip(
            self.samples.get(STOCK, []), self.samples.get(subject, []), strict=False
        )
        pairs = [(a.figures[metric.key], b.figures[metric.key]) for a, b in rounds]
        ratios = [stock / ours for stock, ours in pairs if stock > 0 and ours > 0]
        if not ratios:
            return None
        median = statistics.median(ratios)
        return 1 / median if metric.more_is_better else median


def percentile(delays: Sequence[Delay], share: float) -> float:
    """Give the seconds within which ``share`` (0 to 1) of the calls were answered."""
    wanted = share * sum(delay.calls for delay in delays)
    seen = 0
    for delay in sorted(delays, key=lambda each: each.seconds):
        seen += delay.calls
        if seen >= wanted:
            return delay.seconds
    raise ValueError("no calls, so no percentile")
