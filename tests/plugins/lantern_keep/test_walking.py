"""Walking round the ring, and looking."""

from tests.plugins.lantern_keep.keep_case import KeepCase


class Walking(KeepCase):
    def test_ring(self):
        """Five steps clockwise lead through every room and back."""
        rooms = []
        for _ in range(5):
            self.ada.call("go", "clockwise")
            rooms.append(self.world.avatar("ada").room)
        self.assertEqual(rooms, ["Hall", "Armoury", "Crypt", "Tower", "Gate"])

    def test_back(self):
        """Anticlockwise undoes clockwise."""
        self.ada.call("go", "clockwise")
        self.ada.call("go", "anticlockwise")
        self.assertEqual(self.world.avatar("ada").room, "Gate")

    def test_by_name(self):
        """A room beside this one is reached by its name, in any case, or a part."""
        for wish, room in [("hall", "Hall"), ("To the GATE", "Gate"), ("tow", "Tower")]:
            self.ada.call("go", wish)
            self.assertEqual(self.world.avatar("ada").room, room)

    def test_other_words(self):
        """Directions have other words."""
        self.ada.call("go", "cw")
        self.ada.call("go", "counterclockwise")
        self.assertEqual(self.world.avatar("ada").room, "Gate")

    def test_walker_is_shown_the_room(self):
        """Who walks is shown the new room and its ways."""
        self.ada.call("go", "hall")
        self.assertIn("hearth", self.told(self.ada)[-1])
        self.assertIn(
            "Ways: Armoury (clockwise), Gate (anticlockwise).", self.told(self.ada)[-1]
        )
        self.assertEqual(self.shown(self.ada)["Room"], "Hall")

    def test_both_rooms_notice(self):
        """The room left and the room entered are told."""
        self.put(self.bob, "Hall")
        carol = self.world.login("carol")
        carol.clear()
        self.ada.call("go", "hall")
        self.assertEqual(self.told(carol), ["ada leaves for the Hall."])
        self.assertEqual(self.told(self.bob), ["ada comes in from the Gate."])

    def test_not_beside(self):
        """A room that is not beside this one is refused, with the ways there are."""
        error = self.refused(self.ada, "go", "crypt")
        self.assertEqual(error.code, "no-way")
        self.assertEqual(
            error.text,
            "The Crypt is not beside the Gate. "
            "Ways: Hall (clockwise), Tower (anticlockwise).",
        )

    def test_unknown_way(self):
        """An unknown word is refused, with the ways there are."""
        error = self.refused(self.ada, "go", "north")
        self.assertIn("no way to 'north' from the Gate. Ways: Hall", error.text)

    def test_here_already(self):
        """Going where one is says so."""
        error = self.refused(self.ada, "go", "gate")
        self.assertIn("You are in the Gate already.", error.text)

    def test_refused_walk_changes_nothing(self):
        """After a refusal everybody is where they were, and nobody heard of it."""
        self.refused(self.ada, "go", "crypt")
        self.assertEqual(self.world.avatar("ada").room, "Gate")
        self.assertEqual(self.bob.heard, [])


class Looking(KeepCase):
    def test_room(self):
        """Looking shows the room, the ways, the things and the people."""
        self.put(self.ada, "Hall")
        self.put(self.bob, "Hall")
        seen = self.ada.call("look").splitlines()
        self.assertTrue(seen[0].startswith("Hall. A long table"))
        self.assertEqual(seen[1], "Ways: Armoury (clockwise), Gate (anticlockwise).")
        self.assertEqual(seen[2], "Within reach: a shield and a red potion.")
        self.assertEqual(seen[3], "Here: bob.")

    def test_lantern(self):
        """The lantern is listed with its flame and oil."""
        self.put(self.ada, "Tower")
        self.assertIn("a lantern (out, oil 20)", self.ada.call("look"))

    def test_shade(self):
        """The shade is seen in the light."""
        self.wake_shade("Gate")
        self.assertIn("The shade hangs in a corner", self.ada.call("look"))

    def test_only_the_asker_reads_it(self):
        """A look is an answer, not an event."""
        self.ada.call("look")
        self.assertEqual(self.ada.heard, [])

    def test_thing(self):
        """Looking at a thing describes it."""
        self.assertIn("Black oak", self.ada.call("look", "the cask"))
        self.give(self.ada, "sword")
        self.assertIn("Notched", self.ada.call("look", "sword"))

    def test_person(self):
        """Looking at somebody shows what they carry and how they are."""
        self.give(self.bob, "sword", "shield")
        self.assertEqual(
            self.ada.call("look", "bob"),
            "bob carries a sword and a shield. Life 10 of 10.",
        )

    def test_shade_itself(self):
        """Looking at the shade describes it."""
        self.wake_shade("Gate")
        self.assertIn("tear in the air", self.ada.call("look", "shade"))

    def test_unknown(self):
        """What is not here is refused with a hint."""
        error = self.refused(self.ada, "look", "dragon")
        self.assertEqual(error.code, "not-here")
        self.assertIn("You see no 'dragon'. `look` alone", error.text)
