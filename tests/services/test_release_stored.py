"""An undo and those on their way in or out: it never waits for ever, and says for whom.

Damaged rows do not stand in its way.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, fail

from gameserver.errors import Damaged
from tests.services.release_case import PLAYER, ReleaseCase
from tests.services.test_release_way_back import BACK

FAREWELL = """
        async def retired(self) -> None:
            if self.name == "zoe":
                await GATE
                bob = await self.realm.find("bob")
                bob.coins
"""
HEAD = "\n    from twisted.internet.defer import Deferred\n\n    GATE = Deferred()\n"


def with_farewell(text: str) -> str:
    """Let zoe look for bob when she leaves, once ``GATE`` fires."""
    mark = "        def perspective_earn"
    return HEAD + text.replace(mark, f"{FAREWELL[1:]}\n{mark}")


class MovingTests(ReleaseCase):
    """Bob and cat were stored in the new version and have left; zoe is idle."""

    permanent_after = 6000.0
    texts = {"player": with_farewell(PLAYER), "other": "LIMIT = 1\n"}

    def setUp(self) -> None:
        super().setUp()
        self.release(player=with_farewell(BACK).replace("bob.coins", "bob.gold"))
        for name in ("bob", "cat"):
            self.visit(name)
        self.world.advance(100)
        self.visit("zoe")
        self.world.advance(201)
        self.assertEqual(self.here(), {"ada", "zoe"})

    def visit(self, name: str) -> None:
        window = self.world.login(name)
        window.call("earn")
        window.close()

    def here(self) -> set[str]:
        return {one.subject.name for one in self.world.game.roster}

    def undo(self) -> Deferred[Any]:
        return self.begin(self.service.undo("eve", "here"))

    def slow_load(self, slow: str) -> Deferred[None]:
        """Let loads of one avatar wait for what is given."""
        load, gate = self.world.store.snapshots.load, Deferred[None]()

        def slowly(kind: str, name: str) -> Any:
            if name != slow or gate.called:
                return load(kind, name)
            loaded: Deferred[Any] = Deferred()
            gate.addCallback(lambda _: load(kind, name).chainDeferred(loaded))
            return loaded

        self.patch(self.world.store.snapshots, "load", slowly)
        return gate

    def versions(self) -> set[int]:
        self.turns()
        return {self.snapshot("avatar", x).version for x in ("ada", "bob", "cat")}

    def test_nobody_leaves(self) -> None:
        """Who is idle stays until the undo has ended, so looks for nobody held."""
        gate = self.slow_load("cat")
        undone = self.undo()
        self.world.advance(100)
        self.assertEqual(self.here(), {"ada", "zoe"})
        gate.callback(None)
        self.turns()
        self.successResultOf(undone)
        self.assertEqual(self.versions(), {1})
        self.plugins.player.GATE.callback(None)
        self.world.advance(301)
        self.assertNotIn("zoe", self.here())

    def test_leaving(self) -> None:
        """Who leaves already may look for one whom the undo is to hold."""
        self.world.advance(100)
        undone = self.undo()
        self.assertNoResult(undone)
        self.plugins.player.GATE.callback(None)
        self.turns()
        self.successResultOf(undone)
        self.assertEqual(self.versions(), {1})
        self.assertEqual(self.world.login("zoe").call("earn"), 1)

    def test_leaves_too_long(self) -> None:
        """Who does not end to leave refuses the undo, by name; all goes on."""
        self.world.advance(100)
        undone = self.undo()
        self.world.advance(11)
        text = self.failureResultOf(undone).value.text
        self.assertIn("out of memory, and not there in time: zoe;", text)
        self.assertEqual(self.world.login("bob").call("earn"), 2)
        self.release(other="LIMIT = 5\n")

    def test_loading(self) -> None:
        """Who is being loaded in the new version is waited for, and nobody held."""
        gate = self.slow_load("cat")
        game = self.world.game
        wanted = game.roster.resident("cat", game.realm)
        undone = self.undo()
        self.assertNoResult(undone)
        self.assertEqual(self.world.login("bob").call("earn"), 2)
        gate.callback(None)
        self.turns()
        self.successResultOf(undone)
        self.assertEqual(self.successResultOf(wanted).subject.coins, 0)
        self.assertEqual(self.versions(), {1})

    def test_loads_too_long(self) -> None:
        """One that cannot be loaded in time refuses it; who was held logs in."""
        gate = self.slow_load("cat")
        game = self.world.game
        wanted = game.roster.resident("cat", game.realm)
        undone = self.undo()
        self.world.advance(11)
        text = self.failureResultOf(undone).value.text
        self.assertIn("not there in time: cat;", text)
        self.assertEqual(self.versions_of("bob"), 2)
        gate.callback(None)
        self.turns()
        self.assertEqual(self.successResultOf(wanted).subject.gold, 1)

    def versions_of(self, name: str) -> int:
        found: int = self.snapshot("avatar", name).version
        return found

    def test_damaged(self) -> None:
        """A damaged row stays as it is; all others go back."""
        load = self.world.store.snapshots.load

        def damaged(kind: str, name: str) -> Any:
            is_cat = name == "cat"
            return fail(Damaged("cat: damaged")) if is_cat else load(kind, name)

        patched = self.patch(self.world.store.snapshots, "load", damaged)
        undone = self.undo()
        patched.restore()
        self.successResultOf(undone)
        self.assertEqual((self.versions_of("bob"), self.versions_of("cat")), (1, 2))

    def test_undone_meanwhile(self) -> None:
        """What was lowered stays so if its engine takes the release back meanwhile."""
        release = self.plugins.engine.releases[-1]
        save = self.world.store.snapshots.save

        def failing(them: Any) -> Any:
            release.failed(self, ValueError("late"))
            return save(them)

        patched = self.patch(self.world.store.snapshots, "save", failing)
        self.failureResultOf(self.undo())
        patched.restore()
        self.refused(self.service.undo("eve", "here"))  # it is noticed by now
        self.assertEqual(self.versions(), {1})
        self.assertEqual(self.world.login("bob").call("earn"), 1)
