"""Public names are pinned: a name that comes or goes is a decision, not an accident."""

from __future__ import annotations

import subprocess
import sys

from twisted.trial.unittest import SynchronousTestCase

import gameserver
import gameserver.client
import gameserver.testing

PUBLIC = {
    gameserver: [
        "Avatar",
        "Client",
        "ClientSet",
        "GameError",
        "Plugin",
        "Realm",
        "Service",
        "State",
        "VirtualResource",
        "migration",
        "saved_soon",
    ],
    gameserver.client: [
        "DEFAULT_PORT",
        "Backoff",
        "Command",
        "Endpoint",
        "GameClient",
        "Hello",
        "Parameter",
        "Trust",
        "parse_endpoint",
    ],
    gameserver.testing: [
        "VERSIONS",
        "Released",
        "Rules",
        "Version",
        "Window",
        "World",
        "fuzz_releases",
        "released",
    ],
}


class ExportTests(SynchronousTestCase):
    """``__all__`` says what is public, and every name of it is there."""

    def test_pinned(self) -> None:
        """The public names are these."""
        for module, names in PUBLIC.items():
            self.assertEqual(sorted(module.__all__), sorted(names))

    def test_there(self) -> None:
        """Every public name exists and says what it is."""
        for module, names in PUBLIC.items():
            for name in names:
                self.assertIsNotNone(getattr(module, name))


class LazyTests(SynchronousTestCase):
    """Who needs none of the author's names does not wait for what they need."""

    def test_late(self) -> None:
        """Their modules are imported when one of them is asked for."""
        program = (
            "import sys, gameserver.cli_admin, gameserver.config\n"
            "heavy = {'gameserver.reload.engine', 'gameserver.model.avatar'}\n"
            "print(sorted(heavy & sys.modules.keys()))\n"
            "from gameserver import *\n"
            "print(sorted(heavy - sys.modules.keys()), Avatar.__name__)\n"
        )
        said = subprocess.check_output([sys.executable, "-c", program], text=True)
        self.assertEqual(said.splitlines(), ["[]", "[] Avatar"])

    def test_others(self) -> None:
        """Another name is not there, as in any module."""
        with self.assertRaisesRegex(AttributeError, "'gameserver' has no attribute"):
            _ = gameserver.Sword  # type: ignore[attr-defined]
        self.assertIn("Avatar", dir(gameserver))
