"""Named tuples over releases."""

from __future__ import annotations

import collections
import copy
import gc
import pickle

from tests.reload.adapters.released import ReleaseCase

CALL = "from collections import namedtuple\nP = namedtuple('P', 'x y')\n"
CLASS = """
    from typing import NamedTuple
    class P(NamedTuple):
        x: int
        y: int = 2
        def total(self): return self.x + self.y
"""
BASED = """
    from collections import namedtuple
    class P(namedtuple("P", "x y")):
        __slots__ = ()
        def total(self): return self.x + self.y
"""


class SameFieldTests(ReleaseCase):
    """The fields stay: everything changes in place."""

    def test_methods(self) -> None:
        """Held instances run new methods, whichever way the class is made."""
        for text in (CLASS, BASED):
            m = self.load(m=text)
            old, owner = m.P(1, 2), m.P
            self.release(m=text.replace("self.x + self.y", "self.x * 10"))
            self.assertEqual((old.total(), m.P is owner), (10, True))
            self._forget()
            self.setUp()

    def test_method_added_and_removed(self) -> None:
        """New methods arrive, removed ones go."""
        m = self.load(m=CLASS)
        old = m.P(1)
        self.release(m=CLASS.replace("total", "sum"))
        self.assertEqual(old.sum(), 3)
        self.assertFalse(hasattr(old, "total"))

    def test_defaults(self) -> None:
        """A changed default is the constructor's."""
        m = self.load(m=CLASS)
        old = m.P(1)
        self.release(m=CLASS.replace("= 2", "= 5"))
        self.assertEqual((old, m.P(1), m.P._field_defaults), ((1, 2), (1, 5), {"y": 5}))

    def test_defaults_by_call(self) -> None:
        """Defaults given to the call arrive."""
        m = self.load(m=CALL)
        owner, old = m.P, m.P(1, 2)
        self.release(m=CALL.replace("'x y'", "'x y', defaults=[7]"))
        self.assertEqual((m.P(1), m.P is owner, old.y), ((1, 7), True, 2))

    def test_defaults_of_an_inline_base(self) -> None:
        """Defaults of the base in the class statement arrive."""
        m = self.load(m=BASED)
        old = m.P(1, 2)
        self.release(m=BASED.replace('"x y"', '"x y", defaults=[7]'))
        self.assertEqual((m.P(1), old.total()), ((1, 7), 3))

    def test_inline_base_stays(self) -> None:
        """If the base's text does not change it stays the same class."""
        m = self.load(m=BASED)
        bases = m.P.__bases__
        self.release(m=BASED.replace("self.x + self.y", "1"))
        self.assertIs(m.P.__bases__[0], bases[0])

    def test_docstrings(self) -> None:
        """Docstrings of the class and of fields are the new text's."""
        text = CALL + "P.__doc__ = 'one'\nP.x.__doc__ = 'old'\n"
        m = self.load(m=text)
        self.release(m=text.replace("one", "two").replace("old", "new"))
        self.assertEqual((m.P.__doc__, m.P.x.__doc__, m.P(3, 4).x), ("two", "new", 3))

    def test_instances_elsewhere(self) -> None:
        """Equality, copies and pickles of held instances are as ever."""
        m = self.load(m=CLASS)
        old = m.P(1, 2)
        self.release(m=CLASS.replace("self.x + self.y", "0"))
        self.assertEqual((old, old._asdict()), (m.P(1, 2), {"x": 1, "y": 2}))
        self.assertEqual(copy.copy(old)._replace(x=3), (3, 2))
        self.assertIs(type(pickle.loads(pickle.dumps(old))), m.P)  # noqa: S301 - our own

    def test_constants_of_the_text(self) -> None:
        """A constant that is an instance is kept, or is the new text's."""
        text = CLASS + "    ORIGIN = P(0, 0)\n    STEP = P(1, 1)\n"
        m = self.load(m=text)
        origin = m.ORIGIN
        self.release(m=text.replace("STEP = P(1, 1)", "STEP = P(2, 1)"))
        self.assertIs(m.ORIGIN, origin)
        self.assertEqual((m.STEP.total(), type(m.STEP)), (3, m.P))


