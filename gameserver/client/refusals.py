"""Errors that cross the wire: a server's as our exceptions, ours as the wire has them.

A failed call comes back as PB's failure whose ``type`` is the code and whose ``value``
is the text. A stock server sends a class name for a code instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.spread import pb

from gameserver.errors import GameError, InternalError, LoginRefused, PeerError

if TYPE_CHECKING:
    from collections.abc import Iterator

UNBEGUN = "gameserver.unbegun"
"""Stands among the parents of what a server refused without having begun it."""

UNCODED = "remote-error"
"""The code of an error that has none: a stock server's own exception."""

_STOCK_CODES = {
    "twisted.cred.error.UnauthorizedLogin": "login-refused",
    "twisted.cred.error.LoginFailed": "login-refused",
    "twisted.spread.flavors.NoSuchMethod": "no-such-call",
    "builtins.AttributeError": "no-such-call",
}
_INCIDENT = "internal error "


def error_from(failure: object) -> GameError:
    """Make the exception for what a server sent as an error.

    The subclass whose ``wire_code`` it is, else ``GameError`` itself; never the copied
    failure, whose attributes are the server's choice.
    """
    code = _text(getattr(failure, "type", UNCODED))
    text = _text(getattr(failure, "value", failure))
    if "." in code:
        code = _STOCK_CODES.get(code, UNCODED)
    if code == LoginRefused.wire_code and not text:
        text = "name and password do not belong together"
    error = coded(code, text)
    parents = getattr(failure, "parents", ())
    error.is_unbegun = isinstance(parents, list) and UNBEGUN in map(_text, parents)
    return error


def coded(code: str, text: str) -> GameError:
    """Make the exception of a code: its own class where the code is known."""
    kind = _KINDS.get(code)
    if kind is None:
        return GameError(code, text)
    if kind is InternalError:
        return InternalError(text.removeprefix(_INCIDENT))
    return kind(text)


def failure_of(error: GameError) -> Any:  # noqa: ANN401 - pb has no annotations
    """Make PB's failure for an error of ours: code and text, no class, no frame."""
    failure: Any = pb.CopyableFailure(pb.Error(error.text))
    failure.type = error.code.encode()
    failure.parents = [error.code, "twisted.spread.pb.Error"]
    return failure


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    # No repr: lists that share their elements can be written as gigabytes.
    return value if isinstance(value, str) else type(value).__name__


def _family(kind: type[PeerError]) -> Iterator[type[PeerError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _family(child)


_KINDS = {kind.wire_code: kind for kind in _family(PeerError)}
