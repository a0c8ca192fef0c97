"""Instances carried at once, on first touch, or in slices; and back."""

from __future__ import annotations

import gc
import itertools
import weakref

from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import ReleaseRefused, UndoRefused
from tests.reload.game import Game

HEAD = "from gameserver.reload import Reloadable\n"
PLAIN = HEAD + "class Player(Reloadable):\n  def __init__(self): self.mood = 1\n"
HOOK = PLAIN + "  def reloaded(self): self.mood += 10\n"
FAILS = PLAIN + (
    "  def reloaded(self):\n    self.mood += 10\n"
    "    if self.mood == 12: raise LookupError\n"
)
FRIENDS = PLAIN.replace("mood = 1", "mood = 1; self.friends = {1}")
LONELY = FRIENDS + "  def reloaded(self): del self.friends\n"
SLOTS = HEAD + (
    "class Player(Reloadable):\n  __slots__ = ('mood', 'other')\n"
    "  def __init__(self): self.mood = 1\n"
)
SLOTS_HOOK = SLOTS + "  def reloaded(self): self.mood += 10; self.other = 1\n"
SLOTS_FAIL = SLOTS_HOOK.replace("+= 10", "+= 10; self.other = 1 / 0")


def mood(player):
    return object.__getattribute__(player, "mood")


class Migrating(SynchronousTestCase):
    def game(self, number=3, text=PLAIN):
        game = Game(self, m=text)
        return game, [game.m.Player() for _ in range(number)]


class NowTests(Migrating):
    def test_all(self):
        """All instances are carried at the commit, and go back with undo."""
        game, players = self.game()
        release = game.release(m=HOOK)
        self.assertEqual([one.mood for one in players], [11, 11, 11])
        self.assertEqual((release.left, release.advance()), (0, 0))
        release.undo()
        self.assertEqual([one.mood for one in players], [1, 1, 1])

    def test_failure(self):
        """One that fails takes everything back, those carried before too."""
        for base in ("Reloadable", "object"):
            game, players = self.game(text=PLAIN.replace("(Reloadable)", f"({base})"))
            players[2].mood = 2
            game.put(m=FAILS.replace("(Reloadable)", f"({base})"))
            error = self.assertRaises(ReleaseRefused, game.engine.release)
            self.assertEqual((error.step, error.module), ("migrate", game.full("m")))
            self.assertEqual([one.mood for one in players], [1, 1, 2])
            self.assertFalse(hasattr(game.m.Player, "reloaded"))

    def test_refuses(self):
        """A hook may refuse the release in its own words."""
        game, _ = self.game()
        game.put(
            m="from gameserver.errors import ReleaseRefused\n" + PLAIN +
            "  def reloaded(self):\n"
            "    raise ReleaseRefused('here', 'not now', 'm', 'hook')\n"
        )  # fmt: skip
        error = self.assertRaises(ReleaseRefused, game.engine.release)
        self.assertEqual((error.place, error.text), ("here", "not now"))

    def test_exit(self):
        """``SystemExit`` in a hook is a failure like any other."""
        game, players = self.game()
        game.put(
            m=PLAIN + "  def reloaded(self):\n    self.mood = 5\n    raise SystemExit\n"
        )
        self.assertRaises(ReleaseRefused, game.engine.release)
        self.assertEqual([one.mood for one in players], [1, 1, 1])

    def test_interrupt(self):
        """An interrupt takes everything back and goes on."""
        game, players = self.game()
        game.put(m=PLAIN + "  def reloaded(self): raise KeyboardInterrupt\n")
        self.assertRaises(KeyboardInterrupt, game.engine.release)
        self.assertFalse(hasattr(players[0], "reloaded"))

    def test_other_dict(self):
        """A hook that fails after it gave the instance another dict is undone, too."""
        game, players = self.game(1)
        game.put(m=PLAIN + "  def reloaded(self):\n    self.__dict__ = {}\n    1 / 0\n")
        self.assertRaises(ReleaseRefused, game.engine.release)
        self.assertEqual(vars(players[0]), {"mood": 1})

    def test_slots(self):
        """Slots go back as fields do."""
        game, players = self.game(text=SLOTS)
        release = game.release(m=SLOTS_HOOK)
        self.assertEqual([one.mood for one in players], [11, 11, 11])
        release.undo()
        self.assertEqual([one.mood for one in players], [1, 1, 1])
        self.assertFalse(hasattr(players[0], "other"))


