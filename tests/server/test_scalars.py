"""The short ways past Jelly give what Jelly gives."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.spread.jelly import globalSecurity, jelly, unjelly
from twisted.trial.unittest import SynchronousTestCase

from gameserver.server.scalars import NO_KEYWORDS, read_tuple, written

scalars = st.one_of(
    st.integers(),
    st.floats(allow_nan=False),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.binary(),
)
values = st.recursive(
    st.one_of(scalars, st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text("ab"), inner)),
)


class ScalarTests(SynchronousTestCase):
    """Byte for byte, value for value."""

    @given(values)
    def test_written(self, value: Any) -> None:
        """A scalar is written as stock Jelly writes it; anything else is left to it."""
        short = written(value)
        if short is not None or not isinstance(value, (list, dict)):
            self.assertEqual(short, jelly(value))

    @given(st.lists(values).map(tuple))
    def test_read(self, value: tuple[Any, ...]) -> None:
        """A tuple of scalars is read as stock Jelly reads it."""
        sent = jelly(value)
        short = read_tuple(sent)
        if short is not None:
            self.assertEqual(tuple(short), unjelly(sent, globalSecurity))

    @given(st.lists(scalars).map(tuple))
    def test_reads_scalars(self, value: tuple[Any, ...]) -> None:
        """Tuples of scalars do take the short way."""
        self.assertEqual(read_tuple(jelly(value)), list(value))

    def test_no_keywords(self) -> None:
        """An empty dict is what the constant says."""
        self.assertEqual(jelly({}), NO_KEYWORDS)

    def test_leaves_the_rest(self) -> None:
        """What is malformed or no tuple is left to stock Jelly."""
        for sent in (
            [],
            b"tuple",
            [b"list", 1],
            [b"tuple", [b"unicode"]],
            [b"tuple", [b"unicode", 5]],
            [b"tuple", [b"unicode", b"a", b"b"]],
            [b"tuple", [b"None"]],
        ):
            self.assertIsNone(read_tuple(sent))

    def test_bad_text(self) -> None:
        """Text that is no UTF-8 fails as it does in stock Jelly."""
        with self.assertRaises(UnicodeDecodeError):
            read_tuple([b"tuple", [b"unicode", b"\xff"]])