class OtherFieldTests(ReleaseCase):
    """The fields change: only if there is no instance."""

    def test_no_instance(self) -> None:
        """Everything that the class says of its fields is right after it."""
        for text, new in (
            (CALL, CALL.replace("x y", "x y z")),
            (CLASS, CLASS.replace("y: int = 2", "y: int\n        z: int")),
            (BASED, BASED.replace("x y", "x y z")),
        ):
            m = self.load(m=text)
            owner = m.P
            self.release(m=new)
            made = m.P(1, 2, 3)
            self.assertIs(m.P, owner)
            self.assertEqual(repr(made), "P(x=1, y=2, z=3)")
            self.assertEqual((made.z, m.P._fields), (3, ("x", "y", "z")))
            self.assertEqual(m.P._make([4, 5, 6])._replace(z=7), (4, 5, 7))
            self.assertEqual(made._asdict(), {"x": 1, "y": 2, "z": 3})
            self.assertEqual(m.P.__match_args__, ("x", "y", "z"))
            self.assertRaises(TypeError, m.P, 1, 2)
            self._forget()
            self.setUp()

    def test_fields_in_another_order(self) -> None:
        """Each name reads its new place."""
        m = self.load(m=CALL)
        self.release(m=CALL.replace("x y", "y x"))
        made = m.P(1, 2)
        self.assertEqual((made.y, made.x, repr(made)), (1, 2, "P(y=1, x=2)"))

    def test_removed_field(self) -> None:
        """A removed field is no attribute any more."""
        m = self.load(m=CALL)
        self.release(m=CALL.replace("x y", "x"))
        self.assertFalse(hasattr(m.P(1), "y"))

    def test_instance_alive(self) -> None:
        """With an instance alive it is refused, with both lists of names."""
        for text in (CALL, CLASS, BASED):
            m = self.load(m=text)
            held = m.P(1, 2)
            before = dict(vars(m.P)), m.P.__bases__
            new = text.replace("x y", "x z").replace("y: int = 2", "z: int = 2")
            why = self.refused(m=new)
            self.assertIn("fields (x, y) become (x, z)", why)
            self.assertIn("an instance is alive", why)
            self.assertEqual((dict(vars(m.P)), m.P.__bases__), before)
            self.assertEqual(held.y, 2)
            self._forget()
            self.setUp()

    def test_instance_of_a_subclass_alive(self) -> None:
        """An instance of a subclass elsewhere counts."""
        b = self.load(m=CALL, b="from ROOT.m import P\nclass Q(P): pass\n")
        held = [b.Q(1, 2)]
        self.assertIn("fields", self.refused(m=CALL.replace("x y", "x")))
        held.clear()
        self.release(m=CALL.replace("x y", "x"))
        self.assertEqual(b.Q(1).x, 1)

    def test_frozen_heap(self) -> None:
        """After ``gc.freeze()`` it cannot be told: refused."""
        self.load(m=CALL)
        gc.freeze()
        self.addCleanup(gc.unfreeze)
        self.assertIn("gc.freeze()", self.refused(m=CALL.replace("x y", "x")))

    def test_undo(self) -> None:
        """Undo gives every member back."""
        for text in (CALL, CLASS, BASED):
            m = self.load(m=text)
            before = dict(vars(m.P)), m.P.__bases__
            new = text.replace("x y", "x z").replace("y: int = 2", "z: int = 2")
            done = self.release(m=new)
            self.assertEqual(m.P(1, 2).z, 2)
            done.undo()
            self.assertEqual((dict(vars(m.P)), m.P.__bases__), before)
            self.assertEqual(repr(m.P(1, 2)), "P(x=1, y=2)")
            self._forget()
            self.setUp()

    def test_refused_later(self) -> None:
        """A failing hook leaves the class as it was."""
        m = self.load(m=CALL)
        before = dict(vars(m.P))
        new = CALL.replace("x y", "x")
        self.refused(m=new + "1/0\n")
        self.refused(m=new + "def module_reloaded(old, new): 1/0\n")
        self.assertEqual(dict(vars(m.P)), before)

    def test_nothing_grows(self) -> None:
        """Classes of former releases are gone, those made inline too."""
        self.load(m=BASED)
        more, fewer = BASED.replace("x y", "x y z"), CALL.replace("x y", "x")
        self.assert_grows_not(more, BASED, is_scanned=True)
        self.assert_grows_not(CALL, fewer, is_scanned=True)
        self.assertTrue(issubclass(collections.OrderedDict, dict))
