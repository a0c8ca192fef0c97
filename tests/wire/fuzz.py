"""Hostile bytes by the million: nothing may crash, and no two ways may differ.

    python -m tests.wire.fuzz [--messages N] [--seed N]

Each message is read whole and in pieces, without limits and within them, and what was
read is read as a value. One in ten is read by Twisted, too. Exit code 1, with the
bytes, at the first difference.
"""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Callable
from random import Random
from typing import Any

import click

from gameserver.wire.decoder import Decoder, Refused
from gameserver.wire.encoder import NotPlain, encode
from gameserver.wire.limits import UNBOUNDED, Limits
from gameserver.wire.plain import decode
from gameserver.wire.shared import expanded
from tests.wire.mutations import message, mutated, pieces
from tests.wire.stock import shape, stock_messages

_NARROW = Limits(size=120, items=40, depth=6, string=60)
_LARGEST = 120  # of what references stand for
_SHOWN = 1_000  # messages between two looks at the clock


Read = Callable[[list[bytes], Limits], tuple[list[Any], bool]]
"""Reads chunks; gives the messages, and whether nothing was refused."""


class Difference(Exception):
    """Two ways of reading the same bytes that should agree."""


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
    _same("in pieces", whole, read(parts, UNBOUNDED))
    narrow = read([data], _NARROW)
    _same("in pieces, within limits", narrow, read(parts, _NARROW))
    _same("within limits", narrow[0], whole[0][: len(narrow[0])])
    if with_stock:
        _same("by Twisted", whole, stock_messages(data))
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
        _same("without references", shape(alone), shape(value))
    try:
        data = encode(value)
    except NotPlain:
        return
    (again,), is_whole = read([data], UNBOUNDED)
    _same("written again", (shape(decode(again)), is_whole), (shape(value), True))


def _same(how: str, one: Any, other: Any) -> None:
    if repr(one) != repr(other):
        raise Difference(f"{how}: {one!r:.2000} is not {other!r:.2000}")


def run(
    messages: int, seed: int, told: Any = lambda _: None, reading: Read = read
) -> None:
    """Look at so many messages; ``Difference`` with the bytes at the first one."""
    random = Random(seed)  # noqa: S311 - no secret
    for number in range(messages):
        count = random.randrange(1, 4)
        data = mutated(b"".join(message(random) for _ in range(count)), random)
        try:
            look(data, random, reading, with_stock=number % 10 == 0)
        except Exception as error:
            raise Difference(f"{data!r}: {error}") from error
        if number % _SHOWN == 0:
            told(number)


@click.command()
@click.option("--messages", type=click.IntRange(1), default=10**6, show_default=True)
@click.option("--seed", type=int, help="Of the messages.  [default: drawn]")
def command(*, messages: int, seed: int | None) -> None:
    """Read changed messages in all ways; say which two do not agree."""
    seed = secrets.randbelow(2**31) if seed is None else seed
    began = time.monotonic()

    def told(number: int) -> None:
        text = f"\r{number:,} of {messages:,}, {time.monotonic() - began:.0f} s"
        click.echo(text, err=True, nl=False)

    try:
        run(messages, seed, told if sys.stderr.isatty() else lambda _: None)
    except Difference as difference:
        click.echo(f"\nseed {seed}: {difference}", err=True)
        sys.exit(1)
    seconds = time.monotonic() - began
    click.echo(f"{messages:,} messages, seed {seed}, {seconds:.0f} s: no difference")


if __name__ == "__main__":
    command()
