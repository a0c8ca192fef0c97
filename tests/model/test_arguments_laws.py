"""Laws of calls: over all signatures and whatever a peer may send."""

from __future__ import annotations

import inspect
from collections import OrderedDict, UserList, defaultdict
from typing import Any, NamedTuple

from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import BadArguments
from gameserver.model.arguments import Limits, Signature, require_plain
from tests.model.calls import LIMITS
from tests.model.laws import (
    MOST,
    SORTABLE,
    Item,
    alike,
    anything,
    circular,
    doubled,
    fits,
    jellied,
    law,
    nested,
    small,
    typed,
)


class Declared(NamedTuple):
    """One parameter of a generated method."""

    name: str
    hint: Any
    is_keyword_only: bool
    is_optional: bool

    def as_python(self) -> inspect.Parameter:
        kinds = inspect.Parameter
        kind = kinds.KEYWORD_ONLY if self.is_keyword_only else _POSITIONAL
        default = "left out" if self.is_optional else kinds.empty
        return kinds(self.name, kind, default=default)


_POSITIONAL = inspect.Parameter.POSITIONAL_OR_KEYWORD


def signature(parameters: list[Declared]) -> Signature:
    """Make a method with these parameters and read it."""

    def perspective_act(self, *args, **kw): ...

    own = [inspect.Parameter("self", _POSITIONAL)]
    own += [one.as_python() for one in parameters]
    perspective_act.__signature__ = inspect.Signature(own)
    perspective_act.__annotations__ = {one.name: one.hint for one in parameters}
    return Signature(perspective_act)


@st.composite
def parameters_of(draw, kinds: st.SearchStrategy[Any]) -> list[Declared]:
    """Draw up to three parameters in an order that Python allows."""
    hints = draw(st.lists(kinds.map(lambda kind: kind.hint), max_size=3))
    flags = sorted((draw(st.booleans()), draw(st.booleans())) for _ in hints)
    return [
        Declared(f"a{number}", hint, *flag)
        for number, (hint, flag) in enumerate(zip(hints, flags, strict=True))
    ]


