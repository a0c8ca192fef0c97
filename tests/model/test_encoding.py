"""State as bytes: what comes back, and what is refused when it is written."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import PluginError
from gameserver.model.state import raw_state, shape_of
from tests.model.fields import declared, holder, loaded, stored
from tests.model.laws import alike, anything, json_values, law, rebuilt, texts, typed


class RoundTripTests(SynchronousTestCase):
    """Laws of the way to bytes and back."""

    @law(st.data(), typed)
    def test_decoding_gives_what_was_encoded(self, data, kind):
        """Decode after encode is identity, in value and in type."""
        value = data.draw(kind.values)
        self.assertTrue(alike(loaded(stored(value, kind.hint), kind.hint), value))

    @law(st.data(), typed)
    def test_equal_state_gives_equal_bytes(self, data, kind):
        """The order in which dicts and sets were filled leaves no trace."""
        value = data.draw(kind.values)
        again = stored(rebuilt(value), kind.hint)
        self.assertEqual(stored(value, kind.hint), again)

    @law(json_values)
    def test_untyped_json(self, value):
        """A field declared as ``Any`` keeps whatever JSON can hold."""
        self.assertTrue(alike(loaded(stored(value, Any), Any), value))

    @law(anything, typed)
    def test_stored_or_refused(self, value, kind):
        """Whatever a field holds, it is stored readably or refused as the author's."""
        for hint in (kind.hint, Any):
            try:
                encoded = stored(value, hint)
            except PluginError as error:
                self.assertIn("field", error.text)
            else:
                loaded(encoded, hint)

    @law(anything)
    def test_untyped_is_never_changed(self, value):
        """In an undeclared type nothing comes back as something else."""
        try:
            encoded = stored(value, Any)
        except PluginError:
            return
        self.assertEqual(loaded(encoded, Any), value)

    @law(st.dictionaries(texts, json_values, max_size=4))
    def test_unknown_fields_are_written_back(self, unknown):
        """Stored fields that the class does not declare are kept as they are."""
        unknown.pop("field", None)
        shape = shape_of(declared(int))
        fields, kept = shape.decode({"field": 3, **unknown})
        self.assertEqual((fields, kept), ({"field": 3}, unknown))
        encoded = shape.encode(holder(4, declared(int)), kept)
        self.assertEqual(raw_state(encoded), {"field": 4, **unknown})


class WritingTests(SynchronousTestCase):
    """What cannot be read back is refused when it is written."""

    def refusal(self, value: object, hint: Any) -> str:
        return self.assertRaises(PluginError, stored, value, hint).text

    def test_missing_value(self):
        """A required field that was never set is named, with the remedy."""
        owner = declared(int)
        error = self.assertRaises(PluginError, shape_of(owner).encode, owner(), {})
        self.assertIn("Person: field: has no value; give it a default", error.text)

    def test_wrong_type(self):
        """A value of another type is refused, naming the field."""
        text = self.refusal([1, "2"], list[int])
        self.assertEqual(text, "Person: Expected `int`, got `str` - at `$.field[1]`")

    def test_bool_is_no_int(self):
        """True is not 1."""
        self.assertIn("Expected `int`, got `bool`", self.refusal(True, int))

    def test_half_a_surrogate_pair(self):
        """Text that UTF-8 cannot write is refused, naming the field."""
        self.assertIn("Person: field: 'utf-8'", self.refusal("\ud83d", str))

    def test_not_a_number(self):
        """NaN is refused, also where None would fit, as JSON has null for it."""
        for hint in (float, float | None, Any, list, dict[str, float | None]):
            for value in (float("nan"), float("inf")):
                held = {"a": value} if "dict" in str(hint) else value
                held = [value] if hint is list else held
                self.assertIn("field", self.refusal(held, hint))

    def test_circular_list(self):
        """A list that holds itself is refused."""
        ring: list[Any] = []
        ring.append(ring)
        self.assertIn("Person: field: maximum recursion", self.refusal(ring, list))

    def test_object(self):
        """An object is refused, naming the field and its class."""
        self.assertIn("field: Encoding objects", self.refusal([object()], list))

    def test_only_the_culprit_is_named(self):
        """Of several fields the one that cannot be written is named."""

        class Two:
            good: list = [1]
            ill: list = []

        subject = Two()
        subject.ill = [object()]
        encode = shape_of(Two).encode
        error = self.assertRaises(PluginError, encode, subject, {})
        self.assertIn("Two: ill: Encoding", error.text)

    def test_what_would_be_read_back_as_something_else(self):
        """Where the type says too little, a value that JSON changes is refused."""
        for value in ((1, 2), {1}, {1: "a"}, b"x", [(1, 2)]):
            text = self.refusal(value, Any)
            self.assertIn("would be read back as", text)

    def test_key_of_another_type(self):
        """A text key in a dict keyed by numbers is refused, and the other way."""
        self.assertIn("read back", self.refusal({"1": 2}, dict[int, int]))
        self.assertIn("read back", self.refusal({1: 2}, dict[str, int]))

    def test_message_stays_short(self):
        """A message repeats no more than the beginning of a value."""
        self.assertLess(len(self.refusal([(0,)] * 500, list)), 250)

    def test_number_keys(self):
        """Dicts keyed by numbers are stored, in order."""
        encoded = stored({10: "b", 9: "a"}, dict[int, str])
        self.assertEqual(loaded(encoded, dict[int, str]), {9: "a", 10: "b"})
