"""The figures as tables for people and as JSON for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gameserver.bench.figures import METRICS, STOCK
from gameserver.bench.report import figure, headline, loads
from gameserver.bench.wire import beside, ladder
from gameserver.bench.wire.goals import verdict, verdicts
from gameserver.bench.wire.hostile import table as hostile
from gameserver.bench.wire.subjects import whole, wire

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gameserver.bench.figures import Metric, Result
    from gameserver.bench.wire.goals import Verdict
    from gameserver.bench.wire.measured import Measured

_FIRST: Final = 26
_WIDTH: Final = 11
_RATIO: Final = 7
_WANTED: Final = 13
_LONG: Final = 38
_WIDE: Final = 16
_DELAYS: Final = frozenset({"p50_us", "p99_us"})
_OF_PEERS: Final = {
    "calls_per_second": "calls/s",
    "p50_us": "p50, us",
    "cpu_us_per_call": "CPU, us/call",
}
_NOTE: Final = """\
wire: our broker with nothing behind it. ours: the whole of gameserver run; that is what
is judged, but of the codec alone. 5.0x: so many times better than stock; 0.65: so much
of stock's.
load: how busy the load generator's core was; near 100 % it would be measured.
Each figure is a median over the rounds, a ratio that of each round's own. Wall-clock
figures (calls/s, messages/s, p50) wander on a shared machine, CPU time less."""
_NOTE_ON_PARTS: Final = """\
Each line is a server with one part more than the line above; more: what that adds. Of
many short rounds the fastest counts: a shared machine takes time, and gives none."""
_NOTE_ON_PEERS: Final = """\
Stock PB and ours under canned load, the peers under their own clients, which often are
the limit: compare CPU. Pyro5's proxies wait for each answer; 50 threads stand for 50x4.
A case that is not there is one that the peer cannot be asked in."""


def tables(measured: Measured, run: dict[str, Any]) -> str:
    """Give all tables with what was run above them."""
    blocks = [headline(run)]
    for codec in measured.codecs:
        results = measured.beside_stock(codec)
        if results:
            blocks.append("\n".join(_beside_stock(codec, results)))
    if len(blocks) > 1:
        blocks.append(_NOTE)
    for codec, steps in measured.parts.items():
        blocks += ["\n".join(_parts(codec, steps)), _NOTE_ON_PARTS]
    if measured.hostile:
        blocks += [
            "\n".join(hostile.table(measured.hostile, one)) for one in measured.codecs
        ]
        blocks.append(hostile.NOTE)
    if measured.peers:
        blocks += ["\n".join(_peers(measured)), _NOTE_ON_PEERS]
    return "\n\n".join(blocks)


def _beside_stock(codec: str, results: Sequence[Result]) -> Iterator[str]:
    shares = ["wire", "", "ours", "", "wanted"]
    yield f"{f'codec: {codec}':{_FIRST}}{STOCK:>{_WIDTH}}" + _columns(shares)
    for result in results:
        names = [STOCK, wire(codec), whole(codec)]
        yield result.case + (loads(result, names) if _has_load(result) else "")
        for metric in result.metrics():
            if metric.key not in _left_out(result.case):
                yield _row(codec, result, metric)


def _left_out(case: str) -> frozenset[str]:
    """Say what tells nothing: with many calls in flight a delay is a rate once more."""
    return (
        frozenset({"p99_us", "calls_per_second"}) if case.endswith("1x1") else _DELAYS
    )


def _row(codec: str, result: Result, metric: Metric) -> str:
    found = verdict(codec, result, metric)
    columns = []
    for name in (wire(codec), whole(codec)):
        ratio = result.paired_ratio(metric, name)
        columns += [figure(result.median(name, metric), metric), _ratio(ratio, found)]
    wanted = f"{found.goal!s} {'yes' if found.holds else 'NO'}" if found else ""
    stock = figure(result.median(STOCK, metric), metric)
    line = f"  {metric.label:{_FIRST - 2}}{stock:>{_WIDTH}}"
    return (line + _columns([*columns, wanted])).rstrip()


def _columns(texts: Sequence[str]) -> str:
    widths = (_WIDTH, _RATIO, _WIDTH, _RATIO, _WANTED)
    return "".join(
        f"{text:>{width}}" for text, width in zip(texts, widths, strict=True)
    )


def _ratio(ratio: float | None, found: Verdict | None) -> str:
    if ratio is None:
        return "-"
    return found.goal.shown(ratio) if found else f"{ratio:.1f}x"


def _has_load(result: Result) -> bool:
    return any(one.load_share for each in result.samples.values() for one in each)


def _parts(codec: str, results: Sequence[Result]) -> Iterator[str]:
    """Give the lines of the ladder: one for each server, two columns for each case."""
    yield f"greet, {codec} codec: server CPU, us/call"
    heads = [text for result in results for text in (result.case.split()[1], "more")]
    yield " " * _LONG + _pairs(heads)
    for lines in zip(*map(ladder.steps, results), strict=True):
        texts = [text for line in lines for text in _step(line)]
        yield f"  {lines[0].name:{_LONG - 2}}{_pairs(texts)}"


def _step(line: ladder.Step) -> tuple[str, str]:
    is_more = line.added is not None and line.name.startswith("+")
    return f"{line.cost:.1f}", f"{line.added:+.1f}" if is_more else ""


def _pairs(texts: Sequence[str]) -> str:
    return "".join(f"{text:>{_WIDTH}}" for text in texts)


def _peers(measured: Measured) -> Iterator[str]:
    labels = _OF_PEERS.values()
    yield f"{'peers':{_LONG}}" + "".join(f"{text:>{_WIDE}}" for text in labels)
    ours = {result.case: result for result in measured.calls}
    for result in measured.peers:
        yield result.case
        for name, found in _beside(ours.get(result.case), result):
            yield f"  {name:{_LONG - 2}}" + "".join(
                f"{figure(found.median(name, METRICS[key]), METRICS[key]):>{_WIDE}}"
                for key in _OF_PEERS
            )
    for peer in beside.PEERS:
        if peer.version is None:
            yield f"{peer.name}: not installed; {beside.INSTALL}"


def _beside(ours: Result | None, peers: Result) -> Iterator[tuple[str, Result]]:
    for result in (ours, peers):
        if result is not None:
            yield from ((name, result) for name in result.samples)


def document(measured: Measured, run: dict[str, Any]) -> dict[str, Any]:
    """Give the same as JSON, with every round's figure."""
    return {
        "about": {**run, "peers": {one.name: one.version for one in beside.PEERS}},
        "codecs": list(measured.codecs),
        "cases": [_case(each) for each in _all(measured)],
        "parts": {
            codec: {
                each.case: [vars(step) for step in ladder.steps(each)] for each in of
            }
            for codec, of in measured.parts.items()
        },
        "hostile": hostile.document(measured.hostile, measured.codecs),
        "peers": [_case(result) for result in measured.peers],
        "wanted": [
            {
                "codec": codec,
                "case": case,
                "metric": metric.key,
                "of": found.subject,
                "ratio": found.ratio,
                "wanted": str(found.goal),
                "holds": found.holds,
            }
            for codec in measured.codecs
            for case, metric, found in verdicts(codec, measured.beside_stock(codec))
        ],
    }


def _all(measured: Measured) -> list[Result]:
    of_codecs = [one for each in measured.codec.values() for one in each]
    return [*measured.calls, *measured.memory, *of_codecs]


def _case(result: Result) -> dict[str, Any]:
    return {
        "case": result.case,
        "load_share": {name: result.load_share(name) for name in result.samples},
        "rounds": {
            name: [dict(sample.figures) for sample in samples]
            for name, samples in result.samples.items()
        },
    }
