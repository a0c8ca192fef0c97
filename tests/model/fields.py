"""Classes with one field, its value stored and loaded again."""

from __future__ import annotations

from typing import Any

from gameserver.model.state import raw_state, shape_of


def declared(hint: Any, **body: Any) -> type:
    """Give a class with one field named ``field``."""
    return type("Person", (), {"__annotations__": {"field": hint}, **body})


def holder(value: object, owner: type) -> Any:
    """Give an object of the class whose field has that value."""
    subject = owner()
    subject.field = value
    return subject


def stored(value: object, hint: Any) -> bytes:
    owner = declared(hint)
    return shape_of(owner).encode(holder(value, owner), {})


def loaded(encoded: bytes, hint: Any) -> Any:
    fields, _ = shape_of(declared(hint)).decode(raw_state(encoded))
    return fields["field"]
