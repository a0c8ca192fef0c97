"""A world whose release can be made to fail wherever it asks for something.

``Seams`` counts what a release asks of the world around it: its parts, the store, the
clocks, the source, each write of the engine, each hook of the author. The nth raises.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

from twisted.internet.defer import Deferred, fail

from gameserver.errors import StoreError
from gameserver.model.release_row import Outcome, ReleaseRow
from gameserver.reload.overrides import Overrides
from gameserver.server.quiesce import Quiesce
from gameserver.services.error_rules import Threshold
from gameserver.services.error_watch import ErrorWatch
from gameserver.services.release_history import RETRY
from gameserver.services.release_parts import NoRehearsal, Parts
from gameserver.services.releases import ReleaseService
from gameserver.testing import World
from gameserver.testing.picture import Picture
from gameserver.testing.window import result_of

GAME, OTHER = "plugins.game", "plugins.other"
PLAYER = """
import fault_seams
from gameserver import Avatar, Client, Service, State, migration

class Player(Avatar):
    coins: int = 0
    bag: list[str] = []

    def attached(self, client: Client) -> None:
        self.realm.service("clock").subscribe(client)
        self.every(60.0, "rest")
        self.later(90.0, "rest")

    def rest(self) -> None:
        self.coins += 10

    def perspective_earn(self) -> int:
        self.coins += 1
        self.bag.append("coin")
        return self.coins

    async def perspective_wait(self) -> int:
        self.coins += 1
        await fault_seams.gate()
        return self.coins
"""
CLOCK = """
class Clock(Service):
    succession = True
    beats: int = 0

    def started(self) -> None:
        self.every(30.0, "beat")

    def beat(self) -> None:
        self.beats += 1
        self.clients.notify("beat", self.beats)

class Bell(Service):
    rung: int = 0
"""
OLD = {
    GAME: PLAYER + CLOCK,
    OTHER: "LIMIT = 1\n\ndef within(x, most=LIMIT):\n    return x < most\n",
}
WORKED = PLAYER.replace(
    "self.coins += 1\n        self.bag", "self.coins += 2\n        self.bag"
)
SHAPED = PLAYER.replace(
    "    coins: int = 0\n", "    version = 2\n    gold: int = 0\n"
).replace("self.coins", "self.gold")
MIGRATION = """
@migration(Player, to=2)
def rename(state: State) -> State:
    fault_seams.cross("migration")
    return {"gold": state["coins"] * 100, "bag": state["bag"]}
"""
HANDED = """
class Clock(Service):
    succession = True
    beats: int = 0

    def started(self) -> None:
        self.every(30.0, "beat")

    def beat(self) -> None:
        self.beats += 2
        self.clients.notify("beat", self.beats)

    def adopt(self, predecessor: object) -> None:
        fault_seams.cross("adopt")

    def stopped(self) -> None:
        fault_seams.cross("stopped")

class Bell(Service):
    rung: int = 0
"""
CALLER = """
class Caller(Service):
    def started(self) -> None:
        fault_seams.cross("started")
        self.every(10.0, "call")

    def call(self) -> None:
        pass
"""
HOOKED = """
import fault_seams
LIMIT = 2
fault_seams.cross("body")

def within(x, most=LIMIT):
    return x <= most

def module_reloaded(old, new):
    fault_seams.cross("hook")
"""
NEW = {
    "work": {GAME: WORKED + CLOCK, OTHER: HOOKED},
    "shape": {GAME: SHAPED + MIGRATION + CLOCK},
    "service": {GAME: WORKED + CLOCK + CALLER},
    "handed": {GAME: WORKED + HANDED},
    "gone": {GAME: WORKED + CLOCK.partition("class Bell")[0], OTHER: None},
    "all": {
        GAME: SHAPED + MIGRATION + HANDED.partition("class Bell")[0] + CALLER,
        OTHER: HOOKED,
    },
}
"""Releases by what is in them."""


class FaultError(Exception):
    """What a seam raises."""


class Seams:
    """``crossed``: the names of the seams so far; ``nth``: which one raises."""

    def __init__(self, nth: int | None = None) -> None:
        self.nth = nth
        self.crossed: list[str] = []
        self.is_on = False

    def cross(self, name: str) -> None:
        """Count, and raise if it is this one's turn."""
        if not self.is_on:
            return
        self.crossed.append(name)
        if len(self.crossed) - 1 == self.nth:
            raise FaultError(name)

    def around(self, owner: Any, name: str, title: str = "") -> None:
        """Have each call of a method cross a seam first."""
        act = getattr(owner, name)

        def crossing(*args: Any, **options: Any) -> Any:
            self.cross(title or name)
            return act(*args, **options)

        setattr(owner, name, crossing)

    def before(self, owner: Any, name: str, title: str) -> None:
        """Have a method of a store cross one; its Deferred fails with a StoreError."""
        act = getattr(owner, name)

        def crossing(*args: Any) -> Any:
            try:
                self.cross(title)
            except FaultError as error:
                return fail(StoreError(str(error)))
            return act(*args)

        setattr(owner, name, crossing)

    def timer(self, title: str, clock: Callable[[], float]) -> Callable[[], float]:
        """Give a clock that crosses one at each look."""

        def look() -> float:
            self.cross(title)
            return clock()

        return look


