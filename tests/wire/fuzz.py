"""Hostile bytes by the million: nothing may crash, and no two ways may differ.

    python -m tests.wire.fuzz [--messages N] [--seed N] [--jobs N]

Each is read by both builds of the codec, whole and in some other way: in pieces, within
limits, one by one. What was read is read as a value, and written again. One in twenty
is looked at more closely, by the build that is in use: do pieces and limits matter, and
what does Twisted say? Exit code 1, with the bytes, at the first difference.

The messages come in batches, each drawn from the seed and its own number, so that one
batch can be had again: ``--batch``.
"""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import cpu_count, get_context
from pathlib import Path
from random import Random
from typing import Any

import click

from gameserver.wire.codec import NAME, Decoder, decode, encode
from gameserver.wire.decoder import Refused
from gameserver.wire.encoder import NotPlain
from gameserver.wire.limits import UNBOUNDED, Limits
from gameserver.wire.shared import expanded
from tests.wire.alike import (
    NARROW,
    Difference,
    drawn,
    read_alike,
    same,
    values_alike,
    written_alike,
)
from tests.wire.builds import BUILDS
from tests.wire.mutations import message, mutated, pieces
from tests.wire.stock import shape, stock_messages

_LARGEST = 120  # of what references stand for
_BATCH = 10_000
_CLOSELY = 20  # one in so many is looked at in all ways
_BY_TWISTED = 5  # and one in so many of those by Twisted
_SPRINGS = 100  # messages of a good peer, of which the next ones are made
_PAGE = 4096 / 2**20  # MB

Read = Callable[[list[bytes], Limits], tuple[list[Any], bool]]
"""Reads chunks; gives the messages, and whether nothing was refused."""


def read(chunks: list[bytes], limits: Limits) -> tuple[list[Any], bool]:
    """Read chunks; give the messages, and whether nothing was refused."""
    decoder, found = Decoder(limits, has_words=True), []
    try:
        for chunk in chunks:
            decoder.feed(chunk)
            while taken := decoder.take():
                found += taken
    except Refused:
        return found, False
    return found, True


def look(data: bytes, random: Random, read: Read, *, with_stock: bool) -> None:
    """Read bytes in all ways; ``Difference`` says which two do not agree."""
    parts = pieces(data, random)
    whole = read([data], UNBOUNDED)
    same("in pieces", whole, read(parts, UNBOUNDED))
    narrow = read([data], NARROW)
    same("in pieces, within limits", narrow, read(parts, NARROW))
    same("within limits", narrow[0], whole[0][: len(narrow[0])])
    if with_stock:
        same("by Twisted", whole, stock_messages(data))
    for one in whole[0]:
        look_at_value(one)


def look_at_value(expression: Any) -> None:
    """Read a message as a value, and write it again; nothing but ``NotPlain``."""
    try:
        value = decode(expression)
    except NotPlain:
        value = None
    try:
        alone = decode(expanded(expression, _LARGEST))
    except NotPlain:
        alone = value
    if value is not None:
        same("without references", shape(alone), shape(value))
    try:
        data = encode(value)
    except NotPlain:
        return
    (again,), is_whole = read([data], UNBOUNDED)
    same("written again", (shape(decode(again)), is_whole), (shape(value), True))


def compare(data: bytes, random: Random) -> None:
    """Have both builds read bytes; ``Difference`` says what of it is not the same."""
    one, *others = BUILDS
    for other in others:
        for found in read_alike(one, other, data, random):
            values_alike(one, other, found)
            if random.random() < 0.3:
                written_alike(one, other, found)
        if random.random() < 0.1:
            written_alike(one, other, drawn(random))


def changed(random: Random) -> Iterator[bytes]:
    """Draw messages, one to three together, that somebody has changed."""
    while True:
        springs = [message(random) for _ in range(_SPRINGS)]
        for _ in range(50 * _SPRINGS):
            together = b"".join(random.choices(springs, k=random.randrange(1, 4)))
            yield mutated(together, random)


def run(messages: int, seed: object, reading: Read = read) -> None:
    """Look at so many messages; ``Difference`` with the bytes at the first one."""
    random = Random(repr(seed))  # noqa: S311 - no secret
    for number, data in zip(range(messages), changed(random), strict=False):
        closely, among_those = number % _CLOSELY, number // _CLOSELY
        try:
            compare(data, random)
            if closely == 0:
                by_twisted = among_those % _BY_TWISTED == 0
                look(data, random, reading, with_stock=by_twisted)
        except Exception as error:
            raise Difference(f"{data!r}: {error}") from error


def batch(seed: int, number: int, messages: int) -> float:
    """Look at one batch; give the memory that the process has now, in MB."""
    try:
        run(messages, (seed, number))
    except Difference as difference:
        raise Difference(f"--seed {seed} --batch {number}: {difference}") from None
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE


def batches(messages: int, seed: int, jobs: int) -> Iterator[tuple[int, float]]:
    """Look at all batches, some at a time; give how many messages, and the memory."""
    sizes = [min(_BATCH, messages - done) for done in range(0, messages, _BATCH)]
    spawn = get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=spawn) as pool:
        asked = {
            pool.submit(batch, seed, number, size): size
            for number, size in enumerate(sizes)
        }
        try:
            for one in as_completed(asked):
                yield asked[one], one.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


@click.command()
@click.option("--messages", type=click.IntRange(1), default=10**6, show_default=True)
@click.option("--seed", type=int, help="Of the messages.  [default: drawn]")
@click.option("--jobs", type=click.IntRange(1), default=cpu_count(), help="At a time.")
@click.option("--batch", "only", type=int, help="Of this seed, look at one batch only.")
def command(*, messages: int, seed: int | None, jobs: int, only: int | None) -> None:
    """Read changed messages in all ways; say which two do not agree."""
    seed = secrets.randbelow(2**31) if seed is None else seed
    builds = " and ".join(one.name for one in BUILDS)
    click.echo(f"seed {seed}; builds: {builds}; in use: {NAME}", err=True)
    began, done, memory = time.monotonic(), 0, []
    try:
        if only is not None:
            batch(seed, only, _BATCH)
            return
        for size, megabytes in batches(messages, seed, jobs):
            done += size
            memory.append(megabytes)
            rate = done / (time.monotonic() - began)
            text = f"\r{done:,} of {messages:,}, {rate:,.0f} a second "
            click.echo(text, err=True, nl=False)
    except (Difference, BrokenProcessPool) as difference:
        click.echo(f"\nseed {seed}, after {done:,} messages: {difference}", err=True)
        sys.exit(1)
    seconds = time.monotonic() - began
    click.echo(
        f"\n{done:,} messages, seed {seed}, {seconds:.0f} s: no difference; memory"
        f" {max(memory[:jobs]):.1f} MB after the first, {max(memory[-jobs:]):.1f} MB"
        " after the last"
    )


if __name__ == "__main__":
    command()
