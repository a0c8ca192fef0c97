"""How much memory a login takes: servers started anew, many logins at once.

A process that has served before has room left from then, which new logins fill before
its memory grows; so nothing is measured here on a server that did anything else.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from gameserver.bench.connection import Connection
from gameserver.bench.figures import Result, Sample
from gameserver.bench.subjects import cores, pinned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gameserver.bench.connection import Target
    from gameserver.bench.subjects import Subject

_WARM_UP: Final = 5


def measure(
    subjects: Iterable[Subject],
    rounds: int,
    logins: int,
    progress: Callable[[str], None],
) -> Result:
    """Measure memory and CPU time of so many logins, each with a mind."""
    result = Result(f"{logins} logins with a mind")
    server_core, load_core = cores()
    for number in range(rounds):
        for start in subjects:
            progress(f"round {number + 1} of {rounds}: {result.case}")
            with ExitStack() as stack:
                with pinned(server_core):
                    target = stack.enter_context(start())
                stack.enter_context(pinned(load_core))
                result.add(target.name, log_in(target, logins))
    return result


def log_in(target: Target, logins: int) -> Sample:
    """Log in so often, keep all connections, and see what the server has taken."""
    with ExitStack() as stack:
        first, *_ = [
            stack.enter_context(Connection(target, mind=True)) for _ in range(_WARM_UP)
        ]
        first.ask("memory")  # what a collection itself needs is there from now on
        memory = int(first.ask("memory"))
        spent = -int(first.ask("cpu"))
        for _ in range(logins):
            stack.enter_context(Connection(target, mind=True))
        spent += int(first.ask("cpu"))
        grown = int(first.ask("memory")) - memory
    figures = {
        "bytes_per_login": grown / logins,
        "cpu_us_per_login": spent / 1e3 / logins,
    }
    return Sample(figures, 0.0)
