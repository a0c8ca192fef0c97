"""``gameserver``, made wrong on purpose at each release: ``wrong_server.py KIND run``.

* ``lost``: the next notification after a release goes to nobody.
* ``order``: of the calls that waited, the last is let in first.
* ``phase``: all timers begin anew.
* ``closed``: one connection ends.

The reload soak must find out each of them, or it proves nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from gameserver.cli import main
from gameserver.server.clients import Clients
from gameserver.server.quiesce_rules import Line
from gameserver.services.release_steps import Steps

KINDS = ("lost", "order", "phase", "closed")


def at_each_release(act: Callable[[Any], None]) -> None:
    """Have something done with the game after each commit."""
    commit = Steps.commit

    def wrong(steps: Any, course: Any) -> Any:
        new_code = commit(steps, course)
        act(steps._game)
        return new_code

    Steps.commit = wrong  # type: ignore[method-assign] - wrong on purpose


def make_wrong(kind: str) -> None:
    """Replace a part; ``LookupError`` for a kind that is not known."""
    wrong = {"lost": _lose, "order": _disorder, "phase": _shift, "closed": _close}
    wrong[kind]()


def _lose() -> None:
    deaf: list[bool] = []
    notify = Clients.notify

    def tell(clients: Any, method: str, *args: object) -> None:
        if deaf:
            deaf.clear()
        else:
            notify(clients, method, *args)

    Clients.notify = tell  # type: ignore[method-assign] - wrong on purpose
    at_each_release(lambda _: deaf.append(True))


def _disorder() -> None:
    def take(line: Any) -> Any:
        last = next(reversed(line._waiting))
        line.leave(last)
        return last

    Line.take = take  # type: ignore[method-assign] - wrong on purpose


def _shift() -> None:
    def begin_anew(game: Any) -> None:
        for one in (*game.roster, *game.troupe):
            for timer in one.timers._repeating.values():
                timer.stop()
                timer._start, timer._count = game.clock.seconds(), 0
                timer.go_on()

    at_each_release(begin_anew)


def _close() -> None:
    def close(game: Any) -> None:
        client = next(client for one in game.roster for client in one.clients)
        client._mind.broker.transport.loseConnection()

    at_each_release(close)


if __name__ == "__main__":
    make_wrong(sys.argv.pop(1))
    main()
