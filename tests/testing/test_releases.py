"""Releases in a world in memory: new texts, refusals, undo, migrations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.trial.unittest import SynchronousTestCase

from gameserver import Avatar
from gameserver.errors import PluginError, ReleaseRefused, UndoRefused
from gameserver.testing import World
from tests.folders import temporary_folder
from tests.testing.games import GAME, NAME, game, world_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from gameserver.testing import Released

DEARER = game(was="PRICE = 2", new="PRICE = 3")
MIGRATING = """
from gameserver import migration
@migration(Player, to=2)
def tens(state):
    return {"tens": 10 * state["waves"]}
"""
TENS = game(
    MIGRATING, was="    waves: int = 0\n", new="    version = 2\n    tens: int = 0\n"
).replace("self.waves", "self.tens")


OWL = 'class Owl(Service):\n    """It hoots."""\n'


class Nobody(Avatar):
    """A player of a game without texts."""


class ReleaseTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.world = world_of(GAME)
        self.addCleanup(self.world.close)
        self.ada = self.world.login("ada")

    def test_connected(self) -> None:
        """Who is connected has the new code, in the same window."""
        self.assertEqual(self.ada.call("wave"), 2)
        self.world.release({NAME: DEARER})
        self.assertEqual(self.ada.call("wave"), 6)

    def test_plan(self) -> None:
        """A release gives its plan and its pause."""
        release = self.world.release({NAME: DEARER})
        self.assertIn("+PRICE = 3", str(release.plan))
        self.assertGreater(release.pause, 0)

    def test_texts(self) -> None:
        """The texts are those that run."""
        self.world.release({NAME: DEARER})
        self.assertEqual(self.world.texts, {NAME: DEARER})

    def test_undo(self) -> None:
        """An undone release has left nothing, not even its text for the next one."""
        release = self.world.release({NAME: DEARER})
        release.undo()
        self.assertTrue(release.is_undone)
        self.assertEqual(self.ada.call("wave"), 2)
        self.assertRaises(ValueError, self.world.release)

    def test_undo_refused(self) -> None:
        """An undo that would lose state is refused; the release stays."""
        release = self.world.release({NAME: game("level = 1")})
        self.world.avatar("ada").perspective_wave.__globals__["level"] = 2
        error = self.assertRaises(UndoRefused, release.undo)
        self.assertIn("level", str(error))
        self.assertFalse(release.is_undone)

    def test_refused(self) -> None:
        """A refusal names the line, and has left nothing."""
        text = game("1 / 0\n")
        error = self.assertRaises(ReleaseRefused, self.world.release, {NAME: text})
        line = len(text.splitlines())
        self.assertEqual(error.place, f"<texts>/plugins/game.py:{line}")
        self.assertEqual(self.world.texts, {NAME: GAME})
        self.assertRaises(ValueError, self.world.release)

    def test_nothing(self) -> None:
        """A release of what runs already is the test's mistake."""
        error = self.assertRaises(ValueError, self.world.release, {NAME: GAME})
        self.assertIn(NAME, str(error))

    def test_name(self) -> None:
        """So is a name that no plugin can have; nothing is put."""
        error = self.assertRaises(ValueError, self.world.release, {"game": DEARER})
        self.assertIn("expected a name such as plugins.game", str(error))
        self.assertRaises(ValueError, self.world.release)

    def test_added_and_removed(self) -> None:
        """Modules come, and go with None for a text."""
        text = game("from plugins.words import HELLO\n")
        self.world.release({NAME: text, "plugins.words": "HELLO = 'hi'\n"})
        self.assertEqual(set(self.world.texts), {NAME, "plugins.words"})
        self.world.release({NAME: GAME, "plugins.words": None})
        self.assertEqual(set(self.world.texts), {NAME})

    def test_draft(self) -> None:
        """Drafted texts wait for the next release."""
        self.world.draft({NAME: DEARER})
        self.assertEqual(self.ada.call("wave"), 2)
        self.world.release()
        self.assertEqual(self.ada.call("wave"), 6)

    def test_hook_is_saved(self) -> None:
        """What a hook changes of an avatar is stored."""
        hook = "def reloaded(self, old_version): self.waves = 7\n"
        text = game(was="    waves: int = 0\n", new=f"    waves: int = 0\n    {hook}")
        self.world.release({NAME: text})
        self.ada.close()
        self.world.restart()
        self.assertEqual(self.world.login("ada").call("wave"), 16)

    def test_classes(self) -> None:
        """A world of classes has no texts, and says what has."""
        world = World(Nobody)
        self.addCleanup(world.close)
        error = self.assertRaises(TypeError, world.release)
        self.assertIn("World.of_plugins", str(error))


