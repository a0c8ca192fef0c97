"""A world on plugin texts in memory, with a service that releases them."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import NotReleased
from gameserver.model.release_row import ReleaseRow
from gameserver.server.plugins import services_in
from gameserver.services.release_parts import Parts
from gameserver.services.releases import ReleaseService
from gameserver.testing import World
from gameserver.testing.window import result_of
from tests.reload.game import Game

PLAYER = """
    from gameserver import Avatar, State, migration

    class Player(Avatar):
        coins: int = 0

        def perspective_earn(self) -> int:
            self.coins += 1
            return self.coins
"""
DOUBLE = PLAYER.replace("+= 1", "+= 2")
CLOCK = """
    from gameserver import Service

    class Clock(Service):
        beats: int = 0
        log: list[str] = []

        def started(self) -> None:
            self.log.append("started")
            self.every(1.0, "beat")

        def stopped(self) -> None:
            self.log.append("stopped")

        def beat(self) -> None:
            self.beats += 1
"""
MOOD = """
    from gameserver import Avatar, State, migration

    class Player(Avatar):
        version = 2
        gold: int = 0

        def perspective_earn(self) -> int:
            self.gold += 1
            return self.gold

    @migration(Player, to=2)
    def rename(state: State) -> State:
        return {"gold": state["coins"] * 100}
"""


class ReleaseCase(SynchronousTestCase):
    """Modules ``player`` and ``other``, one player, and what admins were told."""

    permanent_after = 600.0
    texts = {"player": PLAYER, "other": "LIMIT = 1\n"}

    def setUp(self) -> None:
        self.plugins = Game(self, **self.texts)
        services = services_in(self.plugins.engine)
        self.world = World(self.plugins.player.Player, services)
        self.told: list[ReleaseRow] = []
        self.service = self.made()
        self.ada = self.world.login("ada")
        self.ada.call("earn")

    def made(self, **parts: Any) -> ReleaseService:
        """Make the service; ``parts``: those that are not to do nothing."""
        return ReleaseService(
            self.world.game,
            self.plugins.engine,
            self.world.store,
            lambda: 1000.0 + self.world.clock.seconds(),
            Parts(told=self.told.append, **parts),
            permanent_after=self.permanent_after,
        )

    def begin(self, work: Coroutine[Any, Any, Any]) -> Deferred[Any]:
        """Begin something, and let the turns pass that it can take now."""
        begun = Deferred.fromCoroutine(work)
        self.turns()
        return begun

    def turns(self, number: int = 20) -> None:
        """Let some turns pass, and no time."""
        for _ in range(number):
            self.world.advance(0)

    def ended(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Give what something gives in a few turns."""
        return result_of(self.begin(work), "the release")

    def release(self, **texts: str) -> ReleaseRow:
        """Change texts and release all that has changed."""
        self.plugins.put(**texts)
        row: ReleaseRow = self.ended(self.service.release("eve", "here"))
        return row

    def refused(self, work: Coroutine[Any, Any, Any]) -> str:
        """Give the text with which something is refused."""
        with self.assertRaises(NotReleased) as caught:
            self.ended(work)
        return caught.exception.text

    def stored(self, number: int) -> ReleaseRow:
        """Give a row as the history has it."""
        row: ReleaseRow = result_of(self.world.store.releases.get(number), "the row")
        return row

    def count(self) -> int:
        """Count the rows of the history."""
        return len(result_of(self.world.store.releases.newest(99), "the rows"))

    def snapshot(self, kind: str, name: str) -> Any:
        """Give what is stored of an avatar or service."""
        return result_of(self.world.store.snapshots.load(kind, name), "loading")
