"""``gameserver play``: prompt or pipe, the reactor, and the exit code."""

from __future__ import annotations

import asyncio
import getpass
import signal
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from twisted.internet import asyncioreactor
from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import ILogObserver, LogLevel, formatEvent, globalLogBeginner
from zope.interface import provider

from gameserver.client.endpoint import parse_endpoint
from gameserver.client.explain import is_unproved
from gameserver.client.game_client import GameClient
from gameserver.client.terminal.lines import LineSource
from gameserver.client.terminal.options import PlayOptions
from gameserver.client.terminal.output import PlainOutput, complain
from gameserver.client.terminal.pipe import Pipe
from gameserver.client.terminal.plain_text import one_line
from gameserver.errors import GameError, OperatorError, SettingError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from twisted.logger import LogEvent
    from twisted.python.failure import Failure

_INTERRUPTED = 130
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Stage:
    """One run, ready to begin; ``reactor`` is typed Any as everywhere."""

    options: PlayOptions
    reactor: Any
    loop: asyncio.AbstractEventLoop
    client: GameClient


def run_play(
    *,
    connect: str,
    name: str | None = None,
    trust_file: str | Path | None = None,
    pin: str | None = None,
    password_stdin: bool = False,
    register: bool = False,
) -> int:
    """Play until the player leaves; give the exit code. See ``PlayOptions``."""
    return play(PlayOptions(connect, name, trust_file, pin, password_stdin, register))


def play(options: PlayOptions) -> int:
    """Run the client in this process, on an asyncio reactor of its own.

    To be called once, before any other reactor is installed. 0: left in peace; 1:
    login, connection or output failed, one line on stderr; 2: an option is wrong;
    130: interrupted.
    """
    try:
        is_prompt = _is_terminal()
        options = _with_password(options) if is_prompt else _complete(options)
        stage = _stage(options)
    except OperatorError as error:
        complain(one_line(str(error)))
        return error.exit_code
    return _until_done(stage, _prompt if is_prompt else _pipe)


def _is_terminal() -> bool:
    if sys.stdout is None:
        raise OperatorError("standard output is closed")
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def _with_password(options: PlayOptions) -> PlayOptions:
    """Read the password that was promised, before a prompt takes the terminal."""
    if not options.password_stdin:
        return options
    return replace(options, password=sys.stdin.readline().rstrip("\r\n"))


def _complete(options: PlayOptions) -> PlayOptions:
    """Ask for, or refuse without, what a pipe needs before it begins."""
    if options.name is None:
        raise SettingError(
            "there is no terminal to ask at: give --name and --password-stdin, with"
            " the password as the first line"
        )
    if sys.stdin is None:
        raise SettingError("standard input is closed: expected the commands there")
    if options.password_stdin:
        return options
    if not sys.stdin.isatty():
        expected = "expected --password-stdin and the password as its first line"
        raise SettingError(f"there is no terminal to ask for a password: {expected}")
    return replace(options, password=getpass.getpass())


def _stage(options: PlayOptions) -> Stage:
    """Install the reactor and make what runs on it.

    It is asyncio's, because prompt_toolkit runs on nothing else.
    """
    trust = options.trust()
    parse_endpoint(options.connect)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    asyncioreactor.install(loop)
    from twisted.internet import reactor

    client = GameClient(options.connect, reactor=reactor, trust=trust)
    return Stage(options, reactor, loop, client)


def _pipe(stage: Stage) -> Deferred[None]:
    source = LineSource(stage.reactor, 0)
    output = PlainOutput(sys.stdout, source.end)
    _log_to(complain)
    pipe = Pipe(stage.client, source, output, stage.reactor)
    return Deferred.fromCoroutine(pipe.run(stage.options))


def _prompt(stage: Stage) -> Deferred[None]:
    # Here, because prompt_toolkit takes longer to import than a pipe to run.
    from gameserver.client.terminal.prompt import Prompt

    prompt = Prompt(stage.client, stage.loop)
    _log_to(prompt.complain)
    return Deferred.fromFuture(stage.loop.create_task(prompt.run(stage.options)))


def _until_done(stage: Stage, start: Callable[[Stage], Deferred[None]]) -> int:
    """Run the reactor until what was started is done; give the exit code."""
    codes: list[int] = []

    def begin() -> None:
        done = start(stage)
        for number in _SIGNALS:
            # Not Twisted's handlers: they stop the reactor before anyone says goodbye.
            stage.loop.add_signal_handler(number, done.cancel)
        code = done.addCallbacks(lambda _: 0, lambda f: _exit_code(f, stage.options))
        code.addCallback(codes.append)
        done.addBoth(lambda _: stage.reactor.stop())

    stage.reactor.callWhenRunning(begin)
    stage.reactor.run(installSignalHandlers=False)
    return codes[0] if codes else 1


def _exit_code(failure: Failure, options: PlayOptions) -> int:
    if failure.check(CancelledError, asyncio.CancelledError):
        return _INTERRUPTED
    error = failure.value
    if isinstance(error, GameError):
        text = one_line(error.text)
        if is_unproved(error) and options.trust_file is None:
            text += "; give --pin as the server printed it, or --trust FILE"
        complain(f"{text} [{one_line(error.code)}]")
    elif isinstance(error, OperatorError):
        complain(one_line(str(error)))
    else:
        complain(f"unexpected: {failure.getBriefTraceback()}")
    return 1


def _log_to(tell: Callable[[str], None]) -> None:
    """Show what is logged as an error in one line; a traceback helps no player."""

    @provider(ILogObserver)
    def observe(event: LogEvent) -> None:
        if event.get("log_level", LogLevel.info) >= LogLevel.error:
            failure = event.get("log_failure")
            cause = f": {failure.getErrorMessage()}" if failure else ""
            tell(one_line(f"unexpected: {formatEvent(event)}{cause}"))

    globalLogBeginner.beginLoggingTo(
        [observe], discardBuffer=True, redirectStandardIO=False
    )
