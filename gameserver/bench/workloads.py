"""What is called and told: the same few lines of game in both servers.

Both servers' methods give exactly these values and the load generator expects exactly
these, so a difference in figures is never a difference in work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ACCOUNT: Final = "bench"
"""The one account; all connections log in under it."""

EVENT: Final = "heard"
STORY: Final = "The shade passes through the wall, and the lantern gutters. " * 3
"""Told as ``heard(STORY)``: 200 to 210 bytes on the wire, a usual line of story."""

START: Final = (10, 20)
"""Where the player stands; ``move`` answers with the next place but never goes."""

PAUSE: Final = 0.001
"""Seconds between the notification and the answer of ``push``.

In one reactor turn both would leave in one segment; a turn later the answer meets
Nagle's algorithm, which holds it back until the client's delayed ACK.
"""


TOLD: Final = 4000
"""Messages of one call of ``shout``, which tells everybody several times, each time in
a turn of its own.

The server paces itself within a call, so a listener that falls behind reads more at
once. A spell ends with a call: with more messages in one it would be long.
"""


def greeting(name: str) -> str:
    """Answer ``greet``: a short text."""
    return f"Well met, {name}."


def step(x: int, y: int, dx: int, dy: int) -> dict[str, object]:
    """Answer ``move``: four values, one of them a list."""
    return {"x": x + dx, "y": y + dy, "room": "crypt", "exits": ["north", "east"]}


@dataclass(frozen=True)
class Workload:
    """One call as it is repeated: its method, its arguments, its only right answer."""

    method: str
    arguments: tuple[object, ...]
    answer: object


GREET: Final = Workload("greet", ("ada",), greeting("ada"))
MOVE: Final = Workload("move", (1, -1), step(*START, 1, -1))
PUSH: Final = Workload("push", (), None)


def shouts(minds: int) -> int:
    """Give how often one call tells so many minds."""
    return max(1, TOLD // minds)


def shout(times: int) -> Workload:
    """Give the call that tells all minds so often."""
    return Workload("shout", (times,), None)
