"""The services that come, go or are handed over with a release that a test makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred

from gameserver.services.recast import enter, following, leave
from gameserver.testing.window import result_of

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from gameserver.reload.engine import Engine
    from gameserver.reload.plan import Plan
    from gameserver.server.game import Game


class Recast:
    """What a release made of a game's services; ``take_back`` after its undo."""

    def __init__(self, game: Game, engine: Engine, plan: Plan) -> None:
        self._game = game
        self._before = game.cast
        self._step = following(game, engine, [one.name for one in plan.modules])
        due = game.troupe.due(plan)
        self._handed = [one for one in due if one not in self._step.gone]
        handing = game.troupe.succeed(self._handed)
        handing.commit()
        try:
            _done(enter(game, self._step), "starting a service")
        except BaseException:
            handing.abort()
            raise
        handing.finish()
        _done(leave(game, self._step.gone), "stopping a service")

    def take_back(self) -> None:
        """Stop the services that came, and start those again that went."""
        game, step = self._game, self._step
        game.cast = self._before
        handing = game.troupe.succeed(self._handed)
        handing.commit()
        handing.finish()
        running = {one.subject.name: type(one.subject) for one in game.troupe}
        came = [name for name, owner in running.items() if owner in step.new]
        _done(leave(game, came), "stopping a service")
        for owner in self._before.services if step.gone else ():
            if owner not in running.values():
                _done(game.troupe.enter(owner, game.realm), "starting a service")


def _done(work: Coroutine[Any, Any, None], what: str) -> None:
    result_of(Deferred.fromCoroutine(work), what)
