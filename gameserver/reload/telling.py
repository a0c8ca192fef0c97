"""Which module's line of the plan tells of what bodies did to other modules.

It is the one whose text does it now, or did it until now; if nobody knows, the first of
the plan.
"""

from __future__ import annotations

from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from gameserver.reload.desk import ModuleDesk
from gameserver.reload.kinds import is_of
from gameserver.reload.verdict import MISSING
from gameserver.reload.watched import key_mark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gameserver.reload.attempt import Attempt
    from gameserver.reload.journal import Journal
    from gameserver.reload.plan import Entry
    from gameserver.reload.puts import Put
    from gameserver.reload.staged import Staged
    from gameserver.reload.watched import Effect


def desk_of(staged: Staged, attempt: Attempt, journal: Journal) -> ModuleDesk:
    """Make a desk for a module that is staged."""
    old = staged.old
    return ModuleDesk(
        staged.name,
        staged.text.origin,
        staged.outline,
        journal,
        attempt.trees,
        attempt.comparison,
        old.namespace if old else staged.namespace,
        attempt.translation,
        old.classes if old else {},
        old.outline if old else None,
    )


class Telling:
    """The desks of one laying down, by the module whose text does what is told."""

    def __init__(self, attempt: Attempt, journal: Journal) -> None:
        self._attempt = attempt
        self._journal = journal
        self._desks: dict[str, ModuleDesk] = {}

    @cached_property
    def first(self) -> ModuleDesk:
        """The desk of the plan's first module."""
        return self.of(next(iter(self._attempt.staged)))

    @cached_property
    def _before(self) -> dict[tuple[int, object, int], str]:
        """By mark of an entry, the module whose text in force made it."""
        found: dict[tuple[int, object, int], str] = {}
        for name, pairs in self._attempt.pairs.items():
            found |= {one.mark: name for one in (*pairs.old.puts, *pairs.old.own)}
            found |= {one.mark: name for one in pairs.old.patches}
        return found

    def of(self, module: str) -> ModuleDesk:
        """Give a staged module's desk; the first one's if it is no staged one."""
        staged = self._attempt.staged.get(module)
        if staged is None:
            return self.first
        if module not in self._desks:
            self._desks[module] = desk_of(staged, self._attempt, self._journal)
        return self._desks[module]

    def of_put(self, put: Put) -> ModuleDesk:
        """Give the desk of who entered something until now."""
        return self.of(self._before.get(put.mark, ""))

    def of_effect(self, effect: Effect) -> ModuleDesk:
        """Give the desk of who does something now, or did it."""
        if effect.maker:
            return self.of(effect.maker)
        table, makers = effect.watched.target, self._attempt.maker
        now = (makers(table, key, one) for key, one in _came(effect))
        before = (
            self._before.get((id(table), key_mark(key), id(one)), "")
            for key, one in _went(effect)
        )
        return self.of(next(filter(None, chain(now, before)), ""))

    def maker_inside(self, effect: Effect) -> str:
        """Name who did something to a table of a module staged before; "" if unknown.

        To be asked of the effect on the staged table, not on the live one.
        """
        inside, table = self._attempt.inside, id(effect.watched.target)
        found = (inside.maker_at(table, key, one) for key, one in _came(effect))
        return next(filter(None, found), "")

    def entries(self) -> Iterator[Entry]:
        """Give the lines that were told."""
        for desk in self._desks.values():
            yield from desk.entries


def _came(effect: Effect) -> Iterator[tuple[object, object]]:
    """Give key and value of what an effect brings."""
    if effect.watched.owner is not None or is_of(effect.watched.before, dict):
        if effect.new is not MISSING:
            yield effect.key, effect.new
        return
    there = set(map(id, effect.old))
    yield from ((None, one) for one in effect.new if id(one) not in there)


def _went(effect: Effect) -> Iterator[tuple[object, object]]:
    """Give key and value of what an effect takes away."""
    if effect.watched.owner is not None or is_of(effect.watched.before, dict):
        yield effect.key, effect.old
        return
    left = set(map(id, effect.new))
    yield from ((None, one) for one in effect.old if id(one) not in left)
