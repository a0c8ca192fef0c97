"""The releases in force: watched, then permanent or taken back, the last one first."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from twisted.logger import Logger

from gameserver.errors import GameServerError, NotReleased
from gameserver.server.awaiting import started
from gameserver.services.letting_go import LettingGo
from gameserver.services.release_record import reason_of
from gameserver.services.release_rules import Event, State, to_undo
from gameserver.services.undo_trial import require_handed_back

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import CodeType

    from gameserver.model.release_row import ReleaseRow
    from gameserver.server.game import Game
    from gameserver.services.release_history import History
    from gameserver.services.release_parts import Parts
    from gameserver.services.release_record import Course
    from gameserver.services.release_steps import Steps

    Alone = Callable[[Callable[[], Coroutine[Any, Any, Any]]], Coroutine[Any, Any, Any]]

_log = Logger("gameserver.releases")

WAYS_BACK = 5
"""How many releases in a row can be undone; an earlier one becomes permanent."""


class Standing:
    """Those that can be undone, the last one last, and what becomes of them.

    All but ``stop`` is to be called by whoever has the turn; ``alone`` runs something
    in a turn of its own. ``permanent_after``: seconds.
    """

    def __init__(
        self,
        game: Game,
        steps: Steps,
        history: History,
        parts: Parts,
        alone: Alone,
        permanent_after: float,
    ) -> None:
        self._game, self._steps, self._history = game, steps, history
        self._watch, self._in_force, self._alone = parts.watch, parts.in_force, alone
        self._rehearse_undo = parts.rehearse_undo
        self._permanent_after = permanent_after
        self._letting_go = LettingGo(game.clock)
        self._courses: list[Course] = []
        self._permanent = 0
        self._undone: list[int] = []

    @property
    def current(self) -> int:
        """The number of the last release in force, 0 if there is none."""
        return self._courses[-1].number if self._courses else self._permanent

    def stop(self) -> None:
        """End what goes on beside; the releases stay in force."""
        self._watch.end()
        self._letting_go.stop()
        for course in self._courses:
            course.stop()
        self._steps.collector.end()

    @property
    def is_migrating(self) -> bool:
        """Say whether somebody is still brought up to date."""
        slices = [one.slices for one in self._courses if one.slices is not None]
        return any(one.is_going for one in slices)

    def begin(self, course: Course, new_code: set[CodeType]) -> None:
        """Watch one from the turn of its commit on: from then on its code fails."""

        def too_many(why: str) -> None:
            undo = partial(self._undo_by_itself, course, why)
            self._later("the undo", course, undo)

        number = course.number
        self._game.calls.release = number
        try:
            self._in_force(number, course.touched)
            self._watch.begin(number, new_code, too_many)
        except Exception:  # noqa: BLE001 - the fence of one release step
            _log.failure("release {number} is not watched", number=number)

    def drop(self, course: Course) -> None:
        """Watch one no more that did not come to stand, if it was begun."""
        self._watch.end(course.number)
        self._game.calls.release = self.current

    async def add(self, course: Course) -> None:
        """Let one stand that was committed and recorded."""
        course.step(Event.WATCH)
        self._courses.append(course)
        self._steps.collector.hold()
        self._steps.bring_up_to_date(course, lambda: self._all_stored(course))
        course.settling = self._game.clock.callLater(
            self._permanent_after,
            lambda: self._later(
                "settling", course, lambda: self.settle(course, "in time")
            ),
        )
        while len(self._courses) > WAYS_BACK:
            await self.settle(self._courses[0], "later releases rest on it")

    async def migrated(self) -> None:
        """Wait for slices: a plan migrates the rest at once, a rehearsal reads rows."""
        for course in self._courses[:]:
            if course.slices is not None:
                await course.slices.migrated()
        await self._steps.stored_back()

    async def undo(self, number: int | None, reason: str) -> ReleaseRow:
        """Take one back; ``NotReleased`` says why not, and what can be done."""
        numbers = [one.number for one in self._courses]
        wanted = to_undo(numbers, self._permanent, number, self._undone)
        course = next(one for one in self._courses if one.number == wanted)
        await self._undo(course)
        return await self._taken_off(course, reason)

    async def _undo(self, course: Course) -> None:
        await require_handed_back(self._game, course, self._rehearse_undo)
        if course.release is not None and course.release.is_undone:  # meanwhile
            await self.notice()
            raise NotReleased(f"release {course.number} is undone already")
        await self._steps.undo(course)

    async def settle_last(self, reason: str) -> ReleaseRow:
        """Make the last one permanent; ``NotReleased`` if all are."""
        if not self._courses:
            raise NotReleased("no release waits to be permanent")
        return await self.settle(self._courses[-1], reason)

    async def settle(self, course: Course, reason: str) -> ReleaseRow:
        """Make one permanent, and with it all before it."""
        for one in self._courses[: self._courses.index(course)]:
            await self._settled(one, f"with release {course.number}")
        return await self._settled(course, reason)

    async def _settled(self, course: Course, reason: str) -> ReleaseRow:
        assert course.release is not None, "it is in force"
        if course.slices is not None:
            await course.slices.migrated()
        course.release.make_permanent(lazily=True)
        self._letting_go.begin(course.release)
        if course.release.is_undone:  # a migration that waited has failed just now
            await self.notice()
            raise NotReleased(f"release {course.number} was undone")
        course.step(Event.SETTLE)
        course.stop()
        self._remove(course)
        self._permanent = course.number
        self._watch.end(course.number)
        return await self._history.settled(course, reason)

    async def notice(self) -> None:
        """See whether the engine has taken the last one back by itself.

        It does so when a migration that waited fails: on a touch, or in a slice.
        """
        for course in reversed(self._courses[:]):
            release = course.release
            if release is not None and release.is_undone:
                failure = release.failure
                reason = reason_of(failure) if failure else "undone by its engine"
                await self._steps.undone(course)
                await self._taken_off(course, f"a migration failed: {reason}")

    async def _undo_by_itself(self, course: Course, why: str) -> None:
        """Take back one that fails too often, and first those that rest on it."""
        place = self._courses.index(course)
        for one in reversed(self._courses[place:]):
            with_it = (
                "" if one is course else f"release {course.number} rests under it: "
            )
            try:
                await self._undo(one)
            except NotReleased as refused:
                text = f"{why}; it could not be undone: {refused.text}"
                await self._history.remarked(course, "undo_refused", text)
                return
            await self._taken_off(one, f"undone by itself: {with_it}{why}")

    async def _taken_off(self, course: Course, reason: str) -> ReleaseRow:
        self._undone.append(course.number)
        self._watch.end(course.number)
        self._steps.keep_out(course)
        if course.settling is not None and course.settling.active():
            course.settling.cancel()
        self._remove(course)
        self._game.calls.release = self.current
        stuck = "; ".join(course.facts.get("not_handed_back", ()))
        more = f"; not handed back, and without its code's own fields: {stuck}"
        return await self._history.settled(course, reason + more * bool(stuck))

    def _all_stored(self, course: Course) -> None:
        self.let_collect()
        self._later("noting", course, self.notice)

    def _remove(self, course: Course) -> None:
        """Have one be in force no more, or for good."""
        self._courses.remove(course)
        self.let_collect()

    def let_collect(self) -> None:
        """Let the collector go on: over what is new, or over all if none is in force.

        It does nothing while somebody is still brought up to date.
        """
        if self.is_migrating:
            return
        if self._courses:
            self._steps.collector.rest()
        else:
            self._steps.collector.end()

    def _later(
        self, what: str, course: Course, act: Callable[[], Coroutine[Any, Any, Any]]
    ) -> None:
        """Do something in a turn of its own, if the release stands as it did then."""

        async def still() -> None:
            if course.state is State.WATCHED:
                await act()

        def go() -> None:
            started(self._alone(still)).addErrback(self._failed, what, course.number)

        self._game.clock.callLater(0, go)

    @staticmethod
    def _failed(failure: Any, what: str, number: int) -> None:  # noqa: ANN401 - a Failure
        """Log it; where it says itself what is wrong, without the frames."""
        if failure.check(GameServerError):
            why = failure.getErrorMessage()
            _log.error("release {n}: {what}: {why}", n=number, what=what, why=why)
        else:
            _log.failure("release {n}: {what} failed", failure, n=number, what=what)
