"""``released``: a release for as long as a ``with`` lasts, and two versions."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import ReleaseRefused, UndoRefused
from gameserver.testing import released
from tests.folders import temporary_folder
from tests.testing.games import GAME, NAME, game, world_of

DEARER = game(was="PRICE = 2", new="PRICE = 3")


class WithinTests(SynchronousTestCase):
    """``released(world, texts)``."""

    def setUp(self) -> None:
        self.world = world_of(GAME)
        self.addCleanup(self.world.close)
        self.ada = self.world.login("ada")

    def test_while(self) -> None:
        """The release is in force until the end."""
        with released(self.world, {NAME: DEARER}) as release:
            self.assertEqual(self.ada.call("wave"), 3)
            self.assertFalse(release.is_undone)
        self.assertEqual(self.ada.call("wave"), 4)
        self.assertTrue(release.is_undone)

    def test_undone_inside(self) -> None:
        """One that the test has undone itself is left alone."""
        with released(self.world, {NAME: DEARER}) as release:
            release.undo()
        self.assertEqual(self.ada.call("wave"), 2)

    def test_refused(self) -> None:
        """A bad text is refused before the block begins."""
        with self.assertRaises(ReleaseRefused), released(self.world, {NAME: "1 +\n"}):
            self.fail("the block ran")

    def test_undo_refused(self) -> None:
        """An undo that would lose state fails the test."""
        with (
            self.assertRaises(UndoRefused),
            released(self.world, {NAME: game("level = 1")}),
        ):
            self.world.avatar("ada").perspective_wave.__globals__["level"] = 2

    def test_own_error(self) -> None:
        """The test's own error is what is seen, and the release is undone."""
        with self.assertRaises(ZeroDivisionError), released(self.world, {NAME: DEARER}):
            raise ZeroDivisionError
        self.assertEqual(self.ada.call("wave"), 2)

    def test_one_text(self) -> None:
        """A text alone does not say which module's it is."""
        error = self.assertRaises(TypeError, released, self.world, DEARER)
        self.assertIn("expected texts by full module name", str(error))


class BetweenTests(SynchronousTestCase):
    """``released(before, after)``."""

    def test_text(self) -> None:
        """A world of one text becomes that of the other by ``release``."""
        with released(GAME, DEARER) as world:
            ada = world.login("ada")
            self.assertEqual(ada.call("wave"), 2)
            world.release()
            self.assertEqual(ada.call("wave"), 6)

    def test_closed(self) -> None:
        """The world is closed at the end."""
        with released(GAME, DEARER) as world:
            ada = world.login("ada")
        self.assertFalse(ada.is_open)

    def test_own_error(self) -> None:
        """The test's own error is what is seen, and the world is closed."""
        with self.assertRaises(ZeroDivisionError), released(GAME, DEARER) as world:
            ada = world.login("ada")
            raise ZeroDivisionError
        self.assertFalse(ada.is_open)

    def test_mappings(self) -> None:
        """Texts by name will do; a module that the second lacks goes."""
        before = {NAME: GAME, "plugins.words": "HELLO = 'hi'\n"}
        with released(before, {NAME: DEARER}) as world:
            release = world.release()
            acts = {one.name: one.act for one in release.plan.modules}
            self.assertEqual(acts, {NAME: "changed", "plugins.words": "removed"})

    def test_folders(self) -> None:
        """Folders will do, too."""
        before, after = temporary_folder(self), temporary_folder(self)
        (before / "game.py").write_text(GAME)
        (after / "game.py").write_text(DEARER)
        with released(before, after) as world:
            world.release()
            self.assertEqual(world.login("ada").call("wave"), 3)
