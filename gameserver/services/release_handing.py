"""Services that a release hands over, within its turns: there, and back.

In the turn of the commit an abort is exact. Later a service goes back as it came: by a
successor, of its class as it is then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.logger import Logger

from gameserver.errors import PluginError
from gameserver.services.recast import following, handoffs

if TYPE_CHECKING:
    from collections.abc import Collection

    from gameserver.reload.engine import Engine
    from gameserver.reload.plan import Plan
    from gameserver.server.game import Game
    from gameserver.server.succession import Successions
    from gameserver.services.release_record import Course

_log = Logger("gameserver.releases")


def rehearsed(game: Game, engine: Engine, plan: Plan) -> None:
    """Hand over what a plan gives a successor, on a copy of the game."""
    gone = following(game, engine, [one.name for one in plan.modules]).gone
    _succeeded(game, plan, gone)


def _succeeded(
    game: Game, plan: Plan, gone: Collection[str]
) -> tuple[list[str], Successions]:
    due = [one for one in game.troupe.due(plan) if one not in gone]
    made = game.troupe.succeed(due)
    made.commit()
    return due, made


def hand_off(game: Game, course: Course) -> None:
    """Let successors be in force; what raises leaves the predecessors so."""
    assert course.following is not None, "it is known who goes"
    due, made = _succeeded(game, course.plan, course.following.gone)
    course.due, course.successions = due, made
    if due:
        course.facts["handed_off"] = due
        # The commit has written the plan's lines anew, as it found things.
        course.plan.entries += handoffs(game, course.plan)


def hand_back(game: Game, course: Course) -> None:
    """Give services that were succeeded a successor in the code of before."""
    end_predecessors(course)
    running = {one.subject.name for one in game.troupe}
    for name in (one for one in course.due if one in running):
        try:
            again = game.troupe.succeed([name])
            again.commit()
            again.finish()
        except PluginError as error:  # it goes on as it is, in the code of before
            course.facts.setdefault("not_handed_back", []).append(str(error))
            _log.error("release {n}: {why}", n=course.number, why=str(error))


def end_predecessors(course: Course) -> None:
    """Stop those that were succeeded, once; nothing can fail any more."""
    made, course.successions = course.successions, None
    if made is not None:
        made.finish()
