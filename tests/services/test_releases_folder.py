"""Releases of a plugin folder, with the real gate before the calls."""

from __future__ import annotations

from textwrap import dedent

from twisted.internet.defer import Deferred

from gameserver.model.release_row import Outcome, ReleaseRow
from gameserver.server.plugins import load_cast
from gameserver.server.quiesce import Quiesce
from gameserver.services.release_parts import Parts
from gameserver.services.releases import ReleaseService
from gameserver.testing import World
from tests.folders import temporary_folder
from tests.services.release_case import DOUBLE, PLAYER, ReleaseCase

ASKING = PLAYER.replace(
    "def perspective_earn(self) -> int:",
    "async def perspective_earn(self) -> int:\n            await self.realm.pause()",
)


class FolderCase(ReleaseCase):
    """The game lies in a folder, and is loaded as the server does it."""

    def setUp(self) -> None:
        self.folder = temporary_folder(self)
        self.write(player=PLAYER, other="LIMIT = 1\n")
        cast = load_cast(self.folder)
        assert cast.engine is not None
        self.addCleanup(cast.engine.uninstall)
        self.world = World(cast.avatar, cast.services)
        self.told: list[ReleaseRow] = []
        game, clock = self.world.game, self.world.clock
        gate = Quiesce(game.calls, clock)
        parts = Parts(quiesce=gate, told=self.told.append)
        self.service = ReleaseService(
            game, cast.engine, self.world.store, clock.seconds, parts
        )
        self.modules = cast.engine.records
        self.ada = self.world.login("ada")

    def write(self, **texts: str) -> None:
        for name, text in texts.items():
            (self.folder / f"{name}.py").write_text(dedent(text))

    def release(self, **texts: str) -> ReleaseRow:
        self.write(**texts)
        row: ReleaseRow = self.ended(self.service.release("eve", "here"))
        return row


class FolderTests(FolderCase):
    """Files that are edited, added and removed."""

    def test_typo(self) -> None:
        """It is refused with file and line; mended, it is released."""
        self.write(player=DOUBLE, other="LIMIT = (\n")
        text = self.refused(self.service.release("eve", "here"))
        self.assertIn(f"{self.folder / 'other.py'}:1: SyntaxError", text)
        self.assertEqual(self.ada.call("earn"), 1)
        self.release(other="LIMIT = 2\n")
        self.assertEqual(self.ada.call("earn"), 3)

    def test_file_that_comes_and_goes(self) -> None:
        """An earlier release's new module comes back with its text, not in the file."""
        first = self.release(
            third="WORD = 'old'\n", other="from plugins.third import WORD\n"
        )
        self.assertEqual([one.act for one in first.modules], ["added", "changed"])
        (self.folder / "third.py").unlink()
        second = self.release(other="LIMIT = 3\n")
        acts = {one.name: one.act for one in second.modules}
        self.assertEqual(acts["plugins.third"], "removed")
        self.ended(self.service.release_again("eve", "here", 1))
        self.assertEqual(vars(self.modules["plugins.other"].module)["WORD"], "old")
        covered = self.ended(self.service.check()).covered
        self.assertEqual(len(covered), 2)
        self.ended(self.service.release_again("eve", "here", 2))
        self.assertNotIn("plugins.third", self.modules)
        self.assertEqual(self.ended(self.service.check()).covered, [])

    def test_unreadable_text_again(self) -> None:
        """A row whose text could not be read is not released again."""
        (self.folder / "other.py").write_bytes(b"A = '\xff'\n")
        self.refused(self.service.release("eve", "here"))
        text = self.refused(self.service.release_again("eve", "here", 1))
        self.assertIn("release 1 has no text of plugins.other", text)


class GateTests(FolderCase):
    """A call that spans a release."""

    def setUp(self) -> None:
        super().setUp()
        self.going: Deferred[None] = Deferred()
        self.world.game.realm.pause = lambda: self.going  # type: ignore[attr-defined]
        self.release(player=ASKING)
        self.first = self.ada.start("earn")
        self.write(player=DOUBLE)

    def test_waits(self) -> None:
        """The release waits for it; a call made meanwhile waits, and runs new code."""
        releasing = self.begin(self.service.release("eve", "here"))
        second = self.ada.start("earn")
        self.world.settle()
        self.assertNoResult(releasing)
        self.assertNoResult(second)
        self.going.callback(None)
        self.turns()
        row = self.successResultOf(releasing)
        self.assertEqual(self.successResultOf(self.first), 1)
        self.assertEqual(self.successResultOf(second), 3)
        self.assertEqual((row.facts["waited"], row.facts["held"]), (1, 1))

    def test_too_long(self) -> None:
        """It refuses the release if it does not end; then all go on in old code."""
        releasing = self.begin(self.service.release("eve", "here"))
        second = self.ada.start("earn")
        self.world.advance(30.0)
        self.turns()
        text = str(self.failureResultOf(releasing).value)
        self.assertIn("Player.earn of ada", text)
        self.going.callback(None)
        self.turns()
        self.assertEqual(self.successResultOf(self.first), 1)
        self.assertEqual(self.successResultOf(second), 2)
        self.assertIs(self.stored(2).outcome, Outcome.REFUSED)

    def test_proceeds(self) -> None:
        """By the policy, it ends in old code, and is counted."""
        work = self.service.release("eve", "here", policy="proceed")
        releasing = self.begin(work)
        self.world.advance(30.0)
        self.turns()
        self.assertEqual(self.successResultOf(releasing).facts["proceeded"], 1)
        self.going.callback(None)
        self.world.settle()
        self.assertEqual(self.successResultOf(self.first), 1)
        self.assertEqual(self.ada.call("earn"), 3)
