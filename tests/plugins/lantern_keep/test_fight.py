"""Blows land on the tick."""

from plugins.lantern_keep import rules
from tests.plugins.lantern_keep.keep_case import KeepCase


class Blows(KeepCase):
    def life(self, name):
        return self.world.avatar(name).life

    def test_on_the_tick(self):
        """A blow takes nothing before the tick, and lands once."""
        self.ada.call("hit", "bob")
        self.assertEqual(self.life("bob"), rules.FULL_LIFE)
        self.world.advance(1)
        self.assertEqual(self.life("bob"), rules.FULL_LIFE - rules.FIST)
        self.world.advance(5)
        self.assertEqual(self.life("bob"), rules.FULL_LIFE - rules.FIST)

    def test_one_a_tick(self):
        """However often one hits between two ticks, one blow lands."""
        for _ in range(5):
            self.ada.call("hit", "bob")
        self.world.advance(1)
        self.assertEqual(self.life("bob"), rules.FULL_LIFE - rules.FIST)

    def test_told(self):
        """Both fighters and the room are told, each in their own words."""
        carol = self.world.login("carol")
        self.clear()
        carol.clear()
        self.ada.call("hit", "bob")
        self.world.advance(1)
        swing = "You draw back your fist at bob."
        self.assertEqual(self.told(self.ada), [swing, "You hit bob for 1."])
        warning = "ada draws back to hit you. One second to get away, or hit back."
        self.assertEqual(self.told(self.bob), [warning, "ada hits you for 1."])
        self.assertEqual(self.told(carol), ["ada hits bob for 1."])

    def test_sword(self):
        """A sword cuts deeper than a fist."""
        self.give(self.ada, "sword")
        self.ada.call("hit", "bob")
        self.world.advance(1)
        self.assertEqual(self.life("bob"), rules.FULL_LIFE - rules.SWORD)

    def test_sword_taken_after_the_swing(self):
        """What counts is what one carries when the blow lands."""
        self.ada.call("hit", "bob")
        self.give(self.ada, "sword")
        self.world.advance(1)
        self.assertEqual(self.life("bob"), rules.FULL_LIFE - rules.SWORD)

    def test_shield(self):
        """A shield weakens a sword and stops a fist."""
        self.give(self.bob, "shield")
        self.ada.call("hit", "bob")
        self.world.advance(1)
        self.assertEqual(self.life("bob"), rules.FULL_LIFE)
        self.give(self.ada, "sword")
        self.ada.call("hit", "bob")
        self.world.advance(1)
        self.assertEqual(self.life("bob"), rules.FULL_LIFE - 1)

    def test_away_in_time(self):
        """Who leaves the room before the tick is not hit."""
        self.ada.call("hit", "bob")
        self.bob.call("go", "hall")
        self.world.advance(1)
        self.assertEqual(self.life("bob"), rules.FULL_LIFE)
        self.assertIn("Your blow meets only air.", self.told(self.ada))

    def test_faded(self):
        """Who has no window open is not hit."""
        self.ada.call("hit", "bob")
        self.bob.close()
        self.world.advance(1)
        self.assertEqual(self.life("bob"), rules.FULL_LIFE)

    def test_left_over(self):
        """A blow raised before leaving is forgotten on coming back."""
        self.ada.call("hit", "bob")
        self.ada.close()
        self.world.advance(1)
        self.world.login("ada")
        self.world.advance(1)
        self.assertEqual(self.life("bob"), rules.FULL_LIFE)

    def test_shield_is_told(self):
        """Everybody in the room is told of a blow that a shield stops."""
        self.give(self.bob, "shield")
        carol = self.world.login("carol")
        carol.clear()
        self.ada.call("hit", "bob")
        self.world.advance(1)
        self.assertIn("Your blow glances off bob's shield.", self.told(self.ada))
        self.assertIn("ada's blow glances off your shield.", self.told(self.bob))
        self.assertIn("ada's blow glances off bob's shield.", self.told(carol))

    def test_two_against_one(self):
        """Who falls by two blows of one tick falls once, and wakes unhurt."""
        carol = self.world.login("carol")
        self.put(carol, "Hall").life = 1
        self.put(self.ada, "Hall")
        self.put(self.bob, "Hall")
        self.clear()
        self.ada.call("hit", "carol")
        self.bob.call("hit", "carol")
        self.world.advance(1)
        self.assertEqual(self.life("carol"), rules.FULL_LIFE)
        falls = "carol falls, dropping everything, and is gone."
        self.assertEqual(self.told(self.ada).count(falls), 1)

    def test_together(self):
        """Blows of one tick land together: both may fall, and a sword counts still."""
        self.world.avatar("ada").life, self.world.avatar("bob").life = 1, rules.SWORD
        self.give(self.ada, "sword")
        self.put(self.ada, "Hall")
        self.put(self.bob, "Hall")
        self.ada.call("hit", "bob")
        self.bob.call("hit", "ada")
        self.world.advance(1)
        self.assertEqual(self.world.avatar("ada").room, "Gate")
        self.assertEqual(self.world.avatar("bob").room, "Gate")

    def test_without_a_name(self):
        """With one possible target no name is needed."""
        self.ada.call("hit")
        self.world.advance(1)
        self.assertEqual(self.life("bob"), rules.FULL_LIFE - rules.FIST)


class Refusals(KeepCase):
    def test_whom(self):
        """With several possible targets a name is needed."""
        self.wake_shade("Gate")
        error = self.refused(self.ada, "hit")
        self.assertEqual(error.text, "Hit whom? You could hit the shade and bob.")

    def test_nobody(self):
        """Alone one is told to find somebody."""
        self.put(self.ada, "Hall")
        self.assertIn("nobody here to hit", self.refused(self.ada, "hit", "bob").text)

    def test_unknown(self):
        """An unknown name is refused with whom one could hit."""
        error = self.refused(self.ada, "hit", "carol")
        self.assertEqual(error.code, "not-here")
        self.assertEqual(
            error.text, "There is no 'carol' here to hit. You could hit bob."
        )

    def test_oneself(self):
        """Nobody hits themselves."""
        self.assertEqual(self.refused(self.ada, "hit", "ada").code, "not-here")


class Falling(KeepCase):
    def setUp(self):
        super().setUp()
        self.put(self.ada, "Armoury")
        self.put(self.bob, "Armoury").life = 1
        self.give(self.bob, "lantern", "shield", "blue potion")
        self.give(self.ada, "sword")
        self.world.avatar("bob").score = 9
        self.ada.call("hit", "bob")
        self.world.advance(1)

    def test_wakes(self):
        """Who falls wakes at the Gate with full life, and keeps the points."""
        self.assertEqual(
            self.shown(self.bob), {"Room": "Gate", "Life": 10, "Score": 9, "Round": 1}
        )

    def test_things_stay(self):
        """Everything lies where its holder fell."""
        self.assertEqual(self.keep.things.of("bob"), [])
        self.assertIn("lantern", self.keep.things.in_room("Armoury"))
        self.assertIn("blue potion", self.keep.things.in_room("Armoury"))

    def test_told(self):
        """The one who falls and the others in the room are told."""
        self.assertIn("You fall, and drop all you carry.", self.told(self.bob)[2])
        self.assertIn(
            "bob falls, dropping everything, and is gone.", self.told(self.ada)
        )
