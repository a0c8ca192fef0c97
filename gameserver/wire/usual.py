"""Usual calls, read at a glance: a pattern finds what the walk would find by tokens.

A call of a few arguments that are texts of less than 128 bytes or whole numbers, with
none by name. It is what most messages are, and read in a third of the time. Whatever is
a little different is left to the walk, which says what is wrong with it, too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from gameserver.wire.vocabulary import TOKENS

if TYPE_CHECKING:
    from gameserver.wire.limits import Limits

_MOST: Final = 8
"""Arguments."""

_ITEMS: Final = 7 + 1 + _MOST + 2 * _MOST + 1
"""Entries of all lists of the largest usual call."""

_SIZE: Final = 2048
"""Bytes, more than such a call has."""

_LISTS: Final = 3
_PARTS: Final = 127
"""How deep its lists are, and bytes of a string."""

_INT, _NEG, _STRING, _KINDS = 0x81, 0x83, 0x82, 0x80
_NUMBER: Final = rb"([\x00-\x7f]{1,4})\x81"
_NAME: Final = rb"([\x01-\x7f])\x82([\x20-\x7f]{1,127})"
_MESSAGE: Final = b"\x07\x80" + TOKENS[b"message"]
_ARGUMENTS: Final = b"([\x01-\x09])\x80" + TOKENS[b"tuple"]
_beginning = re.compile(
    re.escape(_MESSAGE) + _NUMBER + _NUMBER + _NAME + b"([\x00\x01])\x81" + _ARGUMENTS
).match
_TEXT: Final = b"\x02\x80\x07\x82unicode"
_END: Final = b"\x01\x80" + TOKENS[b"dictionary"]


def is_wide(limits: Limits) -> bool:
    """Say whether these limits let through all that is usual."""
    return (
        limits.size >= _SIZE
        and limits.items >= _ITEMS
        and limits.depth >= _LISTS
        and limits.string >= _PARTS
        and limits.prefix >= _MOST
    )


def read_usual(data: bytes, place: int, found: list[Any], most: int) -> int:
    """Read calls that are whole and usual, from ``place`` on; gives where they end."""
    while len(found) < most and (beginning := _beginning(data, place)):
        number, target, size, name, is_answered, count = beginning.groups()
        if size[0] != len(name):
            break
        args: list[Any] = [b"tuple"]
        end = _arguments(data, beginning.end(), count[0] - 1, args)
        if not data.startswith(_END, end):
            break
        place = end + len(_END)
        found.append(
            [
                b"message",
                number[0] if len(number) == 1 else _whole(number),
                target[0] if len(target) == 1 else _whole(target),
                name,
                is_answered[0],
                args,
                [b"dictionary"],
            ]
        )
    return place


def _arguments(data: bytes, place: int, count: int, args: list[Any]) -> int:
    """Read so many arguments; gives where they end, or the end of all for others."""
    end = len(data) - 2  # whatever comes last, there is more behind it
    for _ in range(count):
        if data.startswith(_TEXT, place):
            place += len(_TEXT)
            if place >= end or data[place] >= _KINDS or data[place + 1] != _STRING:
                return len(data)
            until = place + 2 + data[place]
            args.append([b"unicode", data[place + 2 : until]])
            place = until
        elif place >= end or data[place] >= _KINDS:
            return len(data)
        elif data[place + 1] == _INT:
            args.append(data[place])
            place += 2
        elif data[place + 1] == _NEG:
            args.append(-data[place])
            place += 2
        elif data[place + 1] < _KINDS and data[place + 2] == _INT:
            args.append(data[place] | data[place + 1] << 7)
            place += 3
        else:
            return len(data)
    return place


def _whole(number: bytes) -> int:
    """Give a number in base 128, the least part first."""
    value = 0
    for byte in reversed(number):
        value = value << 7 | byte
    return value
