"""What is a touch: setting a public attribute, and reading what may change inside."""

from __future__ import annotations

from typing import Any, ClassVar

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver import Avatar
from gameserver.model.state import shape_of
from gameserver.model.stateful import make
from gameserver.model.tracking import Tracked, may_change_in_place
from tests.model.seats import seat


class Bag:
    """A mix-in with a field of its own."""

    bag: list[str] = ["a map"]


class Player(Bag, Avatar):
    """Fields of all kinds."""

    gold: int = 1
    title: str | None = None
    notes: dict[str, list[int]] = {}
    late: list[int]
    shared: ClassVar[list[int]] = []
    _hidden: list[int]


class Knight(Player):
    """Another default for one of them."""

    notes: dict[str, list[int]] = {"oath": [1]}


class TouchTests(SynchronousTestCase):
    """One object, and how often it was touched."""

    def setUp(self) -> None:
        self.touched: list[object] = []
        self.player: Any = make(Player, seat("ada", touched=self.touched.append), None)
        self.touched.clear()

    def test_set(self) -> None:
        """Setting a public attribute is one, declared or not."""
        for name, value in (("gold", 2), ("bag", []), ("undeclared", 3)):
            self.touched.clear()
            setattr(self.player, name, value)
            self.assertIn(self.player, self.touched, name)

    def test_not_private(self) -> None:
        """A name with a leading underscore is the author's own."""
        self.player._hidden = []
        self.player._hidden.append(1)
        self.assertEqual(self.touched, [])

    def test_read(self) -> None:
        """Reading is one where the value can be changed in place, and only there."""
        for name in ("gold", "title", "name", "shared"):
            getattr(self.player, name)
        self.assertEqual(self.touched, [])
        for name in ("notes", "bag"):
            self.touched.clear()
            getattr(self.player, name)
            self.assertEqual(self.touched, [self.player], name)

    def test_delete(self) -> None:
        """Deleting is one, and twice an error."""
        self.player.notes["x"] = [1]
        self.touched.clear()
        del self.player.notes
        self.assertTrue(self.touched)
        with self.assertRaises(AttributeError):
            del self.player.notes

    def test_default_again(self) -> None:
        """After that there is a default of its own, nobody else's."""
        del self.player.notes
        self.player.notes["y"] = [2]
        self.assertEqual(self.player.notes, {"y": [2]})
        self.assertEqual(type(self.player).notes, {})

    def test_without_default(self) -> None:
        """A field without a default raises until it is set, by its own name."""
        with self.assertRaisesRegex(AttributeError, "'Player' object .* 'late'"):
            _ = self.player.late
        with self.assertRaisesRegex(AttributeError, "'Player' has no attribute 'late'"):
            _ = Player.late
        self.player.late = [1]
        self.assertEqual(self.player.late, [1])

    def test_defaults(self) -> None:
        """Classes show their defaults, each its own; instances have copies."""
        self.assertEqual(Player.notes, {})
        self.assertEqual(Knight.notes, {"oath": [1]})
        self.assertEqual(Player.bag, ["a map"])
        knight: Any = make(Knight, seat("bo"), None)
        knight.notes["oath"].append(2)
        self.assertEqual(Knight.notes, {"oath": [1]})

    def test_shape(self) -> None:
        """The declared fields are those of the text."""
        names = {one.name for one in shape_of(Player).fields}
        self.assertEqual(names, {"bag", "gold", "title", "notes", "late"})

    def test_repr(self) -> None:
        """What stands in the class says what it is."""
        self.assertEqual(repr(vars(Player)["notes"]), "<field 'notes', {}>")
        self.assertIn("no default", repr(Tracked("late")))


class AnnotationTests(SynchronousTestCase):
    """Which annotations are of plain values."""

    def test_plain(self) -> None:
        """Numbers, texts, bytes, truth and None, and unions of these."""
        plain = [int, "str", "int | None", "bool|float", None, "bytes", int | None]
        for annotation in plain:
            self.assertFalse(may_change_in_place(annotation), annotation)

    def test_others(self) -> None:
        """All others may be changed in place, in doubt."""
        others = [list[int], "list[int]", "dict", "int | list[int]", list[int] | None]
        for annotation in [*others, "Any", "Sword", object, "Optional[int]"]:
            self.assertTrue(may_change_in_place(annotation), annotation)

    def test_class_variables(self) -> None:
        """What is no field is none."""
        for annotation in ("ClassVar[list[int]]", ClassVar[list[int]], "ClassVar"):
            self.assertFalse(may_change_in_place(annotation), annotation)

    @given(st.lists(st.sampled_from(["int", "str", "None", "list[int]"]), min_size=1))
    def test_law(self, parts: list[str]) -> None:
        """A union may be changed in place if one of its parts may."""
        expected = any(part == "list[int]" for part in parts)
        self.assertEqual(may_change_in_place(" | ".join(parts)), expected)
