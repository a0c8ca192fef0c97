"""What a release would be, found out without running any of it in this process.

The texts are compared here, and run in the rehearsal's child: a body that never ends,
that takes all memory or that ends its process, ends the child. Only what came through
that is planned here, as long as it is the same: the plans of both have one fingerprint.
"""

from __future__ import annotations

import difflib
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from twisted.internet.defer import DeferredLock, succeed

from gameserver.errors import NotFound, NotReleased, PluginError
from gameserver.services.rehearsal import Wanted

if TYPE_CHECKING:
    from collections.abc import (
        Callable,
        Collection,
        Coroutine,
        Iterable,
        Iterator,
        Mapping,
    )

    from gameserver.reload.engine import Engine
    from gameserver.reload.overrides import Overrides
    from gameserver.reload.plan import Plan
    from gameserver.reload.text import Text
    from gameserver.services.rehearsal import Report
    from gameserver.services.release_parts import Parts, Policy
    from gameserver.services.release_standing import Alone, Standing
    from gameserver.services.release_steps import Steps

T = TypeVar("T")
Act: TypeAlias = "Callable[[Foreseen, Plan], Coroutine[Any, Any, T]]"

_SHOWN = 60  # characters of a wrong name that are told
_LISTED = 10  # names of modules that are told
TRIES = 5
"""How often a release is rehearsed that changes while it is."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody wants: these modules, None for all, or an earlier release again.

    ``again``: the texts of that one, None for a module that it took away; ``number``:
    its number, else 0. ``aside``: names modules that are none of its business, where
    ``names`` is None.
    """

    actor: str = ""
    origin: str = ""
    policy: Policy = "wait"
    names: tuple[str, ...] | None = None
    again: Mapping[str, Text | None] | None = None
    number: int = 0
    aside: Callable[[], Collection[str]] | None = None


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What was found: ``survey``, a plan without entries, and how a rehearsal went."""

    wanted: Wanted
    survey: Plan
    report: Report | None = None

    @property
    def is_hopeless(self) -> bool:
        """Say whether it must not be planned here: in the child it failed."""
        report = self.report
        return report is not None and report.was_run and not report.plan

    def is_of(self, plan: Plan) -> bool:
        """Say whether a plan is of what was rehearsed."""
        report = self.report
        return report is None or not report.was_run or report.plan == plan.fingerprint


class Foresight:
    """Gives one release after the other its plan, rehearsed.

    ``alone``: runs something while nothing else changes the game's code.
    """

    def __init__(
        self,
        engine: Engine,
        overrides: Overrides,
        steps: Steps,
        standing: Standing,
        parts: Parts,
        alone: Alone,
    ) -> None:
        self._engine, self._overrides = engine, overrides
        self._steps, self._standing, self._parts = steps, standing, parts
        self._alone = alone
        self._line = DeferredLock()

    async def of(self, ask: Ask, act: Act[T]) -> T:
        """Act on the plan of what was asked for and rehearsed, in the plan's turn.

        The rehearsal holds nobody up but the next release: an undo comes between. If
        that, or an editor, has changed what it was about, it is rehearsed again.
        ``NotReleased`` if that happens too often.
        """
        async with self._line:
            return await self._repeated(ask, act)

    async def _repeated(self, ask: Ask, act: Act[T]) -> T:
        self._steps.collector.hold()  # plans make many objects, too
        try:
            for _ in range(TRIES):
                foreseen = await self._foreseen(ask)
                acted = partial(self._acted, ask, foreseen, act)
                found: T | None = await self._alone(acted)
                if found is not None:
                    return found
        finally:
            self._standing.let_collect()
        raise NotReleased(f"it was rehearsed {TRIES} times, and changed each time")

    async def stop(self) -> None:
        """Wait for the one at work."""
        await self._line.run(succeed, None)

    async def _foreseen(self, ask: Ask) -> Foreseen:
        await self._standing.migrated()
        await self._parts.refresh()
        require_known(ask.names or (), self._engine, self._overrides)

        async def surveyed() -> Foreseen:
            wanted = self._wanted(ask)
            with self.through(wanted):
                survey = self._engine.survey(wanted.names, remove=wanted.remove)
            return Foreseen(wanted, survey)

        found: Foreseen = await self._alone(surveyed)
        if found.survey.refused or found.survey.is_empty:
            return found
        report = await self._parts.rehearse.run(found.wanted)
        return replace(found, report=report)

    async def _acted(self, ask: Ask, foreseen: Foreseen, act: Act[T]) -> T | None:
        """Plan, and act on the plan; None if it is not what was rehearsed."""
        if foreseen.is_hopeless:
            return await act(foreseen, _hopeless(foreseen))
        await self._standing.migrated()
        wanted = self._wanted(ask)
        with self.through(wanted):
            plan = await self._steps.plan(wanted.names, wanted.remove)
        is_same = wanted == foreseen.wanted and foreseen.is_of(plan)
        return await act(foreseen, plan) if is_same else None

    def _wanted(self, ask: Ask) -> Wanted:
        """Give what somebody asks for in the engine's terms, as things stand."""
        if ask.again is None:
            if ask.names is None and ask.aside is not None:
                return self._without(frozenset(ask.aside()))
            with self._back():
                self._overrides.drop(ask.names or ())
                return Wanted(ask.names, covers=self._overrides.covers)
        names = tuple(name for name, text in ask.again.items() if text is not None)
        gone = ask.again.keys() - set(names)
        known = tuple(sorted(one for one in gone if one in self._engine.records))
        with self._back():
            self._overrides.put(ask.again, f"the text of release {ask.number}")
            return Wanted(names, known, self._overrides.covers)

    def _without(self, aside: frozenset[str]) -> Wanted:
        """Want all that the sources have, and have no more, but for some modules."""
        there = self._overrides.names() - aside
        gone = self._engine.records.keys() - there - aside
        # Not all by name: what is named runs again, if it must, without a new text.
        changed = [one for one in sorted(there) if self._has_changed(one)]
        return Wanted(tuple(changed), tuple(sorted(gone)), self._overrides.covers)

    def _has_changed(self, name: str) -> bool:
        record = self._engine.records.get(name)
        try:
            text = self._overrides.read(name)
        except PluginError:  # it cannot be read: the plan says why
            return True
        return text is not None and (
            record is None or record.text.digest != text.digest
        )

    @contextmanager
    def through(self, wanted: Wanted) -> Iterator[None]:
        """Look through the covers that are wanted; those in force are back then."""
        with self._back():
            if wanted.covers is not None:
                self._overrides.covers = wanted.covers
            yield

    @contextmanager
    def _back(self) -> Iterator[Any]:
        before = self._overrides.covers
        try:
            yield
        finally:
            self._overrides.covers = before


def require_known(names: Iterable[str], engine: Engine, source: Overrides) -> None:
    """Refuse names that no module has, here or in the sources; ``NotFound``."""
    known = {*engine.records, *source.names(), *source.below.names()}
    for name in names:
        if name in known:
            continue
        near = difflib.get_close_matches(name[:_SHOWN], known, n=1)
        hint = f"did you mean {near[0]}?" if near else _listing(known)
        raise NotFound(f"there is no module {name[:_SHOWN]!r}; {hint}")


def _listing(known: Collection[str]) -> str:
    """Name the modules that there are, the first of many."""
    first = ", ".join(sorted(known)[:_LISTED])
    more = len(known) - _LISTED
    also = f" and {more:,} more, see `gameserver code list`" if more > 0 else ""
    return f"there are: {first or 'none'}{also}"


def _hopeless(foreseen: Foreseen) -> Plan:
    """Give the survey as a plan that is refused, with what the child said."""
    assert foreseen.report is not None, "it has been rehearsed"
    return replace(foreseen.survey, refused=[*foreseen.report.failed])
