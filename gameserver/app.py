"""Where the objects meet: settings become a running server.

``GameServer`` is a Twisted service. Everything that can be wrong with settings, files,
ports and plugins is found in ``startService``, before the first connection, and raised
as one error; nothing is left open then.
"""

from __future__ import annotations

import shutil
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure

from gameserver.admin.api import Admin
from gameserver.admin.backup import BackupVerbs
from gameserver.admin.perspective import AdminRealm, LocalRoot
from gameserver.admin.world import LiveAccountVerbs, WorldVerbs
from gameserver.config import Origin
from gameserver.database import place_of
from gameserver.errors import StoreError
from gameserver.game_code import LoadedGame
from gameserver.model.arguments import Limits
from gameserver.reacting import stop_reactor
from gameserver.releasing import Releasing
from gameserver.server.accounts import Accounts
from gameserver.server.awaiting import started
from gameserver.server.binding import Bound, bind, write_port_file
from gameserver.server.broker import GameFactory
from gameserver.server.certificate import Pair, development_pair
from gameserver.server.directory import DataDirectory
from gameserver.server.fence import Fence
from gameserver.server.game import Game, Rules
from gameserver.server.listening import Site, parse, quoted
from gameserver.server.login import Lobby, login_portal
from gameserver.server.message_limits import of_players
from gameserver.server.pace import Allowance
from gameserver.server.passwords import Passwords
from gameserver.server.stored_versions import newer_than
from gameserver.server.tokens import Sealer, load_or_create_key, unopened
from gameserver.services.sweep import Sweep

if TYPE_CHECKING:
    from collections.abc import Callable

    from gameserver.config import Settings
    from gameserver.server.listening import Listening
    from gameserver.store.sql import SqlStore

_log = Logger("gameserver.app")
_PAIR = ("server.certificate", "server.key")


