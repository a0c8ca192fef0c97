"""A walk through what texts do: what it has met, and how far it may go."""

from __future__ import annotations

from dataclasses import dataclass, field

Node = tuple[str, str]
"""A module, and a name in it; ``*`` for all of it."""

_MOST = 100_000  # things looked at for one release; beyond that it cannot be told


class Untold(Exception):
    """It cannot be told: from the texts, or with the effort that there is."""


@dataclass(slots=True)
class Effort:
    """What may still be spent on one release: in all, about a second."""

    left: int = _MOST

    def spend(self) -> None:
        """Count one thing that is looked at; ``Untold`` if there were too many."""
        self.left -= 1
        if self.left < 0:
            raise Untold


@dataclass(slots=True)
class Walk:
    """One walk along what names read: the statements met, and what is sought."""

    waiting: list[Node]
    met: set[tuple[str, int]] = field(default_factory=set)
    nodes: set[Node] = field(default_factory=set)
    sets: set[Node] = field(default_factory=set)
    is_blind: set[str] = field(default_factory=set)
    """Modules of which statements met do what cannot be told."""
