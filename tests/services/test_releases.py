"""Releases on a real world: from check to permanent, or back."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, fail

from gameserver.errors import NotFound, Stopping, StoreError
from gameserver.model.release_row import Outcome, ReleaseRow
from gameserver.server.quiesce_rules import Held, Quiesced
from gameserver.services.rehearsal import Report
from tests.services.release_case import CLOCK, DOUBLE, MOOD, PLAYER, ReleaseCase


class CommitTests(ReleaseCase):
    """What a release does."""

    def test_code(self) -> None:
        """A connected player runs the new code at the next call; the row says all."""
        row = self.release(player=DOUBLE)
        self.assertEqual(self.ada.call("earn"), 3)
        self.assertEqual((row.number, row.actor, row.origin), (1, "eve", "here"))
        self.assertIs(row.outcome, Outcome.COMMITTED)
        self.assertEqual([one.act for one in row.modules], ["changed"])
        self.assertIn("+= 2", row.modules[0].text or "")
        self.assertIn("+= 2", row.modules[0].diff)
        assert row.pause is not None
        self.assertGreaterEqual(row.pause, row.facts["writes"])
        self.assertEqual(self.stored(1), row)
        self.assertEqual(self.told, [row])
        self.assertEqual((self.service.current, self.world.game.calls.release), (1, 1))

    def test_nothing(self) -> None:
        """Without a change nothing is released, and no row is written."""
        text = self.refused(self.service.release("eve", "here"))
        self.assertIn("nothing to release", text)
        self.assertEqual(self.count(), 0)

    def test_check(self) -> None:
        """A check shows plan and rehearsal, and changes nothing."""
        self.plugins.put(player=DOUBLE)
        plan = self.ended(self.service.check())
        self.assertIn("not rehearsed", str(plan))
        self.assertFalse(plan.as_data()["rehearsal"]["was_run"])
        self.assertEqual(self.ada.call("earn"), 2)
        self.assertEqual((self.count(), self.service.current), (0, 0))

    def test_two_avatars(self) -> None:
        """A second avatar class, with which no start would go on, is refused."""
        second = "from gameserver import Avatar\nclass Npc(Avatar):\n    hp: int = 1\n"
        self.plugins.put(other=second)
        text = self.refused(self.service.release("eve", "here"))
        self.assertIn("several avatar classes", text)
        self.assertEqual(self.ada.call("earn"), 2)

    def test_start_hangs(self) -> None:
        """A service whose ``started`` never ends does not hold up releases."""
        hanging = CLOCK.replace(
            'self.log.append("started")',
            "from twisted.internet.defer import Deferred\n"
            "            return Deferred()",
        )
        self.plugins.put(clock=hanging, player=DOUBLE)
        going = Deferred.fromCoroutine(self.service.release("eve", "here"))
        for _ in range(12):
            self.world.clock.advance(1.0)
            self.turns()
        text = str(self.failureResultOf(going).value)
        self.assertIn("service clock: started() did not end in 10 s", text)
        self.assertEqual(self.ada.call("earn"), 2)

    def test_named(self) -> None:
        """Named modules are released alone."""
        self.plugins.put(player=DOUBLE, other="LIMIT = 2\n")
        names = [self.plugins.full("other")]
        self.ended(self.service.release("eve", "here", names))
        self.assertEqual(self.plugins.other.LIMIT, 2)
        self.assertEqual(self.ada.call("earn"), 2)

    def test_aside(self) -> None:
        """What is somebody else's is left alone: changed, broken, or gone."""
        full = self.plugins.full
        self.release(third="X = 1\n")
        self.plugins.put(player=DOUBLE, other="LIMIT = (\n", fourth="X = 2\n")
        del self.plugins.texts[full("third")]
        aside = {full(one) for one in ("other", "third", "fourth")}
        work = self.service.release_aside("watch", "a folder", lambda: aside)
        row: ReleaseRow = self.ended(work)
        self.assertEqual([one.name for one in row.modules], [full("player")])
        self.assertEqual(self.ada.call("earn"), 3)
        self.assertIn(full("third"), self.plugins.engine.records)

    def test_aside_gone(self) -> None:
        """What is not, and has no text any more, goes."""
        self.release(third="X = 1\n")
        del self.plugins.texts[self.plugins.full("third")]
        work = self.service.release_aside("watch", "a folder", set)
        row: ReleaseRow = self.ended(work)
        self.assertEqual([one.act for one in row.modules], ["removed"])

    def test_one_at_a_time(self) -> None:
        """A second release waits its turn, and sees what the first has done."""
        self.plugins.put(player=DOUBLE)
        first = Deferred.fromCoroutine(self.service.release("eve", "here"))
        second = Deferred.fromCoroutine(self.service.release("bob", "there"))
        self.turns()
        self.assertEqual(self.successResultOf(first).number, 1)
        self.assertIn("nothing", str(self.failureResultOf(second).value))

    def test_amid_a_call(self) -> None:
        """A call at work ends in its old code; the next one runs the new."""
        slow = PLAYER.replace(
            "def perspective_earn(self) -> int:",
            "async def perspective_earn(self) -> int:\n"
            "            await self.realm.pause()",
        )
        self.release(player=slow)
        going: Deferred[None] = Deferred()
        self.world.game.realm.pause = lambda: going  # type: ignore[attr-defined]
        answer = self.ada.start("earn")
        self.release(player=DOUBLE)
        going.callback(None)
        self.world.settle()
        self.assertEqual(self.successResultOf(answer), 2)
        self.assertEqual(self.ada.call("earn"), 4)

    def test_stop(self) -> None:
        """After the stop there is no release."""
        self.ended(self.service.stop())
        self.plugins.put(player=DOUBLE)
        begun = self.begin(self.service.release("eve", "here"))
        self.failureResultOf(begun, Stopping)


