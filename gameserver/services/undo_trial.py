"""Whether the code of before would take its services over, tried before an undo.

An undo cannot be taken back itself. So where a service has to be handed back, all of it
is done on a copy of the process first: an ``adopt`` or ``handoff`` that raises there
refuses the undo, and nothing has changed. What raises only in the server comes too
late: see ``release_handing.hand_back``.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from gameserver.errors import GameServerError, NotReleased
from gameserver.services.rehearsal import Rehearsal
from gameserver.services.rehearsal_apart import REFUSED
from gameserver.services.rehearsal_terms import Wanted

if TYPE_CHECKING:
    from gameserver.server.game import Game
    from gameserver.services.rehearsal_terms import Found, Original, Rules
    from gameserver.services.release_parts import Rehearses
    from gameserver.services.release_record import Course

LIMIT: Final = 10.0
"""Seconds that a trial may take."""

_STEP: Final = "handing back"
_REMEDY: Final = "release a text whose class takes over from the one of now"


def trial_of(original: Original, reactor: Any, rules: Rules) -> Rehearsal:  # noqa: ANN401 - every reactor interface
    """Make what tries undos; its own, for they do not wait for a rehearsal."""
    seconds = min(rules.seconds, LIMIT)
    nothing_stored = replace(original, stored=lambda: nullcontext(()))
    return Rehearsal(nothing_stored, reactor, replace(rules, seconds=seconds))


async def require_handed_back(game: Game, course: Course, rehearse: Rehearses) -> None:
    """Raise ``NotReleased`` if a service cannot go back; it is not known without fork.

    Only if the release gave one a successor: else there is nothing to be tried.
    """
    if not course.due:
        return
    report = await rehearse.run(Wanted(trial=partial(_tried, game, course)))
    why = "; ".join(filter(_is_meant, report.failed))
    if why:
        raise NotReleased(f"release {course.number} is not undone: {why}; {_REMEDY}")


def _tried(game: Game, course: Course, found: Found) -> None:
    """Undo, and hand over, on the copy."""
    assert course.release is not None, "it has been committed"
    try:
        game.turns.end()
        course.release.undo()
    except GameServerError:
        return  # the undo itself says so, or does first what is lacking
    running = {one.subject.name for one in game.troupe}
    for name in (one for one in course.due if one in running):
        found.step(f"{_STEP} {name!r}")
        try:
            game.troupe.succeed([name]).commit()
        except GameServerError as error:
            found.fail(f"{_STEP} {name!r}: {error}")


def _is_meant(line: str) -> bool:
    """Say whether a line is of a service, not of the trial: its time, its limits."""
    return _STEP in line and REFUSED not in line
