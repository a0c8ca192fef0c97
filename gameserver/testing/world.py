"""A whole game in memory: the real parts, with the edges replaced.

Real: realm, avatars, calls, argument checks, Perspective Broker and its codec.
Replaced: the socket by a pipe, the clock by one that the test moves, the database by a
dict. So a test is synchronous, and what passes here passes over a socket.

    world = World(Player)
    ada, bob = world.login("ada"), world.login("bob")
    assert ada.call("greet", "bob") == 1
    assert ("greeted_by", "ada") in bob.heard
"""

from __future__ import annotations

import math
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from argon2 import PasswordHasher
from twisted.cred.credentials import UsernamePassword
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import ILogObserver, Logger
from twisted.spread import pb
from zope.interface import implementer

from gameserver.model.account import name_key
from gameserver.reload.source import Folder, Texts
from gameserver.server.accounts import Accounts
from gameserver.server.fence import Fence
from gameserver.server.game import Game, Rules
from gameserver.server.passwords import Passwords
from gameserver.server.plugins import ROOT, Cast, check_cast, load_cast
from gameserver.server.tokens import Sealer
from gameserver.store.memory import MemoryStore
from gameserver.testing.draft import Draft
from gameserver.testing.pipe import Pipe
from gameserver.testing.releases import Releases
from gameserver.testing.window import Window, coded, result_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twisted.logger import LogEvent
    from twisted.python.failure import Failure

    from gameserver.model.avatar import Avatar
    from gameserver.model.service import Service
    from gameserver.reload.source import Source
    from gameserver.testing.releases import Released

FIRST_PORT = 50001
EPOCH = 1_800_000_000.0
_HAIR = 1e-9  # seconds by which sums of floats miss one another
_QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@implementer(ILogObserver)
class _Notes:
    """Keeps the failures that the fence logs."""

    def __init__(self, failures: list[Failure]) -> None:
        self._failures = failures

    def __call__(self, event: LogEvent) -> None:
        self._failures.append(event["log_failure"])


