"""``gameserver``, made wrong on purpose: it answers before anything is committed.

Whatever the store is asked to write of the game it calls done at once, and writes a
moment later, in order. The kill soak must find that out, or it proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, succeed

from gameserver.cli import main
from gameserver.store import sql

LATE = 0.3  # seconds
_WRITES = (("SqlStore", "commit"), ("SqlSnapshots", "save"))


def answered_first(write: Callable[..., Deferred[None]]) -> Callable[..., Any]:
    """Give a method that answers at once and does the work later."""
    waiting: list[tuple[Any, ...]] = []

    def flush() -> None:
        due, waiting[:] = list(waiting), []
        for args in due:
            write(*args)

    def answer(*args: Any) -> Deferred[None]:
        # Not at the top: importing it installs the reactor, which main chooses.
        from twisted.internet import reactor

        if not waiting:
            reactor.callLater(LATE, flush)
        waiting.append(args)
        return succeed(None)

    return answer


def make_wrong() -> None:
    """Replace what writes snapshots; ``LookupError`` if the store has no such thing."""
    found = [
        (owner, name)
        for kind, name in _WRITES
        if hasattr(owner := getattr(sql, kind, None), name)
    ]
    if not found:
        raise LookupError(
            f"{sql.__name__} has none of {_WRITES}: nothing is made wrong"
        )
    for owner, name in found:
        setattr(owner, name, answered_first(getattr(owner, name)))


if __name__ == "__main__":
    make_wrong()
    main()
