"""The stand-in passes everything on, to whatever it stands for now."""

from __future__ import annotations

import copy
import pickle
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from gameserver.model.standin import StandIn


class Lamp:
    """Something that can be succeeded."""

    def __init__(self, oil: int) -> None:
        self.oil = oil

    def burn(self) -> int:
        self.oil -= 1
        return self.oil

    def __repr__(self) -> str:
        return f"<lamp {self.oil}>"


class StandInTests(SynchronousTestCase):
    """Reading, writing, deleting, and following."""

    def setUp(self):
        self.lamp = Lamp(3)
        self.stand_in = StandIn(lambda: self.lamp)

    def test_reads_and_calls(self):
        """Attributes and methods are those of the object."""
        self.assertEqual(self.stand_in.oil, 3)
        self.assertEqual(self.stand_in.burn(), 2)
        self.assertEqual(self.lamp.oil, 2)

    def test_writes(self):
        """What is set on the stand-in is set on the object."""
        self.stand_in.oil = 9
        self.assertEqual(self.lamp.oil, 9)

    def test_deletes(self):
        """What is deleted is deleted from the object."""
        del self.stand_in.oil
        self.assertFalse(hasattr(self.lamp, "oil"))
        self.assertFalse(hasattr(self.stand_in, "oil"))

    def test_absent_attribute(self):
        """What the object lacks is the object's own error."""
        with self.assertRaises(AttributeError) as caught:
            _ = self.stand_in.wick
        self.assertIn("'Lamp' object", str(caught.exception))

    def test_follows(self):
        """Kept anywhere, it stands for the successor as soon as there is one."""
        self.lamp = Lamp(100)
        self.assertEqual(self.stand_in.burn(), 99)

    def test_shows_what_it_is(self):
        """Its repr says that it is a stand-in, and for what."""
        self.assertEqual(repr(self.stand_in), "<stand-in for <lamp 3>>")


class Everything:
    """Has every operation; each says which it was, and on whom."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.items: dict[Any, Any] = {}
        self.did: list[str] = []

    def __call__(self, *args: Any, **named: Any) -> Any:
        return self.name, args, named

    def __getitem__(self, key: Any) -> Any:
        return self.items[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self.items[key] = value

    def __delitem__(self, key: Any) -> None:
        del self.items[key]

    def __contains__(self, key: Any) -> bool:
        return key in self.items

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Any:
        return iter(self.items)

    def __next__(self) -> str:
        return f"next of {self.name}"

    def __reversed__(self) -> Any:
        return reversed(self.items)

    def __str__(self) -> str:
        return f"I am {self.name}"

    def __format__(self, spec: str) -> str:
        return f"{self.name}{spec}"

    def __lt__(self, other: Any) -> bool:
        return self.name < other.name

    def __enter__(self) -> Any:
        self.did.append("enter")
        return self.name

    def __exit__(self, *error: object) -> bool:
        self.did.append(f"exit {error[0]}")
        return True

    async def __aenter__(self) -> Any:
        self.did.append("aenter")
        return self.name

    async def __aexit__(self, *error: object) -> None:
        self.did.append("aexit")

    def __await__(self) -> Any:
        yield from ()
        return f"awaited {self.name}"

    async def __aiter__(self) -> Any:
        for key in list(self.items):
            yield key


class OperationTests(SynchronousTestCase):
    """Each operation is the object's, and that of its successor afterwards."""

    def setUp(self):
        self.object = Everything("a")
        self.one: Any = StandIn(lambda: self.object)

    def test_items(self):
        """Items, length, ``in``, truth and iteration."""
        self.assertFalse(self.one)
        self.one[1] = "x"
        self.one[2] = "y"
        self.assertEqual((self.one[1], len(self.one), 2 in self.one), ("x", 2, True))
        self.assertEqual((list(self.one), list(reversed(self.one))), ([1, 2], [2, 1]))
        del self.one[1]
        self.assertEqual(self.object.items, {2: "y"})
        self.assertEqual(next(self.one), "next of a")

    def test_call(self):
        """A call, with all arguments, of any name."""
        self.assertEqual(self.one(1, name=2), ("a", (1,), {"name": 2}))

    def test_text(self):
        """Text and formats."""
        self.assertEqual((str(self.one), f"{self.one:!}"), ("I am a", "a!"))

    def test_with(self):
        """A block ends on whoever is in force by then, which may swallow the error."""
        first, second = self.object, Everything("b")
        with self.one as name:
            self.object = second
            raise KeyError
        self.assertEqual(name, "a")
        self.assertEqual((first.did, second.did), (["enter"], [f"exit {KeyError}"]))

    def test_asynchronous(self):
        """``await``, ``async with`` and ``async for``."""

        async def use() -> list[Any]:
            self.one[5] = 5
            async with self.one as name:
                return [name, await self.one, [key async for key in self.one]]

        found = self.successResultOf(Deferred.fromCoroutine(use()))
        self.assertEqual(found, ["a", "awaited a", [5]])
        self.assertEqual(self.object.did, ["aenter", "aexit"])

    def test_order(self):
        """Order, with stand-ins on either side."""
        other: Any = StandIn(lambda: Everything("b"))
        self.assertTrue(self.one < other)
        self.assertTrue(other > self.one)
        self.assertTrue(self.object < other)

    def test_lacking(self):
        """What the object cannot do is its own ``TypeError``, which names its class."""
        one: Any = StandIn(lambda: lamp)
        lamp = Lamp(1)

        def block() -> None:
            with one:
                pass

        for act in (block, one, lambda: len(one), lambda: one[1], lambda: one < 5):
            with self.assertRaises(TypeError) as caught:
                act()
            self.assertIn("'Lamp'", str(caught.exception))
        self.assertTrue(one)


class IdentityTests(SynchronousTestCase):
    """Class, equality, hash and copies."""

    def setUp(self):
        self.lamp = Lamp(3)
        self.one = StandIn(lambda: self.lamp, "key")
        self.other = StandIn(lambda: self.lamp, "key")

    def test_class(self):
        """``isinstance`` is that of the object, ``type`` is not."""
        self.assertIsInstance(self.one, Lamp)
        self.assertIs(type(self.one), StandIn)

    def test_equal(self):
        """Equal are stand-ins for one object, and the object itself."""
        self.assertEqual((self.one, self.lamp), (self.other, self.one))
        self.assertNotEqual(self.one, Lamp(3))
        self.assertNotEqual(self.one, StandIn(lambda: Lamp(3)))

    def test_key(self):
        """It stays the same key over a succession."""
        known = {self.one}
        self.lamp = Lamp(4)
        self.assertIn(self.one, known)
        self.assertIn(self.other, known)

    def test_own_hash(self):
        """A class's own hash is passed on, and so is that it has none."""
        self.lamp = (1, 2)
        self.assertEqual(hash(self.one), hash((1, 2)))
        self.lamp = []
        self.assertRaises(TypeError, hash, self.one)

    def test_copies(self):
        """A copy is the stand-in itself; it cannot be pickled."""
        self.assertIs(copy.copy(self.one), self.one)
        self.assertIs(copy.deepcopy([self.one])[0], self.one)
        self.assertRaises(TypeError, pickle.dumps, self.one)
