"""Messages that somebody has changed: what hostile bytes mostly are."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.wire.stock import EDGES, WORDS_AS_DATA, stock_bytes, stock_value_bytes

_KINDS = range(0x7E, 0x8A)  # what a token may be, and a little around


def _atom(random: Random) -> Any:
    size = random.randrange(200)
    kinds = (
        EDGES,
        WORDS_AS_DATA,
        ("", "é", "list", "x" * size),
        (None, True, False, random.random()),
        (random.randbytes(size // 5), size - 100, size * 3),
    )
    return random.choice(random.choice(kinds))


def value(random: Random, depth: int = 0) -> Any:
    """Draw a plain value, sometimes with a part in it that occurs twice."""
    if depth > 3 or random.random() < 0.5:
        return _atom(random)
    parts = [value(random, depth + 1) for _ in range(random.randrange(4))]
    if parts and random.random() < 0.1:
        parts.append(parts[0])
    kind = random.randrange(4)
    if kind == 0:
        return tuple(parts)
    if kind == 1:
        return {str(number): one for number, one in enumerate(parts)}
    if kind == 2:
        return {one for one in parts if isinstance(one, (int, str, bytes, float))}
    return parts


def message(random: Random) -> bytes:
    """Draw a message as a good peer sends it."""
    if random.random() < 0.3:
        return stock_value_bytes(value(random))
    args = [b"tuple", *(_jellied(random) for _ in range(random.randrange(4)))]
    return stock_bytes(
        [b"message", random.randrange(999), b"root", b"go", 1, args, [b"dictionary"]]
    )


def _jellied(random: Random) -> Any:
    kind = random.randrange(6)
    if kind == 0:
        return [b"reference", random.randrange(3), [b"list", 1]]
    if kind == 1:
        return [b"dereference", random.randrange(3)]
    if kind == 2:
        return [b"remote", random.randrange(9)]
    return [b"unicode", random.randbytes(random.randrange(9))]


def mutated(data: bytes, random: Random) -> bytes:
    """Change some bytes: others, fewer, more, a piece twice, a token's kind."""
    found = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 2, 3, 4))):
        place = random.randrange(len(found) + 1)
        kind = random.randrange(6)
        if kind == 0 and place < len(found):
            found[place] = random.randrange(256)
        elif kind == 1 and place < len(found):
            found[place] = random.choice(_KINDS)
        elif kind == 2:
            del found[place : place + random.randrange(1, 6)]
        elif kind == 3:
            found[place:place] = random.randbytes(random.randrange(1, 6))
        elif kind == 4:
            piece = found[place : place + random.randrange(1, 20)]
            found[place:place] = piece * random.randrange(1, 4)
        else:
            found[place:place] = b"\x7f" * random.randrange(70)
    return bytes(found)


def pieces(data: bytes, random: Random) -> list[bytes]:
    """Cut bytes somewhere."""
    found, place = [], 0
    while place < len(data):
        size = random.choice((1, 2, 5, 30, 4096))
        found.append(data[place : place + size])
        place += size
    return found
