"""The server under twistd: ``twistd -n gameserver`` and ``twistd -ny twistd.tac``.

What is wrong before the server listens ends the process as under ``gameserver run``:
one line, no traceback, exit code 2 for a wrong setting and 1 for all else. Twistd's
own log has begun when endpoints, data directory and plugins are looked at; a line about
those is in the log.
"""

from __future__ import annotations

import atexit
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click
from twisted.logger import Logger, globalLogPublisher
from twisted.python import usage

from gameserver.config import load
from gameserver.errors import GameServerError, OperatorError
from gameserver.run import make_server, stamped_log
from gameserver.services.log_lines import Escaping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gameserver.app import GameServer
    from gameserver.config import Settings

_log = Logger("gameserver.twistd")


class Options(usage.Options):
    """The options of ``twistd gameserver``; all other settings are in the file."""

    synopsis = "[options]"
    longdesc = (
        "Serves the game in ./plugins, or the demo game. "
        "`gameserver run --help` explains more."
    )
    optParameters = [  # noqa: RUF012 - Twisted's way to declare them
        ["config", "c", None, "Settings; default ./gameserver.toml."],
        ["data", "d", None, "Where state is kept; default ./data."],
        ["plugins", "p", None, "The game; default ./plugins."],
        ["port-file", None, None, "Gets `name port` lines once listening."],
    ]

    def __init__(self) -> None:
        super().__init__()
        self["listen"] = ()

    def opt_listen(self, endpoint: str) -> None:
        """Where players connect, such as tls:8787; repeat for more."""
        self["listen"] += (endpoint,)


def makeService(options: Options) -> GameServer:
    """Give the service; a wrong setting ends the process with one line and 2."""
    given = {
        "server.data": options["data"],
        "server.plugins": options["plugins"],
        "server.port_file": options["port-file"],
        "server.listen": options["listen"],
    }
    config = options["config"]
    return configured(None if config is None else Path(config), given)


def configured(config: Path | None, options: Mapping[str, object]) -> GameServer:
    """Give the service for what ``config.load`` reads, or end the process."""
    try:
        return service(load(config, options))
    except GameServerError as error:
        click.echo(f"gameserver: {error.line()}", err=True)
        raise SystemExit(_exit_code(error)) from None


def service(settings: Settings) -> GameServer:
    """Give the service for these settings; start and stop set the exit code."""
    from twisted.internet import reactor

    stamp = stamped_log()
    globalLogPublisher.addObserver(Escaping())  # before what twistd writes with
    server = make_server(settings, reactor)
    start = server.startService

    def start_or_exit() -> None:
        try:
            start()
        except GameServerError as error:
            _log.critical("{reason}", reason=error.line())
            raise _Exit(error) from None
        stamp.release_of = server.release_of

    server.startService = start_or_exit  # type: ignore[method-assign]  # wrapped once
    # Whatever happens while the reactor runs, twistd itself ends with 0.
    atexit.register(lambda: server.exit_code and os._exit(server.exit_code))
    return server


class _Exit(SystemExit, Exception):
    """An exit that twistd takes for an error.

    A mere ``SystemExit`` would leave its PID file behind, and tell the parent of a
    daemon nothing; a mere ``Exception`` would print a traceback.
    """

    def __init__(self, error: GameServerError) -> None:
        super().__init__(error.line())
        self.code = _exit_code(error)


def _exit_code(error: GameServerError) -> int:
    return error.exit_code if isinstance(error, OperatorError) else 1
