"""What hostile peers cost, as a table and as JSON; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gameserver.bench.figures import METRICS
from gameserver.bench.report import figure
from gameserver.bench.wire.hostile.measure import CONTROL, PEERS
from gameserver.bench.wire.subjects import whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gameserver.bench.figures import Result

LONGEST: Final = 250.0
"""Milliseconds that hostile bytes may keep an honest player waiting."""

WAIT: Final = "wait_max_ms"
_FIRST: Final = 36
_WIDTH: Final = 7
_COLUMNS: Final = {
    WAIT: "wait",
    "turn_cpu_ms": "CPU",
    "mb_per_second": "MB/s",
    "opened_per_second": "opened",
    "cpu_ms_per_mb": "ms/MB",
    "grown_mb": "MB",
}
NOTE: Final = f"""\
{PEERS} hostile connections at a time, settings as shipped. wait: the longest wait of an
honest player, ms; the median of the rounds is judged. CPU: the longest turn of the
server's reactor, ms of its own CPU time. Neighbours on the machine lengthen waits, the
first line's as well. MB/s: bytes that the server read; opened: connections a second;
ms/MB: the server's CPU for what it read. MB: growth of its resident memory, with the
peers still there."""


def holds(result: Result, codec: str) -> bool | None:
    """Say whether the median of the longest waits is short; None for the control."""
    wait = result.median(whole(codec), METRICS[WAIT])
    return None if wait is None or result.case == CONTROL else wait <= LONGEST


def table(results: Sequence[Result], codec: str) -> Iterator[str]:
    """Give a line for each kind."""
    heads = "".join(f"{text:>{_WIDTH}}" for text in _COLUMNS.values())
    yield f"{f'hostile peers, {codec}':{_FIRST}}{heads}{'<= 250':>{_WIDTH + 1}}"
    for result in results:
        texts = [
            figure(result.median(whole(codec), METRICS[key]), METRICS[key])
            for key in _COLUMNS
        ]
        shown = {None: "", True: "yes", False: "NO"}[holds(result, codec)]
        line = "".join(f"{text:>{_WIDTH}}" for text in texts)
        yield f"{result.case:{_FIRST}}{line}{shown:>{_WIDTH + 1}}".rstrip()


def document(results: Sequence[Result], codecs: Sequence[str]) -> list[dict[str, Any]]:
    """Give each case with every round's figures, and whether it is as wanted."""
    return [
        {
            "case": result.case,
            "load_share": {name: result.load_share(name) for name in result.samples},
            "rounds": {
                name: [dict(sample.figures) for sample in samples]
                for name, samples in result.samples.items()
            },
            "wanted": f"{WAIT} <= {LONGEST:g}",
            "holds": {codec: holds(result, codec) for codec in codecs},
        }
        for result in results
    ]
