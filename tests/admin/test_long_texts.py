"""Long texts in pieces: nothing is lost below the bound, and a cut is told."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from twisted.spread.banana import SIZE_LIMIT
from twisted.trial.unittest import SynchronousTestCase

from gameserver.admin.long_texts import (
    LARGEST_ANSWER,
    LARGEST_TEXT,
    PIECE,
    json_pieces,
    pieces,
)
from gameserver.errors import GameError


class PiecesTests(SynchronousTestCase):
    @given(st.text(max_size=20), st.integers(0, 3 * PIECE))
    def test_joined(self, words: str, length: int):
        """The pieces are the text, and each fits into a string of Banana."""
        text = ((words or "x") * (length // len(words or "x") + 1))[:length]
        parts = pieces(text)
        self.assertEqual("".join(parts), text)
        for part in parts:
            self.assertLess(len(part.encode()), SIZE_LIMIT)

    def test_one_text(self):
        """A module's text fits into one string of Banana."""
        self.assertLess(LARGEST_TEXT, SIZE_LIMIT)

    def test_cut(self):
        """A text beyond the bound is cut, and says by how much."""
        whole = "".join(pieces("é" * (LARGEST_ANSWER + 7)))
        self.assertTrue(whole.endswith("\n... and 7 more characters\n"))
        self.assertEqual(whole.count("é"), LARGEST_ANSWER)

    def test_json(self):
        """JSON is whole or refused: a program cannot read half of it."""
        value = {"diff": "x" * 300_000}
        self.assertEqual(json.loads("".join(json_pieces(value, "the plan"))), value)
        with self.assertRaises(GameError) as caught:
            json_pieces("x" * LARGEST_ANSWER, "the plan")
        self.assertEqual(caught.exception.code, "too-large")
        self.assertIn("the plan has 1,048,578 characters", caught.exception.text)
