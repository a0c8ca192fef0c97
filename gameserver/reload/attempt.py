"""One run of the new bodies in scratch namespaces, and what corresponds to what."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from gameserver.reload.adapter import adapters
from gameserver.reload.constancy import Constancy
from gameserver.reload.desk import Trees
from gameserver.reload.effects import Effects
from gameserver.reload.hosts import Host, hosts
from gameserver.reload.kept import pair_kept
from gameserver.reload.libraries import libraries
from gameserver.reload.match import match
from gameserver.reload.modules import retire
from gameserver.reload.nested import outermost, really_gone, standing, within
from gameserver.reload.own_registries import registries
from gameserver.reload.pairing import Pairs, mark_made, pair_modules
from gameserver.reload.patches import lay_aside, made_again
from gameserver.reload.puts import is_there, lift, present
from gameserver.reload.reach import imports_of, reach, says_more
from gameserver.reload.record import own_names
from gameserver.reload.registered import Registered, pair_registered
from gameserver.reload.same import Comparison
from gameserver.reload.stage import Stage
from gameserver.reload.translate import Translation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gameserver.reload.match import Matched
    from gameserver.reload.own_registries import Registry
    from gameserver.reload.patches import Patch
    from gameserver.reload.puts import Put
    from gameserver.reload.record import Record
    from gameserver.reload.source import Source, Text
    from gameserver.reload.staged import Specs, Staged


class Attempt:
    """Staged modules with all that is known of them.

    ``lifted``: entries of other modules' tables that are out of the way meanwhile.
    """

    def __init__(
        self,
        source: Source,
        records: Mapping[str, Record],
        specs: Specs,
        lifted: Sequence[Put] = (),
    ) -> None:
        self._records = records
        self.lifted = lifted
        self.stage = Stage(source, records, specs)
        self.translation = Translation(self._live_namespace)
        self.trees = Trees()
        self.comparison = Comparison(self.trees.same_code)
        self.watch = Effects((), ())
        self.guard = Effects((), ())
        self.remade: list[Put] = []
        """Those of ``lifted`` that were made again, of the very same value."""
        self.patched: dict[str, list[Patch]] = {}
        """By module, what it put in the place of others' names before, and does now."""
        self.inside = Effects((), ())
        """What bodies did to tables of modules staged before them."""
        self.own: list[Registry] = []
        """Registries inside of the planned modules' own objects."""
        self.live_tables: dict[int, Any] = {}
        """By id of such a table, the live one of the same name."""
        self.withdrawn: list[Put] = []
        """Entries of the live ones that are no longer made."""
        self.standing: list[Put] = []
        """Containers that the texts had entered, and that stay for what is in them."""
        self.registered = Registered()
        self.pairs: dict[str, Pairs] = {}

    @property
    def staged(self) -> dict[str, Staged]:
        """The staged modules, in order of their imports."""
        return self.stage.modules

    def run(self, texts: Sequence[Text]) -> None:
        """Run the bodies, and take back what they do elsewhere."""
        watch = self.watch = self.watched(texts)
        guard = self.guard = self._guarded(texts)
        aside: dict[str, list[Patch]] = {}
        try:
            lift(self.lifted)
            aside = {name: lay_aside(one) for name, one in self._patches(texts)}
            self._mark("")
            self.stage.run(texts, self._mark, self._ended)
        finally:
            self.remade = [one for one in self.lifted if is_there(one)]
            self.patched = {name: [*made_again(one)] for name, one in aside.items()}
            watch.take_back()
            guard.take_back()
            self.inside.take_back()
            self._take_over()

    def _patches(self, texts: Sequence[Text]) -> Iterator[tuple[str, list[Patch]]]:
        """Give what the texts in force put in the place of watched names."""
        for text in texts:
            old = self._records.get(text.name)
            if old is not None and says_more(text, old):
                yield text.name, [x for x in old.patches if self.watch.sees(x.owner)]

    def _mark(self, module: str) -> None:
        self.watch.mark(module)
        self.inside.mark(module)

    def _ended(self, staged: Staged) -> None:
        """Tell what a body made from what others do to it afterwards."""
        names = {
            name: one
            for name, one in own_names(staged.namespace).items()
            if not (self.watch.sees(one) or self.guard.sees(one))  # an imported one
        }
        game = {*self._records, *self.staged}
        own = registries(staged, self._is_others, game)
        self.own += own
        self.inside.watch_names(staged.name, {x.where: x.made for x in own} | names)
        live = staged.old.namespace if staged.old else {}
        for name, value in names.items():
            if self.inside.is_table(value) and type(live.get(name)) is type(value):
                self.live_tables[id(value)] = live[name]

    def _take_over(self) -> None:
        """Let own registries have what later bodies did to them."""
        own = {id(one.made): one for one in self.own}
        found, self.inside.found = self.inside.found, []
        for effect in found:
            registry = own.get(id(effect.watched.target))
            if registry is None:
                self.inside.found.append(effect)
            else:
                registry.entered_later(effect, self.inside.maker_at)

    def _is_others(self, table: object) -> bool:
        return self.watch.sees(table) or self.guard.sees(table)

    def pair(self) -> Matched:
        """Find what corresponds; give what is registered again, and what is not."""
        for staged in self.staged.values():
            if staged.old is not None:
                self.trees.add(staged.old.tree, staged.tree)
            if staged.has_run:
                mark_made(self.stage, staged, self.translation)
        elsewhere = list(self.watch.functions())
        entered = [one.new for one in self.watch.found]
        entered += [[one for _, one, _ in each.entries] for each in self.own]
        self.pairs = pair_modules(self.stage, self.translation, elsewhere, entered)
        puts = [one for pairs in self.pairs.values() for one in pairs.old.puts]
        planned = {id(one) for one in self.live_tables.values()}
        there = present(puts, self.watch)
        there += [one for one in puts if id(one.table) in planned and is_there(one)]
        same_code = self.trees.same_code
        inner = self._own_puts(puts)
        there += inner
        written = [one for one in self.written() if not self._is_place(one[0])]
        written += [(x.live, *one[:2]) for x in self.own for one in x.entries]
        matched = match(there, written, self.translation.counterpart, same_code)
        matched.gone = really_gone(matched.gone, matched.pairs)
        self.standing = standing(there, matched.gone, matched.pairs)
        self.withdrawn = [one for one in matched.gone if id(one.table) in planned]
        self._enter_own(matched)
        planned |= {id(one.table) for one in inner}
        matched.gone = [one for one in matched.gone if id(one.table) not in planned]
        self.registered = pair_registered(matched, self.translation, same_code)
        return matched

    def _own_puts(self, puts: list[Put]) -> list[Put]:
        """Give what texts had entered in own registries, be it gone since, or not.

        ``puts``: what they had entered elsewhere: a plugin's, of the same plan.
        """
        own = {id(one.live) for one in self.own}
        inner = [one for pairs in self.pairs.values() for one in pairs.old.own]
        inner += puts
        mine = [one for one in inner if id(one.table) in own]
        return [*mine, *(x for x in within(mine, inner) if id(x.table) not in own)]

    def _enter_own(self, matched: Matched) -> None:
        """Tell own registries what is made again, and what is not."""
        for each in self.own:
            each.gone = [x for x in matched.gone if x.table is each.live]
            each.pairs = [x for x in matched.pairs if x[0].table is each.live]
        own = {id(one.live) for one in self.own}
        left = [one for pairs in self.pairs.values() for one in pairs.old.own]
        tables = {id(one.table) for one in left} - own
        gone = [one for one in matched.gone if id(one.table) in tables]
        self.withdrawn += outermost(gone)

    def _is_place(self, table: object) -> bool:
        """Say whether it is a namespace, or the fields of an object."""
        return self.watch.sees(table) and not self.watch.is_table(table)

    def written(self) -> Iterator[tuple[Any, object, Any]]:
        """Give table, key and staged value of each entry that the bodies made."""
        yield from self.watch.written()
        for table, key, staged in self.inside.written():
            yield self.live_tables.get(id(table), table), key, staged

    def maker(self, table: object, key: object, staged: object) -> str:
        """Name the module whose body made an entry."""
        scratch = {id(live): one for one, live in self.live_tables.items()}
        inner = self.inside.maker_at(scratch.get(id(table), id(table)), key, staged)
        return inner or self.watch.maker_at(id(table), key, staged)

    def settle(self) -> None:
        """Pair what stays with what the new texts made for it; ``pair`` comes first."""
        constancy = Constancy(self._records, self.staged)
        for name, pairs in self.pairs.items():
            pairs.is_constant = partial(constancy, name)
            for one in pairs.successions:
                self.comparison.former[one.fresh] = one.former
                if one.has_hook:
                    self.comparison.leaving.add(id(one.former))
            pairs.game = frozenset({*self._records, *self.staged})
            pair_kept(pairs, self.translation, self.comparison)

    def watched(self, texts: Sequence[Text]) -> Effects:
        """Watch the modules that the staged ones import, near or far, and tables."""
        names = [
            name
            for text in texts
            for name in imports_of(text, self._records.get(text.name))
        ]
        planned = {text.name for text in texts}
        tables = [table for one in adapters() for table in one.tables()]
        near: list[Record | Host] = [
            *reach(names, self._records, planned),
            *hosts(names, {*self._records, *planned}),
        ]
        around = libraries(names, {*self._records, *planned}, texts)
        return Effects(near, tables, libraries=around)

    def _guarded(self, texts: Sequence[Text]) -> Effects:
        """Watch the planned modules, live: bodies reach them by way of others.

        A class of a module that stays as it is has its bases there.
        """
        found = (self._records.get(text.name) for text in texts)
        return Effects((one for one in found if one is not None), ())

    def _live_namespace(self, scratch: Mapping[str, Any]) -> dict[str, Any] | None:
        staged = self.stage.in_scratch(scratch)
        if staged is None:
            return None
        return staged.old.namespace if staged.old else staged.namespace

    def retire(self, *, is_refused: bool) -> None:
        """Let go of the classes that were only staged."""
        paired = {id(one) for each in self.pairs.values() for _, _, one in each.classes}
        for staged in self.staged.values():
            retire(staged, None if is_refused else paired)
