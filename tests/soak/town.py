"""The server of a kill soak: started, killed, and started again in one place."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.threads import deferToThread

from gameserver.client import GameClient
from gameserver.server.directory import database
from tests.end_to_end.processes import NO_HASTE, RUN, SETTINGS, Place, Server

HERE = Path(__file__).resolve().parent
MARKET = HERE / "plugins" / "market.py"
WRONG = ("python", "-P", str(HERE / "wrong_server.py"), "run")
"""A server that answers before it commits; ``-P``: this folder is no import path."""

_LISTEN = SETTINGS.replace(', "tls:0:interface=127.0.0.1"', "") + NO_HASTE


class Town:
    """One data directory and the server that runs on it.

    ``add_cleanup``: as ``Place`` takes it. ``is_pinned``: later starts listen on the
    port of the first, so that clients can come back.
    """

    _server: Server

    def __init__(
        self,
        add_cleanup: Callable[..., object],
        *,
        is_wrong: bool = False,
        is_pinned: bool = False,
    ) -> None:
        self._place = Place(add_cleanup, MARKET.read_text(), _LISTEN)
        self._command = WRONG if is_wrong else RUN
        self._is_pinned = is_pinned

    @property
    def endpoint(self) -> str:
        """Where the running server listens."""
        return f"tcp:127.0.0.1:{self._place.ports['tcp']}"

    @property
    def database(self) -> Path:
        """Where its state lies."""
        return database(self._place.data)

    @property
    def pid(self) -> int:
        """The number of the server's process."""
        return int(self._server.process.pid)

    @property
    def log(self) -> str:
        """What the last server printed."""
        return self._server.log

    async def start(self) -> None:
        """Start the server and wait until it is up; ``AssertionError`` with its log."""
        self._server = await deferToThread(self._place.start, *self._command)
        if self._is_pinned:
            port = f"tcp:{self._place.ports['tcp']}:"
            self._place.settings(_LISTEN.replace("tcp:0:", port))

    def kill(self) -> None:
        """Send SIGKILL."""
        self._server.signal(signal.SIGKILL)

    def stop(self) -> None:
        """Stop it as an operator does."""
        self._server.signal(signal.SIGTERM)

    async def end(self, expected: int) -> None:
        """Wait for the end of the process; ``AssertionError`` if it has another code.

        So a server that ends by itself is not taken for one that was killed.
        """
        code = await deferToThread(self._server.ended)
        if code != expected:
            text = f"it ended with code {code}, expected {expected}"
            raise AssertionError(f"{text}:\n{self.log}")

    def admin(self, reactor: Any) -> GameClient:
        """Give a client that speaks to it as its own user."""
        return GameClient(f"unix:{self._place.data / 'admin.sock'}", reactor=reactor)

    async def settle_in(self, names: list[str], reactor: Any) -> dict[str, str]:
        """Make an account for each name; gives their tokens by name."""
        admin = self.admin(reactor)
        tokens = {}
        for name in names:
            await admin.ask("account_add", name, None)
            tokens[name] = await admin.ask("account_token", name)
        await admin.close()
        return tokens
