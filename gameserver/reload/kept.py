"""Live data that the merge will keep, found before staged values are carried over.

What a new text builds over a table or singleton of its module must hold the live one,
not the fresh one that its own run made: ``store = Store(TABLE)``. To judge a name its
staged value is mended first, and what it holds may be kept under a name that is judged
later; so once all names are judged, what was mended is mended again.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from gameserver.reload.judgement import Judge
from gameserver.reload.kinds import is_of
from gameserver.reload.own_fields import Singles
from gameserver.reload.same import is_one_of_a_kind
from gameserver.reload.verdict import MISSING, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gameserver.reload.pairing import Pairs
    from gameserver.reload.same import Comparison
    from gameserver.reload.translate import Translation

_TABLES = (dict, list, set, deque, bytearray, tuple)


def pair_kept(pairs: Pairs, translation: Translation, comparison: Comparison) -> None:
    """Pair what the new text made of kept names with the live objects.

    What is one of a kind inside a table is paired, too, where the live one stays.
    ``pairs.kept`` holds what the text made, for the verdict at the commit.
    """
    comparison.initials.append(pairs.old.initials)
    judge = Judge(pairs, translation, comparison)
    old, new = (
        one.bindings.get("", {}) for one in (pairs.old.outline, pairs.staged.outline)
    )
    taken: set[int] = set()
    singles = Singles(pairs, translation, judge)
    for name, staged in _tables_first(pairs.staged_names.items()):
        if not is_of(staged, _TABLES) and not is_one_of_a_kind(staged):
            continue
        initial = pairs.old.values.get(name, MISSING)
        live = pairs.old.namespace.get(name, MISSING)
        if initial is MISSING or live is MISSING or staged is initial:
            continue  # the last is a library's: other names may mean it, too
        if translation.is_paired(staged):
            continue
        made = translation(staged)
        one = judge(name, initial, live, made, old.get(name), new.get(name))
        for fresh, stays, where in one.carried:
            translation.pair(fresh, stays)
            singles.add(f"{name}{where}", stays, fresh)
            taken.add(id(stays))
        if is_of(staged, tuple):
            continue  # a constant: other names may mean the same object
        if one.found in {Verdict.KEEP, Verdict.CONFLICT}:
            if id(live) in taken and is_one_of_a_kind(staged):
                continue  # it is a table's entry: a loop's last is another one now
            pairs.kept[name] = made
            translation.pair(staged, live)
            if is_one_of_a_kind(made):
                singles.add(name, live, made)
    singles.find()
    translation.again()


def _tables_first(names: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Judge tables first: a key says more than a name that a loop binds each time."""
    return sorted(names, key=lambda one: not is_of(one[1], _TABLES))
