"""Answers as they are kept."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.spread import banana
from twisted.spread.jelly import InsecureJelly, jelly
from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import Forgotten, GameError
from gameserver.server import session_bodies as bodies
from gameserver.server.jellying import written
from gameserver.server.refusal import Refusal
from gameserver.wire.codec import Decoder, decode
from gameserver.wire.limits import UNBOUNDED
from gameserver.wire.message import Written

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5)
    ),
    max_leaves=20,
)


def read(sent: Written) -> object:
    """Read a value as its receiver does."""
    decoder = Decoder(UNBOUNDED, has_words=True)
    decoder.feed(sent.content)
    (message,) = decoder.take()
    return decode(message)


class BodiesTests(SynchronousTestCase):
    """Out and in again."""

    @given(PLAIN)
    def test_values(self, value: object) -> None:
        """A value that was kept is what was answered."""
        body = bodies.body_of(written(value))
        self.assertEqual(read(bodies.given(body)), value)

    @given(PLAIN)
    def test_values_from_before(self, value: object) -> None:
        """One that an earlier version kept, without words by number, is, too."""
        body = banana.encode([b"v", jelly(value)])
        self.assertEqual(read(bodies.given(body)), value)

    @given(st.text(min_size=1), st.text())
    def test_errors(self, code: str, text: str) -> None:
        """An error that was kept has code and text."""
        body = bodies.body_of_error(GameError(code, text))
        error = self.assertRaises(Refusal, bodies.given, body).error
        self.assertEqual((error.code, error.text), (code, text))

    def test_too_large(self) -> None:
        """Of a large answer only that it was given is kept."""
        body = bodies.body_of(written("x" * bodies.LARGEST))
        error = self.assertRaises(Refusal, bodies.given, body).error
        self.assertEqual(error.code, Forgotten.wire_code)
        self.assertLess(len(body), 200)

    def test_not_plain(self) -> None:
        """What is not plain cannot be kept."""
        self.assertRaises(InsecureJelly, written, object())
