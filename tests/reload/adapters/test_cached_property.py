"""functools.cached_property: a changed function's values are made again, lazily."""

from __future__ import annotations

import copy
import functools
import gc

from gameserver.errors import ReleaseRefused
from gameserver.reload.adapters.cached_property import Renewing
from tests.reload.adapters.game import GameCase

ROOM = """
import functools

class Room:
    @functools.cached_property
    def exits(self): return ["old"]

    @functools.cached_property
    def light(self): return ["dim"]
"""
NEW = ROOM.replace("old", "new")
NEWER = ROOM.replace("old", "newer")
SLOTTED = ROOM.replace("    @", '    __slots__ = ("__dict__",)\n\n    @', 1)


class CachedPropertyTests(GameCase):
    def test_kept_value_is_made_again_once(self) -> None:
        """The first reading makes the value anew, the next gives the same object."""
        room = self.load("m", ROOM).Room()
        self.assertEqual(room.exits, ["old"])
        self.release(m=NEW)
        exits = room.exits
        self.assertEqual(exits, ["new"])
        self.assertIs(room.exits, exits)

    def test_warm_code_sees_the_change(self) -> None:
        """Code that CPython has specialised to the instance's dict sees the change."""
        room = self.load("m", ROOM).Room()

        def read() -> list[str]:
            return room.exits

        for _ in range(100):
            read()
        release = self.release(m=NEW)
        self.assertEqual(read(), ["new"])
        for _ in range(100):
            read()
        release.undo()
        self.assertEqual(read(), ["old"])

    def test_nothing_is_scanned(self) -> None:
        """An instance that is not touched keeps its stale field until it is."""
        room = self.load("m", ROOM).Room()
        old = room.exits
        self.release(m=NEW)
        self.assertIs(vars(room)["exits"], old)

    def test_unchanged_property(self) -> None:
        """A property whose function did not change keeps values, and its class."""
        module = self.load("m", ROOM)
        room = module.Room()
        light = room.light
        self.release(m=NEW)
        self.assertIs(room.light, light)
        self.assertIs(type(module.Room.light), functools.cached_property)

    def test_moved_property(self) -> None:
        """A property that only stands in other lines keeps values."""
        room = self.load("m", ROOM).Room()
        exits = room.exits
        self.release(m="A = 1\n" + ROOM)
        self.assertIs(room.exits, exits)

    def test_property_object_stays(self) -> None:
        """The class holds the same property object; it is still a cached_property."""
        module = self.load("m", ROOM)
        held = module.Room.exits
        self.release(m=NEW)
        self.assertIs(module.Room.exits, held)
        self.assertIsInstance(held, functools.cached_property)

    def test_assignment(self) -> None:
        """An assigned value is the value, before and after the first reading."""
        module = self.load("m", ROOM)
        room, other = module.Room(), module.Room()
        self.assertEqual((room.exits, other.exits), (["old"], ["old"]))
        self.release(m=NEW)
        room.exits = other.exits
        self.assertIs(room.exits, other.exits)
        self.assertIs(vars(room)["exits"], other.exits)

    def test_deletion(self) -> None:
        """A deleted value is made again; one that is not there cannot be deleted."""
        room = self.load("m", ROOM).Room()
        self.assertEqual(room.exits, ["old"])
        self.release(m=NEW)
        del room.exits
        self.assertEqual(room.exits, ["new"])
        del room.exits
        with self.assertRaises(AttributeError):
            del room.exits

    def test_new_instances(self) -> None:
        """Instances made after the release keep values as ever."""
        module = self.load("m", ROOM)
        self.release(m=NEW)
        room = module.Room()
        exits = room.exits
        self.assertEqual(exits, ["new"])
        self.assertIs(room.exits, exits)

    def test_second_change(self) -> None:
        """Each change makes the values of all earlier ones stale."""
        room = self.load("m", ROOM).Room()
        self.assertEqual(room.exits, ["old"])
        self.release(m=NEW)
        self.assertEqual(room.exits, ["new"])
        self.release(m=NEWER)
        self.assertEqual(room.exits, ["newer"])
        self.release(m="\n" + NEWER)
        self.assertEqual(room.exits, ["newer"])

    def test_undo_brings_the_values_back(self) -> None:
        """After undo each instance has what it had, and the property is a plain one."""
        module = self.load("m", ROOM)
        room, fresh = module.Room(), module.Room()
        exits = room.exits
        before = dict(vars(module.Room.exits))
        release = self.release(m=NEW)
        self.assertEqual((room.exits, fresh.exits), (["new"], ["new"]))
        release.undo()
        self.assertIs(room.exits, exits)
        self.assertNotIn("exits", vars(fresh))
        self.assertIs(type(module.Room.exits), functools.cached_property)
        self.assertEqual(vars(module.Room.exits), before)

    def test_undo_of_the_second_change(self) -> None:
        """Two releases taken back one by one give each state back."""
        room = self.load("m", ROOM).Room()
        old = room.exits
        first = self.release(m=NEW)
        new = room.exits
        second = self.release(m=NEWER)
        self.assertEqual(room.exits, ["newer"])
        second.undo()
        self.assertIs(room.exits, new)
        first.undo()
        self.assertIs(room.exits, old)

    def test_refused_release(self) -> None:
        """A body or hook that raises leaves values and property as they were."""
        module = self.load("m", ROOM)
        room = module.Room()
        exits = room.exits
        self.refuse(m=NEW)
        with self.assertRaises(ReleaseRefused):
            self.release(m=NEW + "\ndef module_reloaded(old, new): 1/0\n")
        self.assertIs(room.exits, exits)
        self.assertIs(type(module.Room.exits), functools.cached_property)

    def test_subclass_elsewhere(self) -> None:
        """Instances of a subclass in another module make theirs again."""
        self.load("m", ROOM)
        text = "from ROOT.m import Room\nclass Crypt(Room): pass\n"
        crypt = self.load("u", text).Crypt()
        self.assertEqual(crypt.exits, ["old"])
        self.release(m=NEW)
        self.assertEqual(crypt.exits, ["new"])

    def test_function_of_another_module(self) -> None:
        """A property around a function of a module that changes is renewed."""
        self.load("m", "def look(room): return 'old'\n")
        text = "import functools\nfrom ROOT.m import look\n"
        text += "class Room:\n    seen = functools.cached_property(look)\n"
        room = self.load("u", text).Room()
        self.assertEqual(room.seen, "old")
        self.release(m="def look(room): return 'new'\n")
        self.assertEqual(room.seen, "new")

    def test_without_weak_references(self) -> None:
        """Instances that cannot be weakly referenced make theirs again, once."""
        room = self.load("m", SLOTTED).Room()
        self.assertEqual(room.exits, ["old"])
        self.release(m=SLOTTED.replace("old", "new"))
        exits = room.exits
        self.assertEqual(exits, ["new"])
        self.assertIs(room.exits, exits)

    def test_copies(self) -> None:
        """A copy makes its own value."""
        room = self.load("m", ROOM).Room()
        self.assertEqual(room.exits, ["old"])
        self.release(m=NEW)
        self.assertEqual(copy.copy(room).exits, ["new"])

    def test_property_added_and_removed(self) -> None:
        """A property that comes and one that goes, with values kept meanwhile."""
        module = self.load("m", "class Room:\n    def exits(self): return 1\n")
        room = module.Room()
        self.release(m=ROOM)
        self.assertEqual(room.exits, ["old"])
        plain = "class Room:\n    @property\n    def exits(self): return 'plain'\n"
        self.release(m=plain)
        self.assertEqual(room.exits, "plain")

    def test_raising_function(self) -> None:
        """A new function that raises raises to the reader, each time."""
        room = self.load("m", ROOM).Room()
        self.assertEqual(room.exits, ["old"])
        self.release(m=ROOM.replace('["old"]', "1 / 0"))
        for _ in range(2):
            with self.assertRaises(ZeroDivisionError):
                _ = room.exits

    def test_no_growth(self) -> None:
        """The dead leave no marks, a permanent release keeps no stale values."""
        module = self.load("m", ROOM)
        rooms = [module.Room() for _ in range(50)]
        self.assertEqual(len({id(one.exits) for one in rooms}), 50)
        release = self.release(m=NEW)
        self.assertEqual(rooms[0].exits, rooms[1].exits)
        release.make_permanent()
        held = vars(module)["Room"].exits
        assert isinstance(held, Renewing)
        self.assertIsNone(held.former())
        del rooms
        gc.collect()
        self.assertEqual(held.fresh, {})
