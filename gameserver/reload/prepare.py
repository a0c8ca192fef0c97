"""From texts to writes: stage the new versions, find what corresponds, lay down writes.

``stage`` runs the bodies, once. ``lay_down`` looks at the live world and may be called
again: the commit does so, because players have gone on since the plan was made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from gameserver.reload import closures, effects, registered
from gameserver.reload.adapter import Versions, adapters
from gameserver.reload.desk import ModuleDesk, Trees
from gameserver.reload.importers import Importers, Rebinding
from gameserver.reload.journal import Journal
from gameserver.reload.kept import pair_kept
from gameserver.reload.merge import ModuleMerge
from gameserver.reload.modules import add, move, remove, retire, show
from gameserver.reload.pairing import Pairs, mark_made, pair_modules
from gameserver.reload.puts import lift, renewed_puts
from gameserver.reload.reach import imports_of, reach, says_more
from gameserver.reload.registered import Registration, pair_registered
from gameserver.reload.renewal import renewed
from gameserver.reload.same import Comparison
from gameserver.reload.scan import functions_with
from gameserver.reload.stage import Stage, Staged
from gameserver.reload.translate import Translation
from gameserver.reload.walk import walk_module

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import FunctionType, ModuleType

    from gameserver.reload.newborn import Newborn
    from gameserver.reload.plan import Entry, Scan
    from gameserver.reload.record import Record
    from gameserver.reload.source import Source, Text
    from gameserver.reload.stage import Specs


@dataclass(slots=True)
class Laid:
    """What ``lay_down`` gives: the writes, and what the plan says about them."""

    journal: Journal = field(default_factory=Journal)
    entries: list[Entry] = field(default_factory=list)
    stale: list[Entry] = field(default_factory=list)
    scans: list[Scan] = field(default_factory=list)
    merges: dict[str, ModuleMerge] = field(default_factory=dict)
    followed: list[Rebinding] = field(default_factory=list)


class Preparation:
    """One release on its way from texts to writes."""

    def __init__(
        self,
        source: Source,
        records: Mapping[str, Record],
        specs: Specs,
        clock: Callable[[], float],
    ) -> None:
        self._source = source
        self._records = records
        self._specs = specs
        self._clock = clock
        self._stage = Stage(source, records, specs)
        self._translation = Translation(self._live_namespace)
        self._trees = Trees()
        self._comparison = Comparison(self._trees.same_code)
        self._watch = effects.Effects((), ())
        self._guard = effects.Effects((), ())
        self.pairs: dict[str, Pairs] = {}
        self.removed: tuple[str, ...] = ()
        self._found: dict[str, list[FunctionType]] = {}
        self._registered: list[Registration] = []

    @property
    def staged(self) -> dict[str, Staged]:
        """The staged modules, in order of their imports."""
        return self._stage.modules

    @property
    def newborn(self) -> Newborn:
        """The instances that the new bodies made of classes that live on."""
        return self._translation.newborn

    def stage(self, texts: Sequence[Text], removed: Sequence[str] = ()) -> None:
        """Run the new bodies and find what corresponds; ``ReleaseRefused`` if not."""
        self.removed = tuple(removed)
        watch = self._watch = self._watched(texts)
        guard = self._guard = self._guarded(texts)
        try:
            for text in texts:
                old = self._records.get(text.name)
                if old is not None and says_more(text, old):
                    lift(old.puts, watch)
            self._stage.run(texts)
        finally:
            watch.take_back()
            guard.take_back()
        for staged in self.staged.values():
            if staged.old is not None:
                self._trees.add(staged.old.tree, staged.tree)
            if staged.has_run:
                mark_made(self._stage, staged, self._translation)
        elsewhere = list(watch.functions())
        entered = [one.new for one in watch.found]
        self.pairs = pair_modules(self._stage, self._translation, elsewhere, entered)
        puts = [one for pairs in self.pairs.values() for one in pairs.old.puts]
        self._registered = pair_registered(self._watch, self._translation, puts)
        for pairs in self.pairs.values():
            for one in pairs.successions:
                self._comparison.former[one.fresh] = one.former
            pair_kept(pairs, self._translation, self._comparison)

    def _watched(self, texts: Sequence[Text]) -> effects.Effects:
        """Watch the modules that the staged ones import, near or far, and tables."""
        names = [
            name
            for text in texts
            for name in imports_of(text, self._records.get(text.name))
        ]
        planned = {text.name for text in texts}
        tables = [table for one in adapters() for table in one.tables()]
        return effects.Effects(reach(names, self._records, planned), tables)

    def _guarded(self, texts: Sequence[Text]) -> effects.Effects:
        """Watch the planned modules, live: bodies reach them by way of others.

        A class of a module that stays as it is has its bases there.
        """
        found = (self._records.get(text.name) for text in texts)
        return effects.Effects((one for one in found if one is not None), ())

    def _live_namespace(self, scratch: Mapping[str, Any]) -> dict[str, Any] | None:
        staged = self._stage.in_scratch(scratch)
        if staged is None:
            return None
        return staged.old.namespace if staged.old else staged.namespace

    def lay_down(self, *, is_at_once: bool = False) -> Laid:
        """Lay down all writes of the release, for the live world as it is now.

        ``is_at_once``: the last call was a moment ago, so what it found by a scan of
        the heap is what there is.
        """
        self._found = {} if not is_at_once else self._found
        laid = Laid()
        for name, staged in self.staged.items():
            desk = self._desk(staged, laid)
            if staged.old is None:
                add(staged, self.staged, self._translation, desk)
            elif staged.has_run:
                merge = ModuleMerge(self.pairs[name], self._translation, desk)
                merge.lay_down()
                laid.merges[name] = merge
                self._closures(staged, laid, desk, merge.patched)
            else:
                self._closures(staged, laid, desk, move(staged, laid.journal))
            laid.entries += desk.entries
            show(staged, laid.journal)
        for name in self.removed:
            laid.entries += remove(self._records[name], laid.journal)
        self._importers(laid)
        self._lay_effects(laid)
        self._adapt(laid)
        for subject, name, value in self._translation.late:
            laid.journal.do(
                partial(object.__setattr__, subject, name, value),
                partial(object.__delattr__, subject, name),
            )
        return laid

    def _adapt(self, laid: Laid) -> None:
        """Let the adapters see to what the texts, old and new, made elsewhere."""
        modules: list[tuple[ModuleType | None, ModuleType | None, ModuleDesk]] = [
            (one.old.module if one.old else None, one.module, self._desk(one, laid))
            for one in self.staged.values()
            if one.has_run
        ]
        for name in self.removed:
            old = self._records[name]
            desk = ModuleDesk(
                name, old.text.origin, old.outline, laid.journal, self._trees,
                self._comparison, old.namespace, self._translation, old.classes,
            )  # fmt: skip
            modules.append((old.module, None, desk))
        inside = cache(walk_module)
        versions = [Versions(*one, self._stage.notes, inside) for one in modules]
        for adapter in adapters() if versions else ():
            adapter.merge_modules(versions, self._translation)
        for _, _, desk in modules:
            laid.entries += desk.entries

    def _desk(self, staged: Staged, laid: Laid) -> ModuleDesk:
        live = staged.old.namespace if staged.old else staged.namespace
        return ModuleDesk(
            staged.name,
            staged.text.origin,
            staged.outline,
            laid.journal,
            self._trees,
            self._comparison,
            live,
            self._translation,
            staged.old.classes if staged.old else {},
            staged.old.outline if staged.old else None,
        )

    def _closures(
        self, staged: Staged, laid: Laid, desk: ModuleDesk, done: set[int]
    ) -> None:
        assert staged.old is not None
        codes = closures.changed_codes(staged.old, staged.tree)

        def find(wanted: list[Any]) -> list[FunctionType]:
            if staged.name not in self._found:
                found = functions_with(wanted, self._clock, laid.scans)
                self._found[staged.name] = found
            return self._found[staged.name]

        closures.lay_down(codes, find, desk, done)

    def _importers(self, laid: Laid) -> None:
        merged = frozenset(name for name, one in self.staged.items() if one.has_run)
        followers = Importers(self._records, merged, laid.journal)
        followers.follow(
            Rebinding(name, one, before, after)
            for name, merge in laid.merges.items()
            for one, (before, after) in merge.rebound.items()
        )
        for name, merge in laid.merges.items():
            for gone in merge.removed:
                followers.lose(name, gone)
        laid.stale += followers.stale
        laid.followed += followers.followed

    def _lay_effects(self, laid: Laid) -> None:
        own = {
            live: name
            for name, pairs in self.pairs.items()
            for _, live, _ in pairs.classes
        }
        for staged in list(self.staged.values())[:1]:
            desk = self._desk(staged, laid)
            for one in self._registered:
                registered.lay_down(one, self._translation, desk)
            found = [*self._watch.found, *self._guard.found]
            effects.lay_down(found, self._translation, desk, own)

    def retire(self, *, is_refused: bool) -> None:
        """Let go of the classes that were only staged."""
        paired = {one for each in self.pairs.values() for _, _, one in each.classes}
        for staged in self.staged.values():
            retire(staged, None if is_refused else paired)

    def next_records(self, laid: Laid) -> dict[str, Record]:
        """Give the records of the staged modules, once the writes are applied."""
        return {
            name: renewed(
                staged,
                self.pairs.get(name),
                laid.merges.get(name),
                self._translation,
                renewed_puts(name, self._watch, self._translation),
            )
            for name, staged in self.staged.items()
        }