class Faulty:
    """One world, one player, and a service that is to release ``NEW[kind]``."""

    def __init__(self, test: Any, kind: str, nth: int | None = None) -> None:
        self.seams = seams = Seams(nth)
        self.gate: Deferred[None] = Deferred()
        self.kind = kind
        module = ModuleType("fault_seams")
        module.cross, module.gate = seams.cross, lambda: self.gate  # type: ignore[attr-defined]
        sys.modules["fault_seams"] = module
        test.addCleanup(sys.modules.pop, "fault_seams", None)
        self.world = world = World.of_texts(OLD)
        self.engine = world._releases.engine  # type: ignore[union-attr] - of texts
        self.told: list[ReleaseRow] = []
        self.service = self._made()
        self.ada, self.bob = world.login("ada"), world.login("bob")
        self.ada.call("earn")
        world.advance(31.0)

    def _made(self) -> ReleaseService:
        seams, world, game = self.seams, self.world, self.world.game
        rehearse, gate = NoRehearsal(), Quiesce(game.calls, world.clock)
        watch = ErrorWatch(world.clock, Threshold())
        seams.around(rehearse, "run", "rehearse")
        seams.around(gate, "close", "quiesce")
        seams.around(watch, "begin", "watch")
        game.fence.failed = watch.failed
        seams.before(world.store.releases, "add", "store: add")
        seams.before(world.store.releases, "rewrite", "store: rewrite")
        seams.before(world.store.snapshots, "load", "store: load")
        self._lay_seams()
        now = seams.timer("now", lambda: 1000.0 + world.clock.seconds())
        timer = seams.timer("timer", lambda: 0.0)
        parts = Parts(rehearse, gate, watch, self._tell, self._refresh)
        return ReleaseService(game, self.engine, world.store, now, parts, timer=timer)

    def _tell(self, row: ReleaseRow) -> None:
        self.told.append(row)
        self.seams.cross("told")

    async def _refresh(self) -> None:
        self.seams.cross("refresh")

    def _lay_seams(self) -> None:
        """Have the source, and each write of the engine, cross one."""
        engine, source = self.engine, self.engine.source
        self.seams.around(source, "names", "source: names")
        self.seams.around(source, "read", "source: read")
        engine.source = Overrides(source)
        commit = engine.commit

        def committing(plan: Any, **options: Any) -> Any:
            self.seams.cross("commit")
            preparation, _ = engine._prepared[plan]
            lay_down = preparation.lay_down

            def laid(**given: Any) -> Any:
                done = lay_down(**given)
                acts = done.journal._acts
                acts[:] = [partial(self._write, act) for act in acts]
                return done

            preparation.lay_down = laid  # type: ignore[method-assign] - a seam
            return commit(plan, **options)

        engine.commit = committing  # type: ignore[method-assign] - a seam

    def _write(self, act: Callable[[], object]) -> None:
        self.seams.cross("write")
        act()

    def turns(self, number: int = 30) -> None:
        """Let turns pass, and no time."""
        for _ in range(number):
            self.world.clock.advance(0)
            self.world.settle()

    def attempt(self, policy: Any = "wait") -> BaseException | ReleaseRow:
        """Release, with the fault; gives the row, or what was raised."""
        self.world.draft(NEW[self.kind])
        self.seams.is_on = True
        begun = Deferred.fromCoroutine(
            self.service.release("eve", "here", policy=policy)
        )
        results: list[Any] = []
        begun.addBoth(results.append)
        self.turns()
        if not self.gate.called:
            self.gate.callback(None)
        self.turns()
        self.seams.is_on = False
        self.turns()
        if self.service.current or self.service._history._owed:
            self.world.clock.advance(RETRY)
            self.turns()
        assert results, "the release has not ended"
        found = results[0]
        return found if isinstance(found, ReleaseRow) else found.value

    def rows(self) -> list[ReleaseRow]:
        """Give the history, the oldest first."""
        found: list[ReleaseRow] = result_of(self.world.store.releases.newest(9), "rows")
        return found[::-1]

    def in_force(self) -> list[ReleaseRow]:
        """Give the rows of which the history says that they run."""
        kinds = Outcome.COMMITTED, Outcome.PERMANENT
        return [one for one in self.rows() if one.outcome in kinds]

    def picture(self) -> Picture:
        """Give what the world is."""
        self.turns()
        return Picture(self.world)
