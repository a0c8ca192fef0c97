"""Our client on a server that takes so many calls a second: each is applied once."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from gameserver.server.game import Rules
from gameserver.server.pace import Allowance
from gameserver.testing import World
from tests.client.cutting import Player, Wire

EACH = 0.02
MANY = 1000


class PaceCase(SynchronousTestCase):
    """The defaults of a server: 200 calls at once, 50 a second, 32 in flight."""

    def setUp(self) -> None:
        Player.wait = Deferred()
        rules = Rules(allowed=Allowance(1 / EACH, 200, 32), session_grace=20.0)
        self.world = World(Player, rules=rules)
        self.wire = Wire(self.world, [])
        self.successResultOf(self.wire.login("ada"))

    @property
    def applied(self) -> list[int]:
        applied: list[int] = self.world.avatar("ada").applied
        return applied

    def call(self, *numbers: int) -> list[Deferred[Any]]:
        return [self.wire.client.call("apply", one) for one in numbers]

    def pass_time(self, turns: int) -> None:
        for _ in range(turns):
            self.world.advance(EACH)
            self.wire.settle()

    def cut(self) -> None:
        assert self.wire.pipe is not None
        self.wire.pipe.close()

    def test_many_at_once(self) -> None:
        """A thousand calls at once are all answered, in order, none refused."""
        answers = self.call(*range(MANY))
        self.wire.settle()
        self.assertEqual(self.applied, list(range(200)))
        self.pass_time(MANY - 200)
        self.assertEqual(self.applied, list(range(MANY)))
        for number, answer in enumerate(answers):
            self.assertEqual(len(self.successResultOf(answer)), number + 1)
        self.assertEqual(self.world.game.calls.paces.refused, 0)

    def test_cut_while_they_wait(self) -> None:
        """Calls that wait when the connection ends are applied once, in order."""
        answers = self.call(*range(300))
        self.wire.settle()
        for _ in range(10):
            self.pass_time(3)
            self.cut()
            self.wire.settle()
        self.pass_time(100)
        self.assertEqual(self.applied, list(range(300)))
        for number, answer in enumerate(answers):
            self.assertEqual(len(self.successResultOf(answer)), number + 1)

    def test_killed_while_they_wait(self) -> None:
        """So are those that wait when the server is killed."""
        answers = self.call(*range(220))
        self.wire.settle()
        self.cut()
        for one in self.world.clock.getDelayedCalls():
            one.cancel()  # nothing of the old server goes on
        self.world.game = self.world._started()
        self.wire.settle()
        self.pass_time(100)
        self.assertEqual(self.applied, list(range(220)))
        for answer in answers:
            self.successResultOf(answer)
