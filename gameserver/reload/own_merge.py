"""Lays down what a new text enters in registries inside of objects that stay."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gameserver.reload.elsewhere import stands_for
from gameserver.reload.kinds import is_of, items_of
from gameserver.reload.nested import contents, is_nest
from gameserver.reload.puts import Put, is_there
from gameserver.reload.same import remember
from gameserver.reload.verdict import MISSING
from gameserver.reload.watched import key_mark

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gameserver.reload.adapter import Desk
    from gameserver.reload.attempt import Attempt
    from gameserver.reload.desk import ModuleDesk
    from gameserver.reload.own_registries import Path, Registry
    from gameserver.reload.plan import Entry
    from gameserver.reload.staged import Staged
    from gameserver.reload.translate import Translation

AT_RUN_TIME = "put in at run time, and in the text now; the live value stays"
BOTH = "changed in the text and at run time; the live value stays"


def lay_down_own(
    attempt: Attempt,
    desk_of: Callable[[Staged], ModuleDesk],
    kept: Mapping[int, Any],
    puts: dict[str, dict[Path, list[Put]]],
) -> list[Entry]:
    """Lay down what texts enter in their modules' own objects, where these stay.

    ``puts``: takes, by module and object, what the texts put there; the path is empty
    for what they put into another module's. Gives the plan's lines.
    """
    entries: list[Entry] = []
    outdated = attempt.registered.outdated
    for each in attempt.own:
        start, staged, live = each.root
        if attempt.translation.counterpart(staged) is not live:
            continue
        desk = desk_of(attempt.staged[each.module])
        merge = OwnMerge(attempt.translation, desk, kept, outdated)
        merge.lay_down(each)
        entries += desk.entries
        puts.setdefault(each.module, {}).setdefault(start, [])
        for module, put in merge.puts:
            paths = puts.setdefault(module, {})
            paths.setdefault(start if module == each.module else (), []).append(put)
    return entries


@dataclass(slots=True)
class OwnMerge:
    """Merges one plan's registries; ``puts``: what which text put there.

    ``kept``: by id of a staged value, the live one that stays for it. ``outdated``: by
    id of a live one that cannot change, the staged one that takes its place.
    """

    translation: Translation
    desk: Desk
    kept: Mapping[int, Any]
    outdated: Mapping[int, Any]
    puts: list[tuple[str, Put]] = field(default_factory=list)

    def lay_down(self, one: Registry) -> None:
        """Lay down what becomes of one registry."""
        if is_of(one.live, dict):
            self._table(one)
        else:
            self._row(one)

    def _live(self, staged: object) -> Any:  # noqa: ANN401 - any value of a game
        found = self.kept.get(id(staged), MISSING)
        return self.translation(staged) if found is MISSING else found

    def _table(self, one: Registry) -> None:
        for put in one.gone:
            if is_there(put):  # else it is another's by now
                self.desk.drop(one.live, put.key)
                self._tell("removed", one, put.key)
        known = {id(staged): put for put, staged in one.pairs}
        for key, staged, module in one.entries:
            now = dict.get(one.live, key, MISSING)
            if now is staged:  # a container, seen to by itself
                self.puts.append((module, Put.of(one.live, key, now)))
                continue
            new = self._live(staged)
            value = self._item(one, key, known.get(id(staged)), now, new)
            self._enter(one, key, value, new, staged, module)

    def _item(
        self,
        one: Registry,
        key: object,
        put: Put | None,
        now: Any,  # noqa: ANN401 - any value of a game
        new: Any,  # noqa: ANN401 - as above
    ) -> Any:  # noqa: ANN401 - as above
        """Decide about one key; give what counts as the text's entry from now on."""
        if now is new or (now is not MISSING and stands_for(now, new)):
            return now
        if put is None:
            if now is not MISSING:
                self._tell("conflict", one, key, AT_RUN_TIME)
                return new
            self.desk.put(one.live, key, new)
            self._tell("added", one, key)
            return new
        if self.desk.same(put.initial, new):
            return put.value
        if now is put.value and self.desk.same(put.initial, remember(now)):
            self.desk.put(one.live, key, new)
            self._tell("patched", one, key)
            return new
        self._tell("conflict", one, key, BOTH)
        return put.value

    def _row(self, one: Registry) -> None:
        gone = {id(put.value) for put in one.gone}
        known = {id(staged): put for put, staged in one.pairs}
        versions = {}
        fresh = []
        for _, staged, module in one.entries:
            put = known.get(id(staged))
            value = self._live(staged) if put is None else put.value
            if put is None:
                fresh.append(value)
            elif self.outdated.get(id(value)) is staged:
                value = versions[id(put.value)] = self._live(staged)
            self._enter(one, None, value, value, staged, module)
        there = items_of(one.live)
        content = [versions.get(id(x), x) for x in there if id(x) not in gone]
        added = [x for x in fresh if not any(stands_for(y, x) for y in content)]
        removed = sum(id(x) in gone for x in there)
        if added or removed or any(id(x) in versions for x in there):
            self.desk.refill(one.live, [*content, *added])
        for kind, number in (("added", len(added)), ("removed", removed)):
            if number:
                text = "1 entry" if number == 1 else f"{number} entries"
                self.desk.note(kind, one.where, text)

    def _enter(
        self,
        one: Registry,
        key: object,
        value: Any,  # noqa: ANN401 - any value of a game
        new: Any,  # noqa: ANN401 - as above
        staged: Any,  # noqa: ANN401 - as above
        module: str,
    ) -> None:
        """Remember an entry as a text's, with what the text made of it."""
        put = Put.of(one.live, key, value, staged, self.translation)
        self.puts.append((module, put.made_of(new)))
        if is_nest(put):
            self.puts += [(module, inner) for inner in contents(value)]

    def _tell(self, kind: str, one: Registry, key: object, why: str = "") -> None:
        mark = key_mark(key)
        shown = repr(key) if mark is key else "..."
        self.desk.note(kind, f"{one.where}[{shown}]", why)
