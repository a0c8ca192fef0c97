"""The way in at a prompt: name and password asked, and a new account offered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from gameserver.client.credentials import require_private
from gameserver.client.terminal.entrance import login
from gameserver.client.terminal.rendering import Piece, problem
from gameserver.errors import AlreadyExists, BadArguments, LoginRefused, NoSuchCall

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from twisted.internet.defer import Deferred

    from gameserver.client.game_client import GameClient
    from gameserver.client.terminal.options import PlayOptions
    from gameserver.errors import GameError

_TRIES = 3
SHORTEST_PASSWORD = 8
"""Characters that a server wants a new password to have; it has the last word."""


class Desk(Protocol):
    """Whoever can ask the player, tell them something, and wait for a Deferred."""

    async def ask(self, question: str, *, hidden: bool = False) -> str:
        """Give what the player answers; ``hidden`` if it must not be seen."""

    def show(self, piece: Piece) -> None:
        """Tell the player."""

    def wait(self, deferred: Deferred[Any]) -> Awaitable[Any]:
        """Give the result to a coroutine of the desk's own kind."""


class WayIn:
    """One player's login: at most three tries, then the last refusal is raised.

    The server is met first: who cannot reach or trust it is asked for no password.
    """

    def __init__(self, client: GameClient, desk: Desk, options: PlayOptions) -> None:
        self._client = client
        self._desk = desk
        self._options = options
        self._takes_newcomers = False

    async def go(self) -> str:
        """Log in, or make an account and log in; give the name."""
        require_private(self._client.endpoint)
        self._takes_newcomers = await self._meet()
        name = await self._usable_name(self._options.name)
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
                if self._options.name is None or _is_about_the_name(error):
                    name = await self._usable_name(None, former=name)
            else:
                break
            password = None
        return name

    async def _meet(self) -> bool:
        """Reach the server, and give whether it says that newcomers may join."""
        try:
            hello = await self._desk.wait(self._client.hello())
        except NoSuchCall:
            return False
        return bool(hello.registration)

    async def _usable_name(self, name: str | None, former: str = "") -> str:
        """Ask until it can be a name; Enter alone keeps the former."""
        question = f"Name [{former}]: " if former else "Name: "
        while name is None or not self._is_usable(name):
            name = (await self._desk.ask(question)).strip() or former
        return name

    def _is_usable(self, name: str) -> bool:
        """Refuse what is no word, so that nobody invents a password for it.

        The rest of the rule is the server's, which tells it when an account is made.
        """
        is_word = len(name.split()) == 1
        if not is_word:
            self._desk.show(Piece("error", "A name is one word, without spaces."))
        return is_word

    async def _enter(self, name: str, password: str) -> None:
        try:
            await self._desk.wait(login(self._client, name, password))
        except LoginRefused:
            if not await self._wants_account(name):
                raise
        else:
            return
        password = await self._new_password(password)
        await self._desk.wait(self._client.register(name, password))
        await self._desk.wait(login(self._client, name, password))
        self._desk.show(Piece("notice", f"* Made the account {name}."))

    async def _wants_account(self, name: str) -> bool:
        if self._options.register:
            return True
        if not self._takes_newcomers:
            return False
        self._desk.show(Piece("error", "There is no such name with this password."))
        question = f'If you are new here: make the account "{name}"? [y/N] '
        return (await self._desk.ask(question)).strip().lower() in ("y", "yes")

    async def _new_password(self, password: str) -> str:
        """Have the password typed again; another one first if it is too short."""
        question = f"New password, {SHORTEST_PASSWORD} characters or more: "
        while True:
            while len(password) < SHORTEST_PASSWORD:
                password = await self._desk.ask(question, hidden=True)
            if await self._desk.ask("Password again: ", hidden=True) == password:
                return password
            self._desk.show(Piece("error", "The two passwords differ."))
            password = ""


def _is_about_the_name(error: GameError) -> bool:
    """Say whether another password would not help; a server tells by its text."""
    if isinstance(error, BadArguments):
        return error.text.startswith("the name")
    return isinstance(error, AlreadyExists)
