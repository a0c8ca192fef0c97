"""Running the server as a process: reactor, log, signals, and what it says at start."""

from __future__ import annotations

import shlex
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click
from twisted.logger import (
    FilteringLogObserver,
    LogLevel,
    LogLevelFilterPredicate,
    globalLogBeginner,
    globalLogPublisher,
)

from gameserver.app import GameServer
from gameserver.errors import GameServerError, OperatorError
from gameserver.reacting import stop_reactor
from gameserver.reload.quick import NAME as MIGRATIONS
from gameserver.server.certificate import fingerprint
from gameserver.server.monotonic import use_monotonic_clock
from gameserver.server.polling import use_short_turns
from gameserver.server.quick import NAME as CALLS
from gameserver.services.author_lines import pass_on_logging, stamp_prints
from gameserver.services.log_lines import line_observer
from gameserver.services.release_log import ReleaseStamp, begin_stamping
from gameserver.version import PRODUCT, VERSION
from gameserver.wire.codec import NAME as CODEC

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gameserver.config import Settings

_LEVELS = {
    "debug": LogLevel.debug,
    "info": LogLevel.info,
    "warn": LogLevel.warn,
    "error": LogLevel.error,
}


def serve(settings: Settings) -> int:
    """Run the server until it is told to stop; gives the process's exit code.

    Raises ``OperatorError`` or ``PluginError`` when it cannot start.
    """
    from twisted.internet import reactor

    stamp = begin_log(settings.log.level, sys.stderr)
    stamp_prints(stamp)
    server = make_server(settings, reactor)
    server.startService()
    stamp.release_of = server.release_of
    reactor.addSystemEventTrigger("before", "shutdown", server.stopService)
    reactor.run()
    if server.failure is not None:
        raise _refusal(server.failure)
    return server.exit_code


def _refusal(failure: BaseException) -> GameServerError:
    """Give what the command ends with; the log has the traceback already."""
    if isinstance(failure, GameServerError):
        return failure
    cause = f"{type(failure).__name__}: {failure}"
    return OperatorError(f"the game cannot start: {cause}")


def make_server(settings: Settings, reactor: Any) -> GameServer:  # noqa: ANN401 - every reactor interface
    """Give the service that ``gameserver run`` and twistd start alike."""
    use_monotonic_clock(reactor)
    use_short_turns(reactor)
    reactor.callWhenRunning(stop_on_signals, reactor)
    return GameServer(settings, reactor, _say_ready)


def stop_on_signals(reactor: Any) -> None:  # noqa: ANN401 - every reactor interface
    """Have SIGTERM and SIGINT stop the reactor, and the process end with 0.

    Twisted's own handlers make twistd kill itself with the signal in the end, which
    looks like a crash to whoever started it.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: reactor.callFromThread(stop_reactor, reactor))


def begin_log(level: str, stream: TextIO) -> ReleaseStamp:
    """Send everything from ``level`` up to the stream, one event a line, escaped.

    Gives what adds their release to the lines of author code, once it is told.
    """
    stamp = stamped_log()
    predicate = LogLevelFilterPredicate(defaultLogLevel=_LEVELS[level])
    observer = FilteringLogObserver(line_observer(stream), [predicate])
    globalLogBeginner.beginLoggingTo([observer], redirectStandardIO=False)
    return stamp


def stamped_log() -> ReleaseStamp:
    """Have the log's lines of author code carry their release; before it begins.

    Under twistd, too, whose own log file begins later. Gives what is to be told which
    release a module is of.
    """
    pass_on_logging()
    return begin_stamping(globalLogPublisher)


def _say_ready(server: GameServer) -> None:
    """Print where the server listens and how to join it."""
    settings = server.settings
    game = "the database" if server.folder is None else server.folder
    click.echo(
        f"{PRODUCT} {VERSION}: plugins in {game}, state in {settings.server.data}"
    )
    click.echo(f"  codec: {CODEC}")
    for what, build in (("calls", CALLS), ("migrations", MIGRATIONS)):
        if build != CODEC:
            click.echo(f"  {what}: {build}")
    if server.is_new:
        click.echo(f"  made the data directory {settings.server.data}: a new world")
    for bound in server.bounds:
        click.echo(f"  listening: {bound}")
    for line in _how_to_join(server):
        click.echo(line)
    click.echo("stop with Ctrl-C; everything is saved.")


def _how_to_join(server: GameServer) -> Iterator[str]:
    """Give the lines for whoever wants to play; the endpoints of admins are not."""
    settings = server.settings
    players = (b for b in server.bounds if not b.name.startswith("admin-"))
    secure = next((b for b in players if b.secure and b.port), None)
    if secure is None:
        yield "  no TLS endpoint: only stock clients with an app token can join"
        return
    command = [_program(), "play", "--connect", f"tls:localhost:{secure.port}"]
    if server.directory.certificate.exists() and settings.server.certificate is None:
        mark = fingerprint(server.directory.certificate.read_bytes())
        yield f"  development certificate: {mark}"
        command += ["--pin", mark]
    yield "join from a second terminal with:"
    yield f"  {shlex.join(command)}"
    if settings.accounts.registration == "open":
        yield "any name not taken yet becomes a new account."
        return
    data = str(settings.server.data)
    add = [_program(), "account", "add", "--data", data, "NAME"]
    yield f"accounts are made with:\n  {shlex.join(add)}"


def _program() -> str:
    """Give the command by its path: another terminal has a PATH of its own."""
    beside = Path(sys.executable).with_name("gameserver")
    found = beside if beside.exists() else shutil.which("gameserver")
    return "gameserver" if found is None else str(Path(found).absolute())
