"""A new instance of a class, in place of one that cannot be made an instance of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_ATOMIC: dict[Any, Callable[[Any], Any]] = {
    int: int.__pos__,
    float: float.__pos__,
    complex: complex.__pos__,
    str: str.__str__,
    bytes: lambda value: bytes.__add__(value, b""),
}
"""How what a number or text is worth is read past its own class's methods."""


def bare_like(value: object, owner: type) -> object:
    """Make a bare instance of a class; of a number or text one with that content."""
    for kind, content_of in _ATOMIC.items():
        if issubclass(owner, kind):
            return kind.__new__(owner, content_of(value))
    return object.__new__(owner)