class GameServer(Service):
    """The whole server: data directory, store, world, endpoints and admin."""

    def __init__(
        self,
        settings: Settings,
        reactor: Any,  # noqa: ANN401 - every reactor interface
        ready: Callable[[GameServer], None],
    ) -> None:
        self.settings = settings
        self.bounds: list[Bound] = []
        self.exit_code = 0
        self.is_new = False
        """Whether the data directory was made by this start: a world of its own."""
        self.failure: BaseException | None = None
        """Why the game could not start, if it could not."""
        self._reactor = reactor
        self._ready = ready
        self._open = ExitStack()

    def startService(self) -> None:
        """Check and open everything; the world starts when the reactor runs.

        Raises ``OperatorError`` or ``PluginError``, with nothing left open, nor a data
        directory that was made.
        """
        try:
            self._assemble()
        except BaseException:
            self._open.close()
            raise
        super().startService()
        self._reactor.callWhenRunning(self._begin)

    def stopService(self) -> Deferred[None]:
        """End calls and logins, save everything, let go of the data directory."""
        super().stopService()
        return Deferred.fromCoroutine(self._stop())

    def _assemble(self) -> None:
        settings, reactor = self.settings, self._reactor
        kept = place_of(settings)
        game = LoadedGame.of(settings, kept)  # before anything is made on disk
        self.folder = game.folder
        place = settings.origin("server.data").place
        self.is_new = not settings.server.data.exists()
        directory = DataDirectory.open(settings.server.data, place)
        self.directory = self._open.enter_context(directory)
        if self.is_new:  # while it is held, and after all else has let go
            self._open.callback(shutil.rmtree, directory.path, ignore_errors=True)
        store = kept.open(reactor.callFromThread)
        self._open.callback(_let_go, store)
        self.store = store
        for note in store.notes:
            _log.warn("{note}", note=note)
        self._backup = BackupVerbs(partial(kept.back_up, reactor.callFromThread))
        self._passwords = Passwords(reactor.callFromThread)
        self._sealer = Sealer(load_or_create_key(directory.token_key))
        accounts = Accounts(store.accounts, self._passwords, self._sealer, time.time)
        rules = _rules(settings)
        self.game = Game(game.cast, store, accounts, reactor, time.time, rules, Fence())
        turns, seconds = self.game.turns, rules.sweep_every
        self._sweep = Sweep(self.game.ledger, turns, reactor, seconds)
        self._releasing = Releasing(settings, self.game, store, kept, game, reactor)
        self._sweep.is_held = self._releasing.service.is_migrating
        self.release_of = self._releasing.versions.of_namespace
        self._bind()

    def _bind(self) -> None:
        """Open the endpoints of players and of admins, all or none."""
        settings, game = self.settings, self.game
        own = f"unix:{quoted(self.directory.admin_socket)}:mode=600"
        origin = settings.origin
        players = self._parsed(origin("server.listen"), settings.server.listen)
        admins = self._parsed(origin("admin.listen"), settings.admin.listen)
        local = self._parsed(Origin("the admin socket", Path.cwd()), (own,))
        self._admin = admin = self._make_admin()
        fence, limit = game.fence, game.rules.login_timeout
        realm = AdminRealm(admin, self.store.accounts, fence)
        portal = login_portal(realm, game.accounts)
        lobby = Lobby(
            portal,
            game.accounts,
            fence,
            messages=of_players(game.rules.limits),
            is_for_admins=True,
        )
        admin_factory = GameFactory(lobby, self._reactor, fence, limit)
        local_root = LocalRoot(admin, fence)
        local_factory = GameFactory(local_root, self._reactor, fence, limit)
        self._admin_factories = [admin_factory, local_factory]
        for listenings, factory, prefix in (
            (players, game.factory, ""),
            (admins, admin_factory, "admin-"),
            (local, local_factory, "admin-"),
        ):
            bounds = bind(listenings, factory, prefix)
            for bound in bounds:
                self._open.callback(bound.listening.stopListening)
                if bound.source.socket is not None:
                    self._open.callback(bound.source.socket.unlink, missing_ok=True)
            self.bounds += bounds
        if settings.server.port_file is not None:
            place = settings.origin("server.port_file").place
            write_port_file(settings.server.port_file, self.bounds, place)

    def _make_admin(self) -> Admin:
        stop = partial(stop_reactor, self._reactor)
        world = WorldVerbs(self.game, time.time, stop)
        accounts = LiveAccountVerbs(self.game, self.store)
        groups = [world, accounts, self._backup, *self._releasing.verbs()]
        return Admin(groups, self.store, time.time, self._reactor)

    def _parsed(self, origin: Origin, specs: tuple[str, ...]) -> list[Listening]:
        site = Site(
            self._reactor,
            self.certificate_pair,
            origin.place,
            origin.folder,
            self.settings.server.plaintext,
        )
        return [parse(spec, site) for spec in specs]

    def certificate_pair(self) -> Pair:
        """Give the operator's certificate, else the development certificate."""
        server = self.settings.server
        if server.certificate is not None:
            given = [one for one in _PAIR if one in self.settings.origins]
            place = ", ".join(self.settings.origin(name).place for name in given)
            return Pair(server.certificate, server.key or server.certificate, place)
        own = Pair(self.directory.certificate, self.directory.certificate_key)
        return development_pair(own)

    def _begin(self) -> None:
        self._passwords.start()
        Deferred.fromCoroutine(self._start()).addErrback(self._failed)

    async def _start(self) -> None:
        await self._releasing.settle()  # first: hooks may log, under their release
        await self.game.start()
        if self.running:  # else a stop came during the last step
            self._sweep.start()
            self.game.sessions.start()
            self._releasing.start()
            await self._warn_of_newer_state()
            self._ready(self)
            await self._warn_of_lost_key()

    async def _warn_of_newer_state(self) -> None:
        """Say before the first login who cannot log in: code went back by file."""
        line = await newer_than(self.game.cast.avatar, self.store.snapshots)
        if line:
            _log.warn("{line}", line=line)

    async def _warn_of_lost_key(self) -> None:
        """Say how many tokens another key has sealed: a lost key is made anew."""
        try:
            names = unopened(self._sealer, await self.store.accounts.all())
        except StoreError as damage:  # of one account: the others can play
            _log.warn("{why}", why=damage.line())
            return
        if names:
            said = "{n} app token(s) do not open with {file}, a new or another key: "
            remedy = "restore the old one, or issue new tokens"
            _log.warn(said + remedy, n=len(names), file=self.directory.token_key)

    def _failed(self, failure: Failure) -> None:
        """Stop with the reason, unless it is that the server stops already."""
        if self.running:
            cause = getattr(failure.value, "__cause__", None)  # not in a failure's log
            shown = failure if cause is None else Failure(cause)
            _log.failure("the game cannot start", shown)
            self.failure = failure.value
            self.exit_code = 1
            stop_reactor(self._reactor)

    async def _stop(self) -> None:
        """Stop part by part; a part that fails does not keep the next from stopping."""
        parts: list[Callable[[], Any]] = [
            *(bound.close for bound in self.bounds),
            self._sweep.stop,
            self._releasing.stop,
            self.game.stop,
            self._finish_verbs,
            self._disconnect_admins,
            self._passwords.stop,
            self.store.close,
            self.directory.close,
        ]
        for part in parts:
            try:
                await started(part())
            except BaseException:  # noqa: BLE001 - said in log and exit code
                _log.failure("the stop was not clean")
                self.exit_code = 1

    def _finish_verbs(self) -> Deferred[None]:
        return self.game.within_limit(self._admin.finish(), "admin verbs")

    async def _disconnect_admins(self) -> None:
        await deferLater(self._reactor, 0)  # the last answer leaves in this turn
        for factory in self._admin_factories:
            for connection in list(factory.connections):
                connection.disconnect()


def _let_go(store: SqlStore) -> None:
    """Close a store that served nobody; nothing was written, so nothing can be lost."""
    store.close_now().addErrback(
        lambda failure: _log.warn("{why}", why=failure.getErrorMessage())
    )


def _rules(settings: Settings) -> Rules:
    calls, realm = settings.calls, settings.realm
    return Rules(
        limits=Limits(calls.max_string, calls.max_items, calls.max_depth),
        allowed=Allowance(calls.rate, calls.burst, calls.in_flight),
        retire_after=realm.retire_after,
        sweep_every=realm.sweep_every,
        login_timeout=calls.login_timeout,
        stop_timeout=settings.server.stop_timeout,
        is_registration_open=settings.accounts.registration == "open",
        session_grace=realm.session_grace,
    )
