"""One player's typed lines carried out, and all that happens shown, in one place.

Both faces of the terminal, the prompt and the pipe, are only about how lines come in
and how pieces go out.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from gameserver.client.terminal import rendering
from gameserver.client.terminal.catalogue import Catalogue
from gameserver.client.terminal.line import Request, parse_line
from gameserver.client.turns import Turns
from gameserver.errors import GameError

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.defer import Deferred

    from gameserver.client.game_client import GameClient
    from gameserver.client.terminal.rendering import Piece

    Show = Callable[[Piece], None]


class Session:
    """``show`` gets every piece in order; ``on_status`` the labels of ``status``."""

    def __init__(
        self, client: GameClient, show: Show, on_status: Callable[[str], None]
    ) -> None:
        self.client = client
        self.catalogue = Catalogue()
        self._show = show
        self._on_status = on_status
        self._turns = Turns()
        self._is_leaving = False
        client.on("*", self._heard)
        client.on_state(self._changed)

    async def refresh(self) -> None:
        """Ask again what can be typed; a release may have changed it."""
        self.catalogue = Catalogue(tuple(await self.client.commands()))

    def is_quit(self, line: str) -> bool:
        """Say whether a line means to leave; ``enter`` does nothing with it."""
        own = self.catalogue.find_own(_first(line))
        return own is not None and own.name == "quit"

    async def enter(self, line: str) -> None:
        """Carry out one line and show what it gives.

        Lines are sent in the order entered, and may be answered in any.
        """
        if not line.strip() or self.is_quit(line):
            return
        if self.catalogue.find_own(_first(line)) is None:
            await self._carry_out(line)
            return
        topic = line.strip().partition(" ")[2].strip()
        self._show(rendering.help_for(topic, self.catalogue))

    def leave(self) -> None:
        """Show no more failures: the player has left and the calls are cut off."""
        self._is_leaving = True

    async def _carry_out(self, line: str) -> None:
        try:
            (answer,) = await self._turns.run(self._send, line)
        except GameError as error:
            self._show(rendering.problem(error))
            return
        try:
            piece = rendering.answer(await answer)
        except GameError as error:
            piece = None if self._is_leaving else rendering.error(error)
        if piece is not None:
            self._show(piece)

    async def _send(self, line: str) -> tuple[Deferred[Any]]:
        """Send a line's call; the answer is in a tuple, so that nobody waits here."""
        request = await self._read(line)
        return (self.client.call(request.name, *request.args),)

    async def _read(self, line: str) -> Request:
        """Read a line; one that does not fit may fit what a release has brought."""
        try:
            return parse_line(line, self.catalogue)
        except GameError:
            if not self.client.is_connected:
                raise
        await self.refresh()
        return parse_line(line, self.catalogue)

    def _heard(self, event: str, *args: object) -> None:
        if event == "status" and (line := rendering.status_line(args)) is not None:
            self._on_status(line)
        piece = rendering.event(event, args)
        if piece is not None:
            self._show(piece)

    async def _changed(self, state: str, *details: object) -> None:
        piece = rendering.state(state, *details)
        if piece is not None:
            self._show(piece)
        if state == "resumed":
            with suppress(GameError):
                await self.refresh()


def _first(line: str) -> str:
    return next(iter(line.split(maxsplit=1)), "")
