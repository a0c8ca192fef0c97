"""Releases: planned, rehearsed, committed between two turns, watched, taken back.

One at a time; a second one waits in line, and an undo for nobody's rehearsal. Where a
release is, and what may follow, is a table (``release_rules.py``);
``release_foresight.py`` finds out what it would be, ``release_steps.py`` acts on the
game, and ``release_standing.py`` looks after those in force. Each is a row of the
history: one that was refused, too, but for a plan without any change.

*Which text is in force.* A module's text is that of its source. ``release_again``
covers the source's text with that of an earlier release, and an undo with the one from
before, where the source still has what was undone. A cover stays until the source gets
another text (somebody edits the file) or the module is released by its name. ``check``
names each text that is covered. A restart begins with the source's texts.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TypeVar

from twisted.internet.defer import DeferredLock, succeed
from twisted.logger import Logger

from gameserver.errors import NotReleased, Stopping
from gameserver.reload.overrides import Overrides
from gameserver.services.release_check import bounded, checked, covered, unread
from gameserver.services.release_foresight import Ask, Foresight
from gameserver.services.release_history import History
from gameserver.services.release_parts import Parts, figures
from gameserver.services.release_record import Course, reason_of, staged, texts_of
from gameserver.services.release_rules import Event, is_over
from gameserver.services.release_standing import Standing
from gameserver.services.release_steps import Steps

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Coroutine, Iterable

    from gameserver.interfaces import Store
    from gameserver.model.release_row import ReleaseRow
    from gameserver.reload.engine import Engine
    from gameserver.reload.plan import Plan
    from gameserver.server.game import Game
    from gameserver.services.rehearsal import Report
    from gameserver.services.release_check import Checked
    from gameserver.services.release_foresight import Foreseen
    from gameserver.services.release_parts import Policy


_log = Logger("gameserver.releases")
T = TypeVar("T")

PERMANENT_AFTER = 600.0
"""Seconds after which a release is permanent, where no setting says otherwise."""


class ReleaseService:
    """Changes the code of one running game, and keeps its history.

    ``engine``: what serves the game's code; its source becomes one that can be covered.
    ``now``: seconds since the epoch. ``permanent_after``: seconds. ``timer``: seconds,
    for the pause.
    """

    def __init__(
        self,
        game: Game,
        engine: Engine,
        store: Store,
        now: Callable[[], float],
        parts: Parts | None = None,
        *,
        permanent_after: float = PERMANENT_AFTER,
        timer: Callable[[], float] = time.perf_counter,
    ) -> None:
        if not isinstance(engine.source, Overrides):
            engine.source = Overrides(engine.source)
        self._overrides = engine.source
        self._engine, self._store = engine, store.releases
        self._parts = parts = parts or Parts()
        self._steps = Steps(game, engine, self._overrides, store.snapshots, timer)
        self._steps.collector = parts.collector
        self._history = History(store.releases, now, parts.told, game.clock)
        self._standing = Standing(
            game, self._steps, self._history, parts, self._alone, permanent_after
        )
        self._turn = DeferredLock()
        self._foresight = Foresight(
            engine, self._overrides, self._steps, self._standing, parts, self._alone
        )
        self._is_stopping = False

    @property
    def current(self) -> int:
        """The number of the last release in force; 0: the code as it was started."""
        return self._standing.current

    def is_migrating(self) -> bool:
        """Say whether a release still brings avatars and services up to date."""
        return self._standing.is_migrating

    async def check(self, modules: Iterable[str] | None = None) -> Checked:
        """Give the plan, and how its rehearsal went; nothing changes."""
        return await self._checked(Ask(names=_listed(modules)))

    async def check_aside(self, aside: Callable[[], Collection[str]]) -> Checked:
        """Check all that has changed but for some modules; see ``release_aside``."""
        return await self._checked(Ask(aside=aside))

    async def _checked(self, ask: Ask) -> Checked:
        async def look(foreseen: Foreseen, plan: Plan) -> Checked:
            with self._foresight.through(foreseen.wanted):
                return checked(plan, foreseen.report, self._overrides, ask.names)

        return await self._foresight.of(ask, look)

    async def release(
        self,
        actor: str,
        origin: str,
        modules: Iterable[str] | None = None,
        *,
        policy: Policy = "wait",
    ) -> ReleaseRow:
        """Release what has changed, in these modules or in all, and give its row.

        ``policy``: what becomes of calls at work. Raises ``NotReleased``, with file
        and line; the game is as it was then.
        """
        return await self._released(Ask(actor, origin, policy, _listed(modules)))

    async def release_aside(
        self,
        actor: str,
        origin: str,
        aside: Callable[[], Collection[str]],
        *,
        policy: Policy = "wait",
    ) -> ReleaseRow:
        """Release all that has changed, but for modules that are somebody else's.

        ``aside``: names these, when the sources have been read. Raises as ``release``.
        """
        return await self._released(Ask(actor, origin, policy, aside=aside))

    async def release_again(
        self, actor: str, origin: str, number: int, *, policy: Policy = "wait"
    ) -> ReleaseRow:
        """Release the texts of an earlier release; see the module's docstring.

        Raises as ``release`` does, and ``NotFound`` if there is none of that number.
        """
        row = await self._store.get(number)
        texts = staged(row, self._engine)
        return await self._released(Ask(actor, origin, policy, None, texts, number))

    async def undo(
        self, actor: str, origin: str, number: int | None = None
    ) -> ReleaseRow:
        """Take back the last release in force, and give its row.

        ``number``: it must be the last one's. Raises ``NotReleased`` with what stands
        in the way, and what can be done.
        """
        reason = f"undone by {actor} from {origin}"
        return await self._alone(lambda: self._standing.undo(number, reason))

    async def make_permanent(self, actor: str, origin: str) -> ReleaseRow:
        """Give up the way back of the last release, and of all before it."""
        reason = f"by {actor} from {origin}"
        return await self._alone(lambda: self._standing.settle_last(reason))

    async def between(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Do something while no release is begun, carried out or taken back."""
        return await self._alone(work)

    async def stop(self) -> None:
        """Begin no release any more, and wait for the one at work."""
        self._is_stopping = True
        await self._foresight.stop()
        await self._turn.run(succeed, None)
        self._standing.stop()
        await self._history.stop()

    async def _alone(self, begin: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Do what changes the game's code: nothing else does so meanwhile."""
        async with self._turn:
            if self._is_stopping:
                raise Stopping("the server is stopping")
            await self._standing.notice()
            return await begin()

    async def _released(self, ask: Ask) -> ReleaseRow:
        at = self._history.now()

        async def release(foreseen: Foreseen, plan: Plan) -> ReleaseRow:
            is_by_hand = ask.aside is None and not ask.number
            left = unread(self._overrides, ask.names) if is_by_hand else []
            with self._foresight.through(foreseen.wanted):
                if plan.is_empty and not plan.refused:
                    said = [str(plan), *covered(self._overrides), *bounded(left)]
                    raise NotReleased("; ".join(said))
                texts = texts_of(plan, self._overrides.read)
            covers = self._overrides.covers
            course = Course(plan, ask.actor, ask.origin, at, covers, texts)
            course.facts = {"policy": ask.policy, "planning": self._steps.planning}
            if ask.number:
                course.facts["again"] = ask.number
            if left:
                course.facts["unread"] = bounded(left)
            return await self._carried_out(course, foreseen, ask.policy)

        return await self._foresight.of(ask, release)

    async def _carried_out(
        self, course: Course, foreseen: Foreseen, policy: Policy
    ) -> ReleaseRow:
        """Take a release from step to step; what raises refuses it, and is recorded."""
        try:
            await self._prepare(course, foreseen.report, policy)
            new_code = self._steps.commit(course)
            course.own_covers = foreseen.wanted.covers or {}
            self._overrides.covers = course.own_covers
            self._overrides.prune(course.touched)
            self._standing.begin(course, new_code)
            remark = await self._entered(course)
        except GeneratorExit:
            self._parts.quiesce.open()
            raise
        except BaseException as error:
            self._standing.drop(course)
            self._parts.quiesce.open()
            if not is_over(course.state):
                course.step(Event.REFUSE)
            reason = reason_of(error)
            await self._history.refused(course, reason)
            raise NotReleased(reason) from error
        held = self._parts.quiesce.open()
        course.facts |= {"held": held.waited, "busy": held.busy}
        row = await self._history.committed(course, remark)
        await self._stand(course)
        return row

    async def _entered(self, course: Course) -> str:
        """Start what is new; if that fails, take all back, or say why it stands."""
        try:
            await self._steps.enter(course)
        except GeneratorExit:
            raise
        except BaseException as error:
            reason = reason_of(error)
            try:
                await self._steps.unenter(course)
            except NotReleased as stuck:
                return f"{reason}; it stays in force all the same: {stuck.text}"
            raise
        return ""

    async def _stand(self, course: Course) -> None:
        """Watch it and end what is gone; it is in force, whatever fails in here."""
        for step in (
            self._standing.add(course),
            self._steps.stop_gone(course),
        ):
            try:
                await step
            except GeneratorExit:
                raise
            except BaseException:  # noqa: BLE001 - the fence of one release step
                _log.failure("after release {number}", number=course.number)

    async def _prepare(
        self, course: Course, report: Report | None, policy: Policy
    ) -> None:
        if report is not None:
            course.facts["rehearsal"] = figures(report)
        if course.plan.error is not None:
            raise course.plan.error
        if report is not None and report.was_run and not report.ok:
            raise NotReleased(report.why_not or report.line)
        course.step(Event.REHEARSE)
        await self._history.begun(course)
        await self._steps.between_turns(lambda: None)
        # From here to the commit nothing runs but what the gate waits for.
        quiesced = await self._parts.quiesce.close(course.touched, policy)
        course.facts |= figures(quiesced)
        if quiesced.refused:
            remedy = "release again, or with the policy proceed"
            raise NotReleased(f"{quiesced.why}; {remedy}")
        course.step(Event.QUIESCE)


def _listed(modules: Iterable[str] | None) -> tuple[str, ...] | None:
    if isinstance(modules, str):
        raise TypeError(f"modules={modules!r}: expected names, such as [{modules!r}]")
    return None if modules is None else tuple(modules)