class FailingRehearsal:
    """Finds something; the world's edge, as a fork is none in a test."""

    async def run(self, wanted: Any) -> Report:
        return Report(ok=False, was_run=True, text="long", why_not="m.py:3: bad")


class BusyGate:
    """Has calls at work that do not end."""

    async def close(self, modules: Any, policy: Any) -> Quiesced:
        return Quiesced(refused=1, names=("Player.dig of ada",))

    def open(self) -> Held:
        return Held()


class RefusedTests(ReleaseCase):
    """Whatever step refuses, the game is as it was, and the history says why."""

    def assert_refused(self, reason: str, outcome: Outcome = Outcome.REFUSED) -> None:
        text = self.refused(self.service.release("eve", "here"))
        self.assertIn(reason, text)
        self.assertEqual(self.service.current, 0)
        self.assertEqual(self.ada.call("earn"), 2)
        row = self.stored(self.count())
        self.assertIs(row.outcome, outcome)
        self.assertIn(reason, row.reason)
        self.assertIsNotNone(row.ended)
        self.assertEqual(self.told, [row])
        self.service = self.made()
        self.release(player=DOUBLE, other="LIMIT = 5\n")
        self.assertEqual(self.ada.call("earn"), 4)

    def test_plan(self) -> None:
        """A typo is refused with its line."""
        self.plugins.put(player=DOUBLE, other="def f(:\n")
        self.assert_refused(":1: SyntaxError")

    def test_rehearsal(self) -> None:
        """What the rehearsal finds refuses the release."""
        self.service = self.made(rehearse=FailingRehearsal())
        self.plugins.put(player=DOUBLE)
        self.assert_refused("m.py:3: bad")

    def test_quiesce(self) -> None:
        """Calls at work that the policy waits for in vain are named."""
        self.service = self.made(quiesce=BusyGate())
        self.plugins.put(player=DOUBLE)
        self.assert_refused("Player.dig of ada")

    def test_commit(self) -> None:
        """A hook that raises refuses the release."""
        hook = "LIMIT = 2\ndef module_reloaded(old, new):\n    1 / 0\n"
        self.plugins.put(player=DOUBLE, other=hook)
        self.assert_refused(":3: ZeroDivisionError")
        self.assertEqual(self.plugins.other.LIMIT, 5)

    def test_cast(self) -> None:
        """An avatar class that cannot work is taken back in the same turn."""
        bad = DOUBLE.replace("coins: int = 0", "coins: int = 0\n        when_full = 3")
        self.plugins.put(player=bad)
        self.assert_refused("when_full = 3", Outcome.UNDONE)

    def test_avatar_gone(self) -> None:
        """The game's avatar class cannot be dropped."""
        self.plugins.put(player=DOUBLE.replace("class Player", "class Gamer"))
        self.assert_refused("avatar class Player is gone", Outcome.UNDONE)

    def test_service(self) -> None:
        """A service that does not start takes the release back."""
        clock = CLOCK.replace('self.every(1.0, "beat")', "1 / 0")
        self.plugins.put(player=DOUBLE, other=clock)
        self.assert_refused("started() failed: ZeroDivisionError", Outcome.UNDONE)
        self.assertNotIn("clock", [one.subject.name for one in self.world.game.troupe])

    def test_history(self) -> None:
        """A release that cannot be recorded does not begin."""
        store = self.world.store.releases
        self.patch(store, "add", lambda row: fail(StoreError("disk full")))
        self.plugins.put(player=DOUBLE, other=CLOCK)
        text = self.refused(self.service.release("eve", "here"))
        self.assertIn("disk full", text)
        self.assertEqual(self.ada.call("earn"), 2)
        self.assertEqual(list(self.world.game.troupe), [])


