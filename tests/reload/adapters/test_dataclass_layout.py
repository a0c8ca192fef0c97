"""Dataclasses over releases: slots, inheritance, the way back."""

from __future__ import annotations

import dataclasses
import pickle

from tests.reload.adapters.released import ReleaseCase
from tests.reload.adapters.test_dataclass import BAG, POINT

SLOTS = POINT.replace("@dataclass", "@dataclass(slots=True, weakref_slot=True)")


class SlotTests(ReleaseCase):
    """Dataclasses whose instances have slots."""

    NEW = SLOTS + "    bag: list = field(default_factory=list)\n    y: int = 9\n"

    def test_new_slots_with_weak_references(self) -> None:
        """Old and new instances have the new fields, each its own value."""
        m = self.load(m=SLOTS)
        one, other = m.P(1), m.P(1)
        self.release(m=self.NEW)
        one.bag.append("axe")
        one.y = 4
        self.assertEqual(repr(one), "P(x=1, bag=['axe'], y=4)")
        self.assertEqual(repr(other), "P(x=1, bag=[], y=9)")
        self.assertEqual(other, m.P(1))
        self.assertEqual(
            dataclasses.asdict(m.P(1, [2], 3)), {"x": 1, "bag": [2], "y": 3}
        )

    def test_new_slots_above_a_dict(self) -> None:
        """An instance of a subclass with a dict has them, too, each its own value."""
        below = "class Q(P): pass\n"
        m = self.load(m=SLOTS + below)
        one, other = m.Q(1), m.Q(1)
        self.release(m=self.NEW + below)
        one.bag.append("axe")
        self.assertEqual((one.bag, one.y, other.bag), (["axe"], 9, []))
        self.assertEqual(other, m.Q(1))

    def test_values_beside_survive_the_next_release(self) -> None:
        """A value kept beside an instance is there after another release."""
        m = self.load(m=SLOTS)
        one, other = m.P(1), m.P(2)
        self.release(m=self.NEW)
        one.bag.append("axe")
        self.release(m=self.NEW.replace("=list)", "=lambda: [0])"))
        self.assertEqual((one.bag, other.bag, m.P(1).bag), (["axe"], [0], [0]))

    def test_frozen_slots(self) -> None:
        """A frozen one with slots gets its fields too; hash and pickle are right."""
        frozen = self.NEW.replace("(slots", "(frozen=True, slots").replace(
            "list", "tuple"
        )
        m = self.load(m=SLOTS.replace("(slots", "(frozen=True, slots"))
        old = m.P()
        self.release(m=frozen)
        self.assertEqual((old, hash(old), old.y), (m.P(), hash(m.P()), 9))
        self.assertEqual(pickle.loads(pickle.dumps(old)), old)  # noqa: S301 - our own

    def test_without_weak_references_refused(self) -> None:
        """Without ``weakref_slot`` there is no room: refused, nothing changes."""
        text = POINT.replace("@dataclass", "@dataclass(slots=True)")
        m = self.load(m=text)
        old = m.P()
        why = self.refused(m=text + "    y: int = 9\n")
        self.assertIn("P", why)
        self.assertEqual(repr(old), "P(x=1)")

    def test_undo(self) -> None:
        """Undo takes the slots beside away."""
        m = self.load(m=SLOTS)
        before = dict(vars(m.P))
        old = m.P()
        done = self.release(m=self.NEW)
        self.assertEqual(old.y, 9)
        done.undo()
        self.assertEqual(dict(vars(m.P)), before)
        self.assertFalse(hasattr(old, "y"))


class SubclassTests(ReleaseCase):
    """Dataclasses that inherit fields."""

    def test_in_the_same_module(self) -> None:
        """A subclass of the same text has the new field, old instances too."""
        text = "@dataclass\nclass Q(P):\n    z: int = 5\n"
        m = self.load(m=POINT + text)
        old = m.Q()
        self.release(m=BAG + text)
        self.assertEqual(repr(old), "Q(x=1, bag=[], z=5)")
        self.assertEqual(m.Q(1, [], 6).z, 6)

    def test_in_another_module_of_the_plan(self) -> None:
        """Both released: the subclass's methods are written from the new fields."""
        text = "from dataclasses import dataclass\nfrom ROOT.m import P\n"
        text += "@dataclass\nclass Q(P):\n    z: int = 5\n"
        b = self.load(m=POINT, b=text)
        old = b.Q()
        done = self.release(m=BAG, b=text + "    w: int = 6\n")
        self.assertEqual(repr(old), "Q(x=1, bag=[], z=5, w=6)")
        self.assertNotIn("was made from", " ".join(self.notes(done)))

    def test_elsewhere_is_told(self) -> None:
        """A subclass that is not released reads the field; the plan says the rest."""
        text = "from dataclasses import dataclass\nfrom ROOT.m import P\n"
        text += "@dataclass\nclass Q(P):\n    z: int = 5\n"
        b = self.load(m=POINT, b=text)
        old = b.Q()
        done = self.release(m=BAG)
        self.assertEqual((old.bag, repr(old)), ([], "Q(x=1, z=5)"))
        notes = " ".join(self.notes(done))
        self.assertIn(f"{self.root}.b.Q was made from the fields before", notes)

    def test_method_change_tells_nothing(self) -> None:
        """If no field changes there is nothing to tell of subclasses."""
        text = "from dataclasses import dataclass\nfrom ROOT.m import P\n"
        self.load(m=POINT, b=text + "@dataclass\nclass Q(P):\n    z: int = 5\n")
        done = self.release(m=POINT + "    def f(self): return 1\n")
        self.assertNotIn("was made from", " ".join(self.notes(done)))

    def test_field_redefined_elsewhere(self) -> None:
        """A subclass written later may declare the lazy field again."""
        m = self.load(m=POINT)
        self.release(m=BAG)
        text = "from dataclasses import dataclass, field\nfrom ROOT.m import P\n"
        text += "@dataclass\nclass Q(P):\n    bag: list = field(kw_only=True)\n"
        b = self.load(b=text)
        self.assertEqual(b.Q(1, bag=[2]).bag, [2])
        self.assertRaises(TypeError, b.Q)
        self.assertTrue(issubclass(b.Q, m.P))


class WayBackTests(ReleaseCase):
    """Undo, refusal, growth."""

    def test_undo(self) -> None:
        """Undo gives the class dict back; a value once made stays on its instance."""
        m = self.load(m=POINT)
        old, untouched = m.P(), m.P()
        before = dict(vars(m.P))
        done = self.release(m=BAG)
        self.assertEqual(old.bag, [])
        done.undo()
        self.assertEqual(dict(vars(m.P)), before)
        self.assertFalse(hasattr(untouched, "bag"))
        self.release(m=BAG + "    y: int = 3\n")
        self.assertEqual(repr(untouched), "P(x=1, bag=[], y=3)")

    def test_refused(self) -> None:
        """A text that fails, or a hook that does, leaves the class as it was."""
        m = self.load(m=POINT)
        before = dict(vars(m.P))
        self.refused(m=BAG + "1/0\n")
        self.refused(m=BAG + "def module_reloaded(old, new): 1/0\n")
        self.assertEqual(dict(vars(m.P)), before)

    def test_nothing_grows(self) -> None:
        """Fields and classes of former releases are gone."""
        self.load(m=POINT)
        self.assert_grows_not(BAG, POINT)
        self.assert_grows_not(BAG, POINT, dataclasses.Field)

    def test_nothing_grows_with_slots(self) -> None:
        """Nor do classes with slots."""
        self.load(m=SLOTS)
        self.assert_grows_not(SlotTests.NEW, SLOTS)
