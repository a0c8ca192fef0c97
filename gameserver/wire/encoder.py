"""Plain values, written for the wire: Jelly and Banana in one pass.

What is written equals Twisted's own bytes, word numbers and all. What is not plain is
not written: ``NotPlain``, and Twisted's own way has to be taken. That is so for a
container that occurs twice, too, which Jelly sends as a reference.
"""

from __future__ import annotations

from functools import lru_cache
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
_KEYS: Final = 1024  # keys of dictionaries, and words, that are remembered
_SHORT: Final = 32  # characters of such a key
_WORD: Final = 16  # and of such a word
_LARGEST: Final = 1 << (7 * PREFIX)
_pack_float = Struct("!Bd").pack


class NotPlain(Exception):
    """The value is not written here; Twisted's own way has to be taken."""


def number(value: int) -> bytes:
    """Give a number's bytes in base 128, the least part first."""
    if value < _FEW:
        return bytes((value,))
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


def list_of(length: int) -> bytes:
    """Give the token that begins a list of so many entries."""
    return _LISTS[length] if length < _FEW else number(length) + b"\x80"


def integer(value: int) -> bytes:
    """Give an integer's token; ``NotPlain`` if Banana cannot send it."""
    if 0 <= value < _SMALL:
        return _INTS[value]
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
    _write(value, parts.append, set(), 0)
    return b"".join(parts)


def _write(value: Any, put: Put, seen: set[int], depth: int) -> None:  # noqa: ANN401 - any value of a game
    """Write one value; ``seen``: ids of the containers around and before it."""
    kind = type(value)
    if kind is str:
        put(_text(value))
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
    elif kind in _HEADS:
        _write_container(value, put, seen, depth)
    else:
        raise NotPlain(f"a value of type {kind.__name__}")


def _write_container(value: Any, put: Put, seen: set[int], depth: int) -> None:  # noqa: ANN401 - the same
    if id(value) in seen or depth > _DEEPEST or len(value) >= STOCK_SIZE:
        raise NotPlain("a container that occurs twice, is deep or long")
    seen.add(id(value))
    put(list_of(len(value) + 1) + _HEADS[type(value)])
    if type(value) is dict:
        _write_pairs(value, put, seen, depth + 1)
    else:
        for one in value:
            if type(one) is str:  # here, too: a call for each costs as much as they do
                put(_word(one) if len(one) <= _WORD else _text(one))
            else:
                _write(one, put, seen, depth + 1)


def _write_pairs(table: dict[Any, Any], put: Put, seen: set[int], depth: int) -> None:
    for key, value in table.items():
        if type(key) is not str:
            put(_PAIR)
            _write(key, put, seen, depth)
        elif len(key) <= _SHORT:
            put(_key(key))
        else:
            put(_PAIR + _text(key))
        kind = type(value)
        if kind is str:  # as above
            put(_word(value) if len(value) <= _WORD else _text(value))
        elif kind is int:
            put(_INTS[value] if 0 <= value < _SMALL else integer(value))
        else:
            _write(value, put, seen, depth)


@lru_cache(_KEYS)
def _key(key: str) -> bytes:
    """Give the beginning of an entry: those of a game have few different keys."""
    return _PAIR + _text(key)


@lru_cache(_KEYS)
def _word(value: str) -> bytes:
    """Give a short text in a container: mostly one of a game's own words."""
    return _text(value)


def _text(value: str) -> bytes:
    try:
        content = value.encode()
    except UnicodeEncodeError:
        raise NotPlain("a text with half a character") from None
    if content in TOKENS:
        return _UNICODE + TOKENS[content]
    size = len(content)
    return _TEXTS[size] + content if size < _FEW else _UNICODE + string(content)
