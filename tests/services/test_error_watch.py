"""New code that fails is noticed, over the real way of calls, hooks and ticks."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import GameError
from gameserver.services.error_watch import ErrorWatch
from gameserver.testing import World
from tests.folders import temporary_folder

if TYPE_CHECKING:
    from types import CodeType

PLAYER = """
from typing import Any
from twisted.internet.defer import Deferred, inlineCallbacks
from gameserver import Avatar, GameError

def split(number: int) -> float:
    return number / 0

class Player(Avatar):
    def perspective_plain(self) -> float:
        return split(1)

    async def perspective_coroutine(self) -> float:
        return split(1)

    @inlineCallbacks
    def perspective_inline(self) -> Any:
        yield None
        return split(1)

    def perspective_refuse(self) -> None:
        raise GameError("no-exit", "there is no way north")

    def perspective_strange(self) -> None:
        class Strange(Exception):
            def __str__(self) -> str:
                raise RuntimeError("strange")
        raise Strange

    def perspective_nested(self) -> list[float]:
        return [split(one) for one in (1,)]

    def perspective_begin(self) -> None:
        self.every(1.0, "tick")

    async def tick(self) -> None:
        raise GameError("no-exit", "nobody is told")
"""


class WatchTests(SynchronousTestCase):
    """A game whose code is new, as far as the test says so."""

    def setUp(self) -> None:
        folder = temporary_folder(self)
        self.file = folder / "player.py"
        self.file.write_text(PLAYER)
        self.world = World.of_plugins(folder)
        self.player: Any = sys.modules["plugins.player"]
        self.watch = ErrorWatch(self.world.clock)
        self.world.game.fence.failed = self.watch.failed
        self.ada = self.world.login("ada")
        self.reasons: list[str] = []

    def code(self, *names: str) -> list[CodeType]:
        """Give the code of functions, or of methods that players call."""
        owner = self.player.Player
        found = [
            getattr(self.player, one, None) or getattr(owner, one) for one in names
        ]
        return [getattr(one, "__wrapped__", one).__code__ for one in found]

    def begin(self, *names: str) -> None:
        self.watch.begin(7, self.code(*names), self.reasons.append)

    def fail_(self, name: str, times: int) -> None:
        for _ in range(times):
            self.failureResultOf(self.ada.start(name), GameError)
        self.world.flush_errors()
        self.world.advance(0)

    def test_too_many(self) -> None:
        """The sixth error within ten seconds is told, with function, file and line."""
        self.begin("split")
        self.fail_("plain", 5)
        self.assertEqual(self.reasons, [])
        self.fail_("plain", 1)
        (reason,) = self.reasons
        line = PLAYER[: PLAYER.index("number / 0")].count("\n") + 1
        self.assertIn("plugins.player:split failed 6 times in 10 s", reason)
        self.assertIn(
            f"ZeroDivisionError: division by zero at {self.file}:{line}", reason
        )
        self.assertEqual(self.watch.watched[7].errors, 6)

    def test_told_once(self) -> None:
        """However many come after it."""
        self.begin("split")
        self.fail_("plain", 20)
        self.assertEqual(len(self.reasons), 1)

    def test_ways(self) -> None:
        """It is noticed whichever way a method answers, and in what is nested."""
        cases = {
            "coroutine": "perspective_coroutine",
            "inline": "perspective_inline",
            "nested": "perspective_nested",
            "strange": "perspective_strange",
        }
        for name, function in cases.items():
            self.reasons.clear()
            self.begin(function)
            self.fail_(name, 6)
            (reason,) = self.reasons
            self.assertIn(function, reason)

    def test_module(self) -> None:
        """Code of a whole module stands for all that is in it."""
        code = compile(PLAYER, str(self.file), "exec")
        self.watch.begin(7, [code], self.reasons.append)
        exec(code, vars(self.player))  # noqa: S102 - what a release does, in short
        avatar = self.world.avatar("ada")
        avatar.__class__ = self.player.Player
        self.fail_("plain", 6)
        self.assertEqual(len(self.reasons), 1)

    def test_old_code(self) -> None:
        """Errors that go through no new code are not counted."""
        self.begin("perspective_coroutine")
        self.fail_("plain", 20)
        self.assertEqual((self.reasons, self.watch.watched[7].errors), ([], 0))

    def test_equal_code(self) -> None:
        """A function may run a copy of the code; what equals it elsewhere is not it."""
        (code,) = self.code("split")
        elsewhere = code.replace(co_filename="elsewhere.py")
        self.watch.begin(7, [elsewhere], self.reasons.append)
        self.fail_("plain", 20)
        self.assertEqual(self.reasons, [])
        self.world.advance(10.0)
        self.watch.begin(7, [code.replace()], self.reasons.append)
        self.fail_("plain", 6)
        self.assertEqual(len(self.reasons), 1)

    def test_refusals(self) -> None:
        """What is meant for the player does not count."""
        self.begin("perspective_refuse")
        self.fail_("refuse", 20)
        self.assertEqual((self.reasons, self.watch.watched[7].errors), ([], 0))

    def test_ticks(self) -> None:
        """A tick's failure counts, even one that a player would have been told."""
        self.begin("tick")
        self.ada.call("begin")
        for _ in range(6):
            self.assertRaises(GameError, self.world.advance, 1.0)
            self.world.flush_errors()
        self.world.advance(0)
        (reason,) = self.reasons
        self.assertIn("Player.tick failed 6 times", reason)

    def test_before(self) -> None:
        """What failed as often before the release is not blamed on it."""
        self.fail_("plain", 8)
        self.begin("split")
        self.fail_("plain", 8)
        self.assertEqual(self.reasons, [])
        self.fail_("plain", 1)
        self.assertIn("(8 before the release)", self.reasons[0])

    def test_long_before(self) -> None:
        """What failed longer ago does not count as before."""
        self.fail_("plain", 8)
        self.world.advance(10.0)
        self.begin("split")
        self.fail_("plain", 6)
        self.assertEqual(len(self.reasons), 1)

    def test_own_turn(self) -> None:
        """The reason comes in a turn of its own, not from the midst of a call."""
        self.begin("split")
        for _ in range(6):
            self.failureResultOf(self.ada.start("plain"), GameError)
        self.assertEqual(self.reasons, [])
        self.world.flush_errors()
        self.world.advance(0)
        self.assertEqual(len(self.reasons), 1)

    def test_end(self) -> None:
        """After the end nothing is told, not even what was on its way."""
        self.begin("split")
        for _ in range(6):
            self.failureResultOf(self.ada.start("plain"), GameError)
        self.watch.end()
        self.fail_("plain", 6)
        self.assertEqual(self.reasons, [])

    def test_in_flight(self) -> None:
        """A coroutine that fails after it has waited is noticed, too."""
        waits: list[Deferred[None]] = []

        async def slow(_: object) -> None:
            waits.append(Deferred())
            await waits[-1]
            self.player.split(1)

        self.patch(self.player.Player, "perspective_plain", slow)
        self.begin("split")
        calls = [self.ada.start("plain") for _ in range(6)]
        for one in waits:
            one.callback(None)
        self.world.settle()
        for call in calls:
            self.failureResultOf(call, GameError)
        self.world.flush_errors()
        self.world.advance(0)
        self.assertEqual(len(self.reasons), 1)
