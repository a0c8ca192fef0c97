"""What clients heard, as figures."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from twisted.spread import jelly

from gameserver.bench.figures import percentile
from gameserver.bench.load import Delay
from gameserver.errors import MeasurementFailed

if TYPE_CHECKING:
    from gameserver.bench.reload.crowd import Crowd


def answers(crowd: Crowd, since: float, until: float | None = None) -> dict[str, float]:
    """Give figures of the answers from ``since`` until then, or until now."""
    end = time.perf_counter() if until is None else until
    delays = [Delay(one, 1) for one in crowd.answered(since, end)]
    if not delays:
        raise MeasurementFailed("no call was answered meanwhile")
    return {
        "answered": float(len(delays)),
        "answered_per_second": len(delays) / (end - since),
        "answer_p50_ms": percentile(delays, 0.5) * 1e3,
        "answer_p99_ms": percentile(delays, 0.99) * 1e3,
        "answer_max_ms": max(one.seconds for one in delays) * 1e3,
    }


def text_of(answer: Any) -> str:  # noqa: ANN401 - wire data
    """Give the text of an answer's jelly."""
    return str(jelly.unjelly(answer))
