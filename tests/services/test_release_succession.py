"""Services are handed over within a release: all of it, or nothing."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, fail

from gameserver.errors import StoreError
from gameserver.model.release_row import Outcome
from tests.services.release_case import ReleaseCase

PLAYER = """
    from gameserver import Avatar

    ROPES = []

    class Player(Avatar):
        coins: int = 0

        def attached(self, client) -> None:
            self.realm.service("bell").subscribe(client)

        def perspective_earn(self) -> int:
            self.coins += 1
            return self.coins

        async def perspective_pull(self) -> int:
            return await self.realm.service("bell").pull(ROPES[-1])
"""
BELL = """
    from gameserver import Service, State, migration

    ENDED = []

    class Bell(Service):
        succession = True
        rung: int = 0

        def started(self) -> None:
            self.every(1.0, "tick")

        def stopped(self) -> None:
            ENDED.append(self.rung)

        def tick(self) -> None:
            self.rung += 1
            self.clients.notify("rung", self.rung)

        async def pull(self, rope) -> int:
            await rope
            self.rung += 100
            return self.rung
"""
TEN = BELL.replace("rung += 1\n", "rung += 10\n")
ADOPT = TEN + "\n        def adopt(self, predecessor) -> None:\n            1 / 0\n"
LOUD = """
    from gameserver import Service

    class Loud(Service):
        def started(self) -> None:
            1 / 0
"""
STRUCK = BELL.replace("succession = True", "succession = True\n        version = 2")
STRUCK = STRUCK.replace("rung", "struck").replace('("struck"', '("rung"')
STRUCK += """
    def unstrike(state: State) -> State:
        return {"rung": state["struck"]}

    @migration(Bell, to=2, undo=unstrike)
    def strike(state: State) -> State:
        return {"struck": state["rung"]}
"""


class SuccessionCase(ReleaseCase):
    """A bell that rings each second, 1.3 s after its start, with one listener."""

    texts = {"player": PLAYER, "bell": BELL, "other": "LIMIT = 1\n"}

    def setUp(self) -> None:
        super().setUp()
        self.world.advance(1.3)
        self.old: Any = self.bell()

    def bell(self) -> Any:
        """Give the service as it is now."""
        return next(iter(self.world.game.troupe)).subject

    def rings(self) -> list[int]:
        """Give what the listener has heard, from the start."""
        return [number for name, number in self.ada.heard if name == "rung"]

    def ends(self) -> list[int]:
        """Give what predecessors had when they were stopped."""
        return list(self.plugins.bell.ENDED)


class CommitTests(SuccessionCase):
    """A release that changes a class with ``succession``."""

    def test_plan(self) -> None:
        """The plan names it, and so do check, row and history."""
        self.plugins.put(bell=TEN)
        shown = str(self.ended(self.service.check()))
        named = f"handoff  {self.plugins.full('bell')}:Bell"
        self.assertIn(named, shown)
        self.assertIn("a new object takes over service bell", shown)
        self.assertIs(self.bell(), self.old)
        row = self.release(bell=TEN)
        self.assertIn(named, row.shown)
        self.assertEqual(row.facts["handed_off"], ["bell"])

    def test_only_what_changes(self) -> None:
        """A release of something else hands nothing off."""
        row = self.release(other="LIMIT = 2\n")
        self.assertNotIn("handoff", row.shown)
        self.assertIs(self.bell(), self.old)

    def test_in_phase(self) -> None:
        """Client set and timers go on: no ring is missed, doubled or late."""
        self.release(bell=TEN)
        self.assertIsNot(self.bell(), self.old)
        self.world.advance(0.69)
        self.assertEqual(self.rings(), [1])
        self.world.advance(0.01)
        self.world.advance(1.0)
        self.assertEqual(self.rings(), [1, 11, 21])

    def test_stopped_once(self) -> None:
        """The predecessor's ``stopped`` runs once, when the release is recorded."""
        seen: list[list[int]] = []
        add = self.world.store.releases.add

        def noted(row: Any) -> Any:
            seen.append(self.ends())
            return add(row)

        self.patch(self.world.store.releases, "add", noted)
        self.release(bell=TEN)
        self.world.advance(1.0)
        self.assertEqual((seen, self.ends()), ([[]], [1]))

    def test_open_call(self) -> None:
        """A call at work in the predecessor is answered; its change is kept."""
        rope: Deferred[None] = Deferred()
        self.plugins.player.ROPES.append(rope)
        answer = self.ada.start("pull")
        self.world.settle()
        self.release(bell=TEN)
        rope.callback(None)
        self.world.settle()
        self.assertEqual(self.successResultOf(answer), 101)
        self.assertEqual(self.bell().rung, 101)

    def test_removed(self) -> None:
        """One whose class goes is stopped, and has no successor."""
        row = self.release(bell="ENDED = []\n")
        self.assertNotIn("handoff", row.shown)
        self.assertNotIn("handed_off", row.facts)
        self.assertEqual(list(self.world.game.troupe), [])


