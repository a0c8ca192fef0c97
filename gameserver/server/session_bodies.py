"""Answers of numbered calls as they are kept: Banana.

``[b"v", jelly]`` is a value, ``[b"e", code, text]`` an error. What is plain is written
in the same way for every connection, so an answer can be given again over another one.
"""

from __future__ import annotations

from typing import Final

from twisted.spread import banana

from gameserver.errors import Forgotten, GameError
from gameserver.server.refusal import Refusal
from gameserver.wire.encoder import list_of, string
from gameserver.wire.message import Written

LARGEST: Final = 65_536
"""Bytes of the largest answer that is kept.

Of a larger one only that it was given: a call is never carried out twice, and whoever
did not hear the answer is told ``forgotten``.
"""

_VALUE: Final = list_of(2) + string(b"v")
"""How the body of a value begins; the value follows."""
_ERROR: Final = b"e"


def body_of(value: Written) -> bytes:
    """Give the body of a value."""
    return _fitting(_VALUE + value.content)


def body_of_error(error: GameError) -> bytes:
    """Give the body of an error."""
    code, text = error.code.encode(), error.text.encode(errors="replace")
    return _fitting(banana.encode([_ERROR, code, text]))


def given(body: bytes) -> Written:
    """Give a value as it is sent, or raise the ``Refusal`` of an error."""
    if body.startswith(_VALUE):
        return Written(body[len(_VALUE) :])
    _, code, text = banana.decode(body)
    raise Refusal(GameError(code.decode(), text.decode()))


def _fitting(body: bytes) -> bytes:
    if len(body) <= LARGEST:
        return body
    text = f"the call was carried out; its answer of {len(body)} bytes is not kept"
    return body_of_error(Forgotten(text))
