"""The numbers, as plain functions."""

from twisted.trial.unittest import SynchronousTestCase

from plugins.lantern_keep import rules
from plugins.lantern_keep.rooms import CASK_ROOM, ROOMS, SCORING_ROOM, START, exits
from plugins.lantern_keep.things import homes
from plugins.lantern_keep.words import clean, listed, match, plain
from tests.plugins.lantern_keep.keep_case import Loaded


class Numbers(SynchronousTestCase):
    def test_damage(self):
        """Sword beats fist, shield takes some off, and no blow heals."""
        fists = [rules.damage(sword=False, shield=shield) for shield in (False, True)]
        swords = [rules.damage(sword=True, shield=shield) for shield in (False, True)]
        self.assertEqual((fists, swords), ([1, 0], [2, 1]))

    def test_points(self):
        """Only a lit lantern in the Crypt brings a point."""
        self.assertEqual(rules.points(lit=True, in_crypt=True), 1)
        self.assertEqual(rules.points(lit=False, in_crypt=True), 0)
        self.assertEqual(rules.points(lit=True, in_crypt=False), 0)

    def test_refill_is_needed(self):
        """A round takes more oil than the lantern holds."""
        self.assertLess(rules.FULL_OIL, rules.POINTS_TO_WIN)

    def test_touch(self):
        """The shade's touch takes 1 life; a lucky shield turns it away."""
        low, high = Loaded(0.0), Loaded(0.99)
        self.assertEqual(rules.shade_touch(low, shield=False), 1)
        self.assertEqual(rules.shade_touch(low, shield=True), 0)
        self.assertEqual(rules.shade_touch(high, shield=True), 1)


class Map(SynchronousTestCase):
    def test_exits_lead_back(self):
        """Every way can be walked back."""
        for room in ROOMS:
            for beside in exits(room).values():
                self.assertIn(room, exits(beside).values())

    def test_named_rooms_exist(self):
        """Start, cask, crypt and the home of every thing are on the map."""
        named = {START, CASK_ROOM, SCORING_ROOM, *homes().values()}
        self.assertEqual(named - set(ROOMS), set())

    def test_start_and_cask_are_bright(self):
        """Newcomers and who needs oil are safe from the shade."""
        self.assertTrue(ROOMS[START].bright)
        self.assertTrue(ROOMS[CASK_ROOM].bright)


class Words(SynchronousTestCase):
    def test_plain(self):
        """Case, spaces and small words do not matter."""
        self.assertEqual(plain("  The  RED potion "), "red potion")

    def test_only_small_words(self):
        """A name that is a small word is still found."""
        self.assertEqual(match("the", ["bob", "The"]), "The")

    def test_order(self):
        """The whole name wins over a beginning, that over one word's beginning."""
        self.assertEqual(match("red", ["big red", "redder", "red"]), "red")
        self.assertEqual(match("red", ["big red", "redder"]), "redder")
        self.assertEqual(match("red", ["blue", "big red"]), "big red")

    def test_nothing(self):
        """No wish means nothing."""
        self.assertIsNone(match(" ", ["sword"]))
        self.assertIsNone(match("axe", ["sword"]))

    def test_listed(self):
        """Lists read like sentences."""
        self.assertEqual(listed([]), "nothing")
        self.assertEqual(listed(["a"]), "a")
        self.assertEqual(listed(["a", "b", "c"]), "a, b and c")

    def test_clean(self):
        """Lines become one, and what a terminal obeys is left out."""
        self.assertEqual(clean(" a\r\nb\t\x1b[31mc\u202e "), "a b [31mc")
