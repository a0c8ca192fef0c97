"""What one turn of the reactor leaves to be stored: all of it, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gameserver.model.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """The answer of a numbered call, kept until the client has surely heard it.

    ``session``: the id of the session that called. ``number``: which of its calls, from
    1. ``body``: what was answered, as the server sends it; b"" for a call that has
    begun, changed something, and is not answered yet.
    """

    session: str
    number: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """Snapshots and answers that belong together."""

    snapshots: tuple[Snapshot, ...] = ()
    answers: tuple[KeptAnswer, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredSession:
    """One client program's place in the world, which outlives its connections.

    ``id``: random, known to the server only. ``name``: of the account. ``secret``: the
    SHA-256 of what the client shows to have it back. ``since``: seconds since the
    epoch.
    """

    id: str
    name: str
    secret: bytes
    since: float
