"""Which release runs where."""

from __future__ import annotations

import io
import sys
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger, textFileLogObserver
from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import GameError
from gameserver.services.versions import VersionRow, Versions
from gameserver.testing import World
from tests.folders import temporary_folder

BASE = """
from typing import ClassVar, Any
from gameserver import Avatar

class Base(Avatar):
    wait: ClassVar[Any] = None

    def tick(self) -> None:
        pass

    async def perspective_dig(self) -> None:
        await Base.wait
"""
PLAYER = """
from gameserver import Service
from plugins.base import Base

class Player(Base):
    def attached(self, client: object) -> None:
        self.every(60.0, "tick")
        self.later(60.0, "own")
        self.later(70.0, "own")

    def own(self) -> None:
        pass

    def perspective_fail(self) -> None:
        raise ValueError("no")

class Weather(Service):
    pass
"""


class ModuleTests(SynchronousTestCase):
    """The number of each module."""

    def setUp(self) -> None:
        self.versions = Versions()

    def test_as_started(self) -> None:
        """Before any release all is of number 0."""
        self.assertEqual((self.versions.current, self.versions.of("plugins.a")), (0, 0))

    def test_committed(self) -> None:
        """A module is of the last release that changed it."""
        self.versions.committed(1, ["plugins.a", "plugins.b"])
        self.versions.committed(4, ["plugins.b"])
        found = [self.versions.of(f"plugins.{one}") for one in "abc"]
        self.assertEqual((found, self.versions.current), ([1, 4, 0], 4))

    def test_undone(self) -> None:
        """After an undo it is of the one before; in whatever order they are undone."""
        for number in (1, 2, 3):
            self.versions.committed(number, ["plugins.a"])
        self.versions.undone(2)
        self.assertEqual(self.versions.of("plugins.a"), 3)
        self.versions.undone(3)
        self.assertEqual((self.versions.of("plugins.a"), self.versions.current), (1, 1))
        self.versions.undone(1)
        self.assertEqual((self.versions.of("plugins.a"), self.versions.current), (0, 0))

    def test_recalled(self) -> None:
        """What was noted first stays, and is there again after an undo."""
        self.versions.recalled(5, ["plugins.a"])
        self.versions.recalled(3, ["plugins.a", "plugins.b"])
        found = [self.versions.of(f"plugins.{one}") for one in "abc"]
        self.assertEqual((found, self.versions.current), ([5, 3, 0], 5))
        self.versions.committed(6, ["plugins.a"])
        self.versions.undone(6)
        self.assertEqual((self.versions.of("plugins.a"), self.versions.current), (5, 5))

    def test_namespace(self) -> None:
        """A logger's namespace is a module or a class in it, or not author code."""
        self.patch(sys, "modules", {**sys.modules, "plugins.a": sys, "plugins": sys})
        self.versions.committed(1, ["plugins.a"])
        self.versions.committed(2, ["plugins"])
        names = ("plugins.a", "plugins.a.Shop", "plugins.a.Shop.Till", "pluginsets.a")
        found = [self.versions.of_namespace(one) for one in names]
        self.assertEqual(found, [1, 1, 1, None])


class WorldTests(SynchronousTestCase):
    """All that runs in a game."""

    def setUp(self) -> None:
        folder = temporary_folder(self)
        (folder / "base.py").write_text(BASE)
        (folder / "player.py").write_text(PLAYER)
        self.world = World.of_plugins(folder)
        self.versions = Versions()
        self.world.game.fence.release_of = self.versions.of_failure
        self.ada = self.world.login("ada")

    def test_rows(self) -> None:
        """Avatars and services by class, timers by method, calls by their begin."""
        base: Any = sys.modules["plugins.base"]
        base.Base.wait = wait = Deferred()
        self.versions.committed(1, ["plugins.base"])
        self.world.game.calls.release = self.versions.current
        call = self.ada.start("dig")
        self.versions.committed(2, ["plugins.player", "plugins.base"])
        self.versions.committed(3, ["plugins.base"])
        player = "plugins.player"
        expected = [
            VersionRow("avatar", "ada", "Player", player, 2),
            VersionRow("timer", "ada", "Player.tick", "plugins.base", 3),
            VersionRow("timer", "ada", "Player.own", player, 2),
            VersionRow("timer", "ada", "Player.own", player, 2),
            VersionRow("service", "weather", "Weather", player, 2),
            VersionRow("call", "ada", "Player.dig", "plugins.base", 1),
        ]
        found = self.versions.overview(self.world.game, 9)
        self.assertEqual(found.rows, expected)
        self.assertEqual(expected[0].as_data()["release"], 2)
        self.assertIn("plugins.base:Player.dig release=1", str(expected[-1]))
        count = {"kind": "timer", "module": player, "release": 2, "count": 2}
        self.assertIn(count, found.counts)
        self.assertEqual(sum(one["count"] for one in found.counts), 6)
        wait.callback(None)
        self.world.settle()
        self.successResultOf(call)
        found = self.versions.overview(self.world.game, 9)
        self.assertEqual(len(found.rows), 5)

    def test_call_of_the_start(self) -> None:
        """A call before any release runs the last one from before the start."""
        base: Any = sys.modules["plugins.base"]
        base.Base.wait = wait = Deferred()
        self.versions.recalled(4, ["plugins.base"])
        call = self.ada.start("dig")
        (row,) = (
            one
            for one in self.versions.overview(self.world.game, 9).rows
            if one.kind == "call"
        )
        self.assertEqual(row.release, 4)
        wait.callback(None)
        self.world.settle()
        self.successResultOf(call)

    def test_few_rows(self) -> None:
        """With many, all are counted and of each kind only some have a row."""
        for name in ("bea", "cleo"):
            self.world.login(name)
        found = self.versions.overview(self.world.game, 2)
        avatars = [one for one in found.rows if one.kind == "avatar"]
        (count,) = (one["count"] for one in found.counts if one["kind"] == "avatar")
        self.assertEqual((len(avatars), count), (2, 3))

    def test_incident(self) -> None:
        """The log line of an incident carries the release of what failed."""
        stream = io.StringIO()
        fence = self.world.game.fence
        fence._log = Logger("gameserver.fence", observer=textFileLogObserver(stream))
        self.versions.committed(3, ["plugins.player"])
        self.failureResultOf(self.ada.start("fail"), GameError)
        self.assertRegex(
            stream.getvalue(), r"incident \w+ during call fail release=3\n"
        )
