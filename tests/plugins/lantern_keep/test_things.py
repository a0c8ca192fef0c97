"""Taking, dropping, using: what is in whose hands."""

from tests.plugins.lantern_keep.keep_case import KeepCase


class Taking(KeepCase):
    def setUp(self):
        super().setUp()
        self.put(self.ada, "Hall")
        self.put(self.bob, "Hall")

    def test_take(self):
        """A thing taken is in hand, no longer on the floor, and the room knows."""
        self.assertIsNone(self.ada.call("take", "shield"))
        self.assertEqual(self.ada.call("inventory"), "You carry a shield.")
        self.assertNotIn("shield", self.bob.call("look").splitlines()[2])
        self.assertEqual(self.told(self.ada), ["You take the shield."])
        self.assertEqual(self.told(self.bob), ["ada takes the shield."])

    def test_forgiving_names(self):
        """Case, articles, a beginning, or one word of the name are enough."""
        for wish in ("the SHIELD", "a  shield", "shi", "potion", "Red Potion", "red"):
            self.ada.call("take", wish)
            self.ada.call("drop", wish)
        self.assertEqual(self.ada.call("inventory"), "You carry nothing.")

    def test_nothing_such(self):
        """An unknown thing is refused with what lies here."""
        error = self.refused(self.ada, "take", "crown")
        self.assertEqual(error.code, "not-here")
        self.assertEqual(
            error.text,
            "There is no 'crown' to take. Within reach: a shield and a red potion.",
        )

    def test_held_already(self):
        """Taking what one carries says what can be done with it."""
        self.give(self.ada, "shield")
        error = self.refused(self.ada, "take", "shield")
        self.assertIn("You carry the shield already.", error.text)

    def test_held_by_another(self):
        """A thing in another's hands is not taken; one is told how it could fall."""
        self.give(self.bob, "shield")
        error = self.refused(self.ada, "take", "shield")
        self.assertIn("bob holds the shield.", error.text)
        self.assertIn("`hit bob`", error.text)

    def test_cask(self):
        """The cask stays where it is."""
        self.put(self.ada, "Gate")
        error = self.refused(self.ada, "take", "cask")
        self.assertIn("`use cask`", error.text)

    def test_only_once(self):
        """Of two who take the same thing, the first one has it."""
        self.ada.call("take", "shield")
        self.refused(self.bob, "take", "shield")
        self.assertEqual(self.keep.things.of("ada"), ["shield"])
        self.assertEqual(self.keep.things.of("bob"), [])


class Dropping(KeepCase):
    def test_drop(self):
        """A thing dropped lies in the room, and the room knows."""
        self.give(self.ada, "sword")
        self.ada.call("drop", "sword")
        self.assertIn("a sword", self.bob.call("look"))
        self.assertEqual(self.told(self.bob), ["ada puts the sword down."])

    def test_not_carried(self):
        """Dropping what one does not carry is refused with what one carries."""
        self.give(self.ada, "shield")
        error = self.refused(self.ada, "drop", "sword")
        self.assertEqual(error.code, "not-carried")
        self.assertEqual(error.text, "You do not carry 'sword'. You carry a shield.")


class Using(KeepCase):
    def test_potion(self):
        """A potion gives life back, once."""
        self.world.avatar("ada").life = 3
        self.give(self.ada, "red potion")
        self.ada.call("use", "potion")
        self.assertEqual(self.shown(self.ada)["Life"], 8)
        self.assertEqual(self.ada.call("inventory"), "You carry nothing.")
        self.assertEqual(self.told(self.bob), ["ada drinks the red potion."])

    def test_potion_has_its_limit(self):
        """No potion gives more than full life."""
        self.world.avatar("ada").life = 9
        self.give(self.ada, "red potion")
        self.ada.call("use", "potion")
        self.assertEqual(self.world.avatar("ada").life, 10)

    def test_potion_unhurt(self):
        """A potion is not wasted on somebody unhurt."""
        self.give(self.ada, "red potion")
        self.assertEqual(self.refused(self.ada, "use", "potion").code, "unhurt")
        self.assertEqual(self.keep.things.of("ada"), ["red potion"])

    def test_lying(self):
        """A thing on the floor has to be taken first."""
        self.put(self.ada, "Tower")
        error = self.refused(self.ada, "use", "lantern")
        self.assertEqual(error.code, "not-carried")
        self.assertIn("First `take lantern`", error.text)

    def test_not_carried(self):
        """Using what one does not carry is refused with what one carries."""
        error = self.refused(self.ada, "use", "potion")
        self.assertEqual(error.text, "You do not carry 'potion'. You carry nothing.")

    def test_sword_and_shield(self):
        """Sword and shield work by being carried."""
        self.give(self.ada, "sword", "shield")
        for thing in ("sword", "shield"):
            error = self.refused(self.ada, "use", thing)
            self.assertEqual(error.code, "just-carry")
            self.assertIn("`hit`", error.text)
