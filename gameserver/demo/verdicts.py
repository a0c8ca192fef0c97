"""What must hold of what players have heard; ``DoesNotHold`` says where it does not."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from gameserver.errors import DoesNotHold

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_TICK: Final = 1.9
"""Seconds between two ticks that are a second apart; two ticks would be 2.0."""


def require_steady(name: str, breaths: Sequence[tuple[int, float]]) -> float:
    """Have numbers and times follow one another; gives the longest time between."""
    numbers = [number for number, _ in breaths]
    due = list(range(numbers[0], numbers[0] + len(numbers)))
    if numbers != due:
        raise DoesNotHold(f"{name} hears breaths {due}", str(numbers))
    times = [at for _, at in breaths]
    gap = max((b - a for a, b in pairwise(times)), default=0.0)
    if gap > LONGEST_TICK:
        raise DoesNotHold(f"{name} hears one each second", f"{gap:.2f} s between two")
    return gap


def require_in_order(lines: Sequence[str], due: Sequence[str]) -> None:
    """Have a line with each of the words, once, in the order of the words."""
    found = [words for line in lines for words in due if words in line]
    if found != list(due):
        raise DoesNotHold(f"each once, in order: {list(due)}", str(found))


def require_once(name: str, lines: Sequence[str], words: str) -> None:
    """Have exactly one line with these words."""
    seen = [one for one in lines if words in one]
    if len(seen) != 1:
        raise DoesNotHold(f"{name} sees once: {words}", str(seen))
