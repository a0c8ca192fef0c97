"""Where the parts of releases meet: sources, rehearsal, gate, watch, history, verbs."""

from __future__ import annotations

import time
from contextlib import contextmanager
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, cast

from twisted.logger import Logger

from gameserver.admin.code import CodeVerbs, texts_of
from gameserver.admin.releases import ReleaseVerbs
from gameserver.admin.served import Served
from gameserver.errors import GameServerError, NotReleased
from gameserver.model.roles import Role
from gameserver.reload.source import Folder
from gameserver.server.code_source import GameCode, is_of_database
from gameserver.server.plugins import ROOT
from gameserver.server.quiesce import Quiesce
from gameserver.services.collector import Collector
from gameserver.services.error_rules import Threshold
from gameserver.services.error_watch import ErrorWatch
from gameserver.services.folder_files import modules_of
from gameserver.services.folder_watch import FolderWatch
from gameserver.services.recall import recall
from gameserver.services.recast import following
from gameserver.services.rehearsal import Rehearsal
from gameserver.services.rehearsal_terms import Original, Rules
from gameserver.services.release_handing import rehearsed
from gameserver.services.release_history import settle_open
from gameserver.services.release_parts import NoRehearsal, Parts
from gameserver.services.releases import ReleaseService
from gameserver.services.undo_trial import trial_of
from gameserver.services.versions import Versions
from gameserver.store.pages import snapshots

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gameserver.admin.api import Verbs
    from gameserver.config import Settings
    from gameserver.database import Place
    from gameserver.game_code import LoadedGame
    from gameserver.interfaces import Store
    from gameserver.model.snapshot import Snapshot
    from gameserver.server.game import Game
    from gameserver.services.release_parts import Policy, Rehearses

_log = Logger("gameserver.releases")
_WATCH = "watch", "the plugin folder"
"""Who releases what an editor saved, and from where."""


class Releasing:
    """All that changes the code of one running server.

    ``loaded``: what the start found; the database is read anew before each plan.
    """

    def __init__(
        self,
        settings: Settings,
        game: Game,
        store: Store,
        place: Place,
        loaded: LoadedGame,
        reactor: Any,  # noqa: ANN401 - every reactor interface
    ) -> None:
        assert game.cast.engine is not None, "it has imported the plugins"
        self._settings = own = settings.reload
        self._game, self._store, self._engine = game, store, game.cast.engine
        self._reactor = reactor
        self.versions = Versions()
        self._gate = Quiesce(game.calls, reactor, own.frame_limit)
        watch = ErrorWatch(reactor, Threshold(own.watch_errors, own.watch_seconds))
        game.fence.failed = watch.failed
        game.fence.release_of = self.versions.of_failure
        self._collector = Collector()
        self._rehearsals = self._made_rehearsals(place)
        none = NoRehearsal(), NoRehearsal()
        rehearse, rehearse_undo = self._rehearsals or none
        self.service = ReleaseService(
            game,
            self._engine,
            store,
            time.time,
            Parts(
                rehearse=cast("Rehearses", rehearse),
                rehearse_undo=cast("Rehearses", rehearse_undo),
                quiesce=self._gate,
                watch=watch,
                told=self.versions.told,
                in_force=self.versions.committed,
                refresh=partial(loaded.database.refresh, store.code),
                collector=self._collector,
            ),
            permanent_after=own.permanent_after,
        )
        folder, self._database = loaded.folder, loaded.database
        self._files = None if folder is None else Folder(folder, ROOT)
        self._folder_watch: FolderWatch | None = None
        if own.watch != "off" and loaded.folder is not None:
            watched = FolderWatch(loaded.folder, reactor, self._changed, _wait)
            self._folder_watch = watched

    def _aside(self) -> set[str]:
        """Name the modules that are the database's: saving a file is not about them."""
        running = self._engine.records.items()
        now = {name for name, one in running if is_of_database(one.text.origin)}
        return now | self._database.names()

    def _made_rehearsals(self, place: Place) -> tuple[Rehearsal, ...]:
        """Make that of releases and that of undos; none if they are switched off."""
        own, game = self._settings, self._game
        if own.rehearse == "off":
            return ()
        original = Original(
            self._engine,
            lambda modules: following(game, self._engine, modules).cast,
            lambda: [one.subject for one in game.ledger.records if one.is_ready],
            partial(_stored, place),
            partial(rehearsed, game, self._engine),
        )
        memory = own.rehearse_memory * 2**20
        rules = Rules(own.rehearse_seconds, memory=memory)
        rehearsal = Rehearsal(original, self._reactor, rules)
        return rehearsal, trial_of(original, self._reactor, rules)

    def verbs(self) -> list[Verbs]:
        """Give the admin verbs of releases and of code in the database."""
        own = self._settings
        roles = Role(own.check_role), Role(own.release_role)
        in_force = texts_of(self._engine)
        rows = partial(self.versions.overview, self._game)
        history, code = self._store.releases, self._store.code
        served = Served(lambda _: self._files, self._engine, self.versions.of)
        return [
            ReleaseVerbs(self.service, history, rows, *roles, own.policy),
            CodeVerbs(code, time.time, in_force, *roles, served=served),
        ]

    async def settle(self) -> None:
        """Settle what an earlier start left open, and see what brought these texts."""
        try:
            await self.service.between(self._settled)
        except GameServerError as refused:
            _log.warn("the history of releases: {why}", why=refused.line())

    async def _settled(self) -> None:
        store = self._store.releases
        rows = await settle_open(store, time.time, self._runs)
        await recall(rows, store, self._runs, self.versions)

    def start(self) -> None:
        """Watch the folder, if wanted; collect no more what is here to stay."""
        self._collector.begin()
        if self._folder_watch is not None:
            self._folder_watch.start()

    def _runs(self, module: str) -> str | None:
        record = self._engine.records.get(module)
        return None if record is None else record.text.source

    async def stop(self) -> None:
        """Begin no release any more; wait for the one at work."""
        if self._folder_watch is not None:
            await self._folder_watch.stop()
        self._gate.stop()
        for rehearsal in self._rehearsals:
            await rehearsal.stop()
        await self._game.within_limit(self.service.stop(), "releases")
        self._collector.close()

    async def _changed(self, files: frozenset[str]) -> None:
        """Release, or check, what somebody saved in the folder; say what is not read.

        The engine compares texts, and finds what came with these files.
        """
        await self._release_saved()
        for line in GameCode(self._database, self._files).unread(modules_of(files)):
            _log.warn("saved, but {line}", line=line)

    async def _release_saved(self) -> None:
        try:
            if self._settings.watch == "check":
                plan = await self.service.check_aside(self._aside)
                if not plan.is_empty:
                    _log.info("the plugin folder has changed:\n{plan}", plan=str(plan))
                return
            policy = cast("Policy", self._settings.policy)
            await self.service.release_aside(*_WATCH, self._aside, policy=policy)
        except NotReleased as refused:
            _log.debug("{why}", why=str(refused))  # the history has said so
        except GameServerError as error:
            _log.warn("{why}", why=str(error))


def _wait(line: str) -> None:
    _log.info("waiting: {line}", line=line)


@contextmanager
def _stored(place: Place) -> Iterator[Iterable[Snapshot | str]]:
    """Open what is stored, for a rehearsal; damaged rows come last, as text."""
    damaged: list[str] = []
    note: Callable[[object], None] = lambda error: damaged.append(str(error))  # noqa: E731 - short
    with place.reading() as connection:
        yield chain(snapshots(connection, note), damaged)
