"""Attributes that a text gives to another module's classes merge three ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.reload.engines import EngineCase

if TYPE_CHECKING:
    from collections.abc import Callable

    from gameserver.reload import Plan

STATE = "class World:\n    rate = 0\n    __slots__ = ()\n"
STATE += "class Tile:\n    __slots__ = ('x',)\ntile = Tile()\ntile.x = 0\n"
HEAD = "from worlds import state\n"
WHERE = "worlds.state.World"


class ClassAttributeTests(EngineCase):
    """Changed at run time, before the plan or between plan and commit."""

    def setUp(self) -> None:
        super().setUp()
        self.world = self.load(state=STATE).World

    def carried_out(self, text: str, act: Callable[[], None], *, early: bool) -> Plan:
        """Commit a text of ``rules``, changed at run time before or after the plan."""
        self.write(rules=HEAD + text)
        if early:
            act()
        plan = self.engine.plan()
        if not early:
            act()
        self.engine.commit(plan)
        return plan

    def live(self, value: object, name: str = "rate") -> Callable[[], None]:
        """Give what changes the attribute at run time."""
        return lambda: setattr(self.world, name, value)

    def test_changed_before_the_plan(self):
        """The live value stays; release after release the plan names the conflict."""
        self.load(rules=HEAD + "state.World.rate = 4\n")
        for n in (5, 6):
            text = f"state.World.rate = {n}\n"
            plan = self.carried_out(text, self.live(100), early=True)
            self.assertEqual(self.world.rate, 100)
            self.assertIn(("conflict", f"{WHERE}.rate"), self.kinds(plan))

    def test_changed_after_the_plan(self):
        """So it does then, and an undo leaves it."""
        self.load(rules=HEAD + "state.World.rate = 4\n")
        plan = self.carried_out("state.World.rate = 5\n", self.live(100), early=False)
        self.assertEqual(self.world.rate, 100)
        self.assertIn(("conflict", f"{WHERE}.rate"), self.kinds(plan))
        self.engine.releases[-1].undo()
        self.assertEqual(self.world.rate, 100)

    def test_same_text(self):
        """A text that gives it what it gave takes nothing back, and is no conflict."""
        self.load(rules=HEAD + "state.World.rate = 4\n")
        text = "state.World.rate = 4\nX = 1\n"
        plan = self.carried_out(text, self.live(100), early=True)
        self.assertEqual(self.world.rate, 100)
        self.assertNotIn("conflict", plan.counts())

    def test_no_longer(self):
        """What the text no longer sets stays as it was made at run time."""
        self.load(rules=HEAD + "state.World.rate = 4\n")
        plan = self.carried_out("", self.live(100), early=False)
        self.assertEqual(self.world.rate, 100)
        self.assertIn(("conflict", f"{WHERE}.rate"), self.kinds(plan))

    def test_no_longer_since_before(self):
        """So it does if that was before the plan."""
        self.load(rules=HEAD + "state.World.rate = 4\n")
        self.carried_out("", self.live(100), early=True)
        self.assertEqual(self.world.rate, 100)

    def test_newly_set(self):
        """What others set meanwhile stays; the next text meets a conflict as well."""
        self.load(rules=HEAD)
        act = self.live(100, "extra")
        plan = self.carried_out("state.World.extra = 5\n", act, early=False)
        self.assertEqual(self.world.extra, 100)
        self.assertIn(("conflict", f"{WHERE}.extra"), self.kinds(plan))
        self.carried_out("state.World.extra = 6\n", act, early=True)
        self.assertEqual(self.world.extra, 100)

    def test_new_one_changed(self):
        """An attribute that only the text made stays, too, once somebody changed it."""
        self.load(rules=HEAD + "state.World.extra = 4\n")
        self.release(rules=HEAD + "state.World.extra = 5\n")
        self.assertEqual(self.world.extra, 5)
        act = self.live(100, "extra")
        for n in (6, 7):
            self.carried_out(f"state.World.extra = {n}\n", act, early=True)
            self.assertEqual(self.world.extra, 100)

    def test_method(self):
        """So does a method that was put in the place of the text's."""
        self.load(rules=HEAD + "def a(self): return 1\nstate.World.m = a\n")
        text = "def b(self): return 2\nstate.World.m = b\n"
        plan = self.carried_out(text, self.live(lambda _: 100, "m"), early=False)
        self.assertEqual(self.world().m(), 100)
        self.assertIn(("conflict", f"{WHERE}.m"), self.kinds(plan))

    def test_untouched(self):
        """What nobody changed follows the text, there and back."""
        self.load(rules=HEAD + "state.World.rate = 4\nstate.World.m = lambda _: 1\n")
        text = "state.World.rate = {0}\nstate.World.m = lambda _: {0}\n"
        for n in (5, 6):
            self.release(rules=HEAD + text.format(n))
            self.assertEqual((self.world.rate, self.world().m()), (n, n))
        self.engine.releases[-1].undo()
        self.assertEqual((self.world.rate, self.world().m()), (5, 5))
        self.release(rules=HEAD)
        self.assertEqual(self.world.rate, 0)

    def test_loaded_by_the_text(self):
        """It is so, too, if the text loads the module whose class it changes."""
        far = "class World:\n    rate = 0\n"
        self.write(far=far)
        text = "from worlds import far\nfar.World.rate = {0}\nfar.World.new = {0}\n"
        world = self.load(rules=text.format(4)).far.World
        world.rate = world.new = 100
        self.release(rules=text.format(5))
        self.assertEqual((world.rate, world.new), (100, 100))


class SlotTests(EngineCase):
    """Slots of another module's objects."""

    def test_changed_after_the_plan(self):
        """What somebody has set since the plan stays."""
        tile = self.load(state=STATE).tile
        self.load(rules=HEAD + "state.tile.x = 4\n")
        self.write(rules=HEAD + "state.tile.x = 5\n")
        plan = self.engine.plan()
        tile.x = 100
        self.engine.commit(plan)
        self.assertEqual(tile.x, 100)
        self.assertIn(("conflict", "worlds.state.tile.x"), self.kinds(plan))
