"""Plain values, read: what Jelly's lists stand for, in one pass.

``decode`` gives what Twisted gives for all that ``encoder`` writes. What is not plain,
or is no Jelly, is not read here: ``NotPlain``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gameserver.wire.encoder import NotPlain

if TYPE_CHECKING:
    from collections.abc import Callable

    from gameserver.wire.decoder import Expression

DEEPEST: Final = 100  # as in ``encoder``
_BOOLEANS: Final = {b"true": True, b"false": False}
_PAIR: Final = 2


def decode(expression: Expression, depth: int = 0) -> Any:  # noqa: ANN401 - any plain value
    """Give the value that an expression stands for."""
    if type(expression) is not list:
        return expression
    try:
        read = _READERS[expression[0]]
        return read(expression, depth + 1)
    except (LookupError, TypeError, ValueError) as error:
        raise NotPlain(f"{type(error).__name__}: {error}"[:200]) from None


def _text(expression: list[Any], depth: int) -> str:
    del depth
    _, content = expression
    return str(content, "utf-8")


def _list(expression: list[Any], depth: int) -> list[Any]:
    return [
        decode(one, depth) if type(one) is list else one
        for one in _entries(expression, depth)
    ]


def _tuple(expression: list[Any], depth: int) -> tuple[Any, ...]:
    return tuple(_list(expression, depth))


def _set(expression: list[Any], depth: int) -> set[Any]:
    return set(_list(expression, depth))


def _frozenset(expression: list[Any], depth: int) -> frozenset[Any]:
    return frozenset(_list(expression, depth))


def _table(expression: list[Any], depth: int) -> dict[Any, Any]:
    found = {}
    for pair in _entries(expression, depth):
        if type(pair) is not list:
            raise NotPlain("an entry of a dictionary is no list")
        key, value = pair
        if type(key) is list:
            key = decode(key, depth)
        found[key] = decode(value, depth) if type(value) is list else value
    return found


def _entries(expression: list[Any], depth: int) -> list[Any]:
    if depth > DEEPEST:
        raise NotPlain(f"containers deeper than {DEEPEST}")
    return expression[1:]


def _nothing(expression: list[Any], depth: int) -> None:
    del depth
    if len(expression) > 1:
        raise NotPlain("None with something in it")


def _boolean(expression: list[Any], depth: int) -> bool:
    del depth
    _, content = expression
    return _BOOLEANS[content]


_READERS: Final[dict[bytes, Callable[[list[Any], int], Any]]] = {
    b"unicode": _text,
    b"list": _list,
    b"tuple": _tuple,
    b"dictionary": _table,
    b"None": _nothing,
    b"boolean": _boolean,
    b"set": _set,
    b"frozenset": _frozenset,
}
