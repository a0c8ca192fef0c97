"""Classes that cannot change in place, and what succeeds them."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import ReleaseRefused
from gameserver.reload.instances import alive, count
from gameserver.reload.succession import can_switch
from tests.reload.game import Game, planned

OLD = (
    "class Item:\n  __slots__ = ('name',)\n"
    "  def __init__(self, name): self.name = name\n"
)
NEW = (
    "class Item:\n  __slots__ = ('name', 'weight')\n"
    "  def __init__(self, name): self.name = name; self.weight = 1\n"
    "  @classmethod\n  def successor(cls, before): return cls(before.name)\n"
)
KNOWN = "from gameserver.reload import Reloadable\n"
DICTS = "class Player:\n  def __init__(self, name): self.name = name\n"
BASED = (
    "class Being:\n  def hi(self): return 'hi ' + self.name\n"
    "class Player(Being):\n  def __init__(self, name): self.name = name\n"
)


class HookTests(SynchronousTestCase):
    """``successor`` builds the new instances."""

    def test_namespaces(self):
        """References in the game's modules become those to the successors."""
        game = Game(self, m=OLD + "bag = []\n", n="table = {}\n")
        item = game.m.Item("sword")
        game.m.bag.append(item)
        game.n.table["x"] = [item]
        release = game.release(m=NEW + "bag = []\n")
        (fresh,) = game.m.bag
        self.assertIs(game.n.table["x"][0], fresh)
        self.assertEqual((fresh.name, fresh.weight), ("sword", 1))
        self.assertIs(type(fresh), game.m.Item)
        self.assertIn(("patched", "Item"), planned(release))
        release.undo()
        self.assertIs(game.m.bag[0], item)
        self.assertIs(game.n.table["x"][0], item)
        self.assertIs(type(item), game.m.Item)

    def test_holders(self):
        """So do those in registered holders; what is not registered keeps the old."""
        game = Game(self, m=OLD)
        item = game.m.Item("sword")
        registered, unknown = [item], [item]
        game.engine.holders.register(registered)
        release = game.release(m=NEW)
        self.assertIsNot(registered[0], item)
        self.assertIs(unknown[0], item)
        release.undo()
        self.assertIs(registered[0], item)

    def test_known(self):
        """Instances of registered classes are found by their roll."""
        new = (
            "class Item:\n  __slots__ = ('name', 'weight')\n  @classmethod\n"
            "  def successor(cls, before):\n    made.append(id(before))\n"
            "    return cls()\n"
        )
        old = KNOWN + "made = []\nclass Item(Reloadable):\n  __slots__ = ('name',)\n"
        new = KNOWN + "made = []\n" + new.replace("Item:", "Item(Reloadable, dict):")
        game = Game(self, m=old)
        item = game.m.Item()
        game.m.bag = [item]
        game.release(m=new)
        self.assertEqual(game.m.made, [id(item)])
        self.assertIsInstance(game.m.bag[0], dict)

    def test_raises(self):
        """A hook that raises takes everything back."""
        game = Game(self, m=OLD)
        former = game.m.Item
        game.m.bag = [former("sword"), former("shield")]
        before = list(game.m.bag)
        game.put(m=NEW.replace("return cls(before.name)", "raise LookupError('no')"))
        error = self.assertRaises(ReleaseRefused, game.engine.release)
        self.assertIn("LookupError: no", error.text)
        self.assertIs(game.m.Item, former)
        self.assertEqual(game.m.bag, before)
        self.assertEqual(former("bow").name, "bow")

    def test_former_passes_on(self):
        """A kept reference to the former class makes instances of the new one."""
        game = Game(self, m=OLD)
        former = game.m.Item
        release = game.release(m=NEW)
        made = former("sword")
        self.assertIs(type(made), game.m.Item)
        self.assertEqual(made.weight, 1)
        release.undo()
        self.assertIs(type(former("sword")), former)

    def test_bare(self):
        """Asked for another class's instance, the former makes just that."""
        game = Game(self, m=OLD)
        former = game.m.Item
        game.release(m=NEW)
        other = type("Other", (former,), {"__init__": lambda self: None})
        self.assertIs(type(other()), other)

    def test_methods(self):
        """Bound methods of a former instance keep their old code."""
        old, new = (text + "  def f(self): return {}\n" for text in (OLD, NEW))
        game = Game(self, m=old.format(1))
        held = game.m.Item("sword").f
        game.release(m=new.format(2))
        self.assertEqual(held(), 1)
        self.assertEqual(game.m.Item("sword").f(), 2)

    def test_without(self):
        """Without a hook the release is refused, before anything changed."""
        game = Game(self, m=OLD)
        game.put(m=NEW.partition("  @classmethod")[0])
        plan = game.engine.plan()
        self.assertIn("weight", plan.refused[0])
        self.assertRaises(ReleaseRefused, game.engine.commit, plan)

    def test_again(self):
        """The class that succeeded can be changed, and succeeded, like any other."""
        game = Game(self, m=OLD)
        game.m.bag = [game.m.Item("sword")]
        game.release(m=NEW)
        game.release(m=NEW.replace("= 1\n", "= 5\n"))
        self.assertEqual(game.m.Item("bow").weight, 5)
        game.release(m=NEW.replace("'weight')", "'weight', 'value')"))
        self.assertIs(type(game.m.bag[0]), game.m.Item)
        self.assertFalse(hasattr(game.m.bag[0], "value"))


