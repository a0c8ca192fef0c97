"""Figures by place and key, each with every round's; pure."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass
class Measured:
    """What was measured so far: by place, such as ``store, 64 callers``, and key."""

    rounds: dict[str, dict[str, list[float]]] = field(default_factory=dict)

    def add(self, place: str, figures: Mapping[str, float]) -> None:
        """Keep one round's figures of one place."""
        known = self.rounds.setdefault(place, {})
        for key, figure in figures.items():
            known.setdefault(key, []).append(figure)

    def median(self, place: str, key: str) -> float | None:
        """Give the median over the rounds; None if it was not measured."""
        figures = self.rounds.get(place, {}).get(key)
        return statistics.median(figures) if figures else None

    def quotient(self, place: str, other: str, key: str) -> float | None:
        """Give how many times the other's figure a place has; None if one is not there.

        The median of each round's own quotient, so that a slow moment, which hits both,
        is no part of it.
        """
        ours, theirs = (self.rounds.get(each, {}).get(key) for each in (place, other))
        if not ours or not theirs:
            return None
        pairs = zip(ours, theirs, strict=True)
        return statistics.median([one / another for one, another in pairs])

    def document(self) -> dict[str, Any]:
        """Give all of it as JSON has it."""
        return {
            place: {
                key: {"median": statistics.median(figures), "rounds": figures}
                for key, figures in known.items()
            }
            for place, known in self.rounds.items()
        }
