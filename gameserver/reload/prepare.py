"""From texts to writes: stage the new versions, find what corresponds, lay down writes.

``stage`` runs the bodies, twice where registrations stand in the way (``puts.py``).
``lay_down`` looks at the live world and may be called again: the commit does so,
because players have gone on since the plan was made.
"""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

from gameserver.errors import ReleaseRefused
from gameserver.reload.attempt import Attempt
from gameserver.reload.circles import circles
from gameserver.reload.hooks import check_module_hook
from gameserver.reload.laying import Laid, Laying
from gameserver.reload.left_behind import left_behind
from gameserver.reload.nested import completed, outermost, really_gone
from gameserver.reload.own_registries import at, own_puts
from gameserver.reload.patches import renewed_patches
from gameserver.reload.puts import present, renewed_puts
from gameserver.reload.ran import stale_by_calls
from gameserver.reload.reach import says_more
from gameserver.reload.record import next_moment
from gameserver.reload.renewal import renewed
from gameserver.reload.versions import check_versions
from gameserver.reload.whereabouts import Whereabouts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import FunctionType

    from gameserver.reload.circles import Part
    from gameserver.reload.newborn import Newborn
    from gameserver.reload.own_registries import Path
    from gameserver.reload.pairing import Pairs
    from gameserver.reload.patches import Patch
    from gameserver.reload.plan import Entry, Scan
    from gameserver.reload.puts import Put
    from gameserver.reload.record import Record
    from gameserver.reload.source import Source, Text
    from gameserver.reload.staged import Specs, Staged


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
        self._attempt = Attempt(source, records, specs)
        self._found: dict[str, list[FunctionType]] = {}
        self._is_laid = False
        self._outdated: set[str] = set()
        self._whereabouts = Whereabouts(records)
        self.removed: tuple[str, ...] = ()
        self.behind: list[Entry] = []
        """Classes that go while instances stay; circles of imports that are new."""
        self.ran: list[Entry] = []
        """Modules that ran, when they were loaded, what changes; and the script."""

    @property
    def staged(self) -> dict[str, Staged]:
        """The staged modules, in order of their imports."""
        return self._attempt.staged

    @property
    def pairs(self) -> dict[str, Pairs]:
        """What corresponds, by module."""
        return self._attempt.pairs

    @property
    def newborn(self) -> Newborn:
        """The instances that the new bodies made of classes that live on."""
        return self._attempt.translation.newborn

    def stage(self, texts: Sequence[Text], removed: Sequence[str] = ()) -> None:
        """Run the new bodies and find what corresponds; ``ReleaseRefused`` if not."""
        self.removed = tuple(removed)
        puts = self._present(texts)
        try:
            self._attempt.run(texts)
        except ReleaseRefused as refused:
            if not puts or _is_its_own(refused):
                raise
            lifted = really_gone(puts)  # a registry may refuse a name's second entry
        else:
            lifted = self._attempt.pair().gone
        if lifted:
            lifted = outermost(lifted)
            self.retire(is_refused=True)
            again = Attempt(self._source, self._records, self._specs, lifted)
            self._attempt = again
            again.run(texts)
            again.pair()
        self._attempt.settle()

    def _present(self, texts: Sequence[Text]) -> list[Put]:
        """Give what the texts in force had entered elsewhere, as far as it is there."""
        known = [(text, self._records.get(text.name)) for text in texts]
        puts = [
            put
            for text, old in known
            if old is not None and says_more(text, old)
            for put in old.puts
        ]
        return present(puts, self._attempt.watched(texts)) if puts else []

    def lay_down(self, *, is_at_once: bool = False) -> Laid:
        """Lay down all writes of the release, for the live world as it is now.

        ``is_at_once``: the last call was a moment ago, so what it found by a scan of
        the heap is what there is.
        """
        self._found = {} if not is_at_once else self._found
        laying = Laying(
            self._attempt,
            self._records,
            self.removed,
            self._found,
            self._clock,
            self._whereabouts,
            is_again=self._is_laid,
        )
        self._is_laid = True
        laid = laying.lay_down()
        self._outdated = laid.outdated
        return laid

    def look_around(self, scans: list[Scan]) -> None:
        """See who is left as he was; for the plan alone, a commit does not wait."""
        pairs = list(self.pairs.values())
        removed = [self._records[name] for name in self.removed]
        self.behind = left_behind(pairs, removed, self._clock, scans)
        after: dict[str, Part] = {**self._records, **self.staged}
        for name in self.removed:
            after.pop(name, None)
        self.behind += circles(self._records, after)
        planned = {*self.removed, *(n for n, x in self.staged.items() if x.has_run)}
        self.ran = stale_by_calls(self._records.values(), pairs, planned)

    def check(self, scans: list[Scan]) -> None:
        """Refuse what no commit could carry out; asked of both, for play goes on."""
        for one in self.staged.values():
            if one.old is not None and one.has_run:
                check_module_hook(one.module, one.outline.imported_names)
        check_versions(self.pairs.values(), self._clock, scans, self.newborn)

    def stale_with(self, told: Iterable[Entry]) -> set[str]:
        """Give the modules to run again once they are named; ``told``: stale lines."""
        ran = {name for name, one in self.staged.items() if one.has_run}
        return {*(one.module for one in told), *self._outdated} - ran

    def retire(self, *, is_refused: bool) -> None:
        """Let go of the classes that were only staged."""
        self._attempt.retire(is_refused=is_refused)

    def next_records(self, laid: Laid) -> dict[str, Record]:
        """Give the records of the staged modules, once the writes are applied."""
        moment = next_moment()
        found = {
            name: renewed(
                staged,
                self.pairs.get(name),
                laid.merges.get(name),
                self._attempt.translation,
                self._puts(name, laid),
                self._patches(name, laid),
                frozenset({*self._records, *self.staged}),
                moment,
            )
            for name, staged in self.staged.items()
        }
        for name, record in found.items():
            if self.staged[name].has_run:
                self._enter_own(record, laid.own.get(name, {}))
        return found

    def _enter_own(self, record: Record, known: Mapping[Path, list[Put]]) -> None:
        """Enter what a text put into its own objects; of those that stay: ``known``."""
        puts = [one for path, each in known.items() if path for one in each]
        staged = self.staged[record.name]
        before = staged.old.values if staged.old else {}
        puts += own_puts(
            record,
            self._attempt.watch.sees,
            {*self._records, *self.staged},
            made=staged.namespace,
            is_kept=lambda path, one: path in known or at(before, path) is one,
        )
        record.enter_own(puts)

    def _puts(self, name: str, laid: Laid) -> list[Put]:
        translation = self._attempt.translation
        old = self.staged[name].old
        puts = old.puts if old is not None else []
        found = renewed_puts(
            name, puts, self._attempt, translation, laid.stays, laid.kept
        )
        found += laid.own.get(name, {}).get((), [])
        return completed(name, found, puts, self._attempt, translation)

    def _patches(self, name: str, laid: Laid) -> list[Patch]:
        attempt = self._attempt
        again = attempt.patched.get(name, [])
        old = self.staged[name].old
        before = old.patches if old is not None else []
        return renewed_patches(name, attempt.watch, before, again, laid.stays)


def _is_its_own(refused: ReleaseRefused) -> bool:
    """Say whether a text failed by itself, not in a function that it called."""
    error = refused.__cause__
    if error is None or isinstance(error, SyntaxError):
        return True
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return not frames or frames[-1].f_code.co_name == "<module>"
