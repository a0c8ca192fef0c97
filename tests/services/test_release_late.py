"""A release that its engine undoes late leaves nobody stored in its version."""

from __future__ import annotations

from gameserver.model.release_row import Outcome
from tests.services.release_case import MOOD, PLAYER, ReleaseCase
from tests.services.test_release_unentered import LATE, with_rest

OLD = with_rest(PLAYER, "coins").replace(
    "self.every(", 'if self.name == "ada": self.every('
)
NEW = with_rest(MOOD, "gold").replace(
    'return {"gold"', '100 // state["coins"]\n        return {"gold"'
)


class LateTests(ReleaseCase):
    """Ada is migrated and idle; bob cannot be migrated."""

    texts = {"player": OLD, "other": "LIMIT = 1\n"}

    def test_idle(self) -> None:
        """Who was migrated stays in memory until all are, and so goes back with all.

        A new service that does not start keeps the slices from beginning.
        """
        bob = self.world.login("bob")
        self.ada.close()
        self.world.advance(295.5)
        coins = self.world.avatar("ada").coins
        self.plugins.put(player=NEW, other=LATE)
        begun = self.begin(self.service.release("eve", "here"))
        self.world.advance(6.0)
        self.assertEqual(self.snapshot("avatar", "ada").version, 2)
        self.assertIsNotNone(self.world.game.roster.get("ada"))
        self.assertEqual(bob.call("earn"), 1)
        self.world.advance(6.0)
        self.failureResultOf(begun)
        self.turns()
        self.assertIs(self.stored(1).outcome, Outcome.UNDONE)
        self.assertEqual(self.snapshot("avatar", "ada").version, 1)
        self.world.advance(301.0)
        self.assertIsNone(self.world.game.roster.get("ada"))
        self.assertGreater(self.world.login("ada").call("earn"), coins)
