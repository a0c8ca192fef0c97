"""Banana, read: chunks of bytes in, whole messages out; no input or output of its own.

A token is a number in base 128, the least part first, each byte below 0x80; then a
byte that says what it is; then, of a string or a float, its content (Twisted's
``banana.py``). The decoder walks the bytes by index, once, so the cost is linear
whatever the chunks are. What a message announces is counted before it is made: what is
refused costs no more than the bytes read.
"""

from __future__ import annotations

from struct import Struct
from typing import Any, Final

from gameserver.wire.limits import STOCK_SIZE, Limits
from gameserver.wire.usual import is_wide, read_usual
from gameserver.wire.vocabulary import WORDS

KINDS: Final = 0x80
"""A byte from here on says what a token is; one below is a part of its number."""
LIST, INT, STRING, NEG, FLOAT, LONGINT, LONGNEG, VOCAB = range(KINDS, KINDS + 8)

Expression = Any
"""What Banana carries: bytes, int, float, or a list of such."""

_POSITIVE: Final = frozenset({INT, LONGINT})
_NEGATIVE: Final = frozenset({NEG, LONGNEG})
_MANY: Final = 1 << 62
_float = Struct("!d").unpack_from


class Refused(Exception):
    """The bytes are no Banana, or more than the limits let through."""


class UnknownToken(Refused):
    """A token of a kind that there is not, or not in this dialect."""


class UnknownWord(Refused):
    """A word by a number that no word has."""


class Decoder:
    """The reading side of one connection.

    ``has_words``: whether the peer may send words by number; so from the moment on in
    which both sides have agreed upon the ``pb`` dialect. ``limits`` may change between
    two messages.
    """

    __slots__ = (
        "_bytes", "_chunks", "_fault", "_held", "_is_wide", "_items", "_known", "_left",
        "_place", "_size", "_stack", "_total", "_wanted", "has_words", "limits",
    )  # fmt: skip

    def __init__(self, limits: Limits, *, has_words: bool = False) -> None:
        self.limits = limits
        self.has_words = has_words
        self._known: Limits | None = None
        self._is_wide = False
        """Whether those limits let through all that is usual."""
        self._bytes = b""
        self._place = 0
        self._chunks: list[bytes] = []
        """What came since, and is not looked at yet."""
        self._held = 0
        """How many bytes that is."""
        self._wanted = 0
        """How many have to come before there is anything to do."""
        self._fault: Refused | None = None
        self._start()

    def _start(self) -> None:
        """Begin a message."""
        self._items: list[Expression] | None = None
        """The list that is being filled; None between two messages."""
        self._left = 0
        """How many of it are to come."""
        self._stack: list[tuple[list[Expression], int]] = []
        """The lists around it, each with how many are to come after it."""
        self._total = 0
        """How many entries the message has announced."""
        self._size = 0
        """How many bytes of the message lie before those held."""

    def feed(self, chunk: bytes) -> None:
        """Take what came; ``take`` reads it."""
        if self._place == len(self._bytes):  # as mostly; no chunk waits without a rest
            self._bytes, self._place = chunk, 0
        else:
            self._chunks.append(chunk)
            self._held += len(chunk)

    @property
    def has_rest(self) -> bool:
        """Say whether there are bytes that no message took yet, or a fault."""
        left = len(self._bytes) - self._place
        return bool(self._held or left or self._fault is not None)

    def take(self, most: int = _MANY) -> list[Expression]:
        """Give the next whole messages, at most so many; fewer if there are no more.

        ``Refused`` if the next one is no Banana or too large; those before it are given
        first. After that there is nothing more to be had.
        """
        if self._fault is not None:
            raise self._fault
        if self._held < self._wanted:
            return []
        if self._chunks:
            self._join()
        found: list[Expression] = []
        try:
            self._read(found, most)
        except Refused as fault:
            self._fault = fault
            self._bytes, self._place = b"", 0
            self._start()
            if not found:
                raise
        return found

    def _join(self) -> None:
        """Put what came after what was left."""
        rest = self._bytes[self._place :]
        self._bytes = b"".join((rest, *self._chunks))
        self._chunks, self._held, self._place, self._wanted = [], 0, 0, 0

    def _read(self, found: list[Expression], most: int) -> None:
        """Read usual calls at a glance, and by walking what stands between them."""
        if self._known is not self.limits:
            self._known, self._is_wide = self.limits, is_wide(self.limits)
        is_usual = self.has_words and self._is_wide
        while is_usual and self._items is None:
            place = read_usual(self._bytes, self._place, found, most)
            if place == self._place:
                break
            self._place = place
            if place == len(self._bytes) or len(found) >= most:
                return
            self._walk(found, len(found) + 1)
        self._walk(found, most)

    def _walk(self, found: list[Expression], most: int) -> None:  # noqa: C901, PLR0912 - one walk: a call for each token would cost more than the token
        """Read tokens until the bytes end, or enough messages are found."""
        data, place, limits, words = self._bytes, self._place, self.limits, self._words
        end, last = len(data), place - self._size + limits.size
        items, left, stack, total = self._items, self._left, self._stack, self._total
        value: Expression
        try:
            while place < end and len(found) < most:
                at, number = place, data[place]
                place += 1
                if number < KINDS and place < end and (kind := data[place]) >= KINDS:
                    place += 1  # as most are: a number of one byte
                else:
                    number, kind, place = _number(data, at, limits.prefix)
                if kind == VOCAB and number in words:
                    value = words[number]
                elif kind == STRING:
                    place += number
                    if place > end or number > limits.string:
                        raise _not_yet(number, place, limits)
                    value = data[place - number : place]
                elif kind == LIST:
                    value = []
                    if number:
                        total += number
                        if items is not None:
                            items.append(value)
                            stack.append((items, left - 1))
                        _check_list(number, total, len(stack), limits)
                        items, left = value, number
                        continue
                elif kind in _POSITIVE:
                    value = number
                else:
                    value, place = _other(kind, number, data, place)
                if items is not None:
                    items.append(value)
                    left -= 1
                    while stack and not left:
                        items, left = stack.pop()
                    if left:
                        continue
                    value = items
                _check_size(place, last, limits)
                found.append(value)
                items, total, last = None, 0, place + limits.size
        except _NotYet as not_yet:
            self._wanted, place = not_yet.until - end, at
        _check_size(end + self._wanted if self._wanted else place, last, limits)
        self._items, self._left, self._total = items, left, total
        self._place, self._size = place, place - last + limits.size

    @property
    def _words(self) -> dict[int, bytes]:
        return WORDS if self.has_words else {}


