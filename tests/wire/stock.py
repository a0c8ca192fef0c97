"""Twisted's own codec, which says what is right, and values to ask it about."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from hypothesis import strategies as st
from twisted.spread import banana, jelly

from gameserver.wire.vocabulary import WORDS

EDGES = [
    sign * (2**power + step)
    for power in (0, 7, 10, 14, 20, 21, 22, 28, 31, 32, 63, 64, 441)
    for step in (-1, 0, 1)
    for sign in (1, -1)
] + [2**448 - 1, 1 - 2**448]
"""Where Banana takes another kind of token, or its last."""

WORDS_AS_DATA = [*WORDS.values(), b"unicode", b"boolean", b"true", b"set"]

ATOMS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from(EDGES),
    st.floats(allow_nan=False),
    st.text(),
    st.sampled_from([one.decode() for one in WORDS_AS_DATA]),
    st.binary(max_size=300),
    st.sampled_from(WORDS_AS_DATA),
)
KEYS = st.one_of(ATOMS, st.tuples(ATOMS, ATOMS), st.frozensets(ATOMS, max_size=3))
VALUES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.lists(inner, min_size=1, max_size=5).map(tuple),
        st.dictionaries(KEYS, inner, max_size=5),
        st.sets(KEYS, max_size=5),
        st.frozensets(KEYS, max_size=5),
    ),
    max_leaves=30,
)

EXPRESSIONS = st.recursive(
    st.one_of(
        st.integers(),
        st.sampled_from(EDGES),
        st.floats(allow_nan=False),
        st.binary(max_size=200),
        st.sampled_from(WORDS_AS_DATA),
    ),
    lambda inner: st.lists(inner, max_size=6),
    max_leaves=30,
)


class StockBanana(banana.Banana):
    """A protocol that has agreed upon the ``pb`` dialect and keeps what comes."""

    def __init__(self) -> None:
        super().__init__(isClient=False)
        self.transport = BytesIO()
        self.messages: list[Any] = []
        self.connectionMade()
        self.currentDialect = b"pb"
        self.transport = BytesIO()

    def expressionReceived(self, lst: Any) -> None:
        self.messages.append(lst)


def stock_bytes(*expressions: Any) -> bytes:
    """Write expressions as Twisted does."""
    protocol = StockBanana()
    for one in expressions:
        protocol.sendEncoded(one)
    return protocol.transport.getvalue()


def stock_value_bytes(value: Any) -> bytes:
    """Write a value as Twisted does."""
    return stock_bytes(jelly.jelly(value))


def stock_messages(data: bytes) -> tuple[list[Any], bool]:
    """Read bytes as Twisted does: the messages, and whether it came to the end."""
    protocol = StockBanana()
    try:
        protocol.dataReceived(data)
    except (banana.BananaError, NotImplementedError, KeyError):
        return protocol.messages, False
    return protocol.messages, True


def shape(value: Any) -> Any:
    """Give a value with its types, for two that are equal may differ in those."""
    if isinstance(value, (list, tuple)):
        return type(value), [shape(one) for one in value]
    if isinstance(value, (set, frozenset)):
        return type(value), sorted(repr(shape(one)) for one in value)
    if isinstance(value, dict):
        return dict, [(shape(key), shape(one)) for key, one in value.items()]
    return type(value), repr(value)
