"""What bodies did to modules that are not theirs, laid down for the commit.

Staged objects are translated. What the live tables hold already is not added twice,
and what somebody else has put in the place of a text's registration since stays.
"""

from __future__ import annotations

import operator
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from gameserver.reload.kinds import is_of, items_of
from gameserver.reload.puts import Put
from gameserver.reload.same import remember
from gameserver.reload.verdict import MISSING
from gameserver.reload.watched import attributes_of, key_mark

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping

    from gameserver.reload.adapter import Desk
    from gameserver.reload.watched import Effect

    Translate = Callable[[Any], Any]

STAYS = "entered otherwise by the text, and changed since; the live one stays"
_PLAIN = (str, bytes, int, float, tuple, frozenset, list, dict, set)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Lays down effects.

    ``initial``: by ids of a dict or class and key, what the texts in force put there.
    ``outdated``: by id of a value in a table, the staged one that takes its place.
    ``kept``: by id of a staged value, the live one that stays for it.
    ``lifted``: ids of the tables whose entries were out of the way meanwhile.
    """

    translate: Translate
    desk: Desk
    initial: Mapping[tuple[int, object], Put] = field(default_factory=dict)
    outdated: Mapping[int, Any] = field(default_factory=dict)
    kept: dict[int, Any] = field(default_factory=dict)
    lifted: Container[int] = ()
    gone: Container[tuple[int, int]] = ()
    """Ids of lists and of their entries that the texts make no longer."""
    stays: dict[tuple[int, object], Put] = field(default_factory=dict)
    """Entries that the text makes as before, or that stay whatever it makes."""
    told_at: Callable[[Effect], Desk] | None = None
    """Gives the desk of the module whose doing an effect is."""

    def lay_down(self, effects: Iterable[Effect]) -> None:
        """Write down what the bodies did, translated, for the commit."""
        for effect in effects:
            new = effect.new
            if effect.watched.owner is not None:
                self._attribute(effect, new if new is MISSING else self.translate(new))
            elif is_of(effect.watched.before, dict):
                self._item(effect, new if new is MISSING else self._live(new))
            else:
                # Only what the bodies made: a live object is not to be looked into.
                there = {id(one) for one in effect.old}
                items = [one if id(one) in there else self._live(one) for one in new]
                self._items(effect, items)

    def _live(self, staged: object) -> Any:  # noqa: ANN401 - any value of a game
        """Give the live object that stays for a staged one, or that one, translated."""
        kept = self.kept.get(id(staged), MISSING)
        return self.translate(staged) if kept is MISSING else kept

    def _attribute(self, effect: Effect, new: object) -> None:
        owner, name = effect.watched.owner, str(effect.key)
        now = attributes_of(owner).get(name, MISSING)
        put = self.initial.get((id(owner), name))
        if now is new:
            return
        if now is not (effect.old if put is None else put.value):
            self._stay(effect, put or Put(owner, name, new, remember(new)), new)
        elif new is MISSING:
            self.desk.delete(owner, name)
            self._tell("removed", effect)
        else:
            self.desk.set(owner, name, new)
            self._tell("added" if now is MISSING else "patched", effect)

    def _stay(self, effect: Effect, put: Put, new: object) -> None:
        """Leave an attribute as somebody else has made it since, or before."""
        place = id(effect.watched.owner), key_mark(effect.key)
        is_known = place in self.initial
        self.stays[place] = replace(put, initial=remember(new))
        if not is_known or not self.desk.same(put.initial, new):
            self._tell("conflict", effect, STAYS)

    def _item(self, effect: Effect, new: object) -> None:
        table, key = effect.watched.target, effect.key
        now = (
            dict.get(table, key, MISSING)
            if is_of(table, dict)
            else table.get(key, MISSING)
        )
        if now is new or stands_for(now, new):
            return
        put = self.initial.get((id(table), key_mark(key)))
        if put is not None:
            self._put_again(effect, put, now, new)
        elif new is MISSING:
            self.desk.drop(table, key)
            self._tell("removed", effect)
        elif now is effect.old:
            self.desk.put(table, key, new)
            self._tell("added" if now is MISSING else "patched", effect)
        else:
            self._tell("conflict", effect, STAYS)

    def _put_again(self, effect: Effect, put: Put, now: object, new: object) -> None:
        """Merge an entry three ways: as it was made, as it is, as it is made now."""
        table, key = effect.watched.target, effect.key
        self.stays[id(table), key_mark(key)] = replace(put, initial=remember(new))
        is_untouched = now is put.value and self.desk.same(put.initial, remember(now))
        if new is MISSING:
            if now is put.value:
                self.desk.drop(table, key)
                self._tell("removed", effect)
        elif self.desk.same(put.initial, new):
            return  # the text enters what it did
        elif is_untouched:
            del self.stays[id(table), key_mark(key)]
            self.desk.put(table, key, new)
            self._tell("patched", effect)
        else:
            self._tell("conflict", effect, STAYS)

    def _tell(self, kind: str, effect: Effect, why: str = "") -> None:
        where, key = effect.watched.where, effect.key
        desk = self.desk if self.told_at is None else self.told_at(effect)
        if effect.watched.owner is None and effect.watched.is_table:
            shown = repr(key) if type(key) in (str, int, bytes) else "..."
            desk.note(kind, f"{where}[{shown}]", why)
        else:
            desk.note(kind, f"{where}.{key}", why)

    def _items(self, effect: Effect, new: Any) -> None:  # noqa: ANN401 - a container
        target, old = list(items_of(effect.watched.target)), list(effect.old)
        table = id(effect.watched.target)
        wanted = [
            one
            for one in self._without_doubles(old, new, target)
            if (table, id(one)) not in self.gone
        ]
        if _is_same(target, old):
            is_other = Counter(map(id, wanted)) != Counter(map(id, old))
            # What was lifted out meanwhile is at the end, by no will of the text.
            moved = id(effect.watched.target) not in self.lifted
            if is_other or (moved and not _is_same(wanted, old)):
                self.desk.refill(effect.watched.target, wanted)
                there, left = set(map(id, old)), set(map(id, wanted))
                self._tell_items(effect, len(left - there), len(there - left))
            return
        before, after = {id(one) for one in old}, {id(one) for one in wanted}
        kept = [
            one
            for one in target
            if (id(one) in after or id(one) not in before)
            and (table, id(one)) not in self.gone
        ]
        there = {id(one) for one in target}
        added = [one for one in wanted if id(one) not in before | there]
        if added or len(kept) < len(target):
            self.desk.refill(effect.watched.target, [*kept, *added])
            self._tell_items(effect, len(added), len(target) - len(kept))

    def _tell_items(self, effect: Effect, added: int, removed: int) -> None:
        desk = self.desk if self.told_at is None else self.told_at(effect)
        for kind, number in (("added", added), ("removed", removed)):
            if number:
                text = "1 entry" if number == 1 else f"{number} entries"
                desk.note(kind, effect.watched.where, text)

    def _without_doubles(
        self, old: list[Any], new: Iterable[Any], target: list[Any]
    ) -> list[Any]:
        """Give what a body left in a table, with each registration there once.

        A new version takes the old one's place, or the place that the body gave it by
        putting all in another order.
        """
        new = list(new)
        left = Counter(map(id, old))
        in_order = [id(self._version(one)) for one in old if id(one) in self.outdated]
        versions = set(in_order)
        is_appended = _is_same(new[: len(old)], old) and in_order == [
            id(one) for one in new if id(one) in versions
        ]
        found: list[Any] = []
        placed: set[int] = set()
        made = set(map(id, new))
        for one in new:
            if left[id(one)] > 0:
                left[id(one)] -= 1
                fresh = self._version(one)
                if id(fresh) in placed or (fresh is not one and not is_appended):
                    if not self._is_as_good(one, fresh):
                        continue  # the new version has a place of its own
                    fresh = one
                    versions.discard(id(self._version(one)))
                    placed.add(id(self._version(one)))
                placed.add(id(fresh))
                found.append(one if self._is_as_good(one, fresh) else fresh)
            elif id(one) in versions and id(one) not in placed:
                placed.add(id(one))
                found.append(one)
            elif id(one) not in placed:
                equal = (x for x in [*found, *old, *target] if stands_for(x, one))
                there = next(equal, one)
                if there is one or id(there) not in made:
                    made.add(id(there))
                    found.append(there)
        return found

    def _version(self, value: object) -> object:
        """Give what the new text registers for a value that cannot change itself."""
        staged = self.outdated.get(id(value), MISSING)
        return value if staged is MISSING else self.translate(staged)

    def _is_as_good(self, live: object, fresh: object) -> bool:
        if live is not fresh and self.desk.same(live, fresh):
            self.kept[id(fresh)] = live
            return True
        return live is fresh


def _is_same(one: list[Any], other: list[Any]) -> bool:
    return len(one) == len(other) and all(map(operator.is_, one, other))


def stands_for(live: object, new: object) -> bool:
    """Say whether a live entry is what a new one would be."""
    if live is new:
        return True
    try:
        return _is_plain(live, new) and bool(live == new)
    except Exception:  # noqa: BLE001 - an author's __eq__ may raise anything
        return False


def _is_plain(live: object, new: object) -> bool:
    """Say whether equal values are one registration: callables, names, plain data."""
    return callable(new) or (type(live) is type(new) and type(new) in _PLAIN)
