"""The cast follows a release: which services come and go with it.

Classes are known by identity, which a release keeps. ``following`` decides and checks,
at once after the commit; then new services start, and last, when nothing can fail any
more, removed ones stop.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from gameserver.errors import NotReleased, PluginError
from gameserver.model.service import Service, service_name
from gameserver.reload.places import place_of
from gameserver.reload.plan import Entry
from gameserver.server.awaiting import in_time
from gameserver.server.plugins import Cast, avatar_in, check_cast, services_in

if TYPE_CHECKING:
    from collections.abc import Collection, Coroutine
    from typing import Any

    from gameserver.reload.engine import Engine
    from gameserver.reload.plan import Plan
    from gameserver.server.game import Game

_log = Logger("gameserver.releases")


@dataclass(frozen=True, slots=True)
class Following:
    """The cast after a release; ``new`` are to start, ``gone`` to stop, by name."""

    cast: Cast
    new: tuple[type[Service], ...]
    gone: tuple[str, ...]


def following(game: Game, engine: Engine, modules: Collection[str]) -> Following:
    """Say what becomes of the cast; ``modules`` are those of the release.

    Raises ``PluginError`` when a class cannot work, the avatar class is gone, or a
    service's name goes to another class.
    """
    _require_avatar(game.cast.avatar, engine, modules)
    if game.cast.avatar.__module__ in engine.records:  # as the next start will ask
        avatar_in(engine, game.cast.wanted, "the released plugins")
    leaving = game.troupe.leaving
    members = {one.subject.name: type(one.subject) for one in game.troupe}
    running = {name: members[name] for name in members if name not in leaving}
    found = services_in(engine)
    own = {*engine.records, *modules}
    kept = [one for one in running.values() if one.__module__ not in own]
    cast = replace(game.cast, services=(*found, *kept))
    check_cast(cast)
    new = tuple(one for one in found if one not in running.values())
    gone = [name for name, one in running.items() if one not in cast.services]
    for owner in new:
        if service_name(owner) in leaving:
            raise PluginError(place_of(owner), _stopping([service_name(owner)]))
        if service_name(owner) in running:
            _refuse(owner, running[service_name(owner)])
    return Following(cast, new, tuple(gone))


def handoffs(game: Game, plan: Plan) -> list[Entry]:
    """Give a line of the plan for each service that it gives a successor."""
    due = set(game.troupe.due(plan))
    owners = [type(x.subject) for x in game.troupe if x.subject.name in due]
    return [_handoff(one, plan) for one in owners if not _is_removed(one, plan)]


def _handoff(owner: type[Service], plan: Plan) -> Entry:
    module, path = owner.__module__, owner.__qualname__
    lines = [x for x in plan.entries if x.module == module and x.name == path]
    file, _, line = place_of(owner).rpartition(":")
    if lines:
        file, line = lines[0].file, str(lines[0].line)
    why = f"a new object takes over service {service_name(owner)}"
    number = int(line) if line.isdecimal() else 0
    return Entry("handoff", module, path, file, number, why)


def _is_removed(owner: type[Service], plan: Plan) -> bool:
    """Say whether a plan takes a class away: its service stops."""
    gone = {one.name for one in plan.modules if one.act == "removed"}
    return owner.__module__ in gone or any(
        (one.kind, one.module, one.name)
        == ("removed", owner.__module__, owner.__qualname__)
        for one in plan.entries
    )


def _require_avatar(avatar: type, engine: Engine, modules: Collection[str]) -> None:
    if avatar.__module__ not in modules:
        return
    record = engine.records.get(avatar.__module__)
    found = record.namespace.get(avatar.__name__) if record else None
    if found is not avatar:
        place = record.text.origin if record else avatar.__module__
        what = "exchanged for another class" if found else "gone"
        raise PluginError(
            place,
            f"the game's avatar class {avatar.__name__} is {what}; put it back, or set"
            " realm.avatar to another one and start the server again",
        )


def _refuse(owner: type[Service], former: type[Service]) -> None:
    """Refuse that a class takes a running service's place: their states would mix."""
    name, module = service_name(owner), former.__module__
    raise PluginError(
        place_of(owner),
        f"service {name!r} runs as {module}:{former.__name__}; release its removal"
        " first, or keep the class where it is",
    )


async def enter(game: Game, step: Following) -> None:
    """Start the new services, and take the new cast; if one fails, none is there."""
    entered: list[str] = []
    try:
        for owner in step.new:
            await _begun(game, owner)
            entered.append(service_name(owner))
    except BaseException:
        await leave(game, entered)
        raise
    game.cast = step.cast


def _begun(game: Game, owner: type[Service]) -> Deferred[None]:
    """Start a service; ``PluginError`` if that takes longer than a stop may."""
    limit = game.rules.stop_timeout

    def late(_: Failure | None, __: float) -> Failure | None:
        text = f"service {service_name(owner)}: started() did not end in {limit:g} s"
        return Failure(PluginError(place_of(owner), text))

    begun = Deferred.fromCoroutine(game.troupe.enter(owner, game.realm))
    return begun.addTimeout(limit, game.clock, onTimeoutCancel=late)


async def leave(game: Game, names: Collection[str]) -> None:
    """Stop and save some services; errors of their hooks are logged.

    Nobody waits longer for one than a stop would; it goes on by itself then.
    """
    for name in reversed(tuple(names)):
        await game.within_limit(game.troupe.leave(name), f"service {name}")


async def still_leaving(game: Game, cast: Cast) -> list[str]:
    """Wait for those of a cast that are stopping; name who is not gone in time.

    What a release removes may take longer than ``leave`` waits for it.
    """
    names = [name for name, x in game.troupe.leaving.items() if x in cast.services]
    going = [game.troupe.left(name) for name in names]
    await in_time(going, game.clock, game.rules.stop_timeout)
    return [name for name in names if name in game.troupe.leaving]


async def require_left(game: Game, cast: Cast) -> None:
    """Raise ``NotReleased`` if one of a cast that is to run again still stops."""
    names = await still_leaving(game, cast)
    if names:
        raise NotReleased(_stopping(names))


def _stopping(names: Collection[str]) -> str:
    listed = ", ".join(sorted(names))
    return f"service {listed} is stopping yet: wait until its stopped() has ended"


async def recast_back(game: Game, step: Following, cast: Cast) -> None:
    """Take the cast of before again: stop what was new, and start what had gone."""
    for name, owner in _members(game):
        if owner in step.new:
            await tried(f"stopping {name}", leave(game, [name]))
    game.cast = cast
    names = await still_leaving(game, cast)
    if names:  # its engine took the release back: there was nobody to be refused
        _log.error("not started again: {why}", why=_stopping(names))
    for owner in cast.services:
        if all(owner is not one for _, one in _members(game)):
            again = game.troupe.enter(owner, game.realm)
            await tried(f"starting {owner.__name__} again", again)


def _members(game: Game) -> list[tuple[str, type]]:
    return [(one.subject.name, type(one.subject)) for one in game.troupe]


async def tried(what: str, work: Coroutine[Any, Any, None]) -> None:
    """Finish what must not stop the rest; log what it raises."""
    try:
        await work
    except GeneratorExit:
        raise
    except BaseException:  # noqa: BLE001 - the fence of one release step
        _log.failure("{what} failed", what=what)
