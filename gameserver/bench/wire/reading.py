"""The codec alone: time to read a chunk of small calls, and to write an answer.

``python -m gameserver.bench.wire.reading ROUNDS SECONDS`` in a process of its own,
whose environment decides which codec that is; prints JSON. Stock's and ours are timed
in turn, by CPU time.
"""

from __future__ import annotations

import gc
import io
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import click
from twisted.spread import banana, jelly

from gameserver.bench import canned, codec, workloads
from gameserver.bench.connection import Replies
from gameserver.bench.figures import STOCK, Result, Sample
from gameserver.bench.subjects import cores, pinned
from gameserver.bench.wire import subjects
from gameserver.errors import MeasurementFailed
from gameserver.model.arguments import Limits
from gameserver.server.message_limits import of_players
from gameserver.wire.codec import Decoder, decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FULL: Final = 65_536
"""Bytes of one full read of Twisted's."""

CHUNKS: Final = (1_024, FULL, 262_144)
OURS: Final = "wire"
_TARGET: Final = 2
_LIMITS: Final = of_players(Limits())

_BLOCK: Final = 1000
_SHOWN: Final = 300
_PATIENCE: Final = 60.0


@dataclass(frozen=True)
class Works:
    """What is timed for either codec, and how many values one go of it is."""

    count: int
    acts: Mapping[str, Callable[[], object]]


def reading(chunk: int) -> str:
    """Name the reading of a chunk of so many bytes."""
    return f"read calls, {chunk // 1024} kB at once"


def reader(chunk: int) -> Works:
    """Give what reads a chunk of whole calls."""
    block, _ = canned.calls(workloads.GREET, _TARGET, _BLOCK)
    size = len(block) // _BLOCK
    count = max(1, chunk // size)
    content = (block * (1 + count // _BLOCK))[: count * size]

    def stock() -> object:
        replies = Replies()
        replies.dataReceived(content)  # type: ignore[no-untyped-call]  # Twisted
        return replies.expressions

    def ours() -> object:
        decoder = Decoder(_LIMITS, has_words=True)
        decoder.feed(content)
        return decoder.take()

    return Works(count, {STOCK: stock, OURS: ours})


def unjellier(arguments: tuple[object, ...]) -> Works:
    """Give what makes values of a call's arguments, as they were read."""
    sent = jelly.jelly(arguments)
    return Works(1, {STOCK: lambda: jelly.unjelly(sent), OURS: lambda: decode(sent)})


def writer(answer: object) -> Works:
    """Give what writes the value of an answer."""
    sender = banana.Banana()
    sender.setPrefixLimit(64)
    sender.currentDialect = b"pb"

    def stock() -> object:
        sender.transport = stream = io.BytesIO()  # type: ignore[assignment]  # it has write()
        sender.sendEncoded(jelly.jelly(answer))
        return stream.getvalue()

    return Works(1, {STOCK: stock, OURS: lambda: encode(answer)})


def all_works() -> dict[str, Works]:
    """Give what is timed, by its name in the table."""
    greet, move = workloads.GREET, workloads.MOVE
    return {
        **{reading(chunk): reader(chunk) for chunk in CHUNKS},
        "make arguments of greet": unjellier(greet.arguments),
        "make arguments of move": unjellier(move.arguments),
        "write answer of greet": writer(greet.answer),
        "write answer of move": writer(move.answer),
    }


def compare(work: Works) -> None:
    """Raise ``MeasurementFailed`` if the two codecs do not give the same."""
    made = [act() for act in work.acts.values()]
    if made[0] != made[1]:
        raise MeasurementFailed(f"stock gives {made[0]!r}, ours {made[1]!r}"[:_SHOWN])


def timed(work: Works, seconds: float) -> dict[str, float]:
    """Give the microseconds of CPU time that one value takes each codec."""
    return {name: _one(act, seconds) / work.count for name, act in work.acts.items()}


def _one(act: Callable[[], object], seconds: float) -> float:
    """Time an act, again and again for so long; in runs, as a clock takes its time."""
    spent, times, run = 0.0, 0, 1
    while spent < seconds:
        begun = time.process_time()
        for _ in range(run):
            act()
        took = time.process_time() - begun
        spent, times = spent + took, times + run
        run = run * 2 if took < seconds / 10 else run
    return spent / times * 1e6


def measure(
    codec_name: str, rounds: int, seconds: float, progress: Callable[[str], None]
) -> list[Result]:
    """Time the codec in a process of its own, on the core of the servers."""
    progress(f"the {codec_name} codec alone")
    server_core, _ = cores()
    command = [sys.executable, "-m", __spec__.name, str(rounds), str(seconds)]
    with pinned(server_core):
        done = subprocess.run(  # noqa: S603 - our own command
            command,
            env=codec.environment(codec_name),
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE + rounds * seconds * 40,
        )
    if done.returncode:
        raise MeasurementFailed(f"the codec alone: {done.stderr.strip()[-_SHOWN:]}")
    said = json.loads(done.stdout)
    if said["codec"] != codec_name:
        raise MeasurementFailed(f"asked for {codec_name}, got {said['codec']}")
    return [
        _result(case, figures, subjects.wire(codec_name))
        for case, figures in said["cases"].items()
    ]


def _result(case: str, figures: list[dict[str, float]], name: str) -> Result:
    result = Result(case)
    for each in figures:
        for one, called in ((STOCK, STOCK), (OURS, name)):
            result.add(called, Sample({"us_per_value": each[one]}, 0.0))
    return result


def main(rounds: int, seconds: float) -> dict[str, Any]:
    """Time everything, round by round."""
    works = all_works()
    gc.disable()
    for work in works.values():
        compare(work)
    found: dict[str, list[dict[str, float]]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            gc.collect()
            found[name].append(timed(work, seconds))
    return {"codec": codec.in_use(), "cases": found}


if __name__ == "__main__":
    click.echo(json.dumps(main(int(sys.argv[1]), float(sys.argv[2]))))
