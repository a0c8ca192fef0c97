"""Windows, leaving, coming back, and restarts of the server."""

from gameserver.testing import World
from plugins.lantern_keep import Keep, Player, Shade
from tests.plugins.lantern_keep.keep_case import KeepCase


class Windows(KeepCase):
    def test_welcome(self):
        """A new window is told what the game is, where one is, and how one is."""
        carol = self.world.login("carol")
        welcome, room = self.told(carol)
        self.assertIn("30 points win", welcome)
        self.assertTrue(room.startswith("Gate."))
        self.assertEqual(
            self.shown(carol), {"Room": "Gate", "Life": 10, "Score": 0, "Round": 1}
        )

    def test_newcomer_is_seen(self):
        """The room sees somebody come and fade."""
        carol = self.world.login("carol")
        carol.close()
        self.assertEqual(
            self.told(self.bob),
            ["carol steps out of the mist.", "carol fades like breath on glass."],
        )

    def test_two_windows_share(self):
        """Two windows on one name are one player, and both hear everything."""
        second = self.world.login("ada")
        second.clear()
        second.call("go", "hall")
        self.ada.call("take", "shield")
        self.assertEqual(self.ada.heard, second.heard)
        self.assertEqual(self.told(second)[-1], "You take the shield.")

    def test_second_window_is_no_newcomer(self):
        """A second window is nothing for the others to see, nor is its end."""
        self.world.login("ada").close()
        self.assertEqual(self.bob.heard, [])

    def test_announcements_in_every_window(self):
        """Each window hears what everybody hears, once."""
        second = self.world.login("ada")
        second.clear()
        self.bob.call("shout", "hey")
        self.assertEqual(self.told(second), ["bob shouts: hey"])
        self.assertEqual(self.told(self.ada), ["bob shouts: hey"])

    def test_status_only_when_changed(self):
        """The status is sent when it changes, not at every tick."""
        self.world.advance(5)
        self.assertEqual(self.ada.heard, [])

    def test_without_a_mind(self):
        """A client that hears nothing can play."""
        deaf = self.world.login("carol", mind=5)
        deaf.call("go", "hall")
        self.assertEqual(self.world.avatar("carol").room, "Hall")


class Leaving(KeepCase):
    def test_same_place(self):
        """Who comes back is in the same room, with the same life and points."""
        self.put(self.ada, "Tower").score = 4
        self.world.avatar("ada").life = 6
        self.ada.close()
        self.world.advance(1000)
        ada = self.world.login("ada")
        self.assertEqual(
            self.shown(ada), {"Room": "Tower", "Life": 6, "Score": 4, "Round": 1}
        )

    def test_things(self):
        """Who comes back has what they carried."""
        self.give(self.ada, "sword", "red potion")
        self.ada.close()
        self.world.advance(1000)
        ada = self.world.login("ada")
        self.assertEqual(ada.call("inventory"), "You carry a sword and a red potion.")

    def test_unseen(self):
        """Who has no window open is neither seen, listed, nor a target."""
        self.ada.close()
        self.assertNotIn("ada", self.bob.call("look"))
        self.assertNotIn("ada", self.bob.call("who"))
        self.refused(self.bob, "hit", "ada")


class Restart(KeepCase):
    def test_everything_is_kept(self):
        """A restart of the server keeps players, things, lantern, shade and round."""
        self.put(self.ada, "Tower").score = 12
        self.world.avatar("ada").wins = 2
        self.world.avatar("ada").life = 4
        self.give(self.ada, "lantern", "sword")
        self.keep.lantern.oil, self.keep.lantern.is_lit = 9, True
        self.keep.round_number = self.world.avatar("ada").round_number = 5
        self.keep.things.use_up("sword")
        self.shade.room, self.shade.life, self.shade.gone = "Hall", 1, 3
        self.world.restart()
        ada = self.world.login("ada")
        self.assertEqual(
            self.shown(ada),
            {"Room": "Tower", "Life": 4, "Oil": 9, "Score": 12, "Round": 5},
        )
        self.assertIn("Rounds won: 2.", ada.call("score"))
        self.assertEqual(ada.call("inventory"), "You carry a lantern (lit, oil 9).")
        self.assertNotIn("sword", self.keep.things.lying)
        kept = (self.shade.room, self.shade.life, self.shade.gone)
        self.assertEqual(kept, ("Hall", 1, 3))

    def test_time_goes_on(self):
        """After a restart the ticks go on."""
        self.give(self.ada, "lantern")
        self.keep.lantern.is_lit = True
        self.world.restart()
        self.world.login("ada")
        self.world.advance(2)
        self.assertEqual(self.keep.lantern.oil, 18)

    def test_order_of_services(self):
        """The services may start in any order."""
        world = World(Player, services=[Shade, Keep])
        ada = world.login("ada")
        world.advance(5)
        self.assertIn("Gate", ada.call("look"))
        world.close()


class NewNames(KeepCase):
    """Accounts come and go, names stay."""

    def test_empty_hands(self):
        """Whoever is new under an old name begins with empty hands."""
        self.keep.things.held["red potion"] = "carol"
        self.keep.things.lying.pop("red potion", None)
        carol = self.world.login("carol")
        self.assertNotIn("potion", carol.call("inventory"))
        self.assertIn("red potion", self.keep.things.in_room("Gate"))
