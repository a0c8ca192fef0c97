"""Which arguments fit which declarations, and the words for those that do not."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import BadArguments
from tests.model.calls import bind
from tests.model.laws import Item, Mood, alike, circular, nested


class TypeTests(SynchronousTestCase):
    """What fits a declared type, and the words for what does not."""

    def refusal(self, name: str, *args: Any, **kw: Any) -> str:
        return self.assertRaises(BadArguments, bind, name, *args, **kw).text

    def test_names_method_and_argument(self):
        """A message names method and argument, however it was given."""
        text = "go: steps: expected int, got str"
        self.assertEqual(self.refusal("go", "up", "two"), text)
        self.assertEqual(self.refusal("go", "up", steps="two"), text)

    def test_names_the_place_inside(self):
        """It names the place inside a container."""
        text = "sort: things[1]: expected str, got int"
        self.assertEqual(self.refusal("sort", ["a", 2], {}), text)
        text = "sort: counts[...]: expected int, got str"
        self.assertEqual(self.refusal("sort", [], {"a": "b"}), text)
        text = "put: item.weight: expected float, got str"
        self.assertEqual(self.refusal("put", {"name": "a", "weight": "b"}), text)

    def test_keys(self):
        """It says when a key is at fault."""
        text = "sort: counts: a key: expected str, got int"
        self.assertEqual(self.refusal("sort", [], {1: 1}), text)
        self.assertEqual(self.refusal("sort", [], counts={1: 1}), text)
        text = "put: item: a key: expected str"
        self.assertEqual(self.refusal("put", {1: 1}), text)

    def test_bool_is_no_number(self):
        """True is no int and no float."""
        self.assertIn("got bool", self.refusal("go", "up", True))
        self.assertIn("got bool", self.refusal("mix", oil=True))

    def test_int_for_float(self):
        """A whole number is taken for a float, and becomes one."""
        _, named = bind("mix", oil=3)
        self.assertTrue(alike(named, {"oil": 3.0}))

    def test_float_for_int(self):
        """A float is no int, not even 1.0."""
        self.assertIn("got float", self.refusal("go", "up", 1.0))

    def test_text_and_bytes(self):
        """Bytes are no text, and text is no bytes, base64 or not."""
        self.assertIn("expected str, got bytes", self.refusal("go", b"up"))
        self.assertIn("expected bytes, got str", self.refusal("draw", "aGk="))
        self.assertEqual(bind("draw", b"hi"), ((b"hi",), {}))

    def test_none(self):
        """None fits only where it is declared."""
        self.assertEqual(bind("name", None), ((None,), {}))
        self.assertIn("expected str | null", self.refusal("name", 3))
        self.assertIn("expected str, got null", self.refusal("go", None))

    def test_literal_and_enum(self):
        """Only the listed words pass; an enum becomes its member."""
        self.assertEqual(bind("feel", "calm", "in"), ((Mood.CALM, "in"), {}))
        text = "feel: way: invalid enum value 'up'"
        self.assertEqual(self.refusal("feel", "calm", "up"), text)
        self.assertIn("feel: mood: invalid", self.refusal("feel", "sad", "in"))

    def test_record(self):
        """A dict becomes the declared dataclass; a missing field is named."""
        item = {"name": "sword", "marks": [1]}
        self.assertEqual(bind("put", item), ((Item("sword", 1.0, [1]),), {}))
        text = self.refusal("put", {"weight": 1})
        self.assertEqual(text, "put: item: object missing required field name")

    def test_record_that_refuses_itself(self):
        """A dataclass may refuse its values with ``ValueError``."""
        text = "size: thing: size: expected 0 or more"
        self.assertEqual(self.refusal("size", {"size": -1}), text)

    def test_members_that_a_set_cannot_hold(self):
        """A list of lists is no set, and it is the peer's fault."""
        text = "any: more: an item of a set is no single value"
        self.assertEqual(self.refusal("any", 1, more=[[1]]), text)
        text = "any: an item of a set is no single value"
        self.assertEqual(self.refusal("any", 1, [[1]]), text)

    def test_messages_stay_short(self):
        """A long value is not sent back."""
        text = self.refusal("feel", "calm", "x" * 30_000)
        self.assertLess(len(text), 250)

    def test_untyped(self):
        """An argument without annotation takes any plain value as it is."""
        value = [1, {"a": (b"b", None)}]
        _, named = bind("any", value)
        self.assertIs(named["what"], value)


class NotPlainTests(SynchronousTestCase):
    """What is refused before any type is looked at, and who is named for it."""

    def refusal(self, *args: Any, **kw: Any) -> str:
        return self.assertRaises(BadArguments, bind, "any", *args, **kw).text

    def test_not_finite(self):
        """NaN and the infinities are refused."""
        text = "any: what: a number is nan, expected a finite one"
        self.assertEqual(self.refusal(float("nan")), text)
        self.assertIn("a number is -inf", self.refusal([float("-inf")]))

    def test_large_numbers(self):
        """A number that needs more than 64 bits is refused; the last one passes."""
        text = "any: what: an integer does not fit into 64 bits"
        self.assertEqual(self.refusal(2**63), text)
        self.assertEqual(self.refusal(-(2**63) - 1), text)
        bind("any", [2**63 - 1, -(2**63)])

    def test_deep(self):
        """A thousand levels are refused, without a recursion error."""
        text = "any: what: nested deeper than 16 levels"
        self.assertEqual(self.refusal(nested(1000)), text)

    def test_circular(self):
        """A list that holds itself is refused."""
        self.assertIn("any: what: nested deeper", self.refusal(circular()))

    def test_object(self):
        """An object is refused, without its class."""
        text = "any: what: an argument is no plain value"
        self.assertEqual(self.refusal(object()), text)
        self.assertEqual(self.refusal([{"a": Item("x")}]), text)

    def test_second_argument(self):
        """The argument at fault is named, by position or by name."""
        self.assertIn("any: more: a number", self.refusal(1, float("nan")))
        self.assertIn("any: more: a number", self.refusal(1, more=[float("nan")]))

    def test_all_together_too_large(self):
        """If only the whole call is too large, the call is named."""
        text = "any: more than 4096 items in one call"
        self.assertEqual(self.refusal([1] * 2050, [1] * 2050), text)
