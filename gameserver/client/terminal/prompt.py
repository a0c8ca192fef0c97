"""The terminal client at a prompt, on prompt_toolkit; here asyncio meets Twisted."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any, TypeVar

from prompt_toolkit.application import get_app_session
from prompt_toolkit.patch_stdout import patch_stdout
from prompt_toolkit.shortcuts import PromptSession
from prompt_toolkit.utils import is_dumb_terminal
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from gameserver.client.terminal.asking import WayIn
from gameserver.client.terminal.completion import hint
from gameserver.client.terminal.entrance import reworded
from gameserver.client.terminal.hidden import read_hidden
from gameserver.client.terminal.history import open_history
from gameserver.client.terminal.keys import CommandCompleter, quiet_interrupt
from gameserver.client.terminal.plain_text import one_line
from gameserver.client.terminal.rendering import Piece
from gameserver.client.terminal.screen import STYLE, show
from gameserver.client.terminal.session import Session
from gameserver.errors import GameError

if TYPE_CHECKING:
    from gameserver.client.game_client import GameClient
    from gameserver.client.terminal.catalogue import Catalogue
    from gameserver.client.terminal.options import PlayOptions

_T = TypeVar("_T")
_log = Logger("gameserver.client")
_PEACEFUL = ("closed", "goodbye")
_LEAVING = "Press Ctrl-D, or type quit, to leave."


class Prompt:
    """One run; the player types while what happens is printed above the line."""

    def __init__(self, client: GameClient, loop: asyncio.AbstractEventLoop) -> None:
        self._client = client
        self._loop = loop
        self._session = Session(client, self.show, self._status_changed)
        self._toolbar = ""
        self._trouble = ""
        self._closed: tuple[str, str] | None = None
        self._line: PromptSession[str] | None = None
        client.on_state(self._changed)

    async def run(self, options: PlayOptions) -> None:
        """Log in and play until the player leaves; ``GameError`` if that fails."""
        self._loop.set_exception_handler(self._unexpected)
        try:
            with patch_stdout():
                await self._play(options)
        finally:
            self._session.leave()
            await self.wait(self._client.close())

    async def ask(self, question: str, *, hidden: bool = False) -> str:
        """Ask one thing, outside the history; Ctrl-C and Ctrl-D end the program."""
        if hidden and is_dumb_terminal():  # where prompt_toolkit shows what is typed
            typed = await read_hidden(self._loop, 0, lambda: _write(question))
            _write("\n")
            return typed
        line: PromptSession[str] = PromptSession(
            interrupt_exception=asyncio.CancelledError,
            eof_exception=asyncio.CancelledError,
            enable_suspend=True,
        )
        return await _read(line, question, is_password=hidden)

    def show(self, piece: Piece) -> None:
        """Print above the line."""
        show(piece)

    def complain(self, text: str) -> None:
        """Show what was logged as an error."""
        self.show(Piece("error", f"! {text}"))

    async def wait(self, deferred: Deferred[_T]) -> _T:
        """Wait for Twisted in a coroutine of asyncio's."""
        return await deferred.asFuture(self._loop)

    async def _play(self, options: PlayOptions) -> None:
        name = one_line(await WayIn(self._client, self, options).go())
        await self.wait(Deferred.fromCoroutine(self._session.refresh()))
        where = self._client.endpoint
        self._toolbar = self._toolbar or f"{name} at {where}"
        self.show(Piece("notice", f'* Connected to {where} as {name}. Try "help".'))
        await self._read_lines()
        if self._closed is not None and self._closed[0] not in _PEACEFUL:
            raise GameError(*self._closed)

    async def _read_lines(self) -> None:
        line = self._line = self._new_line()
        while self._closed is None:
            try:
                typed = await _read(line)
            except EOFError:
                return
            # More than one line if they were pasted.
            for one in typed.split("\n"):
                if self._session.is_quit(one):
                    return
                self._enter(one)

    def _enter(self, line: str) -> None:
        # Not awaited: a slow answer must not keep the player from the prompt.
        entered = Deferred.fromCoroutine(self._session.enter(line))
        entered.addErrback(lambda f: _log.failure("a line failed", f))

    def _new_line(self) -> PromptSession[str]:
        return PromptSession(
            [("class:prompt", "> ")],
            style=STYLE,
            history=open_history(os.environ),
            completer=CommandCompleter(self._catalogue),
            complete_while_typing=False,
            bottom_toolbar=lambda: f" {self._trouble or self._toolbar} ",
            rprompt=self._hint,
            key_bindings=quiet_interrupt(self._explain_leaving),
            enable_suspend=True,
        )

    def _catalogue(self) -> Catalogue:
        return self._session.catalogue

    def _hint(self) -> str:
        line = self._line
        if line is None or line.app.is_done:
            return ""  # what was typed stays on the screen without it
        return hint(line.default_buffer.text, self._session.catalogue)

    def _explain_leaving(self) -> None:
        self.show(Piece("notice", f"* {_LEAVING}"))

    def _status_changed(self, labels: str) -> None:
        self._toolbar = labels
        self._redraw()

    def _changed(self, state: str, *details: object) -> None:
        match state, details:
            case "lost", _:
                self._trouble = "not connected"
            case "reconnecting", (float(seconds),):
                self._trouble = f"not connected, next try in {seconds:.1f} s"
            case "closed", (str(code), str(text)):
                self._closed = (one_line(code), one_line(reworded(code, text)))
                self._interrupt()
            case _:
                self._trouble = ""
        self._redraw()

    def _redraw(self) -> None:
        if self._line is not None:
            self._line.app.invalidate()

    def _interrupt(self) -> None:
        """Take the line away from a player whose connection has ended for good."""
        if self._line is not None:
            app = self._line.app
            if app.is_running and not app.is_done:
                app.exit(exception=EOFError())

    def _unexpected(
        self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]
    ) -> None:
        del loop
        cause = context.get("exception")
        self.complain(one_line(f"unexpected: {context.get('message')}: {cause!r}"))


async def _read(
    line: PromptSession[str], question: str | None = None, *, is_password: bool = False
) -> str:
    """Read a line; signals and faults stay ours, or prompt_toolkit stops at them."""
    return await line.prompt_async(
        question,
        is_password=is_password,
        handle_sigint=False,
        set_exception_handler=False,
    )


def _write(text: str) -> None:
    output = get_app_session().output
    output.write(text)
    output.flush()
