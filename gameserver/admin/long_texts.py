"""Texts that are longer than one string on the wire may be, in bounded pieces: pure.

Banana takes strings of 640 KB. A long text is a list of strings, to be joined.
"""

from __future__ import annotations

import json
from typing import Any

from gameserver.errors import GameError

LARGEST_TEXT = 524_288
"""Bytes, as UTF-8, of one module's text, which is one string on the wire."""

LARGEST_ANSWER = 1_048_576
"""Characters of a long text: at most 4 MB on the wire."""

PIECE = 131_072
"""Characters of a piece: at most 512 KB on the wire."""


def pieces(text: str) -> list[str]:
    """Part a text; one that is too long ends with a line that says so."""
    if len(text) > LARGEST_ANSWER:
        more = len(text) - LARGEST_ANSWER
        text = f"{text[:LARGEST_ANSWER]}\n... and {more:,} more characters\n"
    return [text[i : i + PIECE] for i in range(0, len(text), PIECE)]


def json_pieces(value: Any, what: str) -> list[str]:  # noqa: ANN401 - JSON's types
    """Part a value as JSON; ``GameError`` if it is too long, as half is no JSON."""
    text = json.dumps(value)
    if len(text) > LARGEST_ANSWER:
        seen = f"{what} has {len(text):,} characters as JSON"
        expected = f"expected at most {LARGEST_ANSWER:,}; ask for it as text"
        raise GameError("too-large", f"{seen}, {expected}")
    return pieces(text)
