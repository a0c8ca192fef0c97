"""A function that passes its calls on to what replaced it."""

from __future__ import annotations

import inspect

from twisted.trial.unittest import SynchronousTestCase

from gameserver.reload.forward import forward
from tests.reload.game import desk_for


def successor(*args, **named):
    return args, named


class ForwardTests(SynchronousTestCase):
    def forwarded(self, function, target=successor):
        desk = desk_for()
        forward(function, target, desk)
        desk.journal.apply()
        return desk

    def test_call(self):
        """A call goes to the successor, with all arguments."""

        def old(a, b=1, *, c=2):
            return a, b, c

        self.forwarded(old)
        self.assertEqual(old(5, 6, c=7, d=8), ((5, 6), {"c": 7, "d": 8}))
        self.assertEqual(old(), ((), {}))

    def test_closure(self):
        """A function with cells can pass on, too; the cells stay."""
        number = 3

        def old():
            return number

        self.forwarded(old)
        self.assertEqual(old(1), ((1,), {}))
        self.assertEqual(old.__code__.co_freevars, ("number",))

    def test_class(self):
        """The successor can be a class."""

        def old():
            return None

        self.forwarded(old, dict)
        self.assertEqual(old(a=1), {"a": 1})

    def test_shown(self):
        """Name, file and line stay; signature and ``inspect`` follow the successor."""

        def old(a):
            return a

        code = old.__code__
        self.forwarded(old)
        for part in ("co_name", "co_qualname", "co_filename", "co_firstlineno"):
            self.assertEqual(getattr(old.__code__, part), getattr(code, part))
        self.assertIs(inspect.unwrap(old), successor)

    def test_two(self):
        """Two that pass on do so to their own successors."""

        def one():
            return None

        def other():
            return None

        self.forwarded(one, lambda: 1)
        self.forwarded(other, lambda: 2)
        self.assertEqual((one(), other()), (1, 2))

    def test_undo(self):
        """It can be taken back."""

        def old(a=1, *, b=2):
            return a, b

        desk = self.forwarded(old)
        desk.journal.revert()
        self.assertEqual(old(), (1, 2))
        self.assertEqual(vars(old), {})
