"""The child of a rehearsal: commit the plan on the copy, migrate everybody, check.

It begins in ``play``, which never returns. What it finds goes to the parent as lines of
JSON: ``{"step": ...}`` before each step, counts as they grow, and at the end one with
``done``. The steps themselves can be used without a fork, on any engine that may be
changed; so are they tested.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from gameserver.dry_run import FAILED, Tally, failures
from gameserver.errors import GameServerError, PluginError, ReleaseRefused
from gameserver.model.snapshot import Snapshot
from gameserver.model.stateful import snapshot_of
from gameserver.reload.overrides import Overrides
from gameserver.reload.places import place_of
from gameserver.services.rehearsal_apart import leave_parent, limit, refuse_reaching_out
from gameserver.services.rehearsal_checks import checks_of, failure_of
from gameserver.services.rehearsal_pages import read_pages

if TYPE_CHECKING:
    from collections.abc import (
        Callable,
        Collection,
        Iterable,
        Iterator,
        Mapping,
        Sequence,
    )
    from contextlib import AbstractContextManager

    from gameserver.model.stateful import Stateful
    from gameserver.reload.engine import Engine
    from gameserver.reload.overrides import Cover
    from gameserver.reload.plan import Plan
    from gameserver.server.plugins import Cast

NAMED: Final = 20
"""How many failures are named; the others are counted."""

_LONGEST: Final = 500  # characters of a line
_EVERY: Final = 500  # snapshots between two lines that say how far it is
_OUT_OF_MEMORY: Final = b'{"done": true, "failed": ["out of memory"]}\n'


def _nobody(_: Plan) -> None:
    """Hand over no service."""


@dataclass(frozen=True, slots=True)
class Original:
    """What a rehearsal needs to know of the server.

    ``cast``: gives the game's classes as the code then is, and is told which modules
    were released; ``GameServerError`` if they cannot work. ``live``: every live avatar
    and service. ``stored``: opens what is stored, in a thread of its own; a text in
    place of a snapshot is the line of a row that cannot be read, whatever the code.
    """

    engine: Engine
    cast: Callable[[Collection[str]], Cast]
    live: Callable[[], Collection[Stateful]]
    stored: Callable[[], AbstractContextManager[Iterable[Snapshot | str]]]
    handed: Callable[[Plan], object] = _nobody
    """Hands over the services that a plan, once committed, gives a successor."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be released: ``names`` and ``remove`` as for ``Engine.plan``.

    ``covers``: the texts over those of the sources; None: as they are.
    """

    names: tuple[str, ...] | None = None
    remove: tuple[str, ...] = ()
    covers: Mapping[str, Cover] | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """Limits: seconds for the whole and for one check that waits; bytes beyond now."""

    seconds: float = 60.0
    check_seconds: float = 5.0
    memory: int = 1024 * 1024 * 1024


@dataclass(slots=True)
class Found:
    """What was found; ``failed`` has lines, at most ``NAMED``, ``more`` the number."""

    told: Callable[[dict[str, Any]], object]
    live: int = 0
    stored: int = 0
    checks: int = 0
    damaged: int = 0
    failed: list[str] = field(default_factory=list)
    more: int = 0

    def step(self, name: str) -> None:
        """Say what comes next, so that the parent can say where it ended."""
        self.told({"step": name, **self.counts()})

    def fail(self, line: str) -> None:
        """Note a failure in one line."""
        if len(self.failed) >= NAMED:
            self.more += 1
            return
        self.failed.append(" ".join(line.split())[:_LONGEST])

    def counts(self) -> dict[str, int]:
        """Give how many were migrated and checked so far."""
        return {"live": self.live, "stored": self.stored, "checks": self.checks}

    def end(self) -> None:
        """Tell all of it."""
        lines = {"failed": self.failed, "more": self.more, "damaged": self.damaged}
        self.told({"done": True, **lines, **self.counts()})


def play(
    world: Original,
    rules: Rules,
    reactor: Any,  # noqa: ANN401 - every reactor interface
    given: int,
    said: int,
    wanted: Wanted,
    parent: int,
) -> None:
    """Be the child: never returns, and runs nothing of the parent's on its way out.

    ``given``, ``said``: the descriptors that pages come from, and lines go to.
    ``parent``: the id of the process that has forked.
    """
    code = 1
    try:
        leave_parent(reactor, (given, said), rules.seconds + 1.0, parent)
        limit(rules.memory)
        refuse_reaching_out()
        found = Found(partial(_write, said))
        rehearse(world, rules, wanted, read_pages(given), found, reactor)
        found.end()
        code = 0
    except MemoryError:
        os.write(said, _OUT_OF_MEMORY)
    except BaseException as error:  # noqa: BLE001 - whatever it is, this process ends here
        _write(said, {"done": True, "failed": [f"{type(error).__name__}: {error}"]})
    finally:
        os._exit(code)


def rehearse(
    world: Original,
    rules: Rules,
    wanted: Wanted,
    stored: Iterable[Snapshot | str],
    found: Found,
    reactor: Any,  # noqa: ANN401 - as play
) -> None:
    """Carry out the release for good, and note in ``found`` what fails."""
    live = list(world.live())
    unsaved = _unwritable(live)
    found.step("the bodies of the new texts")
    plan = _planned(world.engine, wanted)
    found.told({"plan": plan.fingerprint})
    found.step("the commit")
    refusal = _refusal(world.engine, plan, lazily=False)
    if refusal is None:
        found.live = len(live)
        found.step("saving who is live")
        for one, line in _unwritable(live).items():
            if one not in unsaved:
                found.fail(line)
        found.step("handing services over")
        _hand_over(world, plan, found)
    elif not _committed_alone(world, plan, refusal, live, found):
        return
    found.step("the stored snapshots")
    try:
        cast = _cast(world, plan)
    except GameServerError as error:
        found.fail(str(error))
        return
    _try_stored(cast, stored, found)
    if not found.failed:
        for call in reactor.getDelayedCalls():
            call.cancel()
        for name, check in checks_of(world.engine, plan):
            found.step(f"{name} ({place_of(check)})")
            found.checks += 1
            line = failure_of(name, check, rules.check_seconds, reactor)
            if line:
                found.fail(line)


def _hand_over(world: Original, plan: Plan, found: Found) -> None:
    try:
        world.handed(plan)
    except GameServerError as error:
        found.fail(str(error))


def _planned(engine: Engine, wanted: Wanted) -> Plan:
    if wanted.covers is not None:
        assert isinstance(engine.source, Overrides), "there is nothing to be covered"
        engine.source.covers = wanted.covers
    return engine.plan(wanted.names, remove=wanted.remove)


def _refusal(engine: Engine, plan: Plan, *, lazily: bool) -> GameServerError | None:
    """Commit; give why it cannot be, and then nothing has changed."""
    try:
        release = engine.commit(plan, lazily=lazily)
    except GameServerError as error:
        return error
    if lazily and release.migrations is not None:
        release.migrations.stop()
    return None


def _committed_alone(
    world: Original,
    plan: Plan,
    refusal: GameServerError,
    live: Sequence[Stateful],
    found: Found,
) -> bool:
    """Note who cannot be migrated, by name: a refused commit names a class only.

    So the code is committed alone, and what the live ones were is tried. False if
    the code is at fault.
    """
    found.fail(str(refusal))
    if not isinstance(refusal, ReleaseRefused) or refusal.step != "migrate":
        return False
    found.step("finding who cannot be migrated")
    before = list(_snapshots(live))
    removed = [one.name for one in plan.modules if one.act == "removed"]
    names = [one.name for one in plan.modules if one.act != "removed"]
    again = world.engine.plan(names, remove=removed)
    if _refusal(world.engine, again, lazily=True) is not None:
        return False
    try:
        cast = _cast(world, plan)
    except GameServerError:
        return False
    lines = list(failures(cast, before, Tally(), _no_news))
    found.live = len(live) - len(lines)
    if lines:
        found.failed.clear()
    for line in lines:
        found.fail(f"live {line}")
    return True


def _cast(world: Original, plan: Plan) -> Cast:
    return world.cast([one.name for one in plan.modules])


def _snapshots(live: Iterable[Stateful]) -> Iterator[Snapshot]:
    for one in live:
        try:
            yield snapshot_of(one, 1)
        except (Exception, SystemExit):  # noqa: BLE001, S112 - so it was before the release
            continue


def _unwritable(live: Iterable[Stateful]) -> dict[Stateful, str]:
    """Give a line for each whose state cannot be saved."""
    lines: dict[Stateful, str] = {}
    for one in live:
        try:
            snapshot_of(one, 1)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - authors' classes raise anything
            why = str(error)
            if not isinstance(error, PluginError):
                why = f"{type(one).__name__}: {type(error).__name__}: {error}"
            lines[one] = f"live {one.kind} {one.name!r}: {why}"
    return lines


def _no_news(_: int) -> None:
    """Hear how many were tried."""


def _try_stored(cast: Cast, stored: Iterable[Snapshot | str], found: Found) -> None:
    tally = Tally()

    def told(number: int) -> None:
        found.stored = number - tally.counts[FAILED]
        if not number % _EVERY:
            found.told(found.counts())

    def readable() -> Iterator[Snapshot]:
        for one in stored:
            if isinstance(one, Snapshot):
                yield one
            else:
                found.damaged += 1

    for line in failures(cast, readable(), tally, told):
        found.fail(f"stored {line}")


def _write(said: int, line: dict[str, Any]) -> None:
    left = json.dumps(line).encode() + b"\n"
    while left:
        left = left[os.write(said, left) :]
