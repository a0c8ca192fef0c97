"""Messages of Perspective Broker, put together from what is mostly written already."""

from __future__ import annotations

from typing import Any, Final

from gameserver.wire.encoder import NotPlain, integer, list_of, string, write_value

_ANSWER: Final = list_of(3) + string(b"answer")


class Written:
    """A value as it stands on the wire already, in place of its jelly."""

    __slots__ = ("content",)

    def __init__(self, content: bytes) -> None:
        self.content = content

    def __repr__(self) -> str:
        return f"<{len(self.content)} bytes written>"


def message(parts: tuple[Any, ...]) -> bytes:
    """Give a list of integers, bytes and written values as it stands on the wire.

    ``NotPlain`` if there is anything else in it; Twisted's own way has to be taken.
    """
    found = [list_of(len(parts))]
    for one in parts:
        kind = type(one)
        if kind is Written:
            found.append(one.content)
        elif kind is int:
            found.append(integer(one))
        elif kind is bytes:
            found.append(string(one))
        else:
            raise NotPlain(kind.__name__)
    return b"".join(found)


def answer(number: int, value: object) -> bytes:
    """Give the message that answers a call; ``NotPlain`` for a value that is not."""
    parts = [_ANSWER, integer(number)]
    write_value(value, parts.append, set(), 0)
    return b"".join(parts)
