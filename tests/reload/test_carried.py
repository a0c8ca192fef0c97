"""What a release remembers of carried instances is forgotten a little at a time."""

from __future__ import annotations

import weakref
from itertools import count

from twisted.trial.unittest import SynchronousTestCase

from gameserver.reload.carried import Carried
from gameserver.reload.lending import Shown


class One:
    """An instance; weakly known."""


class LetGoTests(SynchronousTestCase):
    """Instances that a hook has seen, with a clock that goes on with each look."""

    def setUp(self):
        self.ones = [One() for _ in range(5)]
        self.carried = Carried()
        for one in self.ones:
            fields = {"items": [1]}
            shown = Shown(fields)
            fields["items"].append(2)
            self.carried.show(weakref.ref(one), shown)
            self.carried.add((weakref.ref(one), {}, {}, []))

    def test_little_by_little(self):
        """The clock is looked at after each, of what hooks had as well."""
        ticks = count(1)
        left = [
            self.carried.let_go(lambda: float(next(ticks)), limit)
            for limit in (1.0, 4.0, 7.0)
        ]
        self.assertEqual(left, [9, 6, 3])

    def test_all(self):
        """Without a limit all goes at once."""
        self.assertEqual(self.carried.let_go(lambda: 0.0, float("inf")), 0)
        self.assertEqual(list(self.carried.alive()), [])
