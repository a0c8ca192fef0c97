"""A committed release: its figures, its slices of migration, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gameserver.errors import UndoRefused
from gameserver.reload import memento
from gameserver.reload.brought import Brought, made_by
from gameserver.reload.imprint import Imprint
from gameserver.reload.journal import Journal
from gameserver.reload.late import Late
from gameserver.reload.leftovers import Leftover, Removed
from gameserver.reload.memento import Memento
from gameserver.reload.memos import forget_memos
from gameserver.reload.refusal import with_more
from gameserver.reload.versions import advice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import FunctionType

    from gameserver.reload.engine import Engine
    from gameserver.reload.migrate import Migrations
    from gameserver.reload.plan import Plan
    from gameserver.reload.record import Record
    from gameserver.reload.way_back import WayBack

_MANY = 5  # names that a refusal lists


@dataclass(frozen=True, slots=True)
class Followed:
    """A name of an importer, and what its text had made of it."""

    record: Record
    name: str
    before: object


class Release:
    """What a commit did; ``undo`` takes it back until ``make_permanent``.

    ``plan``: as it was carried out. ``pause``: seconds that the writes took, in which
    nothing else could run. ``failure``: why a migration that waited failed.
    """

    def __init__(self, engine: Engine, plan: Plan, journal: Journal) -> None:
        self.plan = plan
        self.pause = 0.0
        self.memento = Memento()
        self.migrations: Migrations | None = None
        self.is_permanent = False
        self.is_undone = False
        self.failure: BaseException | None = None
        self._is_buried = self._is_watched = False
        self.raised: dict[str, int] = {}
        """By class, the version that it rose to."""
        self._engine = engine
        self._journal = journal
        self._records = {one.name: engine.records.get(one.name) for one in plan.modules}
        self._followed: list[Followed] = []
        self._stale: list[Record] = []
        self._imprint = Imprint()
        self._brought = Brought()
        self._hooks_did = Memento()
        self._born: list[object] = []
        self._leaving: Migrations | None = None
        removed = {one.name for one in plan.modules if one.act == "removed"}
        self._removed = Removed(
            record for name, record in engine.records.items() if name in removed
        )

    @property
    def left(self) -> int:
        """How many instances are still to be migrated."""
        return self.migrations.left if self.migrations else 0

    def advance(self, budget: float | None = None) -> int:
        """Migrate instances for at most ``budget`` seconds; give how many are left.

        A migration that fails undoes the release, as it would have at the commit.
        """
        return self.migrations.advance(budget) if self.migrations else 0

    def leftovers(self) -> list[Leftover]:
        """Name what the release removed and somebody still holds, and who.

        Empty once all is gone. Ask after ``make_permanent``; it scans the heap.
        """
        return self._removed.leftovers()

    def follow(self, record: Record, name: str, value: object) -> None:
        """Take note of what an importer's name means from now on."""
        self._followed.append(Followed(record, name, record.values[name]))
        record.values[name] = value

    def leave_stale(self, names: Iterable[str]) -> None:
        """Let modules run again when they are named, unless this is undone."""
        records = map(self._engine.records.get, names)
        self._stale = [one for one in records if one and not one.is_stale]
        for record in self._stale:
            record.is_stale = True

    def before_hooks(self) -> None:
        """Remember what hooks may change; once is enough."""
        if self._is_watched:
            return
        self._is_watched = True
        self.memento.keep_namespaces(
            {name: record.namespace for name, record in self._engine.records.items()},
            made_by(self._engine.records),
        )

    @property
    def bound(self) -> str:
        """Say that hooks may have changed more than is known; "" if not."""
        if not self.memento.is_full:
            return ""
        most = f"of the game's objects {memento.MANY:,} are remembered"
        return f"{most}; what hooks did to others stays"

    def _functions(self) -> Iterator[FunctionType]:
        """Give the functions of the modules that the release brought or changed."""
        for one in self.plan.modules:
            record = self._engine.records.get(one.name)
            if record is None:
                continue
            for function in record.initials:
                if function.__globals__ is record.namespace:  # not a library's
                    yield function

    def bring(self, subjects: Iterable[object]) -> None:
        """Take note of objects that the new texts made, and that are in force now."""
        self._born = list(subjects)

    def settle(self) -> None:
        """Take note of what the release left behind, for ``undo`` to compare."""
        self.memento.forget_unchanged()
        self._hooks_did = self.memento.differences()
        hooked = self._hooks_did.keys()
        self._imprint = Imprint(self._journal, hooked, self._functions())
        new = [one.name for one in self.plan.modules if one.act == "added"]
        self._brought = Brought(self._journal, self._engine.records, new, self._born)
        self._born = []

    def undo(self) -> None:
        """Take everything back; ``UndoRefused`` names what stands in the way.

        In the way stands what has changed since and would be lost: data that the
        release set, and instances that it migrated by steps without an inverse.
        """
        with self._engine.turn():
            way = self._check()
            migrations = self.migrations
            self.take_back()
            if way is not None and migrations is not None:
                migrations.put(way)
            self._engine.undone(self)
            self.is_undone = True

    def require_undoable(self) -> None:
        """Raise what ``undo`` would raise now; nothing changes."""
        with self._engine.turn():
            self._check()

    def take_back(self, *, is_late: bool = False) -> None:
        """Put everything back, without asking what has changed since.

        ``is_late``: the game has gone on; migrated instances keep what has changed
        since in fields that their migration left alone.
        """
        if self.migrations is not None:
            self.migrations.stop()
            self.migrations.put_back(is_late=is_late)
        self.memento.put_back()
        if self.migrations is not None:
            self.migrations.stop()  # again: what hooks met had interceptors on it
        late = Late(self._journal)
        self._journal.revert()
        forget_memos(self._journal, self._engine.records.values())
        late.take_back()
        for name, record in self._records.items():
            if record is None:
                self._engine.records.pop(name, None)
            else:
                self._engine.records[name] = record
        for link in self._followed:
            link.record.values[link.name] = link.before
        for record in self._stale:
            record.is_stale = False

    def failed(self, subject: object, error: BaseException) -> None:
        """Undo the release: a migration that waited has failed."""
        del subject
        with self._engine.turn(is_nested_allowed=True):
            self.failure = error
            if not self.is_undone and not self.is_permanent:
                way = self.migrations.best_way_back() if self.migrations else None
                self.failure = with_more(error, self._lost(way))
                migrations = self.migrations
                self.take_back(is_late=True)
                if way is not None and migrations is not None:
                    migrations.put(way)
                self._engine.undone(self)
                self.is_undone = True

    def _lost(self, way: WayBack | None) -> str:
        """Say what an undo that asks nobody loses of what has changed since."""
        number = self.migrations.losing(way) if self.migrations else 0
        if not number:
            return ""
        who = "1 migrated instance" if number == 1 else f"{number} migrated instances"
        return (
            f"{who} had changed since in fields that the migration made, and went"
            " back to what these were before the release"
        )

    def _check(self) -> WayBack | None:
        """Raise ``UndoRefused``, or give the way back of those who have changed."""
        if self.is_undone:
            raise UndoRefused("the release is undone already")
        if self.is_permanent:
            text = "the release is permanent"
            raise UndoRefused(f"{text}; {advice(self.raised)}")
        if self._is_buried:
            text = "a later release that is permanent rests on this one"
            raise UndoRefused(f"{text}; {advice(self.raised)}")
        if self._engine.releases[-1] is not self:
            raise UndoRefused("a later release rests on this one; undo that one first")
        if self.bound:
            raise UndoRefused(f"what the hooks did is not known: {self.bound}")
        way = self.migrations.way_back() if self.migrations else None
        changed = self._changed(way)
        if changed:
            more = f" and {len(changed) - _MANY} more" if len(changed) > _MANY else ""
            listed = ", ".join(changed[:_MANY])
            raise UndoRefused(f"changed since the release: {listed}{more}")
        if way is not None and way.why:
            raise UndoRefused(way.why)
        return way

    def _changed(self, way: WayBack | None) -> list[str]:
        """Name the data that the release set and somebody has changed since."""
        named = [
            *self._imprint.changed(),
            *self._hooks_did.changed_names(way.found if way is not None else ()),
            *Late(self._journal).changed(),
            *self._brought.changed(
                self._engine.records,
                self._hooks_did.keys(),
                self.migrations.carried() if self.migrations else (),
            ),
        ]
        return list(dict.fromkeys(named))

    def make_permanent(self, *, lazily: bool = False) -> None:
        """Give up the way back, and with it the old code.

        ``lazily``: what is remembered of each migrated instance, and what old code that
        holds, goes with ``let_go``. To free it all at once takes 0.1 to 0.25 s with
        100,000 instances.
        """
        with self._engine.turn():
            migrations = self.migrations if lazily else None
            self._settle_for_good()
            self._leaving = migrations

    def let_go(self, budget: float | None = None) -> int:
        """Free what a permanent release remembers yet of instances that it migrated.

        For at most ``budget`` seconds; gives of how many it still does.
        """
        left = self._leaving.let_go(budget) if self._leaving else 0
        if not left:
            self._leaving = None
        return left

    def _settle_for_good(self) -> None:
        self.advance()
        self.is_permanent = not self.is_undone
        if self.is_permanent:
            self._bury()
            Late(self._journal).forget()
        self._journal = Journal()
        self.memento = self._hooks_did = Memento()
        self.migrations = None
        self._records = {}
        self._stale = []
        self._imprint = Imprint()
        self._brought = Brought()
        self._engine.forget(self)

    def _bury(self) -> None:
        """Tell the releases before this one that their way back is gone."""
        for one in self._engine.releases:
            if one is self:
                break
            one._is_buried = True  # noqa: SLF001 - one of us
            one.raised |= self.raised
