"""Messages that somebody has changed: what hostile bytes mostly are; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from random import Random

_KINDS: Final = range(0x7E, 0x8A)  # what a token may be, and a little around
_MOST: Final = 4


def mutated(data: bytes, random: Random) -> bytes:
    """Change some bytes: others, fewer, more, a piece twice, a token's kind."""
    found = bytearray(data)
    for _ in range(random.randint(1, _MOST)):
        place = random.randrange(len(found))
        match random.randrange(6):
            case 0:
                found[place] = random.randrange(256)
            case 1:
                found[place] = random.choice(_KINDS)
            case 2:
                del found[place : place + random.randrange(1, 6)]
            case 3:
                found[place:place] = random.randbytes(random.randrange(1, 6))
            case 4:
                piece = found[place : place + random.randrange(1, 20)]
                found[place:place] = piece * random.randrange(1, 4)
            case _:
                found[place:place] = b"\x7f" * random.randrange(70)
    return bytes(found)