class FailureTests(SuccessionCase):
    """Whatever fails, the predecessor goes on as if nothing had been."""

    def assert_goes_on(self, bell: Any) -> None:
        self.assertIs(self.bell(), bell)
        self.world.advance(0.7)
        self.world.advance(1.0)
        self.assertEqual(self.rings(), [1, 2, 3])

    def test_adopt(self) -> None:
        """An ``adopt`` that raises takes the release back, in its very turn."""
        self.plugins.put(bell=ADOPT)
        text = self.refused(self.service.release("eve", "here"))
        self.assertIn("service bell: adopt() failed: ZeroDivisionError", text)
        self.assertIs(self.stored(1).outcome, Outcome.UNDONE)
        self.assertEqual(self.ends(), [])
        self.assert_goes_on(self.old)

    def test_adopt_of_a_new_version(self) -> None:
        """The same when the service would have been migrated, without a way back."""
        bad = STRUCK.replace(", undo=unstrike", "")
        bad = bad.replace(
            "def stopped", "def adopt(self, old): 1 / 0\n\n        def stopped"
        )
        self.plugins.put(bell=bad)
        self.refused(self.service.release("eve", "here"))
        self.assertNotIn("lost", self.stored(1).facts)
        self.assert_goes_on(self.old)

    def test_new_service(self) -> None:
        """Another service does not start: a new object, in the code of before."""
        self.plugins.put(bell=TEN, other=LOUD)
        self.refused(self.service.release("eve", "here"))
        self.assertEqual(len(self.ends()), 2)
        self.assert_goes_on(self.bell())

    def test_not_recorded(self) -> None:
        """So when the release cannot be recorded."""
        self.patch(
            self.world.store.releases, "add", lambda _: fail(StoreError("disk full"))
        )
        self.plugins.put(bell=TEN)
        self.refused(self.service.release("eve", "here"))
        self.assertEqual(self.ends(), [])
        self.assert_goes_on(self.old)


class UndoTests(SuccessionCase):
    """An undo hands the service back to the code of before."""

    def undo(self) -> None:
        self.ended(self.service.undo("eve", "here"))

    def test_undo(self) -> None:
        """With what it has by now, in phase, and each is stopped once."""
        self.release(bell=TEN)
        new = self.bell()
        self.world.advance(0.7)
        self.undo()
        self.assertNotIn(self.bell(), (self.old, new))
        self.world.advance(1.0)
        self.assertEqual((self.rings(), self.ends()), ([1, 11, 12], [1, 11]))

    def test_two(self) -> None:
        """Two releases, taken back one after the other."""
        self.release(bell=TEN)
        self.release(bell=TEN.replace("+= 10\n", "+= 1000\n"))
        self.world.advance(0.7)
        self.undo()
        self.world.advance(1.0)
        self.undo()
        self.world.advance(1.0)
        self.assertEqual(self.rings(), [1, 1001, 1011, 1012])

    def test_version(self) -> None:
        """A release that raises the service's version, by the step's inverse."""
        self.release(bell=STRUCK)
        self.world.advance(0.7)
        self.assertEqual(self.bell().struck, 2)
        self.undo()
        self.world.advance(1.0)
        self.assertEqual(self.rings(), [1, 2, 3])
        self.turns()
        found = self.snapshot("service", "bell")
        self.assertEqual((found.version, found.state), (1, b'{"rung":3}'))

    def test_version_without_inverse(self) -> None:
        """Without one it is refused, and says which migration lacks it."""
        self.release(bell=STRUCK.replace(", undo=unstrike", ""))
        self.world.advance(0.7)
        text = self.refused(self.service.undo("eve", "here"))
        self.assertIn("Bell: migration to 2 has no undo=", text)
        self.world.advance(1.0)
        self.assertEqual((self.rings(), self.ends()), ([1, 2, 3], [1]))

    def test_cannot_be_handed_back(self) -> None:
        """If the older code does not adopt it, the object stays, in the older code."""
        picky = BELL + (
            "\n        def adopt(self, old):\n            if old.rung > 5: 1 / 0\n"
        )
        self.release(bell=picky)
        self.release(
            bell=picky.replace("rung += 1\n", "rung += 10\n").replace("> 5", "> 50")
        )
        self.world.advance(0.7)
        before = self.bell()
        self.undo()
        self.flushLoggedErrors()
        self.assertIs(self.bell(), before)
        self.world.advance(1.0)
        self.assertEqual(self.rings(), [1, 11, 12])
        self.assertIn("adopt() failed", self.stored(2).facts["not_handed_back"][0])
