"""The way in at a prompt: name and password asked, and a new account offered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from gameserver.client.terminal.rendering import Piece, problem
from gameserver.errors import AlreadyExists, BadArguments, GameError, LoginRefused

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from twisted.internet.defer import Deferred

    from gameserver.client.game_client import GameClient
    from gameserver.client.terminal.options import PlayOptions

_TRIES = 3


class Desk(Protocol):
    """Whoever can ask the player, tell them something, and wait for a Deferred."""

    async def ask(self, question: str, *, hidden: bool = False) -> str:
        """Give what the player answers; ``hidden`` if it must not be seen."""

    def show(self, piece: Piece) -> None:
        """Tell the player."""

    def wait(self, deferred: Deferred[Any]) -> Awaitable[Any]:
        """Give the result to a coroutine of the desk's own kind."""


class WayIn:
    """One player's login: at most three tries, then the last refusal is raised."""

    def __init__(self, client: GameClient, desk: Desk, options: PlayOptions) -> None:
        self._client = client
        self._desk = desk
        self._options = options

    async def go(self) -> str:
        """Log in, or make an account and log in; give the name."""
        name = self._options.name or (await self._desk.ask("Name: ")).strip()
        password = self._options.password
        for tries_left in reversed(range(_TRIES)):
            if password is None:
                password = await self._desk.ask("Password: ", hidden=True)
            try:
                await self._enter(name, password)
            except (LoginRefused, AlreadyExists, BadArguments) as error:
                if not tries_left:
                    raise
                self._desk.show(problem(error))
            else:
                break
            password = None
        return name

    async def _enter(self, name: str, password: str) -> None:
        try:
            await self._desk.wait(self._client.login(name, password))
        except LoginRefused:
            if not await self._wants_account(name):
                raise
        else:
            return
        if await self._desk.ask("Password again: ", hidden=True) != password:
            raise BadArguments("The two passwords differ; nothing was made.")
        await self._desk.wait(self._client.register(name, password))
        await self._desk.wait(self._client.login(name, password))
        self._desk.show(Piece("notice", f"* Made the account {name}."))

    async def _wants_account(self, name: str) -> bool:
        if self._options.register:
            return True
        try:
            hello = await self._desk.wait(self._client.hello())
        except GameError:
            return False  # the refusal is the news, not this
        if not hello.registration:
            return False
        question = f'No account "{name}" has this password. Make a new one? [y/N] '
        return (await self._desk.ask(question)).strip().lower() in ("y", "yes")
