"""Lay down the writes of a release, for the live world as it is now."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from gameserver.reload import closures, registered
from gameserver.reload.adapter import Versions, adapters
from gameserver.reload.desk import ModuleDesk
from gameserver.reload.elsewhere import Elsewhere
from gameserver.reload.functions import patch
from gameserver.reload.importers import Importers, Rebinding
from gameserver.reload.journal import Journal
from gameserver.reload.kinds import is_of
from gameserver.reload.merge import ModuleMerge
from gameserver.reload.modules import add, hidden_by, move, remove, show, withdraw
from gameserver.reload.nested import added_to, going_with, keep_filled
from gameserver.reload.own_merge import lay_down_own
from gameserver.reload.patches import withdraw_patches
from gameserver.reload.record import initial_of
from gameserver.reload.scan import functions_with
from gameserver.reload.telling import Telling, desk_of
from gameserver.reload.verdict import MISSING
from gameserver.reload.walk import MANY, NEAR, walk_module
from gameserver.reload.watched import Effect, key_mark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import FunctionType, ModuleType

    from gameserver.reload.attempt import Attempt
    from gameserver.reload.nested import Going
    from gameserver.reload.own_registries import Path
    from gameserver.reload.plan import Entry, Scan
    from gameserver.reload.puts import Put
    from gameserver.reload.record import Initial, Record
    from gameserver.reload.staged import Staged
    from gameserver.reload.whereabouts import Whereabouts


@dataclass(slots=True)
class Laid:
    """What laying down gives: the writes, and what the plan says about them."""

    journal: Journal = field(default_factory=Journal)
    entries: list[Entry] = field(default_factory=list)
    stale: list[Entry] = field(default_factory=list)
    scans: list[Scan] = field(default_factory=list)
    merges: dict[str, ModuleMerge] = field(default_factory=dict)
    followed: list[Rebinding] = field(default_factory=list)
    stays: dict[tuple[int, object], Put] = field(default_factory=dict)
    kept: dict[int, Any] = field(default_factory=dict)
    outdated: set[str] = field(default_factory=set)
    """Modules of which a line says that they are to be released, too."""
    own: dict[str, dict[Path, list[Put]]] = field(default_factory=dict)
    """By module and object of its own that stays, what the text entered there."""


class Laying:
    """Lays down what an attempt found; ``lay_down`` once.

    ``found``: functions that a scan of the heap has found a moment ago, by module.
    ``is_again``: it was done before, for the plan.
    """

    def __init__(
        self,
        attempt: Attempt,
        records: Mapping[str, Record],
        removed: Sequence[str],
        found: dict[str, list[FunctionType]],
        clock: Callable[[], float],
        whereabouts: Whereabouts,
        *,
        is_again: bool = False,
    ) -> None:
        self._is_again = is_again
        self._attempt = attempt
        self._records = records
        self._removed = removed
        self._found = found
        self._clock = clock
        self._laid = Laid()
        self._telling = Telling(attempt, self._laid.journal)
        self._whereabouts = whereabouts
        self._late: list[Put] = []
        """Entries that go from containers which others have filled meanwhile."""

    def lay_down(self) -> Laid:
        """Give the writes, and what the plan says about them."""
        for name, staged in self._attempt.staged.items():
            desk = self._desk(staged)
            if staged.old is None:
                add(staged, self._attempt.stage, self._attempt.translation, desk)
            elif staged.has_run:
                merge = ModuleMerge(
                    self._attempt.pairs[name], self._attempt.translation, desk
                )
                merge.lay_down()
                self._laid.merges[name] = merge
                self._closures(staged, desk, merge.patched)
            else:
                self._closures(staged, desk, move(staged, self._laid.journal))
            self._laid.entries += desk.entries
            self._laid.outdated |= desk.outdated
            show(staged, self._laid.journal)
        for name in self._removed:
            gone = remove(self._records[name], self._laid.journal)
            why = hidden_by(name, self._attempt.staged)
            self._laid.entries += [replace(x, why=why or x.why) for x in gone]
            record = self._records[name]
            withdraw_patches(record.patches, self._desk_of(record))
        self._importers()
        if self._attempt.staged:
            self._lay_effects()
        else:
            self._withdraw([])
        self._adapt()
        for subject, name, value in self._attempt.translation.late:
            self._laid.journal.do(
                partial(object.__setattr__, subject, name, value),
                partial(object.__delattr__, subject, name),
            )
        return self._laid

    def _adapt(self) -> None:
        """Let the adapters see to what the texts, old and new, made elsewhere."""
        modules: list[tuple[ModuleType | None, ModuleType | None, ModuleDesk]] = [
            (one.old.module if one.old else None, one.module, self._desk(one))
            for one in self._attempt.staged.values()
            if one.has_run
        ]
        for name in self._removed:
            old = self._records[name]
            desk = self._desk_of(old)
            modules.append((old.module, None, desk))
        inside = cache(self._inside)
        versions = [
            Versions(*one, self._attempt.stage.notes, inside) for one in modules
        ]
        for adapter in adapters() if versions else ():
            adapter.merge_modules(versions, self._attempt.translation)
        for _, _, desk in modules:
            self._laid.entries += desk.entries

    def _inside(self, module: ModuleType | None) -> tuple[object, ...]:
        """Give what is within reach of a live or staged module, but bare functions.

        Of a live one the plan has looked at all; a commit is not to wait for that.
        """
        for name, one in self._attempt.staged.items():
            pairs = self._attempt.pairs.get(name)
            if module is one.module and one.old is not None:
                live = set(map(id, one.old.namespace.values()))
                bare = pairs.settled if pairs is not None else ()
                return walk_module(module, without=live, bare=bare)
            if module is one.module:
                return walk_module(module)
            if one.old is not None and module is one.old.module and pairs is not None:
                most = NEAR if self._is_again else MANY
                return walk_module(module, most, bare=map(id, pairs.bare()))
        return walk_module(module, NEAR if self._is_again else MANY)

    def _desk_of(self, old: Record) -> ModuleDesk:
        """Give a desk for a module that goes."""
        return ModuleDesk(
            old.name,
            old.text.origin,
            old.outline,
            self._laid.journal,
            self._attempt.trees,
            self._attempt.comparison,
            old.namespace,
            self._attempt.translation,
            old.classes,
        )

    def _desk(self, staged: Staged) -> ModuleDesk:
        return desk_of(staged, self._attempt, self._laid.journal)

    def _closures(self, staged: Staged, desk: ModuleDesk, done: set[int]) -> None:
        assert staged.old is not None
        codes = closures.changed_codes(staged.old, staged.tree)

        def find(wanted: list[Any]) -> list[FunctionType]:
            if staged.name not in self._found:
                found = functions_with(wanted, self._clock, self._laid.scans)
                self._found[staged.name] = found
            return self._found[staged.name]

        closures.lay_down(codes, find, desk, done)

    def _importers(self) -> None:
        merged = frozenset(
            name for name, one in self._attempt.staged.items() if one.has_run
        )
        followers = Importers(self._records, merged, self._laid.journal)
        followers.follow(
            Rebinding(name, one, before, after)
            for name, merge in self._laid.merges.items()
            for one, (before, after) in merge.rebound.items()
        )
        for name, merge in self._laid.merges.items():
            for gone in merge.removed:
                followers.lose(name, gone)
        self._laid.stale += followers.stale
        self._laid.followed += followers.followed

    def _lay_effects(self) -> None:
        desk = self._telling.first
        for one in self._attempt.registered.kept:
            registered.lay_down(one, self._attempt.translation, desk)
        for live, made in self._attempt.registered.closures:
            known = self._initial(live)
            patch(live, made, known, self._attempt.translation, desk)
        olds = [pairs.old for pairs in self._attempt.pairs.values()]
        patched = [one.as_put() for old in olds for one in old.patches]
        initial = {
            (id(put.table), key_mark(put.key)): put
            for put in [*patched, *(put for old in olds for put in old.puts)]
            if is_of(put.table, (dict, type))
        }
        lifted = {id(one.table) for one in self._attempt.lifted}
        found = self._attempt.registered
        kept = registered.lay_down_claimed(found, self._attempt.translation, desk)
        inside = [self._retargeted(one, kept) for one in self._attempt.inside.found]
        outside = self._outside(olds)
        gone = self._withdraw([*outside, *inside])
        laying = Elsewhere(
            self._attempt.translation,
            desk,
            initial,
            found.outdated,
            kept,
            lifted,
            gone,
            told_at=self._telling.of_effect,
        )
        self._laid.stays, self._laid.kept = laying.stays, laying.kept
        laying.lay_down([*outside, *inside])
        self._laid.entries += lay_down_own(
            self._attempt, self._desk, kept, self._laid.own
        )
        self._laid.entries += self._telling.entries()

    def _retargeted(self, effect: Effect, kept: dict[int, Any]) -> Effect:
        """Give what a body did to a staged table as done to the one that is live."""
        translation, scratch = self._attempt.translation, effect.watched.target
        live = translation.counterpart(scratch)
        target = translation(scratch) if live is None else live
        watched = replace(effect.watched, target=target)
        maker = self._telling.maker_inside(effect)
        if is_of(effect.watched.before, dict):
            old = effect.old if effect.old is MISSING else translation(effect.old)
            return Effect(watched, effect.key, old, effect.new, maker)
        old, new = ([translation(one) for one in x] for x in (effect.old, effect.new))
        kept |= {id(one): one for one in new}
        return Effect(watched, None, old, new, maker)

    def _outside(self, olds: Iterable[Record]) -> list[Effect]:
        """Give what bodies did to other modules; late entries keep their container."""
        found = [*self._attempt.watch.found, *self._attempt.guard.found]
        puts = [put for old in olds for put in old.puts]
        left, self._late = keep_filled(found, self._attempt.lifted, puts)
        return left

    def _withdraw(self, effects: list[Effect]) -> Going:
        """Take out what is no longer entered: of planned modules, and removed ones.

        Gives what is to go from lists that ``effects`` touch besides.
        """
        records = [self._records[name] for name in self._removed]
        desks = {record.name: self._desk_of(record) for record in records}
        removed = going_with(records, added_to(effects))
        puts = [(one, desks[name]) for name, one in removed]
        left = [*self._attempt.withdrawn, *self._late]
        puts += [(one, self._telling.of_put(one)) for one in left]
        touched = {id(one.watched.target) for one in effects}
        lists = [x for x, _ in puts if not is_of(x.table, dict)]
        alone = [
            (one, there)
            for one, there in puts
            if is_of(one.table, dict) or id(one.table) not in touched
        ]
        self._laid.entries += withdraw(alone, self._whereabouts)
        return {(id(x.table), id(x.value)) for x in lists if id(x.table) in touched}

    def _initial(self, live: FunctionType) -> Initial:
        for pairs in self._attempt.pairs.values():
            known = pairs.old.initials.get(live)
            if known is not None:
                return known
        return initial_of(live)
