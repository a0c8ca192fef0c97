"""The terminal client in a pipe: one line, its answer, the next line; plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as OutOfTime

from gameserver.client.terminal.entrance import log_in, reworded
from gameserver.client.terminal.plain_text import one_line
from gameserver.client.terminal.session import Session
from gameserver.errors import ConnectionLost, GameError, LoginRefused, OperatorError

if TYPE_CHECKING:
    from gameserver.client.game_client import GameClient
    from gameserver.client.terminal.lines import LineSource
    from gameserver.client.terminal.options import PlayOptions
    from gameserver.client.terminal.output import PlainOutput

_PATIENCE = 60.0
"""Seconds without a connection after which a script is not kept waiting any more."""


class Pipe:
    """One run from login to the end of the input, or of the connection."""

    def __init__(
        self,
        client: GameClient,
        source: LineSource,
        output: PlainOutput,
        reactor: Any,  # noqa: ANN401 - any reactor
        patience: float = _PATIENCE,
    ) -> None:
        self._patience = patience
        self._client = client
        self._source = source
        self._output = output
        self._reactor = reactor
        self._back: Deferred[None] | None = None
        self._closed: tuple[str, str] | None = None
        self._session = Session(client, output.show, _no_status)
        client.on_state(self._changed)

    async def run(self, options: PlayOptions) -> None:
        """Log in and carry out all lines.

        ``GameError`` if that cannot go on, ``OperatorError`` if the output cannot.
        """
        try:
            await self._enter(options)
            await self._carry_out_lines()
        finally:
            self._session.leave()
            await self._client.close()

    async def _enter(self, options: PlayOptions) -> None:
        assert options.name is not None
        password = options.password
        if options.password_stdin:
            password = await self._source.next_line()
        if not password:
            raise LoginRefused("there is no password on the input")
        register = options.register
        await log_in(self._client, options.name, password, may_register=register)
        await self._session.refresh()

    async def _carry_out_lines(self) -> None:
        while (line := await self._source.next_line()) is not None:
            await self._connected()
            if self._closed is not None:
                break
            if self._session.is_quit(line):
                return
            await self._session.enter(line)
        if self._closed is not None and self._closed[0] != "goodbye":
            raise GameError(*self._closed)
        if self._output.fault is not None:
            raise OperatorError(f"standard output: {self._output.fault}")

    async def _connected(self) -> None:
        """Wait for the connection to be back, so that no line is lost to its loss."""
        if self._client.is_connected or self._closed is not None:
            return
        self._back = Deferred()
        self._back.addTimeout(self._patience, self._reactor)
        try:
            await self._back
        except OutOfTime:
            self._back = None
            text = f"no connection for {self._patience:g} s"
            raise ConnectionLost(text) from None

    def _changed(self, state: str, *details: str) -> None:
        if state == "closed":
            code, text = details
            self._closed = (one_line(code), one_line(reworded(code, text)))
            self._source.end()
        if state in ("resumed", "closed") and self._back is not None:
            back, self._back = self._back, None
            back.callback(None)


def _no_status(line: str) -> None:
    """Leave the status out: it comes each second, and no line is a place for it."""
    del line
