"""The child of a rehearsal: commit the plan on the copy, migrate everybody, check.

It begins in ``play``, which never returns. What it finds goes to the parent as lines of
JSON: ``{"step": ...}`` before each step, counts as they grow, and at the end one with
``done``. The steps themselves can be used without a fork, on any engine that may be
changed; so are they tested.
"""

from __future__ import annotations

import faulthandler
import json
import os
from functools import partial
from traceback import extract_tb
from typing import TYPE_CHECKING, Any, Final

from gameserver.dry_run import FAILED, Tally, failures
from gameserver.errors import GameServerError, PluginError, ReleaseRefused
from gameserver.model.snapshot import Snapshot
from gameserver.model.stateful import snapshot_of
from gameserver.reload.overrides import Overrides
from gameserver.reload.places import place_of
from gameserver.services.rehearsal_apart import leave_parent, limit, refuse_reaching_out
from gameserver.services.rehearsal_checks import checks_of, failure_of
from gameserver.services.rehearsal_late import tell_when_late
from gameserver.services.rehearsal_pages import read_pages
from gameserver.services.rehearsal_terms import Found

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gameserver.model.stateful import Stateful
    from gameserver.reload.engine import Engine
    from gameserver.reload.plan import Plan
    from gameserver.server.plugins import Cast
    from gameserver.services.rehearsal_terms import Original, Rules, Wanted

_ALMOST, _LATE = 0.9, 0.95  # of the time that a child has
_EVERY: Final = 500  # snapshots between two lines that say how far it is
_OUT_OF_MEMORY: Final = b'{"done": true, "failed": ["out of memory"]}\n'


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
        end, almost = rules.seconds + 1.0, rules.seconds * _ALMOST
        leave_parent(reactor, (given, said), end, parent)
        limit(rules.memory)
        # Shortly before the parent ends it: where it is then.
        faulthandler.dump_traceback_later(rules.seconds * _LATE, file=said)
        tell_when_late(almost, end - almost, lambda who: _write(said, {"who": who}))
        refuse_reaching_out()
        found = Found(partial(_write, said))
        if wanted.trial is None:
            rehearse(world, rules, wanted, read_pages(given), found, reactor)
        else:
            found.step("the undo")
            wanted.trial(found)
        found.end()
        code = 0
    except MemoryError:
        os.write(said, _OUT_OF_MEMORY)
    except BaseException as error:  # noqa: BLE001 - whatever it is, this process ends here
        _write(said, {"done": True, "failed": [_said(error)]})
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
    plan = _planned(world.engine, wanted, found)
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


def _planned(engine: Engine, wanted: Wanted, found: Found) -> Plan:
    """Run the new bodies; tell of the plan, if it can be carried out."""
    if wanted.covers is not None:
        assert isinstance(engine.source, Overrides), "there is nothing to be covered"
        engine.source.covers = wanted.covers
    survey = engine.survey(wanted.names, remove=wanted.remove)
    named = ", ".join(one.name for one in survey.modules)
    found.step(f"the bodies of the new texts ({named})")
    plan = engine.plan(wanted.names, remove=wanted.remove)
    if not plan.refused:
        found.told({"plan": plan.fingerprint})
    return plan


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


def _said(error: BaseException) -> str:
    """Give an error in one line, with the place where it was raised."""
    steps = extract_tb(error.__traceback__)
    place = f"{steps[-1].filename}:{steps[-1].lineno}: " if steps else ""
    return f"{place}{type(error).__name__}: {error}".rstrip(": ")


def _write(said: int, line: dict[str, Any]) -> None:
    left = json.dumps(line).encode() + b"\n"
    while left:
        left = left[os.write(said, left) :]
