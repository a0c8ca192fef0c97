"""Answers of numbered calls as they are kept: Banana of plain jelly.

``[b"v", jelly]`` is a value, ``[b"e", code, text]`` an error. Plain jelly is the same
for every connection, so an answer can be given again over another one.
"""

from __future__ import annotations

from typing import Any, Final

from twisted.spread import banana

from gameserver.errors import Forgotten, GameError
from gameserver.server.jellying import plain_jelly
from gameserver.server.refusal import Refusal
from gameserver.server.scalars import written

LARGEST: Final = 65_536
"""Bytes of the largest answer that is kept.

Of a larger one only that it was given: a call is never carried out twice, and whoever
did not hear the answer is told ``forgotten``.
"""

_VALUE, _ERROR = b"v", b"e"


def jelly_of(value: object) -> Any:  # noqa: ANN401 - jelly
    """Jelly a plain value; ``InsecureJelly`` for what could not be sent again."""
    scalar = written(value)
    return plain_jelly(value) if scalar is None else scalar


def body_of_jelly(jelly: object) -> bytes:
    """Give the body of a value; ``BananaError`` if PB cannot send it."""
    return _fitting(banana.encode([_VALUE, jelly]))


def body_of_error(error: GameError) -> bytes:
    """Give the body of an error."""
    code, text = error.code.encode(), error.text.encode(errors="replace")
    return _fitting(banana.encode([_ERROR, code, text]))


def given(body: bytes) -> Any:  # noqa: ANN401 - jelly
    """Give the jelly of a value, or raise the ``Refusal`` of an error."""
    kind, *rest = banana.decode(body)
    if kind == _VALUE:
        return rest[0]
    code, text = rest
    raise Refusal(GameError(code.decode(), text.decode()))


def _fitting(body: bytes) -> bytes:
    if len(body) <= LARGEST:
        return body
    text = f"the call was carried out; its answer of {len(body)} bytes is not kept"
    return body_of_error(Forgotten(text))
