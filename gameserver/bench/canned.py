"""Ready-made PB messages, made once by Twisted's own Banana and Jelly.

The bytes equal those of a stock client (a test compares them), so a server cannot tell
this load from an ordinary one. Numbers of requests lie between 128 and 16383: two bytes
of prefix each, which makes all calls of a block, and all answers, equally long.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Final

from twisted.spread import banana, jelly, pb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gameserver.bench.workloads import Workload

FIRST_REQUEST: Final = 128
_LAST_REQUEST: Final = 16383
MIND: Final = [b"remote", 1]
"""The jelly of the client's own object number 1."""

_INTEGER: Final = rb"[\x00-\x7f]{1,9}\x81"
_NO_KEYWORDS: Final = [b"dictionary"]


def encode(expression: object, dialect: bytes = b"pb") -> bytes:
    """Encode one jelly expression as Banana sends it in ``dialect``."""
    encoder = banana.Banana()
    encoder.setPrefixLimit(64)
    encoder.currentDialect = dialect
    stream = io.BytesIO()
    encoder.transport = stream  # type: ignore[assignment]  # it has write(), as asked
    encoder.sendEncoded(expression)
    return stream.getvalue()


OPENING: Final = encode(b"pb", b"none") + encode([b"version", pb.Broker.version])
"""All that a client sends before its first call."""


def jellied(value: object) -> object:
    """Give the jelly expression of a plain value."""
    return jelly.jelly(value)


def call(
    request: int,
    target: object,
    method: str,
    arguments: Sequence[object],
    *,
    answered: bool = True,
) -> bytes:
    """Give one remote call; ``target`` is a name (bytes) or a number.

    ``arguments`` are jelly expressions, not values.
    """
    body = [target, method.encode(), int(answered), [b"tuple", *arguments]]
    return encode([b"message", request, *body, _NO_KEYWORDS])


def login(request: int, account: bytes) -> bytes:
    """Give the call that asks for a challenge."""
    return call(request, b"root", "login", [account])


def respond(
    request: int, challenger: int, challenge: bytes, secret: bytes, *, mind: bool
) -> bytes:
    """Give the call that proves knowledge of ``secret``, with or without a mind."""
    proof = pb.respond(challenge, secret)
    return call(
        request, challenger, "respond", [proof, MIND if mind else jellied(None)]
    )


def calls(workload: Workload, target: int, window: int) -> tuple[bytes, bytes]:
    """Give ``window`` calls with different numbers, and their answers in order."""
    arguments = [jellied(value) for value in workload.arguments]
    numbers = range(FIRST_REQUEST, FIRST_REQUEST + window)
    sent = [call(number, target, workload.method, arguments) for number in numbers]
    return b"".join(sent), b"".join(answer(n, workload.answer) for n in numbers)


def answer(request: int, value: object) -> bytes:
    """Give the answer to one call."""
    return encode([b"answer", request, jellied(value)])


def notification(event: str, *arguments: object) -> re.Pattern[bytes]:
    """Match one notification to the mind, whatever its number.

    A server may number notifications as it likes, because nobody answers them.
    """
    values = [jellied(value) for value in arguments]
    told = call(_LAST_REQUEST, MIND[1], event, values, answered=False)
    head, _, tail = told.partition(encode(_LAST_REQUEST))
    return re.compile(re.escape(head) + _INTEGER + re.escape(tail), re.DOTALL)


def notified_answer(
    heard: re.Pattern[bytes], request: int, value: object
) -> re.Pattern[bytes]:
    """Match a notification with the answer of the call ``request`` right behind it."""
    return re.compile(heard.pattern + re.escape(answer(request, value)), re.DOTALL)
