"""Public names are pinned: a name that comes or goes is a decision, not an accident."""

from __future__ import annotations

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
