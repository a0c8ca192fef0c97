"""Enumerations over releases: members that are ints, flags; the way back."""

from __future__ import annotations

from typing import Any

from tests.reload.adapters.released import ReleaseCase
from tests.reload.adapters.test_enum_classes import COLOR


def tables(owner: Any) -> object:
    """Give all that an enumeration keeps, members' fields too, copied."""
    members = {id(one): dict(vars(one)) for one in owner._value2member_map_.values()}
    copied = {
        name: value.copy() if isinstance(value, (dict, list)) else value
        for name, value in vars(owner).items()
    }
    return copied, members


class MixinTests(ReleaseCase):
    """Members that are ints, strings, flags, or have attributes."""

    def test_int_member_with_another_value(self) -> None:
        """An int cannot change: a new object takes the name, the plan tells."""
        m = self.load(m=COLOR)
        low, high = m.Rank.LOW, m.Rank.HIGH
        done = self.release(m=COLOR.replace("HIGH = 2", "HIGH = 20"))
        self.assertIs(m.Rank.LOW, low)
        self.assertEqual((m.Rank.HIGH + 1, m.Rank.HIGH.value, high + 1), (21, 20, 3))
        self.assertIs(m.Rank(20), m.Rank.HIGH)
        self.assertRaises(ValueError, m.Rank, 2)
        notes = self.notes(done)
        self.assertTrue(any(one.startswith("conflict Rank.HIGH") for one in notes))
        done.undo()
        self.assertIs(m.Rank.HIGH, high)
        self.assertIs(m.Rank(2), high)

    def test_str_member_added(self) -> None:
        """A ``StrEnum`` gains a member that is a string of the live class."""
        m = self.load(m=COLOR)
        yes = m.Word.YES
        self.release(m=COLOR.replace("YES = auto()", "YES = auto(); NO = auto()"))
        self.assertIs(m.Word("no"), m.Word.NO)
        self.assertIsInstance(m.Word.NO, m.Word)
        self.assertEqual("no".upper(), m.Word.NO.upper())
        self.assertIs(m.Word.YES, yes)

    def test_flags_gain_a_bit(self) -> None:
        """Inverses and combinations know the new bit; held combinations stay."""
        m = self.load(m=COLOR)
        both, inverse = m.Perm.R | m.Perm.W, ~m.Perm.R
        self.assertIs(inverse, m.Perm.W)
        self.release(m=COLOR.replace("W = auto()", "W = auto(); X = auto()"))
        self.assertIs(m.Perm.R | m.Perm.W, both)
        self.assertEqual(~m.Perm.R, m.Perm.W | m.Perm.X)
        self.assertEqual(list(~both), [m.Perm.X])
        self.assertEqual(list(m.Perm), [m.Perm.R, m.Perm.W, m.Perm.X])

    def test_held_combination_is_given_a_name(self) -> None:
        """A combination that play has made is the member that the text names."""
        m = self.load(m=COLOR)
        both = m.Perm.R | m.Perm.W
        done = self.release(m=COLOR.replace("W = auto()", "W = auto(); ALL = R | W"))
        self.assertIs(m.Perm.ALL, both)
        self.assertEqual(both.name, "ALL")
        done.undo()
        self.assertEqual(both.name, "R|W")
        self.assertIs(m.Perm.R | m.Perm.W, both)

    def test_int_flags(self) -> None:
        """``IntFlag`` members and combinations stay, a new bit arrives."""
        m = self.load(m=COLOR)
        a, both = m.Bits.A, m.Bits.A | m.Bits.B
        self.release(m=COLOR.replace("        B = 2", "        B = 2\n        C = 4"))
        self.assertIs(m.Bits.A, a)
        self.assertIs(m.Bits(3), both)
        self.assertEqual(int(both | m.Bits.C), 7)

    def test_combination_in_the_text(self) -> None:
        """A constant that combines flags is the live combination."""
        text = COLOR + "    START = Perm.R | Perm.W\n"
        m = self.load(m=text)
        start = m.START
        self.release(m=text.replace('"old "', '"new "'))
        self.assertIs(m.START, start)
        self.assertIs(m.Perm.R | m.Perm.W, start)

    PLANET = """
        from enum import Enum
        class Planet(Enum):
            EARTH = (5.9, 6.3)
            MARS = (0.6, 3.3)
            def __init__(self, mass, radius):
                self.mass = mass
                self.visits = 0
            @property
            def heavy(self): return self.mass > 1
    """

    def test_attributes_follow_the_text(self) -> None:
        """What the constructor makes of a changed value is on the same member."""
        m = self.load(m=self.PLANET)
        mars = m.Planet.MARS
        self.release(m=self.PLANET.replace("0.6", "7.0"))
        self.assertEqual((mars.mass, mars.heavy), (7.0, True))

    def test_attributes_changed_at_run_time_stay(self) -> None:
        """What play wrote on a member stays if its text has not changed."""
        m = self.load(m=self.PLANET)
        m.Planet.EARTH.visits = 5
        m.Planet.EARTH.seen = True
        self.release(m=self.PLANET.replace("> 1", "> 9"))
        self.assertEqual((m.Planet.EARTH.visits, m.Planet.EARTH.seen), (5, True))
        self.assertFalse(m.Planet.EARTH.heavy)

    def test_constructor_changes(self) -> None:
        """A changed constructor's attributes reach the members there are."""
        m = self.load(m=self.PLANET)
        earth = m.Planet.EARTH
        self.release(m=self.PLANET.replace("self.visits = 0", "self.moons = radius"))
        self.assertEqual(earth.moons, 6.3)

    def test_data_type_mixin(self) -> None:
        """A dataclass as mixin: its fields change on the same member."""
        text = """
            from dataclasses import dataclass
            from enum import Enum
            @dataclass(frozen=True)
            class Stats:
                power: int
            class Kind(Stats, Enum):
                ORC = 5
                ELF = 3
        """
        m = self.load(m=text)
        orc = m.Kind.ORC
        self.release(m=text.replace("ORC = 5", "ORC = 6"))
        self.assertIs(m.Kind.ORC, orc)
        self.assertEqual(orc.power, 6)

    def test_method_valued_members(self) -> None:
        """Values that are functions of the text run the new text."""
        text = """
            from enum import Enum, member
            def hit(): return 1
            class Act(Enum):
                HIT = member(hit)
        """
        m = self.load(m=text)
        act = m.Act.HIT
        self.release(m=text.replace("return 1", "return 2"))
        self.assertIs(m.Act.HIT, act)
        self.assertEqual(act.value(), 2)


