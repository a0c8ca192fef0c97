"""What bodies did to modules that are not theirs, laid down for the commit.

Staged objects are translated. What the live tables hold already is not added twice,
and what somebody else has put in the place of a text's registration since stays.
"""

from __future__ import annotations

import operator
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gameserver.reload.kinds import is_of, items_of
from gameserver.reload.verdict import MISSING

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping

    from gameserver.reload.adapter import Desk
    from gameserver.reload.effects import Effect

    Translate = Callable[[Any], Any]

_PLAIN = (str, bytes, int, float, tuple, frozenset, list, dict, set)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Lays down effects.

    ``initial``: by id of a dict and key, what the texts in force had put there.
    ``outdated``: by id of a value in a table, the staged one that takes its place.
    ``lifted``: ids of the tables whose entries were out of the way meanwhile.
    """

    translate: Translate
    desk: Desk
    initial: Mapping[tuple[int, object], Any] = field(default_factory=dict)
    outdated: Mapping[int, Any] = field(default_factory=dict)
    lifted: Container[int] = ()

    def lay_down(self, effects: Iterable[Effect]) -> None:
        """Write down what the bodies did, translated, for the commit."""
        for effect in effects:
            new = effect.new
            if effect.watched.owner is not None:
                self._attribute(effect, new if new is MISSING else self.translate(new))
            elif is_of(effect.watched.before, dict):
                self._item(effect, new if new is MISSING else self.translate(new))
            else:
                # Translation is in place; the effect tells what was made.
                self._items(effect, self.translate(new.copy()))

    def _attribute(self, effect: Effect, new: object) -> None:
        owner, name = effect.watched.owner, str(effect.key)
        if new is MISSING:
            self.desk.delete(owner, name)
        elif new is not effect.old:
            self.desk.set(owner, name, new)

    def _item(self, effect: Effect, new: object) -> None:
        table, key = effect.watched.target, effect.key
        now = (
            dict.get(table, key, MISSING)
            if is_of(table, dict)
            else table.get(key, MISSING)
        )
        initial = self.initial.get((id(table), key), MISSING)
        if now is new or _stands_for(now, new):
            return
        if initial is not MISSING and now is not initial:
            if new is not initial and new is not MISSING:
                why = (
                    "registered anew by the text, and by another since; that one stays"
                )
                self.desk.note("conflict", f"[{key!r}]", why)
        elif new is MISSING:
            self.desk.drop(table, key)
        elif now is effect.old:
            self.desk.put(table, key, new)

    def _items(self, effect: Effect, new: Any) -> None:  # noqa: ANN401 - a container
        target, old = list(items_of(effect.watched.target)), list(effect.old)
        wanted = self._without_doubles(old, new, target)
        if _is_same(target, old):
            is_other = Counter(map(id, wanted)) != Counter(map(id, old))
            # What was lifted out meanwhile is at the end, by no will of the text.
            moved = id(effect.watched.target) not in self.lifted
            if is_other or (moved and not _is_same(wanted, old)):
                self.desk.refill(effect.watched.target, wanted)
            return
        before, after = {id(one) for one in old}, {id(one) for one in wanted}
        kept = [one for one in target if id(one) in after or id(one) not in before]
        there = {id(one) for one in target}
        added = [one for one in wanted if id(one) not in before | there]
        if added or len(kept) < len(target):
            self.desk.refill(effect.watched.target, [*kept, *added])

    def _without_doubles(
        self, old: list[Any], new: Iterable[Any], target: list[Any]
    ) -> list[Any]:
        """Give what a body left in a table, with each registration there once."""
        left = Counter(map(id, old))
        found: list[Any] = []
        placed: set[int] = set()
        for one in new:
            if left[id(one)] > 0:
                left[id(one)] -= 1
                fresh = self._version(one)
                placed.add(id(fresh))
                found.append(one if self._is_as_good(one, fresh) else fresh)
            elif id(one) not in placed and not any(
                _stands_for(live, one) for live in [*old, *target, *found]
            ):
                found.append(one)
        return found

    def _version(self, value: object) -> object:
        """Give what the new text registers for a value that cannot change itself."""
        staged = self.outdated.get(id(value), MISSING)
        return value if staged is MISSING else self.translate(staged)

    def _is_as_good(self, live: object, fresh: object) -> bool:
        return live is fresh or self.desk.same(live, fresh)


def _is_same(one: list[Any], other: list[Any]) -> bool:
    return len(one) == len(other) and all(map(operator.is_, one, other))


def _stands_for(live: object, new: object) -> bool:
    if live is new:
        return True
    try:
        return _is_plain(live, new) and bool(live == new)
    except Exception:  # noqa: BLE001 - an author's __eq__ may raise anything
        return False


def _is_plain(live: object, new: object) -> bool:
    """Say whether equal values are one registration: callables, names, plain data."""
    return callable(new) or (type(live) is type(new) and type(new) in _PLAIN)
