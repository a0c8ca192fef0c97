"""A game in a folder, its two texts, and rehearsals of a release of it."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from gameserver.model.snapshot import Snapshot
from gameserver.model.stateful import make, snapshot_of
from gameserver.server.plugins import load_cast
from gameserver.services.rehearsal import Original, Rehearsal, Report, Rules
from tests.folders import temporary_folder
from tests.model.seats import seat

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BEFORE = '''
from gameserver import Avatar

class Player(Avatar):
    """Plays."""

    coins: int = 0
    mood: str = "calm"

    def reloaded(self, old_version):
        pass
'''
AFTER = '''
from gameserver import Avatar, migration

class Player(Avatar):
    """Plays."""

    version = 2
    gold: int = 0
    mood: str = "calm"

    def reloaded(self, old_version):
        pass

@migration(Player, to=2)
def rename(state):
    return {**state, "gold": 100 // state.pop("coins")}
'''
LINE = r"hall\.py:16: Player: migration to 2 failed: ZeroDivisionError"


class RehearsalCase(TestCase):
    """A game in a folder, and whatever is live and stored."""

    timeout = 60

    def setUp(self) -> None:
        self.folder = temporary_folder(self)
        self.write(BEFORE)
        self.cast = load_cast(self.folder)
        self.engine = self.cast.engine
        assert self.engine is not None
        self.addCleanup(self.engine.uninstall)
        self.live: list[Any] = []
        self.rows: list[Snapshot | str] = []
        self.original = Original(
            self.engine, lambda _: self.cast, lambda: self.live, self.stored
        )

    def write(self, text: str) -> None:
        (self.folder / "hall.py").write_text(text)

    @contextlib.contextmanager
    def stored(self) -> Iterator[Iterable[Snapshot | str]]:
        yield list(self.rows)

    def enter(self, name: str, **state: Any) -> Any:
        player: Any = make(self.cast.avatar, seat(name), None)
        vars(player).update(state)
        self.live.append(player)
        return player

    def store_row(self, name: str, **state: Any) -> Snapshot:
        player: Any = make(self.cast.avatar, seat(name), None)
        vars(player).update(state)
        return snapshot_of(player, 1)

    def run_it(self, **rules: Any) -> Deferred[Report]:
        rehearsal = Rehearsal(
            self.original, reactor, replace(Rules(seconds=30.0), **rules)
        )
        return Deferred.fromCoroutine(rehearsal.run())

    def with_check(self, body: str, head: str = "def check_it():") -> None:
        lines = "\n".join(f"    {one}" for one in body.splitlines())
        self.write(f"{BEFORE}\nimport os, socket, sqlite3, time\n{head}\n{lines}\n")