class LazyTests(Migrating):
    def test_touch(self):
        """The first touch carries an instance; others wait."""
        game, players = self.game()
        release = game.release(lazily=True, m=HOOK)
        self.assertEqual(release.left, 3)
        self.assertEqual(players[0].mood, 11)
        self.assertEqual(release.left, 2)
        self.assertEqual(mood(players[1]), 1)

    def test_slices(self):
        """Slices carry as many as fit the budget, and end with none."""
        ticks = itertools.count()
        game = Game(self, m=PLAIN)
        game.engine._clock = lambda: float(next(ticks))
        players = [game.m.Player() for _ in range(5)]
        release = game.release(lazily=True, m=HOOK)
        left = [release.advance(2) for _ in range(3)]
        self.assertEqual(left, sorted(left, reverse=True))
        self.assertLess(left[0], 5)
        self.assertGreater(left[0], 0)
        self.assertEqual(release.advance(), 0)
        self.assertEqual([one.mood for one in players], [11] * 5)

    def test_born_later(self):
        """Who is made after the commit needs nothing."""
        game, _ = self.game()
        release = game.release(lazily=True, m=HOOK)
        fresh = game.m.Player()
        release.advance()
        self.assertEqual(fresh.mood, 1)

    def test_before_the_next(self):
        """Who was never touched is carried before its class changes again."""
        game, players = self.game()
        game.release(lazily=True, m=HOOK)
        game.release(m=HOOK.replace("+= 10", "*= 2"))
        self.assertEqual([one.mood for one in players], [22] * 3)

    def test_permanent(self):
        """Or when the release becomes permanent."""
        game, players = self.game()
        release = game.release(lazily=True, m=HOOK)
        release.make_permanent()
        self.assertEqual([mood(one) for one in players], [11] * 3)
        self.assertEqual(release.advance(), 0)

    def test_let_go(self):
        """A permanent release can free what it remembers of them a little at a time."""
        game, players = self.game(100, FRIENDS)
        old = [weakref.ref(one.friends) for one in players]
        release = game.release(lazily=True, m=LONELY)
        release.advance()
        release.make_permanent(lazily=True)
        self.assertTrue(all(one() for one in old))
        left = [release.let_go(1e-9), release.let_go(1e-9), release.let_go()]
        self.assertGreater(100, left[0])
        self.assertGreater(left[0], left[1])
        self.assertGreater(left[1], left[2])
        self.assertEqual((left[2], release.let_go()), (0, 0))
        self.assertEqual([one() for one in old], [None] * 100)
        self.assertRaises(UndoRefused, release.undo)

    def test_nothing_to_wait_for(self):
        """A lazy release without such classes is an ordinary one."""
        game = Game(self, m="x = 1")
        release = game.release(lazily=True, m="x = 2")
        self.assertEqual((release.left, release.advance(1)), (0, 0))

    def test_ordinary(self):
        """Instances of ordinary classes do not wait."""
        text = PLAIN + "class Rock:\n  size = 1\n"
        game, players = self.game(1, text)
        rock = game.m.Rock()
        release = game.release(
            lazily=True,
            m=HOOK + "class Rock:\n  size = 1\n  def reloaded(self): self.seen = 1\n",
        )
        self.assertEqual((vars(rock), release.left), ({"seen": 1}, 1))
        self.assertEqual(players[0].mood, 11)

    def test_late_failure(self):
        """A failure later undoes the whole release; the touch goes on in old code."""
        game, players = self.game()
        players[1].mood = 2
        release = game.release(lazily=True, m=FAILS)
        self.assertEqual(players[0].mood, 11)
        self.assertEqual(players[1].mood, 2)
        self.assertTrue(release.is_undone)
        self.assertIsInstance(release.failure, ReleaseRefused)
        self.assertEqual([one.mood for one in players], [1, 2, 1])
        self.assertFalse(hasattr(game.m.Player, "reloaded"))
        game.release(m=HOOK)
        self.assertEqual([one.mood for one in players], [11, 12, 11])

    def test_failure_in_slice(self):
        """So does one in a slice."""
        game, players = self.game()
        players[1].mood = 2
        release = game.release(lazily=True, m=FAILS)
        release.advance()
        self.assertTrue(release.is_undone)
        self.assertEqual([one.mood for one in players], [1, 2, 1])

    def test_undo(self):
        """Undo takes back those carried, and leaves those that wait alone."""
        game, players = self.game()
        release = game.release(lazily=True, m=HOOK)
        self.assertEqual(players[0].mood, 11)
        release.undo()
        self.assertEqual([one.mood for one in players], [1, 1, 1])
        self.assertEqual(release.left, 0)

    def test_unchanged(self):
        """A hook that changes nothing leaves nothing to take back."""
        game, players = self.game()
        release = game.release(lazily=True, m=PLAIN + "  def reloaded(self): pass\n")
        release.advance()
        release.undo()
        self.assertEqual([vars(one) for one in players], [{"mood": 1}] * 3)

    def test_dead(self):
        """Who died meanwhile is in nobody's way."""
        game, players = self.game()
        release = game.release(lazily=True, m=HOOK)
        self.assertEqual(players[0].mood, 11)
        players.pop(0)
        gc.collect()
        release.undo()
        self.assertEqual([one.mood for one in players], [1, 1])

    def test_slots(self):
        """Slots go back as fields do, after undo and after a failure."""
        game, players = self.game(text=SLOTS)
        release = game.release(lazily=True, m=SLOTS_HOOK)
        self.assertEqual((players[0].mood, players[0].other), (11, 1))
        release.undo()
        self.assertEqual([one.mood for one in players], [1, 1, 1])
        self.assertFalse(hasattr(players[0], "other"))
        release = game.release(lazily=True, m=SLOTS_FAIL)
        self.assertEqual(players[0].mood, 1)
        self.assertTrue(release.is_undone)
        self.assertFalse(hasattr(players[0], "other"))

    def test_removed_slot_value(self):
        """A slot that a hook emptied is full again."""
        text = SLOTS + "  def reloaded(self): del self.mood\n"
        game, players = self.game(text=SLOTS)
        release = game.release(lazily=True, m=text)
        self.assertFalse(hasattr(players[0], "mood"))
        release.undo()
        self.assertEqual(players[0].mood, 1)

    def test_collector(self):
        """A slice leaves the collector as it was."""
        game, _ = self.game()
        release = game.release(lazily=True, m=HOOK)
        gc.disable()
        self.addCleanup(gc.enable)
        release.advance(1)
        self.assertFalse(gc.isenabled())


class TouchedTests(Migrating):
    def test_refused(self):
        """Undo is refused when a carried instance has changed since."""
        for lazily, why in ((True, "1 migrated instance has"), (False, "mood")):
            game, players = self.game()
            release = game.release(lazily=lazily, m=HOOK)
            release.advance()
            players[0].mood = 50
            error = self.assertRaises(UndoRefused, release.undo)
            self.assertIn(why, str(error))
            self.assertEqual(players[0].mood, 50)
            self.assertEqual(players[1].mood, 11)

    def test_put_right(self):
        """Put right, it can be undone."""
        game, players = self.game()
        release = game.release(m=HOOK)
        players[0].mood = 50
        players[0].mood = 11
        release.undo()
        self.assertEqual(players[0].mood, 1)

    def test_slot(self):
        """A slot that has changed since counts, too."""
        game, players = self.game(text=SLOTS)
        release = game.release(m=SLOTS_HOOK)
        players[0].mood = 50
        self.assertRaises(UndoRefused, release.undo)