class _NotYet(Exception):
    """The rest of a token is to come; ``until``: where the bytes have to reach."""

    def __init__(self, until: int) -> None:
        super().__init__()
        self.until = until


def _number(data: bytes, place: int, most: int) -> tuple[int, int, int]:
    """Read a number of any length: it, the kind of its token, and what comes after."""
    number = shift = 0
    for at in range(place, min(len(data), place + most + 1)):
        byte = data[at]
        if byte >= KINDS:
            return number, byte, at + 1
        number |= byte << shift
        shift += 7
    if len(data) - place > most:
        raise Refused(f"a number of more than {most} bytes")
    raise _NotYet(len(data) + 1)


def _other(kind: int, number: int, data: bytes, place: int) -> tuple[Expression, int]:
    """Read what is rare; gives what comes after it, too."""
    if kind in _NEGATIVE:
        return -number, place
    if kind == FLOAT:
        if place + 8 > len(data):
            raise _NotYet(place + 8)
        return _float(data, place)[0], place + 8
    if kind != VOCAB:
        raise UnknownToken(f"no token is of the kind {kind:#x}")
    if number in WORDS:
        raise UnknownToken("a word by number, before the dialect is agreed upon")
    raise UnknownWord(f"no word has the number {number}")


def _not_yet(size: int, until: int, limits: Limits) -> Exception:
    """Say what is wrong with a string that is not whole."""
    if size > limits.string:
        return Refused(f"a string of {size} bytes, of at most {limits.string}")
    return _NotYet(until)


def _check_list(size: int, total: int, around: int, limits: Limits) -> None:
    if total > limits.items or size > STOCK_SIZE:
        raise Refused(f"more than {min(limits.items, STOCK_SIZE)} entries")
    if around >= limits.depth:
        raise Refused(f"lists deeper than {limits.depth}")


def _check_size(until: int, last: int, limits: Limits) -> None:
    if until > last:
        raise Refused(f"a message of more than {limits.size} bytes")
