"""The fields of an instance, replaced in one step."""

from __future__ import annotations

import operator
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Fields = dict[Any, Any]
"""Name to value; where an object has slots, their descriptors to values, too."""


def refill(fields: Fields, content: Fields) -> None:
    """Give an instance's dict other content; no thread sees it empty.

    It makes reads fast again, too: to ask an instance for its dict makes CPython keep
    one of a kind whose reads are slow (3.11: 14 ns, refilled 3.7 ns, never asked 2.7).
    """
    writes: tuple[Callable[[], None], ...] = (
        fields.clear,
        partial(fields.update, content),
    )
    all(map(operator.not_, map(operator.call, writes)))  # C alone; both give None
