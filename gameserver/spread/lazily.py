"""Attributes that come into being when they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class Lazily:
    """An attribute that most instances never need: made at the first look at it.

    An instance that has set its own keeps that; ``del`` brings this one back. It costs
    nothing then, for what an instance has comes first.
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: object | None, owner: type | None = None) -> Any:  # noqa: ANN401 - what is made
        """Make it."""
        if instance is None:
            return self
        made = self._make()
        setattr(instance, self._name, made)
        return made
