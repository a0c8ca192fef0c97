"""The server under twistd: ``twistd -n gameserver`` and ``twistd -ny twistd.tac``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from twisted.python import usage

from gameserver.config import load
from gameserver.errors import GameServerError, SettingError
from gameserver.run import make_server

if TYPE_CHECKING:
    from gameserver.app import GameServer
    from gameserver.config import Settings


class Options(usage.Options):
    """The options of ``twistd gameserver``; all other settings are in the file."""

    synopsis = "[options]"
    longdesc = "Serves the game in ./plugins. `gameserver run --help` explains more."
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
    try:
        return service(load(None if config is None else Path(config), given))
    except SettingError as error:
        raise usage.UsageError(str(error)) from error


def service(settings: Settings) -> GameServer:
    """Give the service for these settings; see ``TwistdServer``."""
    from twisted.internet import reactor

    server = make_server(settings, reactor)
    start = server.startService

    def start_or_exit() -> None:
        try:
            start()
        except GameServerError as error:
            raise SystemExit(f"gameserver: {error}") from error

    server.startService = start_or_exit  # type: ignore[method-assign]  # wrapped once
    return server
