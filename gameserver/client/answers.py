"""What the server's own calls answer, checked and given precise types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from gameserver.errors import GameError

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Hello:
    """What a server says of itself before login.

    ``registration``: newcomers may make an account. ``tls``: this connection is safe
    for passwords. ``admin``: this endpoint takes the verbs of admins, not players.
    """

    product: str
    version: str
    registration: bool
    tls: bool
    admin: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument of a command; ``type`` is the author's annotation, ``list[str]``."""

    name: str
    type: str = "any"
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """One call that the logged-in player may make; ``summary`` is one sentence."""

    name: str
    parameters: tuple[Parameter, ...] = ()
    summary: str = ""


def read_answer(value: Any, expected: type[_T], what: str) -> _T:  # noqa: ANN401 - from the wire
    """Check an answer of the server; ``GameError`` says where it is not as agreed."""
    try:
        return msgspec.convert(value, expected)
    except msgspec.ValidationError as error:
        raise GameError("bad-answer", f"{what} cannot be read: {error}") from None
