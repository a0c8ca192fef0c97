"""A class with one method for each kind of declaration, and a way to bind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from gameserver.model.arguments import Limits, signatures_of
from tests.model.laws import Item, Mood

if TYPE_CHECKING:
    from somewhere_else import Answer

LIMITS = Limits()


@dataclass
class Touchy:
    """Refuses itself."""

    size: int

    def __post_init__(self) -> None:
        if self.size < 0:
            raise ValueError("size: expected 0 or more")


class Player:
    """One method for each kind of declaration."""

    def perspective_go(self, direction: str, steps: int = 1) -> None:
        """Walk to the next room.

        A second paragraph.
        """

    def perspective_mix(self, *, oil: float, water: float = 0.5) -> None:
        """Mix by name only."""

    def perspective_wait(self) -> Answer:
        """Return what is imported for type checkers only."""

    def perspective_sort(self, things: list[str], counts: dict[str, int]) -> None: ...

    def perspective_put(self, item: Item) -> None: ...

    def perspective_feel(self, mood: Mood, way: Literal["in", "out"]) -> None: ...

    def perspective_name(self, name: str | None) -> None: ...

    def perspective_draw(self, image: bytes) -> None: ...

    def perspective_any(self, what, more: set[Any] = frozenset()) -> None: ...

    def perspective_size(self, thing: Touchy) -> None: ...

    perspective_walk = perspective_go
    perspective_fields = "no method"

    def unrelated(self) -> None: ...


def bind(name: str, *args: Any, **kw: Any) -> tuple[Any, Any]:
    """Bind as the server does, with the usual limits; a tuple, and a dict."""
    positional, named = signatures_of(Player)[name].bind(list(args), kw, LIMITS)
    return tuple(positional), named
