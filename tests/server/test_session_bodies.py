"""Answers as they are kept."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.spread.jelly import InsecureJelly, unjelly
from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import Forgotten, GameError
from gameserver.server import session_bodies as bodies
from gameserver.server.refusal import Refusal

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


class BodiesTests(SynchronousTestCase):
    """Out and in again."""

    @given(PLAIN)
    def test_values(self, value: object) -> None:
        """A value that was kept is what was answered."""
        body = bodies.body_of_jelly(bodies.jelly_of(value))
        self.assertEqual(unjelly(bodies.given(body)), value)

    @given(st.text(min_size=1), st.text())
    def test_errors(self, code: str, text: str) -> None:
        """An error that was kept has code and text."""
        body = bodies.body_of_error(GameError(code, text))
        error = self.assertRaises(Refusal, bodies.given, body).error
        self.assertEqual((error.code, error.text), (code, text))

    def test_too_large(self) -> None:
        """Of a large answer only that it was given is kept."""
        body = bodies.body_of_jelly(bodies.jelly_of("x" * bodies.LARGEST))
        error = self.assertRaises(Refusal, bodies.given, body).error
        self.assertEqual(error.code, Forgotten.wire_code)
        self.assertLess(len(body), 200)

    def test_not_plain(self) -> None:
        """What is not plain cannot be kept."""
        self.assertRaises(InsecureJelly, bodies.jelly_of, object())
