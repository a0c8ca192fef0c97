"""The three-way merge of one name: what the old text made, what is live, what is new.

Unchanged in the text: the live value stays. Changed in the text and untouched at run
time: the new value. Both: the live value stays, and the plan names the conflict.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from gameserver.reload.kinds import members_of, mro_of
from gameserver.reload.same import is_one_of_a_kind

if TYPE_CHECKING:
    from gameserver.reload.outline import Binding
    from gameserver.reload.same import Comparison

MISSING: Any = ("missing",)
"""Stands for a name that is not bound; compared by identity."""


class Verdict(Enum):
    """What becomes of a name."""

    KEEP = "kept"
    TAKE = "patched"
    ADD = "added"
    REMOVE = "removed"
    CONFLICT = "conflict"


def verdict(  # noqa: PLR0911 - one line per case
    comparison: Comparison,
    initial: Any,  # noqa: ANN401 - any value of a game
    live: Any,  # noqa: ANN401 - the same
    staged: Any,  # noqa: ANN401 - the same
    old: Binding | None,
    new: Binding | None,
) -> Verdict:
    """Decide about one name; ``MISSING`` stands for a value that is not there."""
    if staged is MISSING:
        return Verdict.KEEP if live is MISSING else Verdict.REMOVE
    if initial is MISSING:
        if live is MISSING:
            return Verdict.ADD
        return Verdict.KEEP if comparison.same(live, staged) else Verdict.CONFLICT
    if live is staged:
        return Verdict.KEEP
    if is_one_of_a_kind(initial) and is_one_of_a_kind(staged):
        return _one_of_a_kind(comparison, initial, live, staged, old, new)
    if comparison.same(initial, staged):
        return Verdict.KEEP
    if live is not MISSING and comparison.same(initial, live):
        return Verdict.TAKE
    return Verdict.CONFLICT


def _one_of_a_kind(
    comparison: Comparison,
    initial: object,
    live: object,
    staged: object,
    old: Binding | None,
    new: Binding | None,
) -> Verdict:
    if new is not None and new.is_reference:
        if staged is initial:
            return Verdict.KEEP
        return Verdict.TAKE if live is initial else Verdict.CONFLICT
    unchanged = old is None or new is None or old.initialiser == new.initialiser
    if unchanged and comparison.is_one_kind(initial, staged):
        return Verdict.KEEP
    defined = new is not None and new.initialiser.startswith(("def", "class"))
    if (defined or is_descriptor(staged)) and live is initial:
        return Verdict.TAKE
    return Verdict.CONFLICT


def is_descriptor(value: object) -> bool:
    """Say whether a value acts for the class that holds it: definition, not state."""
    bases = map(members_of, mro_of(type(value)))
    return any(one in members for members in bases for one in _DESCRIBING)


_DESCRIBING = ("__get__", "__set__", "__set_name__")
