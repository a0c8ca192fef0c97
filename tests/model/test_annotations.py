"""Annotations as players read them."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Optional, TypedDict

import msgspec
from twisted.trial.unittest import SynchronousTestCase

from gameserver.model.annotations import parts_of, shown
from tests.model.laws import Item, Mood, Spot, law, typed


class Named(TypedDict):
    name: str


class Tree(msgspec.Struct):
    name: str
    below: list[Tree]


class ShownTests(SynchronousTestCase):
    """``shown``."""

    def test_words(self):
        """Plain types are their words, nested as written."""
        expected = {
            str: "str",
            None: "None",
            Any: "any",
            object: "any",
            list[int]: "list[int]",
            tuple[int, ...]: "tuple[int, ...]",
            tuple[()]: "tuple",
            dict[str, list[float]]: "dict[str, list[float]]",
            int | None: "int | None",
            Optional[str]: "str | None",  # noqa: UP045 - authors write it
            Literal["up", 3]: "Literal['up', 3]",
            Annotated[int, msgspec.Meta(ge=1)]: "int",
        }
        found = {hint: shown(type(None) if hint is None else hint) for hint in expected}
        self.assertEqual(found, expected)

    def test_authors_classes(self):
        """A record is a dict and an enum its values; no class of the game shows."""
        expected = {
            Item: "dict",
            Spot: "dict",
            Named: "dict",
            list[Item]: "list[dict]",
            Mood: "Literal['calm', 'wild']",
        }
        self.assertEqual({hint: shown(hint) for hint in expected}, expected)

    @law(typed)
    def test_no_path(self, kind):
        """No module and no class of an author is shown, however deep."""
        self.assertNotRegex(shown(kind.hint), r"tests|laws|Item|Spot|Mood|typing")


class PartsTests(SynchronousTestCase):
    """``parts_of``."""

    def test_records_are_taken_apart(self):
        """The types of a record's fields are parts of it."""
        kinds = {type(part).__name__ for part in parts_of(list[Item])}
        expected = {"ListType", "DataclassType", "StrType", "FloatType", "IntType"}
        self.assertEqual(kinds, expected)

    def test_record_that_holds_itself(self):
        """A record that holds others of its kind is taken apart once."""
        self.assertEqual(len(parts_of(Tree)), 3)
