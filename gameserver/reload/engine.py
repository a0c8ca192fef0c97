"""The one way in: sources, then ``plan``, then ``commit``, then perhaps ``undo``.

    engine = Engine(Folder("plugins"))
    engine.install()
    import plugins.rules
    ...
    plan = engine.plan()
    print(plan)
    release = engine.commit(plan)
    release.undo()

Reading, compiling and running the new bodies happens in ``plan``; ``commit`` is short.
One release at a time: a second thread waits.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from gameserver.errors import PlanStale
from gameserver.reload.choice import Choice
from gameserver.reload.commit import Committing
from gameserver.reload.finder import Finder, Observer
from gameserver.reload.holders import Holders
from gameserver.reload.imported import Imported, spec_of
from gameserver.reload.importers import who_misses
from gameserver.reload.loading import Loading
from gameserver.reload.plan import Plan
from gameserver.reload.prepare import Preparation
from gameserver.reload.refusal import PASSING, refusal, refused_entry
from gameserver.reload.tasks import Tasks, foresee

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from importlib.machinery import ModuleSpec

    from gameserver.reload.record import Record
    from gameserver.reload.release import Release
    from gameserver.reload.source import Source


class Engine:
    """Keeps the modules of one source in step with their texts.

    ``clock``: seconds, for the figures in plans and releases.
    """

    def __init__(
        self, source: Source, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self.source = source
        self.records: dict[str, Record] = {}
        self.releases: list[Release] = []
        """Committed releases that can be undone, the last one last."""
        self.holders = Holders()
        """Where instances that get a successor are looked for."""
        self._clock = clock
        self._revision = 0
        self._prepared: WeakKeyDictionary[Plan, tuple[Preparation, int]] = (
            WeakKeyDictionary()
        )
        self._lock = threading.Lock()
        self._holder: int | None = None
        self._loading = Loading(source, self.records)
        self._finder = Finder(source, self._loading.loaded, self._loading.begin)
        self._observer: Observer | None = None

    def install(self) -> None:
        """Serve the source's modules to ``import``, before any other place."""
        self._finder.install()

    def watch(self) -> None:
        """Take note of what ``import`` loads by itself; for ``Imported`` sources."""
        if not isinstance(self.source, Imported):
            raise TypeError(
                f"watch() with {self.source!r}: expected an Imported source"
            )
        self._observer = Observer(
            self.source.own, self._loading.loaded, self._loading.begin
        )
        self._observer.install()

    def uninstall(self) -> None:
        """Leave ``import`` alone; loaded modules stay, and can still be released."""
        self._finder.uninstall()
        if self._observer is not None:
            self._observer.uninstall()

    def plan(
        self, names: Iterable[str] | None = None, *, remove: Iterable[str] = ()
    ) -> Plan:
        """Make the plan of a release; nothing live changes.

        ``names``: the modules to look at, in any order; None for all that the source
        has, new ones and missing ones too. A plan that cannot be committed says why in
        ``refused``.

        The new texts run meanwhile, and what they do elsewhere is taken back. So is
        what another thread writes then into what the planned modules own or import:
        nobody can tell the two apart. Call it in the thread that writes there, or
        under the lock that writers hold.
        """
        with self.turn():
            return self._planned(names, tuple(remove))

    def survey(
        self, names: Iterable[str] | None = None, *, remove: Iterable[str] = ()
    ) -> Plan:
        """Say which modules a plan would be of, with their diffs; no text is run.

        ``refused`` as of a plan: of what cannot be read. It cannot be committed.
        """
        with self.turn():
            plan = Plan()
            try:
                texts, removed = self._choice().changed(names, tuple(remove))
                plan.modules = tuple(self._choice().changes(texts, removed))
            except PASSING:
                raise
            except BaseException as error:  # noqa: BLE001 - a source's own
                self._refuse(plan, error)
            return plan

    def commit(self, plan: Plan, *, lazily: bool = False) -> Release:
        """Carry out a plan; ``ReleaseRefused`` or ``PlanStale`` if it cannot be.

        ``lazily``: instances of registered classes migrate on first touch or in
        ``Release.advance``, so the pause does not grow with their number.
        """
        with self.turn():
            return self._committed(plan, lazily=lazily)

    def release(
        self, names: Iterable[str] | None = None, *, lazily: bool = False
    ) -> Release:
        """Plan and commit in one turn."""
        with self.turn():
            plan = self._planned(names, ())
            return self._committed(plan, lazily=lazily, is_at_once=True)

    @contextmanager
    def turn(self, *, is_nested_allowed: bool = False) -> Iterator[None]:
        """Wait for the releases of other threads; a hook cannot begin another."""
        if self._holder == threading.get_ident():
            if is_nested_allowed:
                yield
                return
            raise PlanStale("a release is under way; a hook cannot begin another")
        with self._lock:
            self._holder = threading.get_ident()
            try:
                yield
            finally:
                self._holder = None

    def _choice(self) -> Choice:
        """Give what compares the source, which may be another one by now."""
        return Choice(self.source, self.records, self._loading)

    def _planned(self, names: Iterable[str] | None, remove: tuple[str, ...]) -> Plan:
        self._finish()  # the classes of a plan are those of one version
        plan = Plan()
        preparation = Preparation(self.source, self.records, self._specs, self._clock)
        try:
            texts, removed = self._choice().changed(names, remove)
            plan.modules = tuple(self._choice().changes(texts, removed))
            missing = who_misses(self.records.values(), removed, texts)
            preparation.stage(texts, removed)
            laid = preparation.lay_down()
            preparation.look_around(plan.scans)
            preparation.check(plan.scans)
            if names is None and isinstance(self.source, Imported):
                preparation.ran += self.source.unfollowed()
            tasks = Tasks(preparation.pairs.values()).foreseen()
            migrated = foresee(tasks, self._clock, plan.scans, preparation.newborn)
        except BaseException as error:
            preparation.retire(is_refused=True)
            if isinstance(error, PASSING):
                raise
            self._refuse(plan, error)
            return plan
        staged = preparation.staged.values()
        extra = [one.text for one in staged if one.text not in texts]
        plan.modules += tuple(self._choice().changes(extra, ()))
        order = [*preparation.staged, *preparation.removed]
        modules = sorted(plan.modules, key=lambda one: order.index(one.name))
        plan.modules = tuple(modules)
        plan.entries = laid.entries + preparation.behind + migrated
        plan.stale = laid.stale + preparation.ran + missing
        plan.scans = laid.scans + plan.scans
        self._prepared[plan] = (preparation, self._revision)
        return plan

    def _refuse(self, plan: Plan, error: BaseException) -> None:
        plan.error = refused = refusal(error, plan, self.records.values())
        plan.refused.append(str(refused))
        plan.entries.append(refused_entry(refused))

    def _committed(
        self, plan: Plan, *, lazily: bool, is_at_once: bool = False
    ) -> Release:
        if plan.error is not None:
            raise plan.error
        prepared = self._prepared.pop(plan, None)
        if prepared is None:
            raise PlanStale("this plan was committed, or is not of this engine")
        preparation, revision = prepared
        if revision != self._revision:
            raise PlanStale("the code has changed since this plan was made")
        texts = [one.text for one in preparation.staged.values()]
        missing = who_misses(self.records.values(), preparation.removed, texts)
        self._finish()
        laid = preparation.lay_down(is_at_once=is_at_once)
        migrated = [one for one in plan.entries if one.kind == "migrated"]
        plan.entries = laid.entries + preparation.behind + migrated
        plan.stale = laid.stale + preparation.ran + missing
        self._revision += 1
        committing = Committing(self, plan, preparation, laid, self._clock)
        try:
            release = committing.run(lazily=lazily)
        except BaseException:
            preparation.retire(is_refused=True)
            raise
        preparation.retire(is_refused=False)
        if release.failure is not None:
            records = self.records.values()
            raise refusal(release.failure, plan, records) from release.failure
        release.leave_stale(preparation.stale_with(plan.stale))
        self.releases.append(release)
        return release

    def _finish(self) -> None:
        """Migrate whoever still waits for an earlier release."""
        for release in self.releases:
            release.advance()

    def undone(self, release: Release) -> None:
        """Forget a release that was taken back; plans that rest on it are stale."""
        self.forget(release)
        self._revision += 1

    def forget(self, release: Release) -> None:
        """Keep a release no longer for undoing."""
        self.releases = [one for one in self.releases if one is not release]

    def _specs(self, name: str) -> ModuleSpec | None:
        """Give the spec that an import of a new module would use."""
        if isinstance(self.source, Imported):
            return spec_of(name)
        return self._finder.find_spec(name)
