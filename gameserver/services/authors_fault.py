"""What the engine lets pass goes no further in a server: it refuses the release.

The engine alone hands ``KeyboardInterrupt`` on to whoever released. A server's signals
are none: one in here was raised by the game's code.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from gameserver.errors import NotReleased
from gameserver.reload.places import place_of_error
from gameserver.reload.refusal import said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gameserver.reload.engine import Engine
    from gameserver.reload.plan import Plan


@contextmanager
def authors_fault(engine: Engine, plan: Plan | None = None) -> Iterator[None]:
    """Make a refusal, with file and line, of what is no ``Exception``."""
    try:
        yield
    except (Exception, GeneratorExit):
        raise
    except BaseException as error:
        records = engine.records.values()
        files = {one.text.origin for one in records}
        files |= {one.file for one in plan.modules} if plan is not None else set()
        place = place_of_error(error, files)
        text = f"{place}: {said(error)}" if place else said(error)
        raise NotReleased(text) from error