class World:
    """A started game whose time stands still until ``advance``.

    Errors of hooks and ticks are in ``errors``; the next ``advance``, ``restart`` or
    ``close`` raises the first of them unless ``flush_errors`` took them.
    """

    def __init__(
        self,
        avatar: type[Avatar],
        services: Sequence[type[Service]] = (),
        rules: Rules | None = None,
    ) -> None:
        self.clock = Clock()
        self.store = MemoryStore()
        self.errors: list[Failure] = []
        self._cast = Cast(avatar, tuple(services))
        check_cast(self._cast)
        self._rules = rules or Rules()
        self._releases: Releases | None = None
        self._sealer = Sealer(secrets.token_bytes(32))
        self._tokens: dict[str, str] = {}
        # Kept, as a client that drops its perspective is logged out.
        self._windows: list[Window] = []
        self._ports = iter(range(FIRST_PORT, 65536))
        self.game = self._started()

    @classmethod
    def of_plugins(cls, folder: Path, rules: Rules | None = None) -> World:
        """Make a world of the game in a plugin folder, as the server would.

        The plugins are imported afresh: classes that the test imported before are not
        the classes of this world.
        """
        return cls._of(folder, Folder(folder, ROOT), rules)

    @classmethod
    def of_texts(cls, texts: Mapping[str, str], rules: Rules | None = None) -> World:
        """Make a world of plugin texts by full name: ``{"plugins.game": "..."}``.

        As ``of_plugins`` does, but without a folder.
        """
        return cls._of(Path("<texts>"), Texts(texts), rules)

    @classmethod
    def _of(cls, place: Path, source: Source, rules: Rules | None) -> World:
        draft = Draft(source)
        cast = load_cast(place, source=draft)
        assert cast.engine is not None, "it has just imported them"
        world = cls(cast.avatar, cast.services, rules)
        world._releases = Releases(cast.engine, draft, world.errors.append)
        return world

    @property
    def texts(self) -> dict[str, str]:
        """The text that each plugin module runs now, by full name."""
        return self._required_releases().texts

    @property
    def releases_in_force(self) -> Sequence[object]:
        """The releases that can be undone, the last one last."""
        return tuple(self._required_releases().engine.releases)

    def draft(self, texts: Mapping[str, str | None]) -> None:
        """Put texts for the next ``release()`` to bring; None takes a module away."""
        self._required_releases().draft.put(texts)

    def release(self, texts: Mapping[str, str | None] | None = None) -> Released:
        """Release these texts, and all that has changed in the folder or was drafted.

        ``texts``: by full name, ``{"plugins.rules": "..."}``; None for a text removes
        the module. Raises ``ReleaseRefused`` with file and line, or ``PluginError`` if
        a new service cannot start, and nothing changes; ``ValueError`` if all modules
        run these texts already.
        """
        self.settle()
        try:
            return self._required_releases().commit(self.game, texts or {})
        finally:
            self.settle()

    def _required_releases(self) -> Releases:
        if self._releases is None:
            text = "a world of classes has no texts to release; expected one made by"
            raise TypeError(f"{text} World.of_plugins or World.of_texts")
        return self._releases

    def login(self, name: str, mind: object = None) -> Window:
        """Log a player in, making the account if need be; raises ``GameError``.

        ``mind``: what to hand over instead of a window that hears everything.
        """
        window, entering = self.start_login(name, mind)
        window.entered(result_of(entering, f"the login of {name}"))
        return window

    def start_login(
        self, name: str, mind: object = None
    ) -> tuple[Window, Deferred[Any]]:
        """Begin a login and give its Deferred of a perspective."""
        window = self.connect(name)
        return window, self._enter(window, name, mind)

    def login_again(self, window: Window, name: str) -> None:
        """Log in once more over a window's own connection; it speaks for both."""
        entering = self._enter(window, name, None)
        window.entered(result_of(entering, f"the second login of {name}"))

    def connect(self, name: str) -> Window:
        """Connect without logging in; ``name`` is for messages only."""
        factory = pb.PBClientFactory()
        server = self.game.factory.buildProtocol(None)
        pipe = Pipe(server, factory.buildProtocol(None), next(self._ports))
        window = Window(name, pipe, factory, self.settle)
        self._windows.append(window)
        self.settle()
        return window

    def _enter(self, window: Window, name: str, mind: object) -> Deferred[Any]:
        given = UsernamePassword(name.encode(), self._token(name).encode())
        entering: Deferred[Any] = window.factory.login(
            given, window.mind if mind is None else mind
        )
        entering.addErrback(coded)
        self.settle()
        return entering

    def avatar(self, name: str) -> Any:  # noqa: ANN401 - the game's own class
        """Give the live avatar; fails if it is not in memory."""
        found = self.game.roster.get(name)
        assert found is not None, f"{name} is not in memory"
        return found.subject

    def service(self, name: str) -> Any:  # noqa: ANN401 - the game's own class
        """Give the service itself, not a stand-in."""
        members = {one.subject.name: one.subject for one in self.game.troupe}
        return members[name]

    def advance(self, seconds: float) -> None:
        """Let time pass, from one due timer to the next, in order.

        What is due at the end runs, also if floats put it a hair after: 3 times 0.1.
        """
        end = self.clock.seconds() + seconds
        while (due := self._next_due()) <= end + _HAIR:
            self._pass(due)
        self._pass(end)
        self._raise_errors()

    def _next_due(self) -> float:
        calls = self.clock.getDelayedCalls()
        return min((call.getTime() for call in calls), default=math.inf)

    def _pass(self, moment: float) -> None:
        self.clock.advance(max(0.0, moment - self.clock.seconds()))
        self.settle()

    def settle(self) -> None:
        """Deliver all bytes that are under way, and end the turn."""
        while any(window.pump() for window in list(self._windows)) or self._turn():
            self._windows = [window for window in self._windows if window.is_open]

    def _turn(self) -> bool:
        brokers = list(self.game.factory.connections)
        return self.game.turns.end() or any(one.next_turn() for one in brokers)

    def restart(self) -> None:
        """Stop the game, saving everything, and start it again on the same store."""
        self.close()
        self._cast = self.game.cast  # a release may have brought a service
        self.game = self._started()

    def close(self) -> None:
        """Stop the game: logins end, hooks run, everything is saved."""
        stopping = Deferred.fromCoroutine(self.game.stop())
        self.settle()
        result_of(stopping, "stopping")
        self._raise_errors()

    def flush_errors(self) -> list[Failure]:
        """Take the failures of hooks, ticks and calls logged so far."""
        taken = list(self.errors)
        self.errors.clear()
        return taken

    def _started(self) -> Game:
        game = self._made()
        result_of(Deferred.fromCoroutine(game.start()), "starting")
        return game

    def _made(self) -> Game:
        fence = Fence(Logger("gameserver.fence", observer=_Notes(self.errors)))
        passwords = Passwords(lambda call: call(), _QUICK)  # never started
        accounts = Accounts(self.store.accounts, passwords, self._sealer, self._now)
        return Game(
            self._cast, self.store, accounts, self.clock, self._now, self._rules, fence
        )

    def _now(self) -> float:
        return EPOCH + self.clock.seconds()

    def _token(self, name: str) -> str:
        key = name_key(name)
        if key not in self._tokens:
            self._tokens[key] = result_of(
                Deferred.fromCoroutine(self._new_token(name)), "making an account"
            )
        return self._tokens[key]

    async def _new_token(self, name: str) -> str:
        accounts = self.game.accounts
        if await self.store.accounts.get(name) is None:
            await accounts.add(name, None)
        return await accounts.issue_token(name)

    def _raise_errors(self) -> None:
        if self.errors:
            self.errors[0].raiseException()
