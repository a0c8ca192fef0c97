"""Values that cannot change: with other parts they are built anew, parts first."""

from __future__ import annotations

import operator
from types import MappingProxyType, MethodType
from typing import TYPE_CHECKING, Any

from gameserver.reload.kinds import is_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Translate = Callable[[Any], Any]

_WRAPPED = (staticmethod, classmethod)
FROZEN = (tuple, frozenset, *_WRAPPED, MethodType, property, MappingProxyType)
"""What is built anew."""


def built(value: Any, translate: Translate) -> Any:  # noqa: ANN401 - one of FROZEN
    """Give a value with its parts translated; the value itself if none is another."""
    parts = parts_of(value)
    live = [translate(one) for one in parts]
    kind = type(value)
    if is_of(value, (tuple, frozenset)):
        kind = translate(kind)
    if kind is type(value) and all(map(operator.is_, live, parts)):
        return value
    return _made(value, kind, live)


def parts_of(value: Any) -> tuple[Any, ...]:  # noqa: ANN401 - one of FROZEN
    """Give what such a value is made of."""
    if is_of(value, (tuple, frozenset)):
        base: Any = tuple if is_of(value, tuple) else frozenset
        return tuple(base.__iter__(value))
    if is_of(value, _WRAPPED):
        return (value.__func__,)
    if is_of(value, MethodType):
        return (value.__func__, value.__self__)
    if is_of(value, property):
        return (value.fget, value.fset, value.fdel)
    return (*value.keys(), *value.values())


def _made(value: Any, kind: Any, parts: list[Any]) -> Any:  # noqa: ANN401 - as above
    if is_of(value, tuple):
        return tuple.__new__(kind, parts)  # past a namedtuple's own __new__
    if is_of(value, frozenset):
        return frozenset.__new__(kind, parts)
    if is_of(value, property):
        return kind(*parts, value.__doc__)
    if is_of(value, MappingProxyType):  # its table cannot be reached: one of a copy
        count = len(parts) // 2
        return MappingProxyType(dict(zip(parts[:count], parts[count:], strict=True)))
    return kind(*parts)


def inner_first(value: object) -> Iterator[object]:
    """Give the frozen values in a frozen value, each after those inside of it."""
    seen = {id(value)}
    way = [(value, iter(parts_of(value)))]
    while way:
        top, rest = way[-1]
        inner = (one for one in rest if is_of(one, FROZEN) and id(one) not in seen)
        found = next(inner, None)
        if found is None:
            way.pop()
            yield top
        else:
            seen.add(id(found))
            way.append((found, iter(parts_of(found))))
