"""Quick looks at plain values, for what a commit asks of everything.

True is sure; False says nothing.
"""

from __future__ import annotations

from typing import Any

_EXACT_IDS = frozenset(map(id, (int, str, bytes, bool, type(None))))


def is_plain_row(value: object) -> bool:
    """Say whether it is a tuple of texts and whole numbers, which is what it shows."""
    return type(value) is tuple and _EXACT_IDS.issuperset(map(id, map(type, value)))


def is_plainly_same(one: Any, other: Any) -> bool:  # noqa: ANN401 - any two values
    """Say whether two are both nothing, one text or one plain row; a quick look.

    False says nothing: they may mean the same.
    """
    kind = type(one)
    if one is None or kind is not type(other):
        return one is other
    if kind is str or (kind is dict and not one):
        return bool(one == other)
    return (
        is_plain_row(one)
        and is_plain_row(other)
        and one == other
        and list(map(type, one)) == list(map(type, other))
    )
