"""One round from the first login to the win, by commands alone."""

from pathlib import Path
from random import Random

from twisted.trial.unittest import SynchronousTestCase

from gameserver.testing import World

PLUGINS = Path(__file__).parents[3] / "plugins"


class WholeGame(SynchronousTestCase):
    """ada fetches the lantern; bob takes it from her, and wins after two refills."""

    def setUp(self):
        self.world = World.of_plugins(PLUGINS)
        self.addCleanup(self.world.close)
        self.world.service("shade").dice = Random(3)  # noqa: S311 - dice
        self.ada, self.bob = self.world.login("ada"), self.world.login("bob")

    def play(self, window, *commands):
        for command in commands:
            verb, _, words = command.partition(" ")
            self.assertIsNone(window.call(verb, *([words] if words else [])))

    def fight_until_gone(self, fighter, target):
        """Hit until there is nobody of that name in the room; give the blows."""
        blows = 0
        while target in fighter.call("look"):
            fighter.call("hit", target)
            self.world.advance(1)
            blows += 1
        return blows

    def burn_down(self, bearer):
        """Stay in the Crypt, fighting the shade, until the oil or the round ends."""
        while self.status(bearer).get("Oil"):
            if "shade" in bearer.call("look"):
                self.play(bearer, "hit shade")
            self.world.advance(1)

    def status(self, window):
        return [event[1] for event in window.heard if event[0] == "status"][-1]

    def test_round(self):
        """Two players can play a round to its end, and the next one begins."""
        self.play(self.ada, "go tower", "take the lantern", "use lantern", "go crypt")
        self.play(self.bob, "go hall", "take shield", "go armoury", "take sword")
        self.world.advance(6)
        self.assertEqual(self.status(self.ada)["Score"], 6)

        self.play(self.bob, "go crypt", "say the lantern, please")
        self.assertIn(("tell", "bob says: the lantern, please"), self.ada.heard)
        self.assertEqual(self.fight_until_gone(self.bob, "ada"), 5)
        self.assertEqual(self.status(self.ada)["Room"], "Gate")

        self.play(self.bob, "take lantern")
        self.burn_down(self.bob)
        self.assertLess(self.status(self.bob)["Score"], 30)
        self.play(self.bob, "go tower", "go gate", "use cask", "use lantern")
        self.play(self.ada, "hit bob", "shout he is at the gate!")
        self.play(self.bob, "go tower", "go crypt")
        self.burn_down(self.bob)
        self.play(self.bob, "go tower", "go gate", "use cask", "use lantern")
        self.play(self.bob, "go tower", "go crypt")
        self.burn_down(self.bob)
        self.assert_new_round()

    def assert_new_round(self):
        won = ("tell", "The light in the Crypt burns for bob, who wins round 1!")
        for window in (self.ada, self.bob):
            self.assertIn(won, window.heard)
            expected = {"Room": "Gate", "Life": 10, "Score": 0, "Round": 2}
            self.assertEqual(self.status(window), expected)
        self.assertIn("bob (points 0, rounds won 1)", self.ada.call("who"))
        self.play(self.ada, "go tower", "take lantern")