class SwitchTests(SynchronousTestCase):
    """Instances that can take the new class stay themselves."""

    def test_first_base(self):
        """A class without bases gains one."""
        for head, base in (("", ""), (KNOWN, "(Reloadable)")):
            old = head + DICTS.replace("Player:", f"Player{base}:")
            new = head + BASED.replace("Being:", f"Being{base}:")
            game = Game(self, m=old)
            former, player = game.m.Player, game.m.Player("Ann")
            release = game.release(m=new)
            self.assertEqual(player.hi(), "hi Ann")
            self.assertIs(type(player), game.m.Player)
            release.undo()
            self.assertIs(type(player), former)
            self.assertEqual(game.m.Player("Bob").name, "Bob")

    def test_known(self):
        """Of registered classes they are known as instances of the new one."""
        meta = KNOWN + "class Meta(type): pass\n"
        game = Game(self, m=meta + DICTS.replace("Player:", "Player(Reloadable):"))
        former, player = game.m.Player, game.m.Player("Ann")
        options = "Player(Reloadable, metaclass=Meta):"
        release = game.release(m=meta + DICTS.replace("Player:", options))
        self.assertIsNot(game.m.Player, former)
        self.assertEqual([id(one) for one in alive(game.m.Player)], [id(player)])
        release.undo()
        self.assertEqual([id(one) for one in alive(former)], [id(player)])

    def test_becomes_known(self):
        """An ordinary class needs a hook to become a registered one."""
        game = Game(self, m=KNOWN + DICTS)
        game.put(m=KNOWN + DICTS.replace("Player:", "Player(Reloadable):"))
        self.assertIn("Reloadable", game.engine.plan().refused[0])

    def test_below(self):
        """Subclasses elsewhere get the new class for a base, and go back."""
        game = Game(
            self, m=DICTS, n="from ROOT.m import Player\nclass Elf(Player): pass\n"
        )
        elf, former = game.n.Elf("Ann"), game.m.Player
        release = game.release(m=BASED)
        self.assertEqual(elf.hi(), "hi Ann")
        self.assertIsInstance(elf, game.m.Player)
        self.assertIs(game.n.Player, game.m.Player)
        release.undo()
        self.assertEqual(game.n.Elf.__bases__, (former,))
        self.assertIs(game.n.Player, former)
        self.assertEqual(game.n.Elf("Bob").name, "Bob")

    def test_below_cannot(self):
        """If a subclass elsewhere cannot take it, the release is refused, by name."""
        game = Game(
            self, m=OLD,
            n="from ROOT.m import Item\nclass Sword(Item):\n  __slots__ = ('edge',)\n",
        )  # fmt: skip
        game.put(m=NEW)
        (why,) = game.engine.plan().refused
        self.assertIn(f"{game.full('n')}.Sword derives from it", why)
        self.assertIs(game.n.Sword.__bases__[0], game.m.Item)

    def test_can_switch(self):
        """Whether instances can switch is tried on one, without running its code."""

        class One:
            def __init__(self):
                raise AssertionError("made")

        class Other:
            pass

        class Dying(Other):
            def __del__(self):
                raise AssertionError("died")

        self.assertTrue(can_switch(One, Other))
        self.assertFalse(can_switch(Dying, Other))
        self.assertFalse(can_switch(Other, type("Slotted", (), {"__slots__": ("a",)})))
        self.assertFalse(can_switch(type("Table", (dict,), {}), Other))

    def test_count(self):
        """Nobody is entered twice."""
        game = Game(self, m=KNOWN + DICTS.replace("Player:", "Player(Reloadable):"))
        player = game.m.Player("Ann")
        game.release(m=KNOWN + BASED.replace("Being:", "Being(Reloadable):"))
        self.assertEqual(count(game.m.Player), 1)
        self.assertEqual(player.hi(), "hi Ann")
