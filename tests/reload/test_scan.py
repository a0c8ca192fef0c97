"""The scans of the heap, and their price."""

from __future__ import annotations

import itertools

from twisted.trial.unittest import SynchronousTestCase

from gameserver.reload.scan import functions_with, instances_of


def make(number):
    def inner():
        return number

    return inner


class Thing:
    """What is looked for."""


class Below(Thing):
    """A subclass of it."""


class FunctionTests(SynchronousTestCase):
    def test_found(self):
        """Functions that run one of the codes are found, however held."""
        held = [make(1), {"a": make(2)}]
        scans = []
        found = functions_with(
            [held[0].__code__], itertools.count(0, 2).__next__, scans
        )
        numbers = sorted(one() for one in found)
        self.assertEqual(numbers, [1, 2])
        (scan,) = scans
        self.assertEqual(scan.seconds, 2)
        self.assertIn("make.<locals>.inner", scan.why)
        self.assertGreater(scan.objects, 0)

    def test_other_holders(self):
        """Who refers to the code and is no function is not."""
        keeper = [make.__code__]
        self.assertEqual(functions_with(keeper, lambda: 0.0, []), [make])

    def test_none(self):
        """Without codes there is no scan."""
        scans = []
        self.assertEqual(functions_with([], lambda: 0.0, scans), [])
        self.assertEqual(scans, [])


class InstanceTests(SynchronousTestCase):
    def test_found(self):
        """Instances of exactly these classes are found."""
        one, other, scans = Thing(), Below(), []
        found = instances_of([Thing], itertools.count(0, 3).__next__, scans)
        self.assertIn(one, found)
        self.assertNotIn(other, found)
        self.assertEqual((scans[0].why, scans[0].seconds), ("instances of Thing", 3))

    def test_many(self):
        """Of many classes the plan names three."""
        scans = []
        owners = [type(f"C{n}", (), {}) for n in range(5)]
        instances_of(owners, lambda: 0.0, scans)
        self.assertEqual(scans[0].why, "instances of C0, C1, C2 and 2 more")

    def test_none(self):
        """Without classes there is no scan."""
        scans = []
        self.assertEqual(instances_of([], lambda: 0.0, scans), [])
        self.assertEqual(scans, [])


class EvilTests(SynchronousTestCase):
    def test_metaclass(self):
        """Classes that cannot be compared are no trouble to a scan."""

        class Evil(type):
            def __eq__(cls, other):
                raise LookupError

            __hash__ = type.__hash__

        class Odd(metaclass=Evil):
            pass

        class Wanted:
            pass

        odd, wanted = Odd(), Wanted()
        self.assertEqual(instances_of([Wanted], lambda: 0.0, []), [wanted])
        self.assertEqual(instances_of([Odd], lambda: 0.0, []), [odd])
