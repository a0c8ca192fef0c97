"""The server of a reload soak, the processes of its callers, and the admin's verbs."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twisted.internet.threads import deferToThread

from gameserver.client import GameClient
from tests.end_to_end.processes import (
    NO_HASTE,
    REPOSITORY,
    RUN,
    SETTINGS,
    Place,
    Server,
)
from tests.soak.reload.editions import Edition

METER = REPOSITORY / "tests" / "soak" / "plugins" / "meter.py"
WRONG = ("python", "-P", str(Path(__file__).parent / "wrong_server.py"))
_SETTINGS = SETTINGS.replace(', "tls:0:interface=127.0.0.1"', "") + NO_HASTE
_PATIENCE = 60.0  # seconds for an admin's verb


@dataclass
class Seen:
    """What the callers of all processes have seen; ``longest`` call in seconds."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    texts: list[str] = field(default_factory=list)
    longest: float = 0.0

    def add(self, shown: dict[str, Any]) -> None:
        """Add what one process has said."""
        self.counts.update(shown["counts"])
        self.faults.update(shown["faults"])
        self.texts.extend(shown["texts"])
        self.longest = max(self.longest, shown["longest"])


class Arena:
    """One server on one folder, with callers around it.

    ``wrong``: the kind of a server that is wrong on purpose; "" for the real one.
    """

    _server: Server
    admin: GameClient

    def __init__(
        self, add_cleanup: Callable[..., object], reactor: Any, wrong: str = ""
    ) -> None:
        self._add_cleanup, self._reactor = add_cleanup, reactor
        self._place = Place(add_cleanup, Edition().text("", 0), _SETTINGS)
        self._place.plugin("meter", METER.read_text())
        self._command = (*WRONG, wrong, "run") if wrong else RUN
        self._callers: list[Server] = []

    @property
    def pid(self) -> int:
        """The number of the server's process."""
        return int(self._server.process.pid)

    @property
    def log(self) -> str:
        """What the server printed."""
        return self._server.log

    def put(self, text: str) -> None:
        """Write the game's text, without a release."""
        self._place.plugin("game", text)

    async def start(self, names: list[str], processes: int, rate: float, seed: int):
        """Start the server, make accounts, log all in and begin the load."""
        self._server = await deferToThread(self._place.start, *self._command)
        path = f"unix:{self._place.data / 'admin.sock'}"
        self.admin = GameClient(path, reactor=self._reactor, timeout=_PATIENCE)
        tokens = {}
        for name in names:
            await self.admin.ask("account_add", name, None)
            tokens[name] = await self.admin.ask("account_token", name)
        for number in range(processes):
            some = {name: tokens[name] for name in names[number::processes]}
            self._callers.append(self._begun(number, some, rate, seed + number))
        for one in self._callers:
            await deferToThread(one.printed, '"calls"')

    async def stop(self) -> Seen:
        """End the load, wait for all answers, stop the server; gives all that was seen.

        ``AssertionError`` with its log for a process that did not end as it should.
        """
        for one in self._callers:
            one.signal(signal.SIGTERM)
        for one in self._callers:
            await _ended(one)
        await self.admin.close()
        self._server.signal(signal.SIGTERM)
        await _ended(self._server)
        return self.seen()

    def seen(self) -> Seen:
        """Give what the callers have said so far."""
        seen = Seen()
        for one in self._callers:
            seen.add(json.loads(one.output[-1]))
        return seen

    def _begun(
        self, number: int, tokens: dict[str, str], rate: float, seed: int
    ) -> Server:
        endpoint = f"tcp:127.0.0.1:{self._place.ports['tcp']}"
        task = {"endpoint": endpoint, "tokens": tokens, "rate": rate, "seed": seed}
        path = self._place.folder / f"callers-{number}.json"
        path.write_text(json.dumps(task))
        command = [sys.executable, "-m", "tests.soak.reload.callers", str(path)]
        process = Server(command, REPOSITORY, dict(os.environ))
        self._add_cleanup(process.kill)
        return process


async def _ended(process: Server) -> None:
    code = await deferToThread(process.ended)
    if code != 0:
        text = f"it ended with code {code}, expected 0"
        raise AssertionError(f"{text}:\n{process.log}")
