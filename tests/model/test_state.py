"""Declared state: which fields persist, their defaults, and stored values read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import PluginError
from gameserver.model.state import StateShape, shape_of
from gameserver.reload.places import place_of
from tests.model.fields import declared
from tests.model.laws import alike, law, typed

if TYPE_CHECKING:
    from somewhere_else import Friend, Place


@dataclass
class Torn:
    place: Place


class Base:
    room: str = "gate"
    hands: list[str] = []


class Person(Base):
    """Has one field of each kind that matters."""

    count: int = 0
    bag: dict[str, list[int]] = {}
    told: str
    limit: ClassVar[int] = 3
    plain = "not a field"
    _friend: Friend | None = None
    _hidden: int = 0


class DeclarationTests(SynchronousTestCase):
    """Which fields of a class persist."""

    def test_annotated_fields_persist(self):
        """Public annotated fields persist, those of base classes first."""
        names = [field.name for field in shape_of(Person).fields]
        self.assertEqual(names, ["room", "hands", "count", "bag", "told"])

    def test_shape_is_read_once(self):
        """A class is read once, and a subclass has a shape of its own."""
        self.assertIs(shape_of(Person), shape_of(Person))
        self.assertIsNot(shape_of(Person), shape_of(Base))

    def test_field_without_default_is_required(self):
        """Only a field without a default is required."""
        required = [one.name for one in shape_of(Person).fields if one.is_required]
        self.assertEqual(required, ["told"])

    def test_subclass_changes_type_and_default(self):
        """A field declared again keeps its place and gets the new type."""

        class Sized(Base):
            room: int = 7

        self.assertEqual(shape_of(Sized).defaults(), {"room": 7, "hands": []})

    def refusal(self, owner: type) -> str:
        return str(self.assertRaises(PluginError, shape_of, owner))

    def test_unknown_name(self):
        """An annotation that cannot be resolved is refused, with the place."""

        class Lost:
            place: Place = None

        self.assertRegex(
            self.refusal(Lost), r"test_state\.py:\d+: Lost: an annotation .*'Place'"
        )

    def test_unknown_attribute(self):
        """So is one whose module lacks the name."""
        self.assertIn("cannot be read", self.refusal(declared("st.no_such_thing")))

    def test_unknown_name_inside_a_record(self):
        """So is one that a declared dataclass has in its own annotations."""
        self.assertIn("Person.field: cannot be stored", self.refusal(declared(Torn)))

    def test_types_that_no_value_in_json_has(self):
        """Objects, functions and the like are refused when the class is read."""
        packed = (msgspec.Raw, msgspec.msgpack.Ext)
        for hint in (Person, list[Person], complex, dict[str, Person | None], *packed):
            self.assertIn(
                "Person.field: cannot be stored", self.refusal(declared(hint))
            )

    def test_unions_that_cannot_be_told_apart(self):
        """Two kinds of sequence in one union are refused when the class is read."""
        hint = list[int] | tuple[int, ...]
        self.assertIn("cannot be stored", self.refusal(declared(hint)))

    def test_keys_that_json_cannot_have(self):
        """A dict keyed by pairs is refused when the class is read."""
        hint = dict[tuple[int, int], str]
        self.assertIn("keys of a dict", self.refusal(declared(hint)))

    def test_sets_without_an_order(self):
        """A set whose members cannot be sorted is refused when the class is read."""
        for member in (int | str, int | None, tuple[int | str, ...]):
            self.assertIn("an order", self.refusal(declared(set[member])))

    def test_default_of_another_type(self):
        """A default that does not fit its field is refused, naming the field."""
        text = self.refusal(declared(int, field="none"))
        self.assertIn("Person.field: the default does not fit: Expected `int`", text)

    def test_default_that_cannot_be_written(self):
        """So is a default that JSON cannot hold."""
        for default in ("\ud800", [object()], {None: 1}):
            text = self.refusal(declared(Any, field=default))
            self.assertIn("Person.field: the default does not fit", text)

    def test_reserved_name(self):
        """A field cannot take one of the base's own names."""
        owner = declared(int, __reserved__=frozenset({"field"}))
        text = self.refusal(owner)
        self.assertIn("Person.field: the name belongs to the base class", text)

    def test_place_of_what_has_no_source(self):
        """A thing without source has its module, or a general word, for a place."""
        self.assertEqual(place_of(len), "builtins")
        self.assertEqual(place_of(3), "plugin")


class DefaultTests(SynchronousTestCase):
    """Defaults are copied, deeply."""

    def test_defaults_are_never_shared(self):
        """What one object does to its defaults, no other sees."""
        one, other = shape_of(Person).defaults(), shape_of(Person).defaults()
        one["hands"].append("sword")
        one["bag"]["coins"] = [1]
        self.assertEqual(other, {"room": "gate", "hands": [], "count": 0, "bag": {}})
        self.assertEqual(shape_of(Person).defaults(), other)

    @law(st.data(), typed)
    def test_no_part_of_a_default_is_shared(self, data, kind):
        """However deep a container is in a default, each object has its own."""
        owner = declared(list[kind.hint], field=[data.draw(kind.values)])
        one, other = (shape_of(owner).defaults()["field"] for _ in range(2))
        self.assertTrue(alike(one, other))
        shared = mutable_parts(one) & mutable_parts(other)
        self.assertEqual(shared, set())


def mutable_parts(value: object) -> set[int]:
    """Give the identities of all lists, dicts and sets in a value."""
    parts = {id(value)} if isinstance(value, list | dict | set) else set()
    inner = [*value.values()] if isinstance(value, dict) else value
    if isinstance(inner, list | tuple):
        parts.update(*map(mutable_parts, inner))
    return parts


class ReadingTests(SynchronousTestCase):
    """Stored state becomes fields, or is refused."""

    def shape(self) -> StateShape:
        return shape_of(Person)

    def test_new_field_gets_its_default(self):
        """A declared field that is not stored gets its default, a fresh one."""
        fields, _ = self.shape().decode({"count": 3})
        self.assertEqual(fields, {**self.shape().defaults(), "count": 3})
        fields["hands"].append("sword")
        self.assertEqual(self.shape().decode({})[0]["hands"], [])

    def test_required_field_stays_absent(self):
        """A required field that is not stored is not made up."""
        self.assertNotIn("told", self.shape().decode({})[0])

    def test_stored_value_of_another_type(self):
        """A stored value that does not fit is refused, naming class and field."""
        error = self.assertRaises(PluginError, self.shape().decode, {"count": "3"})
        self.assertIn("Person: count: Expected `int`, got `str`", error.text)

    def test_members_that_a_set_cannot_hold(self):
        """A stored list of lists is refused where a set is declared."""
        shape = shape_of(declared(set[Any]))
        error = self.assertRaises(PluginError, shape.decode, {"field": [[1]]})
        self.assertIn("Person: field: unhashable", error.text)
