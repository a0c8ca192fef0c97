"""What tests of a release's quiet share: a game of two modules, one of them touched."""

from __future__ import annotations

import sys
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gameserver.server.game import Rules
from gameserver.server.quiesce import Quiesce
from gameserver.server.quiesce_rules import Held, Line, Policy, Quiesced
from gameserver.testing import World
from tests.folders import temporary_folder

SWORD = """
from typing import Any
from twisted.internet.defer import Deferred
from gameserver import Avatar, GameError

LOG: list[Any] = []
WAITS: dict[str, Any] = {}
LATER: list[Any] = []

class Fighter(Avatar):
    hits: int = 0

    def perspective_hit(self, number: int) -> int:
        self.hits += 1
        LOG.append(number)
        for act in LATER:
            act()
        return number

    async def perspective_dig(self) -> str:
        await WAITS[self.name]
        return "dug"

    async def perspective_dig_deep(self) -> int:
        self.hits += 1
        await WAITS[self.name]
        self.hits += 1
        return self.hits

    def perspective_later(self) -> Any:
        return WAITS[self.name].addCallback(self._hit)

    def _hit(self, _: object) -> int:
        self.hits += 1
        return self.hits
"""
PLAYER = """
from plugins.sword import LOG, WAITS, Fighter

class Player(Fighter):
    def perspective_say(self, number: int) -> int:
        LOG.append(number)
        return number

    def perspective_mark(self, name: str) -> None:
        self.realm.get(name).hits += 10

    def perspective_free(self, name: str) -> None:
        WAITS[name].callback(None)
        LOG.append("freed")
"""
TOUCHED = ("plugins.sword",)


class Turns(Clock):
    """A clock that can run what is due as a reactor does: new calls come next time."""

    def turn(self) -> None:
        """Run what is due, and was when the turn began."""
        due = [one for one in self.calls if one.getTime() <= self.seconds()]
        for one in due:
            self.calls.remove(one)
            one.called = 1
            one.func(*one.args, **one.kw)


class QuiesceCase(SynchronousTestCase):
    """A game of two modules; the release touches one of them."""

    def setUp(self) -> None:
        folder = temporary_folder(self)
        (folder / "sword.py").write_text(SWORD)
        (folder / "player.py").write_text(PLAYER)
        self.world = World.of_plugins(folder, Rules(stop_timeout=5.0))
        self.sword: Any = sys.modules["plugins.sword"]
        game = self.world.game
        self.line: Line[Any] = Line(at_most=6, of_one=4)
        self.quiesce = Quiesce(game.calls, game.clock, 5.0, self.line)
        self.ada = self.world.login("ada")

    @property
    def log(self) -> list[Any]:
        log: list[Any] = self.sword.LOG
        return log

    def wait(self, name: str) -> Deferred[None]:
        """Give what this player's long calls wait for."""
        waited: Deferred[None] = Deferred()
        self.sword.WAITS[name] = waited
        return waited

    def closing(self, policy: Policy | str = Policy.WAIT) -> Deferred[Quiesced]:
        return Deferred.fromCoroutine(self.quiesce.close(TOUCHED, policy))

    def close(self) -> None:
        self.assertEqual(self.successResultOf(self.closing()), Quiesced())

    def open(self) -> Held:
        held = self.quiesce.open()
        self.world.advance(0)
        return held
