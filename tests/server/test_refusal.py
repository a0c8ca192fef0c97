"""How an error stands on the wire."""

from __future__ import annotations

from io import BytesIO

from hypothesis import given
from hypothesis import strategies as st
from twisted.spread import banana
from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import GameError, LoginRefused
from gameserver.server.jellying import StrictJellier
from gameserver.server.refusal import Refusal, unbegun


class WrittenTests(SynchronousTestCase):
    """The quick way and PB's own."""

    def assert_alike(self, error: GameError) -> None:
        refusal = Refusal(error)
        stock, as_stock = banana.Banana(), BytesIO()
        stock.setPrefixLimit(64)
        stock._selectDialect(b"pb")
        stock._encode(StrictJellier().jelly(refusal), as_stock.write)
        self.assertEqual(refusal.written().content, as_stock.getvalue())

    @given(st.text(), st.text())
    def test_as_stock(self, code, text):
        """It is written byte for byte as Twisted's jelly and Banana write it."""
        self.assert_alike(GameError(code, text))

    def test_marks(self):
        """So are those with more parents."""
        self.assert_alike(LoginRefused("no"))
        self.assert_alike(unbegun(GameError("busy", "later")))

    def test_once(self):
        """One that is sent again is not written again."""
        refusal = Refusal(GameError("busy", "later"))
        self.assertIs(refusal.written(), refusal.written())
