"""The acts of a release on the game, each within one turn or a few; none is recorded.

What raises here leaves the game as it was before the act.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from contextvars import Context
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from gameserver.errors import NotReleased, StoreError, UndoRefused
from gameserver.model.service import service_name
from gameserver.reload.journal import no_collection
from gameserver.services.authors_fault import authors_fault
from gameserver.services.collector import Unmoved
from gameserver.services.new_code import changed, functions
from gameserver.services.recast import (
    enter,
    following,
    handoffs,
    leave,
    recast_back,
    require_left,
    tried,
)
from gameserver.services.release_handing import end_predecessors, hand_back, hand_off
from gameserver.services.release_record import texts_of
from gameserver.services.release_rules import Event
from gameserver.services.release_stored import StoredBack, keep_while_migrating
from gameserver.services.slices import Slices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import CodeType

    from gameserver.interfaces import SnapshotStore
    from gameserver.reload.engine import Engine
    from gameserver.reload.overrides import Overrides
    from gameserver.reload.plan import Plan
    from gameserver.server.game import Game
    from gameserver.services.collector import Collects
    from gameserver.services.release_record import Course

_log = Logger("gameserver.releases")


class Steps:
    """Commits and takes back, on one game and its engine.

    ``timer``: seconds, for the pause.
    """

    def __init__(
        self,
        game: Game,
        engine: Engine,
        overrides: Overrides,
        snapshots: SnapshotStore,
        timer: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._game = game
        self._engine = engine
        self._overrides = overrides
        self._snapshots = snapshots
        self._timer = timer
        keep_while_migrating(game, engine)
        self.collector: Collects = Unmoved()
        self._back: Slices | None = None
        """Those of the last release that was undone."""
        self.planning = 0.0
        """Seconds of the turn in which the last plan was made."""

    async def plan(self, names: Iterable[str] | None, remove: Iterable[str]) -> Plan:
        """Plan in a turn of its own: new bodies run, and are in nobody's segment."""

        def planned() -> Plan:
            begun = self._timer()
            with authors_fault(self._engine):
                plan = self._engine.plan(names, remove=remove)
            plan.entries += handoffs(self._game, plan)
            self.planning = self._timer() - begun
            return plan

        found: Plan = await self.between_turns(planned)
        return found

    def commit(self, course: Course) -> set[CodeType]:
        """Commit, in a turn of which no author code has run; give the new code.

        If something raises after the commit itself, it is taken back. ``Context``: a
        touch in here is no call's.
        """
        begun = self._timer()
        before = functions(self._engine, course.touched)
        Context().run(self._commit, course)
        with self._or_back(course):
            new = changed(functions(self._engine, course.touched), before)
            course.pause = self._timer() - begun
            return new

    def _commit(self, course: Course) -> None:
        game = self._game
        course.cast = game.cast
        with self.collector.seeing():
            game.turns.end()
            with authors_fault(self._engine, course.plan):
                release = self._engine.commit(course.plan, lazily=True)
            course.release = release
            course.step(Event.COMMIT)
            with self._or_back(course):
                tasks = release.migrations.tasks if release.migrations else ()
                course.owners = tuple(one.owner for one in tasks)
                course.following = following(game, self._engine, course.touched)
                hand_off(game, course)
        with self._or_back(course):
            course.facts["writes"] = release.pause
            records = self._engine.records
            course.modules = texts_of(course.plan, lambda name: records[name].text)

    @contextmanager
    def _or_back(self, course: Course) -> Iterator[None]:
        """Take back, in the turn of the commit, what something raises after it."""
        try:
            yield
        except BaseException:
            made, course.successions = course.successions, None
            if made is not None:
                made.abort()
            self._take_back(course)
            raise

    async def enter(self, course: Course) -> None:
        """Start the new services; what fails leaves none of them."""
        assert course.following is not None, "it has been committed"
        for name in map(service_name, course.following.new):
            if await self._snapshots.load("service", name) is None:
                course.unstored.append(name)
        await enter(self._game, course.following)

    async def unenter(self, course: Course) -> None:
        """Take back one whose new services did not start, as if it had never been.

        Timers and calls to other modules have gone on since the commit. So nothing is
        taken back at any price: ``NotReleased`` says what stands in the way, and then
        the release stays in force, without those services.
        """
        assert course.release is not None, "it has been committed"
        assert course.following is not None, "it has been committed"
        try:
            if course.release.is_undone:  # a migration that waited has failed
                await self.undone(course)
            else:
                await self.undo(course)
        except NotReleased:
            self._game.cast = course.following.cast
            raise
        for name in course.unstored:
            await tried(f"forgetting {name}", self._delete(name))

    async def _delete(self, name: str) -> None:
        await self._snapshots.delete("service", name)

    async def stop_gone(self, course: Course) -> None:
        """Stop services that it has removed, and predecessors; it stands by now."""
        assert course.following is not None, "it has been committed"
        end_predecessors(course)
        for name in course.following.gone:
            await tried(f"stopping {name}", leave(self._game, [name]))

    async def undo(self, course: Course) -> None:
        """Take a release back; ``NotReleased`` says what stands in the way."""
        assert course.release is not None, "it has been committed"
        assert course.cast is not None, "it has been committed"
        await require_left(self._game, course.cast)
        stored = StoredBack(self._game, self._snapshots, course.release)
        try:
            found = await stored.find()
            if found:  # it costs a pause: the inverses of all who have changed
                await self.between_turns(lambda: self._require_undoable(course))
            await stored.save(found)
            while missed := await self.between_turns(
                lambda: self._undo(course, stored)
            ):
                await stored.save(await stored.find(missed))
        except BaseException as error:
            if not course.release.is_undone:  # else its code could not read them
                await tried("storing the newer states again", stored.put_back())
            if isinstance(error, StoreError):
                text = f"release {course.number}: not undone: {error}"
                raise NotReleased(text) from error
            raise
        finally:
            stored.end()
        await self.undone(course)

    def _require_undoable(self, course: Course) -> None:
        assert course.release is not None, "it has been committed"
        with _refused(course):
            course.release.require_undoable()

    def _undo(self, course: Course, stored: StoredBack) -> list[str]:
        """Undo, in this turn; or give the names of those who are to be lowered yet."""
        assert course.release is not None, "it has been committed"
        begun = self._timer()
        with no_collection():
            self._game.turns.end()
            missed = stored.missed()
            if not missed:
                with _refused(course):
                    course.release.undo()
        course.facts["undoing"] = self._timer() - begun
        return missed

    async def undone(self, course: Course) -> None:
        """Follow a release that the engine took back: services, texts, state."""
        course.step(Event.UNDO)
        self._restored(course)
        Context().run(hand_back, self._game, course)
        assert course.following is not None, "it has been committed"
        assert course.cast is not None, "it has been committed"
        await recast_back(self._game, course.following, course.cast)

    def _take_back(self, course: Course) -> None:
        """Undo in the turn of the commit, at any price: only the release has acted."""
        assert course.release is not None, "it has been committed"
        try:
            course.release.undo()
        except UndoRefused as refused:
            course.facts["lost"] = str(refused)
            course.release.failed(self, refused)
        course.step(Event.UNDO)
        self._restored(course)

    def _restored(self, course: Course) -> None:
        """Cover its modules as before; what was undone since stays covered."""
        own, covers = set(course.touched), self._overrides.covers
        course.overlaid = frozenset(
            name
            for name in own & covers.keys()
            if covers[name] is not course.own_covers.get(name)
            and self._overrides.cover(name)
        )
        others = {name: one for name, one in covers.items() if name not in own}
        before = {name: one for name, one in course.covers.items() if name in own}
        self._overrides.covers = others | before
        self.bring_up_to_date(course, lambda: None)
        self._back = course.slices

    async def stored_back(self) -> None:
        """Wait until who was taken back is stored so: a rehearsal reads every row."""
        slices = self._back
        if slices is not None:
            await slices.stored()
            if self._back is slices:
                self._back = None

    def keep_out(self, course: Course) -> None:
        """Cover the texts of one that was undone, where the source has them yet.

        Else the next release of anything would bring them again.
        """
        records = self._engine.records
        texts = {
            one.name: records[one.name].text if one.name in records else None
            for one in course.modules
            if one.name in course.overlaid
            or self._overrides.has_below(one.name, one.text)
        }
        self._overrides.put(texts, f"the text from before release {course.number}")

    def bring_up_to_date(self, course: Course, ended: Callable[[], object]) -> None:
        """Migrate and store, in slices, whoever the release has changed."""
        assert course.release is not None, "it has been committed"
        if course.slices is not None:
            course.slices.stop()
        game = self._game
        parts = game.ledger, game.turns, game.clock
        course.slices = Slices(
            course.release, course.owners, parts, ended, self.collector
        )
        course.slices.start()

    def between_turns(self, act: Callable[[], Any]) -> Deferred[Any]:
        """Do something in a reactor callback of its own, in nobody's segment."""
        done: Deferred[Any] = Deferred()

        def run() -> None:
            try:
                # An empty context: a touch in here is no call's.
                with self.collector.seeing():
                    result = Context().run(act)
            except BaseException:  # noqa: BLE001 - to whoever awaits it
                done.errback()
            else:
                done.callback(result)

        self._game.clock.callLater(0, run)
        return done


@contextmanager
def _refused(course: Course) -> Iterator[None]:
    """Say which release cannot be undone."""
    try:
        yield
    except UndoRefused as error:
        raise NotReleased(f"release {course.number}: {error}") from error