class ServiceTests(SynchronousTestCase):
    """Services that a release brings or takes away."""

    def setUp(self) -> None:
        self.world = world_of(GAME)
        self.addCleanup(self.world.close)

    def names(self) -> list[str]:
        """Name the services that run."""
        return sorted(one.subject.name for one in self.world.game.troupe)

    def test_new(self) -> None:
        """A new service is started, and gone after an undo."""
        release = self.world.release({NAME: game(OWL)})
        self.assertEqual(self.names(), ["bell", "owl"])
        release.undo()
        self.assertEqual(self.names(), ["bell"])

    def test_restart(self) -> None:
        """A new service is there after a restart, too."""
        self.world.release({NAME: game(OWL)})
        self.world.restart()
        self.assertEqual(self.names(), ["bell", "owl"])

    def test_gone(self) -> None:
        """A removed service stops; an undo starts it again with its state."""
        self.world.advance(3)
        release = self.world.release({NAME: GAME[: GAME.index("class Bell")]})
        self.assertEqual(self.names(), [])
        release.undo()
        self.world.advance(1)
        self.assertEqual(self.world.service("bell").rung, 4)

    def test_handed_over(self) -> None:
        """One that asks for a successor has one after a release, and after its undo."""
        text = game(
            was="    rung: int = 0", new="    succession = True\n    rung: int = 0"
        )
        self.world.release({NAME: text})
        bells = [self.world.service("bell")]
        self.world.advance(1)
        release = self.world.release({NAME: text.replace("rung += 1", "rung += 10")})
        bells.append(self.world.service("bell"))
        self.world.advance(1)
        release.undo()
        bells.append(self.world.service("bell"))
        self.world.advance(1)
        self.assertEqual(len(set(map(id, bells))), 3)
        self.assertEqual(bells[2].rung, 12)

    def test_gone_with_succession(self) -> None:
        """One that asks for a successor and is removed has none, and stops once."""
        text = game(
            was="    rung: int = 0",
            new="    succession = True\n    rung: int = 0\n"
            "    def stopped(self): self.rung += 100",
        )
        self.world.release({NAME: text})
        self.world.release({NAME: GAME[: GAME.index("class Bell")]}).undo()
        self.assertEqual(self.world.service("bell").rung, 100)

    def test_fails(self) -> None:
        """One that cannot start refuses the release."""
        owl = f"{OWL}    def started(self): 1 / 0\n"
        error = self.assertRaises(PluginError, self.world.release, {NAME: game(owl)})
        self.assertIn("owl: started() failed", str(error))
        self.assertEqual(self.world.texts, {NAME: GAME})
        self.assertEqual(self.names(), ["bell"])


class FolderTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.file = temporary_folder(self) / "game.py"
        self.file.write_text(GAME)
        self.world = World.of_plugins(self.file.parent)
        self.addCleanup(self.world.close)

    def test_edited(self) -> None:
        """A release without texts brings what has changed in the folder."""
        self.file.write_text(DEARER)
        self.world.release()
        self.assertEqual(self.world.login("ada").call("wave"), 3)

    def test_untouched(self) -> None:
        """Given texts win over the folder, which nobody writes to."""
        self.world.release({NAME: DEARER})
        self.assertEqual(self.world.login("ada").call("wave"), 3)
        self.assertEqual(self.file.read_text(), GAME)

    def test_place(self) -> None:
        """A refusal of a given text names the author's file."""
        text = f"def f(:\n{GAME}"
        error = self.assertRaises(ReleaseRefused, self.world.release, {NAME: text})
        self.assertEqual(error.place, f"{self.file}:1")


class MigrationTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.world = world_of(GAME)
        self.addCleanup(self.world.close)
        self.ada = self.world.login("ada")
        self.ada.call("wave")

    def test_first_touch(self) -> None:
        """An avatar is migrated at the first call."""
        self.world.release({NAME: TENS})
        self.assertEqual(self.ada.call("wave"), 22)

    def test_slices(self) -> None:
        """One that nobody touches is migrated when time passes, and is stored."""
        self.world.release({NAME: TENS})
        self.world.advance(0)
        self.world.restart()
        self.assertEqual(self.world.login("ada").call("wave"), 22)

    def test_undo(self) -> None:
        """A migration goes back with its release."""
        self.world.release({NAME: TENS}).undo()
        self.world.advance(1)
        self.assertEqual(self.ada.call("wave"), 4)

    def fails(self, act: Callable[[], object]) -> Released:
        """Release a migration that fails, and do something that migrates."""
        text = TENS.replace("10 * state", "state['no'] * state")
        release = self.world.release({NAME: text})
        act()
        self.assertRaises(ReleaseRefused, self.world.advance, 0)
        self.world.flush_errors()
        self.assertTrue(release.is_undone)
        self.assertEqual(self.world.texts, {NAME: GAME})
        return release

    def test_fails(self) -> None:
        """A step that fails has the release undone; the next ``advance`` says so."""
        self.fails(lambda: None)
        self.assertEqual(self.ada.call("wave"), 4)

    def test_fails_on_touch(self) -> None:
        """So does one that fails in a call; the call is carried out by the old code."""
        self.fails(lambda: self.assertEqual(self.ada.call("wave"), 4))
        self.assertEqual(self.ada.call("wave"), 6)

    def test_finish(self) -> None:
        """All can be migrated at once."""
        release = self.world.release({NAME: TENS})
        release.finish()
        self.assertEqual(self.world.avatar("ada").tens, 10)