class UndoTests(ReleaseCase):
    """The way back."""

    def test_last(self) -> None:
        """The last one goes; its row says who and when, and the one before is it."""
        self.release(other="LIMIT = 2\n")
        self.release(player=DOUBLE)
        row = self.ended(self.service.undo("bob", "there"))
        self.assertEqual((row.number, row.reason), (2, "undone by bob from there"))
        self.assertEqual(self.ada.call("earn"), 2)
        self.assertEqual(self.service.current, 1)
        self.assertIs(self.stored(2).outcome, Outcome.UNDONE)
        self.ended(self.service.undo("bob", "there", 1))
        self.assertEqual((self.plugins.other.LIMIT, self.service.current), (1, 0))

    def test_not_the_last(self) -> None:
        """One that others rest on is refused, and says which go first."""
        self.release(other="LIMIT = 2\n")
        self.release(player=DOUBLE)
        text = self.refused(self.service.undo("bob", "there", 1))
        self.assertIn("undo 2 first", text)
        self.assertEqual(self.ada.call("earn"), 3)

    def test_in_the_way(self) -> None:
        """What has changed since is named, and the release stays."""
        self.release(player=MOOD)
        self.assertEqual(self.ada.call("earn"), 101)
        text = self.refused(self.service.undo("bob", "there"))
        self.assertIn("1 migrated instance has changed", text)
        self.assertEqual((self.ada.call("earn"), self.service.current), (102, 1))

    def test_again(self) -> None:
        """What was undone can be released once more, if somebody asks for it by name.

        The next release of something else does not bring it.
        """
        self.release(player=DOUBLE)
        self.ended(self.service.undo("bob", "there"))
        text = self.refused(self.service.release("eve", "here"))
        self.assertIn("the text from before release 1 is in force", text)
        self.release(other="LIMIT = 2\n")
        self.assertEqual((self.ada.call("earn"), self.plugins.other.LIMIT), (2, 2))
        names = [self.plugins.full("player")]
        row = self.ended(self.service.release("eve", "here", names))
        self.assertEqual((row.number, self.ada.call("earn")), (3, 4))

    def test_edited(self) -> None:
        """What was undone comes when somebody edits it; what came later stays."""
        self.release(player=DOUBLE)
        self.plugins.put(other="LIMIT = 2\n")
        self.ended(self.service.undo("bob", "there"))
        self.release(player=PLAYER.replace("+= 1", "+= 7"))
        self.assertEqual((self.ada.call("earn"), self.plugins.other.LIMIT), (8, 2))

    def test_added(self) -> None:
        """A module that an undo took away stays away."""
        self.release(third="X = 1\n")
        self.ended(self.service.undo("bob", "there"))
        self.release(player=DOUBLE)
        self.assertNotIn(self.plugins.full("third"), self.plugins.engine.records)


