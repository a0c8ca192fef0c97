"""The words that the ``pb`` dialect of Banana sends as numbers.

From the Banana specification of Twisted (``twisted/spread/banana.py``). They are sent
so wherever they stand, as data, too.
"""

from __future__ import annotations

from typing import Final

_NAMES = (
    "None class dereference reference dictionary function instance list module"
    " persistent tuple unpersistable copy cache cached remote local lcache version"
    " login password challenge logged_in not_logged_in cachemessage message answer"
    " error decref decache uncache"
)

WORDS: Final = dict(enumerate(_NAMES.encode().split(), 1))
"""By their number."""

TOKENS: Final = {word: bytes((number, 0x87)) for number, word in WORDS.items()}
"""What is sent for each."""
