"""Dataclasses over releases."""

from __future__ import annotations

import copy
import dataclasses
import pickle

from tests.reload.adapters.released import ReleaseCase

HEAD = "from dataclasses import KW_ONLY, InitVar, dataclass, field\n"
HEAD += "from typing import ClassVar\n"
POINT = HEAD + "@dataclass\nclass P:\n    x: int = 1\n"
BAG = POINT + "    bag: list = field(default_factory=list)\n"
FROZEN = POINT.replace("@dataclass", "@dataclass(frozen=True)")


class FieldTests(ReleaseCase):
    """Fields that come, go and change."""

    def test_new_default(self) -> None:
        """A new field with a default is on old instances and on new ones."""
        m = self.load(m=POINT)
        old = m.P(3)
        self.release(m=POINT + "    y: int = 9\n")
        self.assertEqual((old.y, repr(old)), (9, "P(x=3, y=9)"))
        self.assertEqual(m.P(3), old)
        self.assertEqual(m.P(1, 2).y, 2)

    def test_new_factory(self) -> None:
        """Each old instance gets a value of its own on first touch, and keeps it."""
        m = self.load(m=POINT)
        one, other = m.P(1), m.P(1)
        self.release(m=BAG)
        one.bag.append("lamp")
        self.assertEqual((one.bag, other.bag), (["lamp"], []))
        self.assertEqual(vars(one), {"x": 1, "bag": ["lamp"]})
        self.assertEqual(m.P(1), other)
        self.assertNotEqual(m.P(1), one)

    def test_new_factory_is_told(self) -> None:
        """The plan has a line for it, as for one with a default."""
        self.load(m=POINT)
        told = self.notes(self.release(m=BAG + "    y: int = 9\n"))
        added = [one for one in told if one.startswith("added")]
        self.assertEqual(sorted(added), ["added P.bag ", "added P.y "])
        told = self.notes(self.release(m=BAG.replace("=list", "=dict")))
        self.assertNotIn("added", " ".join(told))

    def test_library_functions_see_the_new_field(self) -> None:
        """``fields``, ``asdict``, ``replace``, copies and pickles are right."""
        m = self.load(m=POINT)
        old = m.P(3)
        self.release(m=BAG)
        self.assertEqual([one.name for one in dataclasses.fields(m.P)], ["x", "bag"])
        self.assertEqual(dataclasses.asdict(old), {"x": 3, "bag": []})
        self.assertEqual(dataclasses.replace(old, x=4), m.P(4))
        self.assertEqual(copy.deepcopy(old), old)
        self.assertEqual(pickle.loads(pickle.dumps(old)), old)  # noqa: S301 - our own
        self.assertEqual(m.P.__match_args__, ("x", "bag"))

    def test_the_class_shows_no_value(self) -> None:
        """On the class a field with a factory is no attribute, as ever."""
        m = self.load(m=POINT)
        self.release(m=BAG)
        self.assertFalse(hasattr(m.P, "bag"))
        self.assertRaises(AttributeError, getattr, m.P, "bag")

    def test_instance_values_come_first(self) -> None:
        """Assigning and deleting are the instance's own affair."""
        m = self.load(m=POINT)
        old = m.P()
        self.release(m=BAG)
        old.bag = ["map"]
        self.assertEqual(old.bag, ["map"])
        del old.bag
        self.assertEqual(old.bag, [])

    def test_factory_changes(self) -> None:
        """An instance not yet touched gets what the newest factory makes."""
        m = self.load(m=POINT)
        touched, untouched = m.P(), m.P()
        self.release(m=BAG)
        self.assertEqual(touched.bag, [])
        self.release(m=BAG.replace("=list)", "=lambda: [1])"))
        self.assertEqual((touched.bag, untouched.bag, m.P().bag), ([], [1], [1]))
        self.release(m=BAG.replace("=list)", "=lambda: [2])"))
        self.assertEqual((touched.bag, m.P().bag, m.P.__name__), ([], [2], "P"))

    def test_factory_becomes_default_and_back(self) -> None:
        """A field may turn from factory to default to factory."""
        m = self.load(m=POINT)
        old = m.P()
        self.release(m=BAG)
        self.release(m=POINT + "    bag: tuple = ()\n")
        self.assertEqual((old.bag, m.P.bag, m.P().bag), ((), (), ()))
        self.release(m=BAG)
        self.assertEqual((old.bag, m.P().bag), ([], []))
        self.assertFalse(hasattr(m.P, "bag"))

    def test_field_goes_and_comes_again(self) -> None:
        """A removed field leaves the class; back again, it reaches all instances."""
        m = self.load(m=BAG)
        first = m.P(1, ["axe"])
        self.release(m=POINT)
        between = m.P(1)
        self.assertEqual((repr(first), first == between), ("P(x=1)", True))
        self.assertFalse(hasattr(between, "bag"))
        self.release(m=BAG)
        self.assertEqual((first.bag, between.bag), (["axe"], []))

    def test_lazy_field_is_removed(self) -> None:
        """Nothing of ours stays on the class when the field goes."""
        m = self.load(m=POINT)
        old = m.P()
        names = set(vars(m.P))
        self.release(m=BAG)
        self.release(m=POINT)
        self.assertEqual(set(vars(m.P)), names)
        self.assertFalse(hasattr(old, "bag"))

    def test_default_changes(self) -> None:
        """New instances take the new default, old ones keep what they have."""
        m = self.load(m=POINT)
        old = m.P()
        self.release(m=POINT.replace("= 1", "= 2"))
        self.assertEqual((old.x, m.P().x, m.P.x), (1, 2, 2))
        self.assertEqual(dataclasses.fields(m.P)[0].default, 2)

    def test_what_a_field_says_changes(self) -> None:
        """repr, compare, metadata and kw_only of a field are the new text's."""
        m = self.load(m=BAG)
        text = BAG.replace("=list)", "=list, repr=False, compare=False,"
                           " metadata={'unit': 'kg'}, kw_only=True)")  # fmt: skip
        old = m.P(1, ["axe"])
        self.release(m=text)
        self.assertEqual((repr(old), old == m.P(1)), ("P(x=1)", True))
        self.assertEqual(dataclasses.fields(m.P)[1].metadata["unit"], "kg")
        self.assertRaises(TypeError, m.P, 1, [])

    def test_required_field_is_told(self) -> None:
        """A new field without a default is a conflict in the plan."""
        m = self.load(m=POINT)
        done = self.release(m=POINT.replace("    x", "    name: str\n    x"))
        self.assertIn("conflict P.name", " ".join(self.notes(done)))
        self.assertEqual(m.P("axe").x, 1)

    def test_class_var_and_init_var(self) -> None:
        """Pseudo-fields are no fields of old instances."""
        m = self.load(m=POINT)
        old = m.P()
        self.release(m=POINT + "    bag: list = field(default_factory=list)\n"
                     "    many: ClassVar[int] = 7\n    seed: InitVar[int] = 3\n"
                     "    def __post_init__(self, seed): self.x += seed\n")  # fmt: skip
        self.assertEqual((old.many, old.bag, old.x), (7, [], 1))
        self.assertEqual((m.P(1).x, m.P(1, [], 5).x), (4, 6))

    def test_kw_only_marker(self) -> None:
        """Fields after ``KW_ONLY`` are keyword-only in the new constructor."""
        m = self.load(m=POINT)
        old = m.P()
        self.release(m=POINT + "    _: KW_ONLY\n    bag: list = field("
                     "default_factory=list)\n")  # fmt: skip
        self.assertEqual((old.bag, m.P(1, bag=[2]).bag), ([], [2]))
        self.assertRaises(TypeError, m.P, 1, [2])