class PermanentTests(ReleaseCase):
    """The end of the way back."""

    permanent_after = 60.0

    def test_in_time(self) -> None:
        """After a while a release is permanent."""
        self.release(player=DOUBLE)
        self.world.advance(60.0)
        self.turns()
        self.assertIs(self.stored(1).outcome, Outcome.PERMANENT)
        text = self.refused(self.service.undo("bob", "there"))
        self.assertIn("release 1 is permanent", text)
        self.assertEqual(self.service.current, 1)

    def test_by_hand(self) -> None:
        """By hand, with all before it; the row says by whom."""
        self.release(other="LIMIT = 2\n")
        self.release(player=DOUBLE)
        row = self.ended(self.service.make_permanent("bob", "there"))
        self.assertEqual(row.reason, "by bob from there")
        self.assertIs(self.stored(1).outcome, Outcome.PERMANENT)
        self.refused(self.service.make_permanent("bob", "there"))

    def test_many(self) -> None:
        """The way back is five releases long, and each of them can be gone."""
        for number in range(2, 9):
            self.release(other=f"LIMIT = {number}\n")
        kinds = [self.stored(number).outcome for number in range(1, 8)]
        self.assertEqual(kinds, [Outcome.PERMANENT] * 2 + [Outcome.COMMITTED] * 5)
        self.assertEqual(len(self.plugins.engine.releases), 5)
        for _ in range(5):
            self.ended(self.service.undo("bob", "there"))
        self.assertEqual((self.plugins.other.LIMIT, self.service.current), (3, 2))
        self.refused(self.service.undo("bob", "there"))


class AgainTests(ReleaseCase):
    """An earlier release's texts, over those of the source."""

    def setUp(self) -> None:
        super().setUp()
        self.release(player=DOUBLE)
        self.release(player=PLAYER)

    def again(self, number: int = 1) -> None:
        self.ended(self.service.release_again("eve", "here", number))

    def test_again(self) -> None:
        """They run, the row says whose they are, and a check names what they cover."""
        self.again()
        self.assertEqual(self.ada.call("earn"), 3)
        self.assertEqual(self.stored(3).facts["again"], 1)
        plan = self.ended(self.service.check())
        self.assertTrue(plan.is_empty)
        self.assertIn("the text of release 1 is in force", plan.covered[0])

    def test_edited(self) -> None:
        """They hold until the source has another text."""
        self.again()
        self.release(player=PLAYER.replace("+= 1", "+= 7"))
        self.assertEqual(self.ada.call("earn"), 8)
        self.assertEqual(self.ended(self.service.check()).covered, [])

    def test_by_name(self) -> None:
        """Naming the module asks for the source's own text."""
        self.again()
        names = [self.plugins.full("player")]
        self.ended(self.service.release("eve", "here", names))
        self.assertEqual(self.ada.call("earn"), 2)

    def test_undone(self) -> None:
        """An undo brings back the source's text, for good."""
        self.again()
        self.ended(self.service.undo("eve", "here"))
        self.assertEqual(self.ada.call("earn"), 2)
        self.assertIn("nothing", self.refused(self.service.release("eve", "here")))

    def test_refused(self) -> None:
        """A refused one covers nothing."""
        self.service = self.made(rehearse=FailingRehearsal())
        self.refused(self.service.release_again("eve", "here", 1))
        self.assertEqual(self.ended(self.service.check()).covered, [])

    def test_unknown(self) -> None:
        """A number that no release has is said to be so."""
        begun = self.begin(self.service.release_again("eve", "here", 77))
        self.failureResultOf(begun, NotFound)
