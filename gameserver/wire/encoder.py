"""Plain values, written for the wire: Jelly and Banana in one pass.

What is written equals Twisted's own bytes, word numbers and all. What is not plain is
not written: ``NotPlain``, and Twisted's own way has to be taken. That is so for a
container that occurs twice, too, which Jelly sends as a reference.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any, Final

from gameserver.wire.limits import PREFIX, STOCK_SIZE
from gameserver.wire.vocabulary import TOKENS

if TYPE_CHECKING:
    from collections.abc import Callable

    Put = Callable[[bytes], None]

_DEEPEST: Final = 100  # containers in containers; Twisted's own way ends at some 300
_FEW: Final = 128  # numbers of one byte
_SMALL: Final = 1024  # integers that are written beforehand
_MANY: Final = 1024  # short texts that are remembered
_SHORT: Final = 16  # characters of such a text
_SHORT_KEY: Final = 32  # characters of such a key: names of fields
_LARGEST: Final = 1 << (7 * PREFIX)
_pack_float = Struct("!Bd").pack


class NotPlain(Exception):
    """The value is not written here; Twisted's own way has to be taken."""


def number(value: int) -> bytes:
    """Give a number's bytes in base 128, the least part first."""
    if value < _FEW:
        return bytes((value,))
    if value < 1 << 14:
        return bytes((value & 0x7F, value >> 7))
    if value < 1 << 21:
        return bytes((value & 0x7F, value >> 7 & 0x7F, value >> 14))
    parts = bytearray()
    while value:
        parts.append(value & 0x7F)
        value >>= 7
    return bytes(parts)


_LISTS: Final = tuple(number(each) + b"\x80" for each in range(_FEW))
_INTS: Final = tuple(number(each) + b"\x81" for each in range(_SMALL))
_STRINGS: Final = tuple(number(each) + b"\x82" for each in range(_FEW))
_UNICODE: Final = b"\x02\x80\x07\x82unicode"
_TEXTS: Final = tuple(_UNICODE + each for each in _STRINGS)
_NONE: Final = b"\x01\x80" + TOKENS[b"None"]
_BOOLEAN: Final = b"\x02\x80\x07\x82boolean"
_BOOLEANS: Final = (_BOOLEAN + b"\x05\x82false", _BOOLEAN + b"\x04\x82true")
_PAIR: Final = _LISTS[2]
_HEADS: Final[dict[type, bytes]] = {
    list: TOKENS[b"list"],
    tuple: TOKENS[b"tuple"],
    dict: TOKENS[b"dictionary"],
    set: b"\x03\x82set",
    frozenset: b"\x09\x82frozenset",
}
_BEGINNINGS: Final = {
    kind: tuple(number(each) + b"\x80" + head for each in range(1, _FEW))
    for kind, head in _HEADS.items()
}
"""How a container of so many begins."""


def list_of(length: int) -> bytes:
    """Give the token that begins a list of so many entries."""
    return _LISTS[length] if length < _FEW else number(length) + b"\x80"


def integer(value: int) -> bytes:
    """Give an integer's token; ``NotPlain`` if Banana cannot send it."""
    if 0 <= value < _SMALL:
        return _INTS[value]
    if 0 <= value < 1 << 21:  # as most that count something
        return number(value) + b"\x81"
    if not -_LARGEST < value < _LARGEST:
        raise NotPlain(f"an integer of {value.bit_length()} bits")
    if value >= 0:
        return number(value) + (b"\x81" if value < 1 << 31 else b"\x85")
    return number(-value) + (b"\x83" if value >= -1 << 31 else b"\x86")


def string(value: bytes) -> bytes:
    """Give the token of bytes: a word's number where they are one."""
    word = TOKENS.get(value)
    if word is not None:
        return word
    if len(value) > STOCK_SIZE:
        raise NotPlain(f"a string of {len(value)} bytes")
    return number(len(value)) + b"\x82" + value


def encode(value: object) -> bytes:
    """Give the bytes that Twisted sends for a plain value; ``NotPlain`` for another."""
    parts: list[bytes] = []
    write_value(value, parts.append, set(), 0)
    return b"".join(parts)


def write_value(value: Any, put: Put, seen: set[int], depth: int) -> None:  # noqa: ANN401 - any value of a game
    """Have one value's bytes put, in parts; ``NotPlain``, maybe amid it, for another.

    ``put``: takes a part; after ``NotPlain`` what it has had is of no use. ``seen``:
    ids of the containers around and before it. ``depth``: how many are around it.
    """
    kind = type(value)
    if kind is str:
        put(_text(value))
    elif kind in _BEGINNINGS:
        _write_container(value, put, seen, depth)
    elif kind is int:
        put(_INTS[value] if 0 <= value < _SMALL else integer(value))
    elif value is None:
        put(_NONE)
    elif kind is bool:
        put(_BOOLEANS[value])
    elif kind is float:
        put(_pack_float(0x84, value))
    elif kind is bytes:
        put(string(value))
    else:
        raise NotPlain(f"a value of type {kind.__name__}")


def _write_container(value: Any, put: Put, seen: set[int], depth: int) -> None:  # noqa: ANN401 - the same; a call for each scalar costs as much as they do
    kind, size = type(value), len(value)
    if id(value) in seen or depth > _DEEPEST or size >= STOCK_SIZE:
        raise NotPlain("a container that occurs twice, is deep or long")
    seen.add(id(value))
    begun = _BEGINNINGS[kind]
    put(begun[size] if size < _FEW - 1 else list_of(size + 1) + _HEADS[kind])
    depth += 1
    if kind is dict:
        for key, one in value.items():
            if type(key) is str and len(key) <= _SHORT_KEY:
                put(_KEYS[key])
            else:
                put(_PAIR)
                write_value(key, put, seen, depth)
            kind = type(one)
            if kind is str:
                put(_WORDS[one] if len(one) <= _SHORT else _text(one))
            elif kind is int:
                put(_INTS[one] if 0 <= one < _SMALL else integer(one))
            else:
                write_value(one, put, seen, depth)
    else:
        for one in value:
            if type(one) is str:
                put(_WORDS[one] if len(one) <= _SHORT else _text(one))
            else:
                write_value(one, put, seen, depth)


def _text(value: str) -> bytes:
    try:
        content = value.encode()
    except UnicodeEncodeError:
        raise NotPlain("a text with half a character") from None
    if content in TOKENS:
        return _UNICODE + TOKENS[content]
    size = len(content)
    return _TEXTS[size] + content if size < _FEW else _UNICODE + string(content)


class _Remembered(dict[str, bytes]):
    """What short texts are on the wire: those of a game are few, and come often."""

    def __init__(self, before: bytes) -> None:
        super().__init__()
        self._before = before

    def __missing__(self, text: str) -> bytes:
        """Write a text, and forget all others when there are many."""
        written = self._before + _text(text)
        if len(self) >= _MANY:
            self.clear()
        self[text] = written
        return written


_WORDS: Final = _Remembered(b"")
"""Short texts as values."""
_KEYS: Final = _Remembered(_PAIR)
"""Keys of dictionaries, each with the beginning of its entry."""
