"""A committed release: its figures, its slices of migration, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from types import FunctionType
from typing import TYPE_CHECKING, Any

from gameserver.errors import UndoRefused
from gameserver.reload.imprint import Imprint
from gameserver.reload.journal import Journal
from gameserver.reload.kinds import is_of
from gameserver.reload.leftovers import Leftover, Removed
from gameserver.reload.memento import Memento

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gameserver.reload.engine import Engine
    from gameserver.reload.migrate import Migrations
    from gameserver.reload.plan import Plan
    from gameserver.reload.record import Record

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
        self._is_buried = False
        self._engine = engine
        self._journal = journal
        self._records = {one.name: engine.records.get(one.name) for one in plan.modules}
        self._followed: list[Followed] = []
        self._imprint = Imprint()
        self._new = Memento()
        """The new modules, as they were when they came."""
        self._hooks_did = Memento()
        self._brought: list[object] = []
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

    def before_hooks(self) -> None:
        """Remember what hooks may change."""
        self.memento.keep_namespaces(self._engine_namespaces(), self._look())

    def _engine_namespaces(self) -> dict[str, dict[str, Any]]:
        records = self._engine.records
        return {name: record.namespace for name, record in records.items()}

    def _look(self) -> Callable[[Any], bool]:
        """Give what says of a class or function whether it is the game's."""
        names = frozenset(self._engine.records)
        return lambda one: _module_of(one) in names

    def bring(self, subjects: Iterable[object]) -> None:
        """Take note of objects that the new texts made, and that are in force now."""
        self._brought = list(subjects)

    def settle(self) -> None:
        """Take note of what the release left behind, for ``undo`` to compare."""
        self.memento.forget_unchanged()
        self._hooks_did = self.memento.differences()
        self._imprint = Imprint(self._journal, self._hooks_did.keys())
        new = [
            self._engine.records[one.name]
            for one in self.plan.modules
            if one.act == "added" and one.name in self._engine.records
        ]
        self._new.keep_namespaces(
            {one.name: one.namespace for one in new},
            self._look(),
            {  # what it imports is others', and stays
                (id(one.namespace), name)
                for one in new
                for name in one.outline.imported_names
            },
        )
        is_ours = self._look()
        for one in self._brought:
            self._new.keep_own(one, f"a new {type(one).__qualname__}")
        for one in self._journal.values:
            if is_of(one, FunctionType) and is_ours(one):
                self._new.keep_own(one, one.__qualname__)
        self._brought = []

    def undo(self) -> None:
        """Take everything back; ``UndoRefused`` names what stands in the way.

        In the way stands what has changed since and would be lost: data that the
        release set, and instances that it migrated.
        """
        with self._engine.turn():
            self._check()
            self.take_back()
            self._engine.undone(self)
            self.is_undone = True

    def take_back(self) -> None:
        """Put everything back, without asking what has changed since."""
        if self.migrations is not None:
            self.migrations.stop()
            self.migrations.put_back()
        self.memento.put_back()
        self._journal.revert()
        for name, record in self._records.items():
            if record is None:
                self._engine.records.pop(name, None)
            else:
                self._engine.records[name] = record
        for link in self._followed:
            link.record.values[link.name] = link.before

    def failed(self, subject: object, error: BaseException) -> None:
        """Undo the release: a migration that waited has failed."""
        del subject
        with self._engine.turn(is_nested_allowed=True):
            self.failure = error
            if not self.is_undone and not self.is_permanent:
                self.take_back()
                self._engine.undone(self)
                self.is_undone = True

    def _check(self) -> None:
        if self.is_undone:
            raise UndoRefused("the release is undone already")
        if self.is_permanent:
            raise UndoRefused("the release is permanent; release the earlier text")
        if self._is_buried:
            text = "a later release that is permanent rests on this one"
            raise UndoRefused(f"{text}; release the earlier text")
        if self._engine.releases[-1] is not self:
            raise UndoRefused("a later release rests on this one; undo that one first")
        if self.memento.is_full:
            text = "what the hooks did is not known: there are too many objects"
            raise UndoRefused(text)
        changed = self._changed()
        if changed:
            more = f" and {len(changed) - _MANY} more" if len(changed) > _MANY else ""
            listed = ", ".join(changed[:_MANY])
            raise UndoRefused(f"changed since the release: {listed}{more}")
        touched = self.migrations.touched() if self.migrations else 0
        if touched:
            raise UndoRefused(f"{touched} migrated instances have changed since")
        made = self.migrations.made_since() if self.migrations else {}
        for name, number in made.items():
            text = f"{number} instances of {name} were made since, in the new version"
            raise UndoRefused(text)

    def _changed(self) -> list[str]:
        """Name the data that the release set and somebody has changed since."""
        named = [
            *self._imprint.changed(),
            *self._hooks_did.changed_names(),
            *self._new.changed_names(),
        ]
        return list(dict.fromkeys(named))

    def make_permanent(self) -> None:
        """Give up the way back, and with it the old code."""
        with self._engine.turn():
            self._settle_for_good()

    def _settle_for_good(self) -> None:
        self.advance()
        self.is_permanent = not self.is_undone
        if self.is_permanent:
            self._bury()
        self._journal = Journal()
        self.memento = self._hooks_did = Memento()
        self.migrations = None
        self._records = {}
        self._imprint = Imprint()
        self._new = Memento()
        self._engine.forget(self)

    def _bury(self) -> None:
        """Tell the releases before this one that their way back is gone."""
        for one in self._engine.releases:
            if one is self:
                break
            one._is_buried = True  # noqa: SLF001 - one of us


def _module_of(one: Any) -> object:  # noqa: ANN401 - a class or function
    if is_of(one, type):
        return vars(one).get("__module__")
    return getattr(one, "__module__", None)
