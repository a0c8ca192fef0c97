"""Whatever players do, the keep holds together."""

from random import Random

from gameserver import GameError
from plugins.lantern_keep import rules
from plugins.lantern_keep.items import CASK, ITEMS, LANTERN, SHIELD, SWORD
from plugins.lantern_keep.rooms import ROOMS
from tests.plugins.lantern_keep.keep_case import KeepCase

STEPS = 400
WORDS = {
    "go": [*ROOMS, "clockwise", "anticlockwise", "up"],
    "take": [*ITEMS, CASK, "moon"],
    "drop": [*ITEMS],
    "use": [*ITEMS, "cask", ""],
    "hit": ["shade", "ada", "bob", ""],
    "look": ["", "shade", "lantern", "bob"],
    "say": ["hello", ""],
    "shout": ["hello"],
}
REFUSALS = {
    *("no-way", "not-here", "not-carried", "too-dark", "dry", "full"),
    *("unhurt", "just-carry", "silence"),
}


class AnythingGoes(KeepCase):
    """Two players who type at random, come and go, and a server that restarts."""

    def step(self, dice):
        window = dice.choice([self.ada, self.bob])
        throw = dice.random()
        if throw < 0.02:
            self.world.restart()
            self.shade.dice = dice
            self.ada, self.bob = self.world.login("ada"), self.world.login("bob")
        elif throw < 0.05:
            window.close()
            self.world.advance(dice.choice([1, 20]))
            setattr(self, window.name, self.world.login(window.name))
        else:
            self.command(window, dice)
        self.world.advance(dice.choice([0, 0, 0.5, 1]))

    def command(self, window, dice):
        verb = dice.choice(list(WORDS))
        try:
            window.call(verb, dice.choice(WORDS[verb]))
        except GameError as error:
            self.assertIn(error.code, REFUSALS, error.text)
            self.assertTrue(error.text)

    def check(self):
        things, lantern = self.keep.things, self.keep.lantern
        self.assertEqual(set(things.lying) & set(things.held), set())
        self.assertLessEqual({LANTERN, SWORD, SHIELD}, {*things.lying, *things.held})
        self.assertLessEqual(set(things.lying.values()), set(ROOMS))
        self.assertIn(lantern.oil, range(rules.FULL_OIL + 1))
        self.assertFalse(lantern.is_lit and not lantern.oil)
        self.assertIn(self.shade.room, ROOMS)
        for name in ("ada", "bob"):
            player = self.world.avatar(name)
            self.assertIn(player.life, range(1, rules.FULL_LIFE + 1))
            self.assertIn(player.score, range(rules.POINTS_TO_WIN))
            self.assertEqual(player.round_number, self.keep.round_number)

    def test_it_holds(self):
        """No call and no tick fails, nothing is lost or doubled, all numbers fit."""
        for seed in range(10):
            dice = Random(seed)  # noqa: S311 - dice
            self.wake_shade("Crypt")
            self.shade.dice = dice
            for _ in range(STEPS):
                self.step(dice)
                self.check()
