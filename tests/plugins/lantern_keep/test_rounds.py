"""Points, and what happens at the end of a round."""

from plugins.lantern_keep import rules, text
from plugins.lantern_keep.things import homes
from tests.plugins.lantern_keep.keep_case import KeepCase


class Scoring(KeepCase):
    def setUp(self):
        super().setUp()
        self.give(self.ada, "lantern")
        self.put(self.ada, "Crypt")
        self.keep.lantern.is_lit = True

    def score(self):
        return self.world.avatar("ada").score

    def test_point_a_tick(self):
        """Holding the lit lantern in the Crypt brings a point a tick."""
        self.world.advance(3)
        self.assertEqual(self.score(), 3)
        self.assertEqual(self.shown(self.ada)["Score"], 3)

    def test_unlit(self):
        """A lantern that is out brings nothing."""
        self.keep.lantern.is_lit = False
        self.world.advance(3)
        self.assertEqual(self.score(), 0)

    def test_elsewhere(self):
        """Another room brings nothing."""
        self.put(self.ada, "Tower")
        self.world.advance(3)
        self.assertEqual(self.score(), 0)

    def test_lying(self):
        """A lantern on the floor brings nobody anything."""
        self.ada.call("drop", "lantern")
        self.world.advance(3)
        self.assertEqual(self.score(), 0)

    def test_last_drop(self):
        """The last drop of oil still brings its point."""
        self.keep.lantern.oil = 2
        self.world.advance(5)
        self.assertEqual(self.score(), 2)

    def test_one_filling_does_not_win(self):
        """One filling is not enough for a round."""
        self.world.advance(rules.POINTS_TO_WIN)
        self.assertEqual(self.score(), rules.FULL_OIL)
        self.assertEqual(self.keep.round_number, 1)

    def test_everybody_hears(self):
        """Everybody hears of the first point, wherever they are."""
        self.put(self.bob, "Hall")
        self.clear()
        self.world.advance(1)
        self.assertEqual(
            self.told(self.bob), ["ada holds the light in the Crypt: 1 of 30."]
        )

    def test_score_and_who(self):
        """`score` and `who` show points and rounds won."""
        self.world.advance(2)
        self.assertEqual(
            self.ada.call("score"),
            "Round 1: you have 2 of 30 points. Rounds won: 0.\n"
            "Life 10 of 10. You carry a lantern (lit, oil 18).",
        )
        self.assertEqual(
            self.bob.call("who"),
            "In the keep: ada (points 2, rounds won 0), bob (points 0, rounds won 0).",
        )


class EndOfRound(KeepCase):
    def setUp(self):
        super().setUp()
        self.give(self.ada, "lantern", "sword")
        self.put(self.ada, "Crypt").score = rules.POINTS_TO_WIN - 1
        self.put(self.bob, "Hall").score = 7
        self.world.avatar("bob").life = 2
        self.give(self.bob, "red potion")
        self.keep.lantern.is_lit = True

    def test_announced(self):
        """Everybody hears who won, and that the next round begins."""
        self.world.advance(1)
        lines = [
            "The light in the Crypt burns for ada, who wins round 1!",
            text.ROUND_BEGINS.format(round=2),
        ]
        self.assertEqual(self.told(self.ada), lines)
        self.assertEqual(self.told(self.bob), lines)

    def test_win_counts(self):
        """The winner has a round more, and keeps it; nobody else does."""
        self.world.advance(1)
        self.assertEqual(self.world.avatar("ada").wins, 1)
        self.assertEqual(self.world.avatar("bob").wins, 0)

    def test_players_begin_afresh(self):
        """Everybody is at the Gate, with full life and no points."""
        self.world.advance(1)
        for window in (self.ada, self.bob):
            self.assertEqual(
                self.shown(window), {"Room": "Gate", "Life": 10, "Score": 0, "Round": 2}
            )

    def test_things_are_home(self):
        """All things are back in their places, the lantern full and out."""
        self.keep.things.use_up("red potion")
        self.world.advance(1)
        self.assertEqual(self.keep.things.lying, homes())
        self.assertEqual(self.keep.things.held, {})
        self.assertEqual(self.keep.lantern.oil, rules.FULL_OIL)
        self.assertFalse(self.keep.lantern.is_lit)

    def test_away(self):
        """Who was away comes back to the new round, at the Gate; wins are kept."""
        self.world.avatar("bob").wins = 3
        self.bob.close()
        self.world.advance(1)
        bob = self.world.login("bob")
        self.assertEqual(
            self.shown(bob), {"Room": "Gate", "Life": 10, "Score": 0, "Round": 2}
        )
        self.assertEqual(self.world.avatar("bob").wins, 3)

    def test_next_round(self):
        """The next round can be won, too."""
        self.world.advance(1)
        self.give(self.bob, "lantern")
        self.put(self.bob, "Crypt").score = rules.POINTS_TO_WIN - 1
        self.keep.lantern.is_lit = True
        self.world.advance(1)
        self.assertEqual(self.keep.round_number, 3)
        self.assertEqual(self.world.avatar("bob").wins, 1)