def arguments_of(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Draw positional and keyword arguments, whatever is declared."""
    names = st.sampled_from(["a0", "a1", "a2", "a3", "self"])
    return st.tuples(
        st.lists(values, max_size=4), st.dictionaries(names, values, max_size=3)
    )


sent = typed.flatmap(lambda kind: kind.values.map(jellied))
"""Plain values of every shape that the declared types have."""


class BindLawTests(SynchronousTestCase):
    """Laws of ``Signature.bind``."""

    @law(st.data(), typed)
    def test_what_fits_arrives(self, data, kind):
        """A value of the declared type arrives, by position and by name."""
        value = data.draw(kind.values)
        act = signature([Declared("a0", kind.hint, False, False)])
        (by_position,), _ = act.bind([jellied(value)], {}, LIMITS)
        _, by_name = act.bind([], {"a0": jellied(value)}, LIMITS)
        self.assertTrue(alike(by_position, value))
        self.assertTrue(alike(by_name, {"a0": value}))

    @law(parameters_of(typed), arguments_of(anything | sent))
    def test_nothing_else_arrives(self, parameters, arguments):
        """A method is called with declared arguments of declared types, or not."""
        try:
            bound, named = signature(parameters).bind(*arguments, LIMITS)
        except BadArguments:
            return
        like_python = inspect.Signature([one.as_python() for one in parameters])
        seen = like_python.bind(*bound, **named).arguments
        declared = {one.name: one.hint for one in parameters}
        for name, value in seen.items():
            self.assertTrue(fits(value, declared[name]), (value, declared[name]))

    @law(parameters_of(typed), arguments_of(anything))
    def test_refusals_name_the_call_and_no_class(self, parameters, arguments):
        """A refusal begins with the call's name, and holds no path or class."""
        try:
            signature(parameters).bind(*arguments, LIMITS)
        except BadArguments as error:
            self.assertTrue(error.text.startswith("act: "), error.text)
            self.assertNotRegex(error.text, r"tests|laws|Item|Spot|Mood|gameserver")

    @law(parameters_of(st.just(SORTABLE[0])), arguments_of(small))
    def test_names_are_bound_as_python_does(self, parameters, arguments):
        """Missing, surplus, unknown and doubled are what they are for Python."""
        args, kw = arguments
        like_python = inspect.Signature([one.as_python() for one in parameters])
        act = signature(parameters)
        try:
            expected = like_python.bind(*args, **kw)
        except TypeError:
            self.assertRaises(BadArguments, act.bind, args, kw, LIMITS)
        else:
            bound, named = act.bind(args, kw, LIMITS)
            self.assertEqual(like_python.bind(*bound, **named), expected)


class PlainTests(SynchronousTestCase):
    """``require_plain``: what passes, and that its work is bounded."""

    def refusal(self, value: object, **limits: int) -> str:
        error = self.assertRaises(
            BadArguments, require_plain, [value], Limits(**limits)
        )
        return error.text

    @law(anything)
    def test_plain_or_refused(self, value):
        """Whatever is sent, it is plain in every part or refused."""
        try:
            require_plain([value], LIMITS)
        except BadArguments:
            return
        self.assertTrue(is_plain(value), value)

    def test_limits_are_exact(self):
        """Each limit passes at its value and refuses one more."""
        limits = Limits(max_string=3, max_items=5, max_depth=2)
        require_plain(["abc", b"abc", [[]], 4], limits)
        for value in ("abcd", b"abcd", [[[]]], [1] * 5):
            self.assertRaises(BadArguments, require_plain, [value], limits)

    def test_text_and_bytes_have_their_units(self):
        """The message counts characters of text and bytes of bytes."""
        self.assertIn("has 4 characters, expected", self.refusal("abcd", max_string=3))
        self.assertIn("has 4 bytes, expected", self.refusal(b"abcd", max_string=3))

    def test_keys_and_values_of_dicts(self):
        """Keys are checked like values, in sets too."""
        for value in ({float("nan"): 1}, {1: 2**64}, {(2**64,)}, {1: {2**64: 1}}):
            self.refusal(value)

    def test_deep(self):
        """A hundred thousand levels are no recursion error."""
        self.assertIn("nested deeper than 16", self.refusal(nested(100_000)))

    def test_circular(self):
        """A list that holds itself is refused, and a dict that holds it too."""
        self.assertIn("nested deeper than 16", self.refusal(circular()))
        self.assertIn("nested deeper than 16", self.refusal({"a": circular()}))

    def test_shared_parts_are_counted_each_time(self):
        """A small value that would be written as a huge one is refused at once."""
        deep = {"max_depth": 1000}
        self.assertIn("more than 4096 items", self.refusal(doubled(40), **deep))
        self.assertIn("more than 4096 items", self.refusal(doubled(14)))
        wide = [[1] * 4000] * 4000
        self.assertIn("more than 4096 items", self.refusal(wide))

    def test_subclasses_of_plain_types(self):
        """A subclass is no plain value: what it holds could hide."""
        odd = [OrderedDict(a=1), defaultdict(int), UserList([1]), Item("a")]
        odd += [type("Text", (str,), {})("a"), type("List", (list,), {})([1])]
        for value in odd:
            self.assertEqual(self.refusal(value), "an argument is no plain value")


def is_plain(value: object) -> bool:
    """Say, by recursion, what ``require_plain`` says without."""
    if type(value) in (list, tuple, set, frozenset):
        return all(map(is_plain, value))
    if type(value) is dict:
        return all(is_plain(key) and is_plain(value[key]) for key in value)
    if type(value) in (int, float):
        return abs(value) <= MOST[type(value)]
    return type(value) in (type(None), bool, str, bytes)
