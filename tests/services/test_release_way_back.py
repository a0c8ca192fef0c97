"""Undo after players have played on: state goes back through declared inverses."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, fail

from gameserver.errors import StoreError, UndoRefused
from tests.services.release_case import MOOD, PLAYER, ReleaseCase

BACK = MOOD.replace("to=2)", "to=2, undo=back)").replace(
    "    @migration",
    """    def back(state: State) -> State:
        return {"coins": state["gold"] // 100}

    @migration""",
)
WITH_LEVEL = PLAYER.replace(
    "coins: int = 0", "coins: int = 0\n        level: int = 1"
).replace("self.coins += 1", "self.coins += 1\n            self.level += 1")


class LiveTests(ReleaseCase):
    """Avatars in memory."""

    def undo(self) -> None:
        self.ended(self.service.undo("eve", "here"))
        self.turns()

    def test_played_on(self) -> None:
        """What was earned since is kept, in the shape of before, and stored so."""
        self.release(player=BACK)
        for _ in range(200):
            self.ada.call("earn")
        self.undo()
        self.assertEqual(self.ada.call("earn"), 4)
        found = self.snapshot("avatar", "ada")
        self.assertEqual((found.version, found.state), (1, b'{"coins":4}'))

    def test_came_since(self) -> None:
        """So for one who is new since the release."""
        self.release(player=BACK)
        bob = self.world.login("bob")
        for _ in range(300):
            bob.call("earn")
        self.undo()
        self.assertEqual(bob.call("earn"), 4)

    def test_untouched(self) -> None:
        """Who has not changed gets exactly what was there; no inverse is asked."""
        self.release(player=BACK.replace('state["gold"] // 100', "1 // 0"))
        self.undo()
        self.assertEqual(self.ada.call("earn"), 2)

    def test_inverse_that_raises(self) -> None:
        """An inverse that fails refuses the undo, with its line; nothing changes."""
        self.release(player=BACK.replace('state["gold"] // 100', "1 // 0"))
        self.ada.call("earn")
        text = self.refused(self.service.undo("eve", "here"))
        self.assertIn("1 migrated instance has changed since: ada;", text)
        self.assertIn("undo of the migration to 2 failed: ZeroDivisionError", text)
        self.assertEqual((self.ada.call("earn"), self.service.current), (102, 1))

    def test_inverse_that_does_not_fit(self) -> None:
        """So does one that gives what the older class cannot hold."""
        self.release(player=BACK.replace('state["gold"] // 100', "'many'"))
        self.ada.call("earn")
        text = self.refused(self.service.undo("eve", "here"))
        self.assertIn("coins: Expected `int`, got `str`", text)
        self.assertEqual((self.ada.call("earn"), self.service.current), (102, 1))

    def test_none(self) -> None:
        """Without an inverse the undo is refused; what to do is said."""
        self.release(player=MOOD)
        self.ada.call("earn")
        text = self.refused(self.service.undo("eve", "here"))
        self.assertIn("Player: migration to 2 has no undo=", text)
        self.assertIn("has no undo=; release a mended text, with a higher", text)
        self.assertNotIn("an undo=", text)

    def test_names(self) -> None:
        """The first five of those who have changed are named."""
        players = [self.world.login(x) for x in ("bob", "cyd", "dan", "eli", "flo")]
        self.release(player=MOOD)
        for one in (self.ada, *players):
            one.call("earn")
        text = self.refused(self.service.undo("eve", "here"))
        self.assertIn("6 migrated instances have changed since: ", text)
        named = text.partition("since: ")[2].partition(" and 1 more;")[0].split(", ")
        self.assertEqual(len(set(named)), 5)
        self.assertLess(set(named), {"ada", "bob", "cyd", "dan", "eli", "flo"})

    def test_field_without_step(self) -> None:
        """A new field needs no inverse: it waits, unknown, for its code."""
        self.release(player=WITH_LEVEL)
        self.ada.call("earn")
        self.undo()
        self.assertEqual(self.ada.call("earn"), 3)
        self.release(player=f"{WITH_LEVEL}\n    # once more\n")
        self.ada.call("earn")
        self.assertEqual(self.world.avatar("ada").level, 3)

    def test_private_fields(self) -> None:
        """Fields that are not declared stay, and containers stay the same objects."""
        self.ada.call("earn")
        avatar: Any = self.world.game.roster.get("ada").subject  # type: ignore[union-attr]
        avatar._bag = bag = []
        self.release(player=BACK)
        self.ada.call("earn")
        bag.append("sword")
        self.undo()
        self.assertIs(avatar._bag, bag)


class StoredTests(ReleaseCase):
    """Avatars that were stored in the new version and left."""

    permanent_after = 6000.0

    def setUp(self) -> None:
        super().setUp()
        self.names = [f"p{number}" for number in range(7)]
        guests = [self.world.login(name) for name in self.names]
        for one in guests:
            one.call("earn")
        self.release(player=BACK)
        for one in guests:
            one.call("earn")
            one.close()
        self.world.advance(301.0)
        self.assertEqual(len(self.world.game.roster), 1)

    def stored_now(self) -> set[tuple[int, bytes]]:
        found = [self.snapshot("avatar", name) for name in self.names]
        return {(one.version, one.state) for one in found}

    def test_lowered(self) -> None:
        """They are stored in the version of before when the undo is done."""
        self.assertEqual(self.stored_now(), {(2, b'{"gold":101}')})
        self.ended(self.service.undo("eve", "here"))
        self.assertEqual(self.stored_now(), {(1, b'{"coins":1}')})
        self.assertEqual(self.world.login("p3").call("earn"), 2)

    def test_restart(self) -> None:
        """A server that starts with the older code loads all of them."""
        self.ended(self.service.undo("eve", "here"))
        self.turns()
        self.world.restart()
        for name in (*self.names, "ada"):
            self.assertEqual(self.world.login(name).call("earn"), 2)

    def test_released_again(self) -> None:
        """The same release, once more, finds them as ever."""
        self.ended(self.service.undo("eve", "here"))
        names = [self.plugins.full("player")]
        self.ended(self.service.release("eve", "here", names))
        self.assertEqual(self.world.login("p3").call("earn"), 101)

    def test_login_meanwhile(self) -> None:
        """Who logs in during the undo waits for its end."""
        going, patched = self.slow_save()
        undone = self.begin(self.service.undo("eve", "here"))
        patched.restore()
        game = self.world.game
        wanted = game.roster.resident("p3", game.realm)
        self.turns()
        self.assertNoResult(wanted)
        self.assertNoResult(undone)
        going.callback(None)
        self.turns()
        self.successResultOf(undone)
        self.assertEqual(self.successResultOf(wanted).subject.coins, 1)
        self.assertEqual(self.world.login("p3").call("earn"), 2)

    def slow_save(self) -> tuple[Deferred[None], Any]:
        """Let saves of snapshots wait for what is given, until it is restored."""
        save, going = self.world.store.snapshots.save, Deferred[None]()

        def slowly(them: Any) -> Any:
            return going.addCallback(lambda _: save(them))

        return going, self.patch(self.world.store.snapshots, "save", slowly)

    def test_leaving_meanwhile(self) -> None:
        """Who would leave while others are looked at stays, and goes back with all."""
        late = self.world.login("p3")
        late.call("earn")
        late.close()
        self.world.advance(299.9)
        going, patched = self.slow_save()
        undone = self.begin(self.service.undo("eve", "here"))
        self.world.advance(0.2)
        patched.restore()
        self.assertIsNotNone(self.world.game.roster.get("p3"))
        self.assertEqual(self.snapshot("avatar", "p3").version, 2)
        going.callback(None)
        self.turns()
        self.successResultOf(undone)
        self.assertEqual(self.snapshot("avatar", "p3").version, 1)
        self.world.advance(301.0)
        self.assertIsNone(self.world.game.roster.get("p3"))
        self.assertEqual(self.world.login("p3").call("earn"), 2)

    def test_refused_late(self) -> None:
        """An undo that is refused at the last moment leaves what was stored."""
        before = self.stored_now()
        lowered: list[Any] = []
        save = self.world.store.snapshots.save

        def saved(them: Any) -> Any:
            lowered.extend(them)
            return save(them)

        self.patch(self.world.store.snapshots, "save", saved)
        self.patch(self.plugins.engine.releases[-1], "undo", _refuse)
        self.refused(self.service.undo("eve", "here"))
        self.assertEqual(self.stored_now(), before)
        self.assertEqual({one.version for one in lowered}, {1, 2})
        self.assertEqual(self.world.login("p3").call("earn"), 102)

    def test_store_that_fails(self) -> None:
        """A store that refuses leaves the release in force."""
        patched = self.patch(
            self.world.store.snapshots, "save", lambda _: fail(StoreError("disk full"))
        )
        text = self.refused(self.service.undo("eve", "here"))
        patched.restore()
        self.flushLoggedErrors(StoreError)
        self.assertIn("disk full", text)
        self.assertEqual((self.ada.call("earn"), self.service.current), (101, 1))
        self.assertEqual(self.stored_now(), {(2, b'{"gold":101}')})


def _refuse() -> None:
    raise UndoRefused("somebody was faster")
