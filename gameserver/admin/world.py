"""The admin verbs that act on a running world."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gameserver.admin.api import AccountVerbs, Verbs, needs
from gameserver.errors import BadArguments, NotFound
from gameserver.model.roles import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from gameserver.interfaces import Store
    from gameserver.server.game import Game
    from gameserver.server.roster import Player

SAY = "tell"
"""The event that carries an admin's words: text clients print it as a line."""


class WorldVerbs(Verbs):
    """Look at the world, speak to it, and stop it."""

    def __init__(
        self, game: Game, now: Callable[[], float], stop: Callable[[], None]
    ) -> None:
        self._game = game
        self._now = now
        self._stop = stop
        self._started = now()

    @needs(Role.BUILDER)
    def who(self) -> list[dict[str, Any]]:
        """List every client: player, id, address and since when."""
        return [
            {
                "name": client.name,
                "client": client.id,
                "address": client.address,
                "since": client.since,
            }
            for resident in sorted(self._game.roster, key=lambda one: one.subject.name)
            for client in resident.clients
        ]

    @needs(Role.ADMIN, "name", "reason")
    def kick(self, name: str, reason: str = "an admin closed your connection") -> int:
        """Close every client of a player; gives how many."""
        clients = list(self._online(name).clients)
        for client in clients:
            client.close("kicked", reason)
        return len(clients)

    @needs(Role.ADMIN, "text")
    def say(self, text: str) -> int:
        """Tell every client a line; gives how many."""
        if not text.strip():
            raise BadArguments("say: text: expected some words")
        clients = [client for one in self._game.roster for client in one.clients]
        for client in clients:
            client.notify(SAY, text)
        return len(clients)

    @needs(Role.BUILDER)
    def stats(self) -> dict[str, Any]:
        """Give the figures of the world as it runs."""
        game = self._game
        return {
            "uptime": round(self._now() - self._started, 3),
            "connections": len(game.factory.connections),
            "clients": sum(len(one.clients) for one in game.roster),
            "avatars": len(game.roster),
            "services": len(list(game.troupe)),
            "calls": game.calls.carried_out,
            "calls_at_work": game.calls.at_work,
            "calls_delayed": game.calls.paces.waited,
            "calls_refused": game.calls.paces.refused,
        }

    @needs(Role.ADMIN)
    def stop(self) -> None:
        """Stop the server: everything is saved, clients are told."""
        self._game.clock.callLater(0, self._stop)

    def _online(self, name: str) -> Player:
        resident = self._game.roster.get(name)
        if resident is None or not resident.clients:
            raise NotFound(f"{name[:40]!r} is not online")
        return resident


class LiveAccountVerbs(AccountVerbs):
    """Accounts of a running world: who loses an account loses its windows too."""

    def __init__(self, game: Game, store: Store) -> None:
        super().__init__(game.accounts, store)
        self._game = game

    async def _forget_avatar(self, name: str) -> None:
        """Expel the avatar before its snapshot goes, or it would be saved once more.

        The account is gone already: who is still on the way in was checked before.
        """
        resident = await self._game.roster.settled(name)
        if resident is not None:
            for client in resident.clients:
                client.close("kicked", "this account was removed")
            self._game.roster.forget(resident)
        await super()._forget_avatar(name)
