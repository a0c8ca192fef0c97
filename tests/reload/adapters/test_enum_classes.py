"""Enumerations over releases."""

from __future__ import annotations

import copy
import pickle

from tests.reload.adapters.released import ReleaseCase

COLOR = """
    from enum import Enum, IntEnum, StrEnum, Flag, IntFlag, auto
    class Color(Enum):
        RED = 1
        GREEN = 2
        def shout(self): return "old " + self.name
    class Rank(IntEnum):
        LOW = 1
        HIGH = 2
    class Word(StrEnum):
        YES = auto()
    class Perm(Flag):
        R = auto()
        W = auto()
    class Bits(IntFlag):
        A = 1
        B = 2
    FAVOURITE = Color.RED
    def choose(rank=Rank.LOW, color=Color.RED): return rank, color
"""


class MemberTests(ReleaseCase):
    """Members by name, value, order and identity."""

    def changed(self, *edits: tuple[str, str]) -> str:
        text = COLOR
        for old, new in edits:
            self.assertIn(old, text)
            text = text.replace(old, new)
        return text

    def test_members_keep_their_identity(self) -> None:
        """A held member is the class's after a release, and runs new methods."""
        m = self.load(m=COLOR)
        red, owner = m.Color.RED, m.Color
        self.release(m=self.changed(('"old "', '"new "')))
        self.assertIs(m.Color, owner)
        self.assertIs(m.Color.RED, red)
        self.assertEqual(red.shout(), "new RED")

    def test_from_imported_class(self) -> None:
        """A class imported by name elsewhere has the new member."""
        elsewhere = "from ROOT.m import Color\nHELD = [Color.RED]"
        b = self.load(m=COLOR, b=elsewhere)
        self.release(m=self.changed(("GREEN = 2", "GREEN = 2\n        BLUE = 3")))
        self.assertEqual(b.Color.BLUE.value, 3)
        self.assertIs(b.HELD[0], b.Color.RED)

    def test_new_member_arrives_in_order(self) -> None:
        """A member added in front is the first one, and is found by its value."""
        m = self.load(m=COLOR)
        self.release(m=self.changed(("RED = 1", "BLUE = 3\n        RED = 1")))
        self.assertEqual([one.name for one in m.Color], ["BLUE", "RED", "GREEN"])
        self.assertIs(m.Color(3), m.Color["BLUE"])
        self.assertIs(type(m.Color.BLUE), m.Color)
        self.assertEqual(m.Color.BLUE.shout(), "old BLUE")
        self.assertIn(m.Color.BLUE, m.Color)
        self.assertEqual(len(m.Color), 3)

    def test_held_members_view_follows(self) -> None:
        """The view that ``__members__`` gave shows the new member."""
        m = self.load(m=COLOR)
        view = m.Color.__members__
        self.release(m=self.changed(("GREEN = 2", "GREEN = 2\n        BLUE = 3")))
        self.assertEqual(list(view), ["RED", "GREEN", "BLUE"])

    def test_alias_arrives_and_goes(self) -> None:
        """A second name for a value is an alias, and goes when the text drops it."""
        m = self.load(m=COLOR)
        self.release(m=self.changed(("RED = 1", "RED = 1\n        ROUGE = 1")))
        self.assertIs(m.Color.ROUGE, m.Color.RED)
        self.assertEqual(len(m.Color), 2)
        self.release(m=COLOR)
        self.assertFalse(hasattr(m.Color, "ROUGE"))
        self.assertNotIn("ROUGE", m.Color.__members__)

    def test_alias_becomes_a_member(self) -> None:
        """An alias that gets its own value is a new member; the other stays."""
        text = self.changed(("RED = 1", "RED = 1\n        ROUGE = 1"))
        m = self.load(m=text)
        red = m.Color.RED
        self.release(m=text.replace("ROUGE = 1", "ROUGE = 7"))
        self.assertIs(m.Color.RED, red)
        self.assertEqual(m.Color.ROUGE.value, 7)
        self.assertIs(m.Color(7), m.Color.ROUGE)

    def test_removed_member_leaves_the_tables(self) -> None:
        """A removed member is found no more; a held one keeps working."""
        m = self.load(m=COLOR)
        green = m.Color.GREEN
        self.release(m=self.changed(("        GREEN = 2\n", "")))
        self.assertFalse(hasattr(m.Color, "GREEN"))
        self.assertRaises(ValueError, m.Color, 2)
        self.assertEqual([one.name for one in m.Color], ["RED"])
        self.assertEqual((green.name, green.value), ("GREEN", 2))
        self.assertEqual(green.shout(), "old GREEN")

    def test_value_changes_on_the_same_member(self) -> None:
        """A changed value is found; the member that holds it is the same object."""
        m = self.load(m=COLOR)
        red = m.Color.RED
        self.release(m=self.changed(("RED = 1", "RED = 10")))
        self.assertIs(m.Color(10), red)
        self.assertEqual(red.value, 10)
        self.assertRaises(ValueError, m.Color, 1)

    def test_values_swapped(self) -> None:
        """Two members may exchange their values."""
        m = self.load(m=COLOR)
        red, green = m.Color.RED, m.Color.GREEN
        self.release(m=self.changed(("RED = 1", "RED = 2"), ("GREEN = 2", "GREEN = 1")))
        self.assertIs(m.Color(1), green)
        self.assertIs(m.Color(2), red)

    def test_unhashable_values(self) -> None:
        """Members with values that cannot be hashed are found by them."""
        text = "from enum import Enum\nclass E(Enum):\n    A = [1]\n    B = [2]\n"
        m = self.load(m=text)
        a = m.E.A
        self.release(m=text + "    C = [3]\n")
        self.assertIs(m.E([3]), m.E.C)
        self.assertIs(m.E([1]), a)

    def test_auto_values(self) -> None:
        """A member with ``auto()`` put between moves the others' values."""
        text = "from enum import *\nclass E(Enum):\n    A = auto()\n    B = auto()\n"
        m = self.load(m=text)
        b = m.E.B
        self.release(m=text.replace("    B", "    N = auto()\n    B"))
        self.assertEqual([(one.name, one.value) for one in m.E],
                         [("A", 1), ("N", 2), ("B", 3)])  # fmt: skip
        self.assertIs(m.E(3), b)

    def test_module_names_and_defaults_follow(self) -> None:
        """Names and defaults bound to members take the live new ones."""
        m = self.load(m=COLOR)
        self.release(m=self.changed(
            ("HIGH = 2", "HIGH = 2\n        TOP = 3"),
            ("GREEN = 2", "GREEN = 2\n        BLUE = 3"),
            ("FAVOURITE = Color.RED", "FAVOURITE = Color.BLUE"),
            ("rank=Rank.LOW, color=Color.RED", "rank=Rank.TOP, color=Color.GREEN"),
        ))  # fmt: skip
        self.assertIs(m.FAVOURITE, m.Color.BLUE)
        rank, color = m.choose()
        self.assertIs(rank, m.Rank.TOP)
        self.assertIs(color, m.Color.GREEN)

    def test_member_becomes_method(self) -> None:
        """A name may turn from member to method, and back."""
        m = self.load(m=COLOR)
        text = self.changed(("        GREEN = 2\n", ""), ("def shout", "def GREEN"))
        self.release(m=text)
        self.assertEqual(m.Color.RED.GREEN(), "old RED")
        self.release(m=COLOR)
        self.assertIs(m.Color(2), m.Color.GREEN)
        self.assertFalse(callable(m.Color.GREEN))

    def test_pickle_and_copy(self) -> None:
        """Pickles and copies give the class's own members, old and new."""
        m = self.load(m=COLOR)
        old = pickle.dumps(m.Color.RED)
        self.release(m=self.changed(("GREEN = 2", "GREEN = 2\n        BLUE = 3")))
        self.assertIs(pickle.loads(old), m.Color.RED)  # noqa: S301 - our own
        for one in m.Color:
            self.assertIs(pickle.loads(pickle.dumps(one)), one)  # noqa: S301 - our own
            self.assertIs(copy.deepcopy(one), one)

    def test_missing_changes(self) -> None:
        """``_missing_`` is the new text's."""
        text = """
            from enum import Enum
            class E(Enum):
                A = 1
                B = 2
                @classmethod
                def _missing_(cls, value): return cls.A
        """
        m = self.load(m=text)
        self.assertIs(m.E(9), m.E.A)
        self.release(m=text.replace("return cls.A", "return cls.B"))
        self.assertIs(m.E(9), m.E.B)

    def test_redirected_member(self) -> None:
        """A member named as a property of a base is found on the class."""
        text = """
            from enum import Enum, property as enum_property
            class Base(Enum):
                @enum_property
                def kind(self): return "kind of " + self.name
            class E(Base):
                A = 1
                kind = 2
        """
        m = self.load(m=text)
        kind = m.E.kind
        self.release(m=text.replace("A = 1", "A = 1\n                B = 3"))
        self.assertIs(m.E.kind, kind)
        self.assertEqual(m.E.B.kind, "kind of B")
