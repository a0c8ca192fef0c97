"""What becomes of one name, with which value, and what to tell of it.

The verdict (``verdict.py``) is about the name's value as a whole; the graft
(``graft.py``) about live objects inside that are one of a kind. Both are asked before
staged values are carried over, and again when the writes are laid down.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from gameserver.reload.displays import Displays
from gameserver.reload.graft import Graft, is_grafted, made_otherwise
from gameserver.reload.own_fields import merges
from gameserver.reload.same import is_one_of_a_kind, remember
from gameserver.reload.verdict import MISSING, Verdict, verdict

if TYPE_CHECKING:
    from gameserver.reload.outline import Binding
    from gameserver.reload.pairing import Pairs
    from gameserver.reload.same import Comparison
    from gameserver.reload.translate import Translation

_CHANGES = frozenset({Verdict.TAKE, Verdict.CONFLICT})
UNSURE = (
    "which live object is which of the new ones cannot be told; the live value stays; "
    "change it in module_reloaded"
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What becomes of a name; ``conflict`` is what the plan says of one, if any."""

    found: Verdict
    value: Any
    conflict: str = ""
    carried: tuple[tuple[object, object, str], ...] = ()
    """What the text made inside, the live object that stays in its place, and where."""


class Judge:
    """Judges the names of one module."""

    def __init__(
        self, pairs: Pairs, translation: Translation, comparison: Comparison
    ) -> None:
        self._is_constant = pairs.is_constant
        self._merges = partial(merges, pairs)
        self._displays = Displays(pairs.old.text, pairs.staged.text)
        self._doubles = translation.doubles
        self._comparison = comparison
        self.is_leaving = comparison.is_leaving

    def __call__(
        self,
        path: str,
        initial: Any,  # noqa: ANN401 - any value of a game
        live: Any,  # noqa: ANN401 - the same
        staged: Any,  # noqa: ANN401 - the same
        old: Binding | None,
        new: Binding | None,
    ) -> Judgement:
        """Decide about one name of the module or of a class."""
        found = verdict(self._comparison, initial, live, staged, old, new)
        stays = found in _CHANGES and self._stays(path, initial, live, old, new)
        if stays:
            found = Verdict.KEEP
        if found is Verdict.CONFLICT:
            if live is initial and self._merges(live, staged):
                return Judgement(Verdict.KEEP, staged)
            return Judgement(found, staged, conflict_of(initial, live))
        if not is_grafted(type(staged)) or live is MISSING or initial is MISSING:
            return Judgement(found, initial if stays else staged)
        is_changed = has_other_words(old, new)
        graft = Graft(
            self._comparison,
            self._doubles,
            is_changed=is_changed,
            is_kept=found is Verdict.KEEP,
            merges=self._merges,
        )
        words = self._displays(path) if is_changed else (None, None)
        value = graft(initial, live, staged, *words)
        if stays:
            return Judgement(found, initial, "", tuple(graft.carried))
        return self._grafted(found, value, graft, initial, live)

    def _stays(
        self,
        path: str,
        initial: object,
        live: object,
        old: Binding | None,
        new: Binding | None,
    ) -> bool:
        """Say whether a run of the text alone made the difference: a time, a token."""
        if old is None or new is None or old.initialiser != new.initialiser:
            return False
        if initial is MISSING or self.is_leaving(live) or self.is_leaving(initial):
            return False
        return self._is_constant(path)

    def _grafted(
        self,
        found: Verdict,
        value: object,
        graft: Graft,
        initial: object,
        live: object,
    ) -> Judgement:
        carried = tuple(graft.carried)
        if found is Verdict.KEEP and graft.is_moved:
            if self._comparison.same(initial, live):
                found = Verdict.TAKE
            else:
                return Judgement(Verdict.CONFLICT, value, "", carried)
        if found is Verdict.TAKE and graft.is_unsure:
            return Judgement(Verdict.CONFLICT, value, UNSURE, carried)
        if found is Verdict.KEEP and graft.why:
            found = Verdict.CONFLICT
        return Judgement(found, value, graft.why, carried)


def has_other_words(old: Binding | None, new: Binding | None) -> bool:
    """Say whether the text binds a name in other words than before."""
    return old is not None and new is not None and old.initialiser != new.initialiser


def conflict_of(initial: object, live: object) -> str:
    """Say what the conflict is; "" for a value changed in both."""
    if initial is MISSING:
        return "put in at run time, and in the text now; the live value stays"
    if live is MISSING:
        return "changed in the text, deleted at run time; it stays deleted"
    if live is initial and is_one_of_a_kind(live):
        return made_otherwise(type(live).__name__)
    return ""


def next_initial(found: Verdict, initial: object, staged: object) -> object:
    """Give what the next merge takes for the value that the text makes."""
    if staged is MISSING:
        return MISSING
    keeps = found in {Verdict.KEEP, Verdict.CONFLICT} and initial is not MISSING
    if keeps and is_one_of_a_kind(initial):
        return initial
    return remember(staged)
