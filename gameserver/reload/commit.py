"""Carry out a plan: one pass of writes, then hooks and migrations; or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gameserver.errors import ReleaseRefused
from gameserver.reload.hooks import module_hook
from gameserver.reload.interceptor import ABSENT
from gameserver.reload.journal import GONE
from gameserver.reload.kinds import is_of
from gameserver.reload.memos import forget_memos
from gameserver.reload.migrate import Migrations
from gameserver.reload.places import place_of_error
from gameserver.reload.plan import Entry
from gameserver.reload.record import own_names
from gameserver.reload.refusal import PASSING, said
from gameserver.reload.release import Release
from gameserver.reload.succession import carry_out, switch
from gameserver.reload.tasks import Tasks
from gameserver.reload.versions import raised

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import ModuleType

    from gameserver.reload.engine import Engine
    from gameserver.reload.journal import Journal
    from gameserver.reload.laying import Laid
    from gameserver.reload.plan import Plan
    from gameserver.reload.prepare import Preparation
    from gameserver.reload.succession import Succession


class Committing:
    """One commit: ``run`` gives the release, or raises with everything as before."""

    def __init__(
        self,
        engine: Engine,
        plan: Plan,
        preparation: Preparation,
        laid: Laid,
        clock: Callable[[], float],
    ) -> None:
        self._engine = engine
        self._plan = plan
        self._preparation = preparation
        self._laid = laid
        self._clock = clock

    def run(self, *, lazily: bool) -> Release:
        """Apply the writes, run hooks and migrations; take all back if one raises."""
        self._preparation.check(self._plan.scans)
        release = Release(self._engine, self._plan, self._laid.journal)
        release.raised = raised(self._preparation.pairs.values())
        tasks = Tasks(self._preparation.pairs.values())
        migrations = Migrations(
            tasks.foreseen(), release.memento, self._clock, release.failed
        )
        migrations.newborn = self._preparation.newborn
        release.migrations = migrations
        before = self._namespaces()
        coming = _attributes(self._laid.journal) if migrations.tasks else {}
        waiting = migrations.wait(coming, is_at_once=not lazily)
        switch(self._successions(), self._laid.journal, self._clock, migrations.scans)
        try:
            with migrations.unseen():
                self._apply(release, waiting)
                forget_memos(self._laid.journal, self._records())
                self._enter_records(release)
                self._enter_newborn(release)
                if migrations.has_hooks():  # another thread's touch may run one
                    release.before_hooks()
            self._run_hooks(release, before, migrations)
            migrations.tasks = tasks.see()
            self._succeed(release, migrations)
            if migrations.has_hooks():
                with migrations.unseen():
                    release.before_hooks()
            migrations.run()
            self._tell_bound(release)
            with migrations.unseen():
                release.settle()
        except BaseException as error:
            if self._laid.journal.is_applied:
                release.take_back()
            release.is_undone = True  # a thread whose touch failed may still tell it
            if isinstance(error, PASSING):
                raise
            refused = self._refusal(error, release.bound)
            if refused is error:
                raise
            is_told = isinstance(error, ReleaseRefused)  # what it is about is the cause
            raise refused from error.__cause__ if is_told else error
        self._plan.scans += migrations.scans
        return release

    def _apply(self, release: Release, also: Iterable[Callable[[], object]]) -> None:
        begun = self._clock()
        try:
            self._laid.journal.apply(also)
        except Exception as error:
            first = self._plan.modules[0]
            text = f"{type(error).__name__}: {error}"
            raise ReleaseRefused(first.file, text, first.name, "commit") from error
        finally:
            release.pause = self._clock() - begun

    def _succeed(self, release: Release, migrations: Migrations) -> None:
        """Carry over the instances of classes that were succeeded."""
        successions = self._successions()
        if successions:
            tables = [one.namespace for one in self._records()]
            holders = self._engine.holders.with_tables(tables)
            carry_out(
                successions, release.memento, holders, self._clock, migrations.scans
            )

    def _successions(self) -> list[Succession]:
        pairs = self._preparation.pairs.values()
        return [each for one in pairs for each in one.successions]

    def _records(self) -> list[Any]:
        return list(self._engine.records.values())

    def _namespaces(self) -> list[tuple[ModuleType, dict[str, Any]]]:
        """Copy what module hooks will be shown as the values of before."""
        return [
            (one.old.module, own_names(one.old.namespace))
            for one in self._preparation.staged.values()
            if one.old is not None and one.has_run and not one.old.is_folder
        ]

    def _run_hooks(
        self,
        release: Release,
        before: list[tuple[ModuleType, dict[str, Any]]],
        migrations: Migrations,
    ) -> None:
        staged = self._preparation.staged
        hooks = [
            module_hook(module, names, staged[module.__name__].outline.imported_names)
            for module, names in before
        ]
        found = [one for one in hooks if one is not None]
        if not found:
            return
        release.before_hooks()
        present = migrations.present()
        for hook in found:
            hook()
        migrations.enter_made(present)

    def _tell_bound(self, release: Release) -> None:
        """Let the plan say that hooks may have changed more than is remembered."""
        if release.bound:
            first = self._plan.modules[0]
            self._plan.entries.append(
                Entry("conflict", first.name, "hooks", first.file, 0, release.bound)
            )

    def _enter_records(self, release: Release) -> None:
        records = self._engine.records
        records.update(self._preparation.next_records(self._laid))
        for name in self._preparation.removed:
            records.pop(name, None)
        for link in self._laid.followed:
            record = records.get(link.module)
            if record is not None and link.name in record.values:
                release.follow(record, link.name, link.after)

    def _enter_newborn(self, release: Release) -> None:
        new = [one for one in self._preparation.staged.values() if one.old is None]
        names = [value for one in new for value in own_names(one.namespace).values()]
        values = [*self._laid.journal.values, *names]
        newborn = self._preparation.newborn
        newborn.enter(values)
        release.bring(newborn.among(values))

    def _refusal(self, error: BaseException, bound: str) -> ReleaseRefused:
        beyond = f"; {bound}" if bound else ""
        if isinstance(error, ReleaseRefused):
            text = f"{error.text}{beyond}"
            told = ReleaseRefused(error.place, text, error.module, error.step)
            return told if beyond else error
        files = {one.file: one.name for one in reversed(self._plan.modules)}
        first = self._plan.modules[0]
        place = place_of_error(error, set(files)) or first.file
        name = files.get(place.rpartition(":")[0], first.name)
        return ReleaseRefused(place, f"{said(error)}{beyond}", name, "hook")


def _attributes(journal: Journal) -> dict[tuple[type, str], object]:
    """Give what the writes leave in classes."""
    return {
        (owner, name): ABSENT if value is GONE else value
        for owner, name, value in journal.attributes
        if is_of(owner, type)
    }