class DecoratorTests(ReleaseCase):
    """What the decorator's own parameters make."""

    def test_order_arrives_and_goes(self) -> None:
        """``order=True`` gives comparisons, its removal takes them away."""
        m = self.load(m=POINT)
        one, two = m.P(1), m.P(2)
        self.assertRaises(TypeError, lambda: one < two)
        self.release(m=POINT.replace("@dataclass", "@dataclass(order=True)"))
        self.assertLess(one, two)
        self.release(m=POINT)
        self.assertRaises(TypeError, lambda: one < two)

    def test_frozen_arrives_and_goes(self) -> None:
        """A class may become frozen and hashable, and not be so again."""
        m = self.load(m=POINT)
        old = m.P()
        self.release(m=FROZEN)
        self.assertEqual(hash(old), hash(m.P()))
        self.assertRaises(dataclasses.FrozenInstanceError, setattr, old, "x", 2)
        self.release(m=POINT)
        old.x = 2
        self.assertRaises(TypeError, hash, old)

    def test_frozen_old_instance(self) -> None:
        """A frozen instance is given its new field all the same."""
        m = self.load(m=FROZEN)
        old = m.P()
        self.release(m=FROZEN + "    bag: tuple = field(default_factory=tuple)\n")
        self.assertEqual((old, hash(old)), (m.P(), hash(m.P())))

    def test_becomes_and_ceases_to_be_a_dataclass(self) -> None:
        """A plain class may become a dataclass, and one may become plain."""
        plain = HEAD + "class P:\n    def __init__(self): self.x = 1\n"
        m = self.load(m=plain)
        old = m.P()
        self.release(m=BAG)
        self.assertEqual((old.bag, repr(old)), ([], "P(x=1, bag=[])"))
        self.release(m=plain)
        self.assertFalse(dataclasses.is_dataclass(m.P))
        self.assertFalse(hasattr(m.P(), "bag"))

    def test_own_methods_win(self) -> None:
        """A method of the text replaces a generated one, and the reverse."""
        m = self.load(m=POINT)
        old = m.P()
        self.release(m=POINT + "    def __repr__(self): return 'mine'\n")
        self.assertEqual(repr(old), "mine")
        self.release(m=POINT)
        self.assertEqual(repr(old), "P(x=1)")
