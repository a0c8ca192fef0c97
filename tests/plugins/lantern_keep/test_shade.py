"""The shade: where it goes, whom it hurts, and how it is scattered."""

from random import Random

from plugins.lantern_keep import rules
from plugins.lantern_keep.rooms import ROOMS, exits
from tests.plugins.lantern_keep.keep_case import KeepCase


class Touch(KeepCase):
    def setUp(self):
        super().setUp()
        self.put(self.ada, "Crypt")
        self.put(self.bob, "Gate")
        self.wake_shade("Crypt")
        self.clear()

    def test_dark(self):
        """In the dark it takes 1 life a tick from everybody in its room."""
        self.world.advance(3)
        self.assertEqual(self.world.avatar("ada").life, 7)
        self.assertEqual(self.world.avatar("bob").life, 10)
        self.assertEqual(self.shown(self.ada)["Life"], 7)

    def test_bright(self):
        """In a bright room it is harmless."""
        self.wake_shade("Gate")
        self.world.advance(3)
        self.assertEqual(self.world.avatar("bob").life, 10)

    def test_lantern(self):
        """In the light of the lantern it is harmless."""
        self.give(self.ada, "lantern")
        self.ada.call("use", "lantern")
        self.world.advance(3)
        self.assertEqual(self.world.avatar("ada").life, 10)

    def test_shield(self):
        """A shield turns its touch away when the dice are with it."""
        self.give(self.ada, "shield")
        self.world.advance(2)
        self.assertEqual(self.world.avatar("ada").life, 8)
        self.shade.dice.throw = rules.SHADE_RESTLESS
        self.world.advance(2)
        self.assertEqual(self.world.avatar("ada").life, 8)
        self.assertIn("Cold fingers slide off your shield.", self.told(self.ada))

    def test_faded(self):
        """Who has no window open is not touched."""
        self.ada.close()
        self.world.advance(3)
        self.assertEqual(self.world.avatar("ada").life, 10)

    def test_fall(self):
        """Its touch can make one fall."""
        self.world.advance(10)
        self.assertEqual(self.world.avatar("ada").room, "Gate")
        self.assertEqual(self.world.avatar("ada").life, 10)


class Wandering(KeepCase):
    def test_seeded(self):
        """With the same seed it walks the same way, one room at a time."""
        paths = []
        for _ in range(2):
            self.wake_shade("Crypt")
            self.shade.dice = Random(7)  # noqa: S311 - dice
            path = []
            for _ in range(60):
                self.world.advance(1)
                path.append(self.shade.room)
            paths.append(path)
        self.assertEqual(paths[0], paths[1])
        self.assertGreater(len(set(paths[0])), 1)
        for before, after in zip(["Crypt", *paths[0]], paths[0], strict=False):
            self.assertIn(after, [before, *exits(before).values()])

    def test_restless(self):
        """A low throw moves it, a high one does not."""
        self.wake_shade("Crypt", throw=0.0)
        self.world.advance(1)
        self.assertEqual(self.shade.room, "Tower")
        self.wake_shade("Crypt", throw=rules.SHADE_RESTLESS)
        self.world.advance(1)
        self.assertEqual(self.shade.room, "Crypt")

    def test_seen(self):
        """The room it leaves and the room it enters notice."""
        self.put(self.ada, "Crypt")
        self.put(self.bob, "Tower")
        self.wake_shade("Crypt", throw=0.0)
        self.world.advance(1)
        self.assertIn(
            "The shade pours out under the door to the Tower.", self.told(self.ada)
        )
        self.assertIn(
            "The light shrinks: the shade has come in from the Crypt.",
            self.told(self.bob),
        )

    def test_felt(self):
        """In the dark its coming is felt."""
        self.put(self.ada, "Armoury")
        self.wake_shade("Hall", throw=0.0)
        self.world.advance(1)
        self.assertEqual(
            self.told(self.ada),
            ["It grows colder. Something has come in from the Hall."],
        )

    def test_asleep(self):
        """While nobody is in the keep it stays where it is."""
        self.wake_shade("Crypt", throw=0.0)
        self.ada.close()
        self.bob.close()
        self.world.advance(10)
        self.assertEqual(self.shade.room, "Crypt")


class Scattering(KeepCase):
    def setUp(self):
        super().setUp()
        self.put(self.ada, "Tower")
        self.give(self.ada, "sword")
        self.wake_shade("Tower")

    def dissolve(self):
        for _ in range(2):
            self.ada.call("hit", "shade")
            self.world.advance(1)

    def test_hit(self):
        """A blow takes life from it, on the tick."""
        self.ada.call("hit", "the Shade")
        self.world.advance(1)
        self.assertEqual(self.shade.life, rules.SHADE_LIFE - rules.SWORD)
        self.assertIn("You hit the shade for 2.", self.told(self.ada))

    def test_dissolves(self):
        """Without life it dissolves, and is neither seen nor felt."""
        self.dissolve()
        self.assertIn("The shade tears like wet paper", self.told(self.ada)[-1])
        self.assertNotIn("shade", self.ada.call("look"))
        self.refused(self.ada, "hit", "shade")

    def test_harmless_when_gone(self):
        """Dissolved, it touches nobody."""
        self.dissolve()
        self.put(self.ada, "Crypt")
        self.shade.room = "Crypt"
        self.world.advance(3)
        self.assertEqual(self.world.avatar("ada").life, rules.FULL_LIFE)

    def test_gathers(self):
        """After a while it is back, whole, in another room, and everybody hears."""
        self.dissolve()
        self.clear()
        self.world.advance(rules.SHADE_GONE - 2)  # keep and shade tick in any order
        self.assertTrue(self.shade.gone)
        self.world.advance(2)
        self.assertFalse(self.shade.gone)
        self.assertEqual(self.shade.life, rules.SHADE_LIFE)
        self.assertIn(self.shade.room, set(ROOMS) - {"Tower"})
        for window in (self.ada, self.bob):
            self.assertEqual(
                self.told(window),
                ["All over the keep the air turns cold: the shade is back."],
            )

    def test_scattered_together(self):
        """Two who scatter it with blows of one tick are told once."""
        self.put(self.bob, "Tower")
        self.shade.life = 1
        self.ada.call("hit", "shade")
        self.bob.call("hit", "shade")
        self.world.advance(1)
        told = [line for line in self.told(self.bob) if "wet paper" in line]
        self.assertEqual(len(told), 1)

    def test_left(self):
        """A blow at a shade that has moved on meets only air."""
        self.ada.call("hit", "shade")
        self.shade.room = "Hall"
        self.world.advance(1)
        self.assertEqual(self.shade.life, rules.SHADE_LIFE)
        self.assertIn("Your blow meets only air.", self.told(self.ada))

    def test_a_player_of_that_name(self):
        """A player called shade can be told from the shade."""
        self.put(self.world.login("shade"), "Tower")
        self.ada.call("hit", "shade")
        self.world.advance(1)
        self.assertEqual(self.shade.life, rules.SHADE_LIFE - rules.SWORD)
        self.assertEqual(self.world.avatar("shade").life, rules.FULL_LIFE)