class UndoTests(ReleaseCase):
    """The way back, and growth."""

    NEW = COLOR.replace("RED = 1", "BLUE = 3\n        RED = 10").replace(
        "W = auto()", "X = auto()\n        W = auto()"
    ).replace("HIGH = 2", "MID = 2\n        HIGH = 3")  # fmt: skip
    NAMES = ("Color", "Rank", "Perm", "Bits", "Word")

    def kept(self, m: Any) -> list[object]:
        return [tables(getattr(m, name)) for name in self.NAMES]

    def test_undo_restores_all_tables(self) -> None:
        """Undo gives every table and every member's fields back."""
        m = self.load(m=COLOR)
        m.Perm.R | m.Perm.W  # makes the combination
        before = self.kept(m)
        done = self.release(m=self.NEW)
        self.assertNotEqual(self.kept(m), before)
        done.undo()
        self.assertEqual(self.kept(m), before)

    def test_refused_changes_nothing(self) -> None:
        """A text that fails at its end, or whose hook fails, leaves all as it was."""
        m = self.load(m=COLOR)
        before = self.kept(m)
        self.refused(m=self.NEW + "    1/0\n")
        self.assertEqual(self.kept(m), before)
        self.refused(m=self.NEW + "    def module_reloaded(old, new): 1/0\n")
        self.assertEqual(self.kept(m), before)
        self.release(m=self.NEW)
        self.assertEqual(m.Color.BLUE.value, 3)

    def test_nothing_grows(self) -> None:
        """Members and classes of former releases are gone."""
        m = self.load(m=COLOR)
        self.assert_grows_not(self.NEW, COLOR, type(m.Color))
        self.assert_grows_not(self.NEW, COLOR, m.Color)


HELD = "from enum import *\n\nclass C({}):\n    A = 1\n{}\n"


class DataTypeTests(ReleaseCase):
    """An enumeration whose members are to be memory of another kind."""

    def test_refused(self) -> None:
        """It is refused by class, was and now, file and line, wherever one is held."""
        for held in ("", "S = C.A", "T = {C.A: 1}", "L = [C.A]", "class D:\n  x = C.A"):
            for was, now in (
                ("Enum", "IntEnum"),
                ("IntEnum", "Enum"),
                ("Flag", "IntFlag"),
            ):
                m = self.load(m=HELD.format(was, held))
                member = m.C.A
                why = self.refused(m=HELD.format(now, held))
                self.assertIn(f"{self.root}/m.py:3: C: bases {now}: ", why)
                self.assertIn(f"'{now}' object layout differs from '{was}'", why)
                self.assertIs(m.C.A, member)
                self._forget()
                self.engine.install()

    def test_next(self) -> None:
        """After that another text can be released."""
        m = self.load(m=HELD.format("Enum", "S = C.A"))
        self.refused(m=HELD.format("IntEnum", "S = C.A"))
        self.release(m=HELD.format("Enum", "S = C.A\nX = 2"))
        self.assertEqual((m.X, m.S), (2, m.C.A))
