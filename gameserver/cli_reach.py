"""How a verb reaches its server: the UNIX socket, TLS with a login, or the files.

``reaching`` gives a command the options for it. Without ``--connect`` the server of the
data directory is asked over its socket; account verbs also work on its files while it
does not run. With ``--connect`` an account with the role logs in over TLS. Its password
is asked for before anything else; without a terminal it is the first line of stdin.
"""

from __future__ import annotations

import functools
import getpass
import os
import signal
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from gameserver.errors import (
    BadArguments,
    ConnectionFailed,
    NotRunning,
    SettingError,
    Signalled,
)
from gameserver.server.directory import admin_socket, database, is_in_use

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from gameserver.client import GameClient
    from gameserver.database import Place
    from gameserver.reload.source import Source

    Asks: TypeAlias = Callable[..., Coroutine[Any, Any, Any]]
    """``ask(verb, *args)``: one verb of a script, each with a connection of its own."""
    Script: TypeAlias = Callable[[Asks], Coroutine[Any, Any, Any]]

_PATH = click.Path(path_type=Path, readable=False)  # what is wrong, we say ourselves
_MAKES_DIRECTORY = "account_add"
ANSWER_TIMEOUT = 30.0
"""Seconds for the local server's answer to a verb; argon2 may have a queue."""

_OPTIONS = (
    click.option(
        "--data",
        type=_PATH,
        help="The server's data directory.  [default: the settings' server.data]",
    ),
    click.option("--config", type=_PATH, help="Settings; default ./gameserver.toml."),
    click.option("--connect", metavar="ENDPOINT", help="Another machine's admin port."),
    click.option(
        "--as",
        "admin",
        metavar="NAME",
        help="With --connect: your account; its password is asked for.",
    ),
    click.option("--trust", type=_PATH, help="PEM file to trust."),
    click.option("--pin", help="The certificate's sha256:... fingerprint."),
)


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a verb goes; see the module."""

    data: Path
    connect: str | None
    admin: str | None
    trust: Path | None
    pin: str | None
    password: str = field(default="", repr=False)
    config: Path | None = None
    patience: float = ANSWER_TIMEOUT
    """Seconds for the answer."""

    def ask(self, verb: str, *args: object) -> Any:  # noqa: ANN401 - any verb's answer
        """Perform a verb in the running server; ``NotRunning`` if there is none."""
        return self.talk(lambda ask: ask(verb, *args))

    def talk(self, script: Script) -> Any:  # noqa: ANN401 - the script's result
        """Run a script of several verbs in the running server; as ``ask``."""
        from gameserver.reacting import result_of

        if self.connect is not None:
            return self._talk_over_tls(script)
        self._require_local()
        if not is_in_use(self.data):
            start = f"start it with `gameserver run --data {self.data}`"
            raise NotRunning(f"no server runs on {self.data}; {start}")
        socket = admin_socket(self.data)

        def work(reactor: Any) -> Any:  # noqa: ANN401 - any reactor
            return script(
                lambda verb, *args: ask_local(
                    reactor, socket, verb, args, self.patience
                )
            )

        return result_of(work)

    def _require_local(self) -> None:
        """Refuse options that mean another machine when none is named."""
        for option, value in (
            ("--as", self.admin),
            ("--trust", self.trust),
            ("--pin", self.pin),
        ):
            if value is not None:
                raise SettingError.wrong(option, str(value), "--connect beside it")

    def perform(self, verb: str, *args: object) -> Any:  # noqa: ANN401 - any verb's answer
        """Perform a verb in the running server, else on the stopped one's files."""
        makes = verb == _MAKES_DIRECTORY
        return self.talk_anyway(lambda ask: ask(verb, *args), makes_directory=makes)

    def talk_anyway(self, script: Script, *, makes_directory: bool = False) -> Any:  # noqa: ANN401 - the script's result
        """Run a script of several verbs; as ``perform``."""
        if self.connect is not None or is_in_use(self.data):
            return self.talk(script)
        self._require_local()
        from gameserver.database import found_place
        from gameserver.reacting import result_of
        from gameserver.stopped import StoppedServer

        place = replace(found_place(self.data, self.config), data=self.data)
        if not makes_directory:
            check_world(place)
        is_new = not os.path.lexists(self.data)
        who = user()

        def folder(is_needed: bool) -> Source | None:
            from gameserver.config import load
            from gameserver.game_code import files_of

            settings = load(self.config, {"server.data": self.data})
            return files_of(settings, is_needed=is_needed)

        def work(reactor: Any) -> Any:  # noqa: ANN401 - any reactor
            return script(
                lambda verb, *args: StoppedServer(place, reactor, folder).perform(
                    who, verb, args
                )
            )

        try:
            return result_of(work)
        finally:
            if is_new and self.data.is_dir():
                click.echo(f"made the data directory {self.data}")

    def _talk_over_tls(self, script: Script) -> Any:  # noqa: ANN401 - the script's result
        from gameserver.client import GameClient, Trust
        from gameserver.reacting import result_of

        trust = Trust.chosen(self.trust, self.pin)
        endpoint, login = str(self.connect), (str(self.admin), self.password)

        def work(reactor: Any) -> Any:  # noqa: ANN401 - any reactor
            def ask(verb: str, *args: object) -> Coroutine[Any, Any, Any]:
                client = GameClient(endpoint, reactor=reactor, trust=trust)
                return ask_remote(client, login, verb, args, self.patience)

            return script(ask)

        return result_of(work)


def check_world(place: Place) -> None:
    """Refuse a data directory that no server has used: a mistyped one, most likely."""
    used = database(place.data) if place.url is None else place.data / "lock"
    try:
        used.stat()
    except OSError as error:
        reason = error.strerror or "unknown reason"
        msg = f"--data: {used}: {reason}; expected a server's data directory"
        raise SettingError(msg) from error


def user() -> str:
    """Say for the audit trail who types a command: ``uid:N (NAME)``."""
    return f"uid:{os.getuid()} ({getpass.getuser()})"


async def ask_remote(
    client: GameClient,
    login: tuple[str, str],
    verb: str,
    args: Sequence[object],
    patience: float = ANSWER_TIMEOUT,
) -> Any:  # noqa: ANN401 - any verb's answer
    """Perform a verb at an endpoint for admins, then close the client.

    ``login``: name and password. ``patience``: seconds for the answer.
    ``SettingError`` at an endpoint for players, where the verb's name may be one of the
    game's commands; nothing is sent there.
    """
    try:
        if not (await client.hello()).admin:
            wrong = "this is the players' endpoint; use one of admin.listen"
            raise SettingError(f"--connect: {client.endpoint}: {wrong}")
        await client.login(*login)
        return await client.call(verb, *args, timeout=patience)
    finally:
        await client.close()


async def ask_local(
    reactor: Any,  # noqa: ANN401 - any reactor
    socket: Path,
    verb: str,
    args: Sequence[object],
    patience: float = ANSWER_TIMEOUT,
) -> Any:  # noqa: ANN401 - any verb's answer
    """Perform a verb in the server behind the socket.

    ``NotRunning`` names the socket if no answer comes, for whatever reason; what the
    server refuses is raised with its code. ``patience``: seconds, for the greeting and
    again for the answer.
    """
    from gameserver.client import GameClient

    client = GameClient(f"unix:{socket}", reactor=reactor, timeout=patience)
    try:
        return await client.ask(verb, *args)
    except ConnectionFailed as error:
        raise NotRunning(error.text) from error
    finally:
        await client.close()


def reaching(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that say where its server is, as one ``reach``."""

    @functools.wraps(command)
    def reached(
        *,
        data: Path | None,
        config: Path | None,
        connect: str | None,
        admin: str | None,
        trust: Path | None,
        pin: str | None,
        **given: Any,  # noqa: ANN401 - click's values
    ) -> None:
        password = "" if connect is None else _login_password(admin)
        place = _data(data, config) if connect is None else Path("data")
        reach = Reach(place, connect, admin, trust, pin, password, config)
        try:
            command(reach, **given)
        except KeyboardInterrupt as error:  # before or after the reactor ran
            raise Signalled(signal.SIGINT) from error

    for option in reversed(_OPTIONS):
        reached = option(reached)
    return reached


def _data(data: Path | None, config: Path | None) -> Path:
    """Give the data directory as it is best shown: relative where it lies below."""
    if data is not None:
        return data
    from gameserver.config import load

    found = load(config, {}).server.data
    return found.relative_to(Path.cwd()) if found.is_relative_to(Path.cwd()) else found


def _login_password(name: str | None) -> str:
    """Ask at the terminal; without one, it is the first line of stdin."""
    if name is None:
        raise SettingError("--connect: expected --as NAME, the account to log in as")
    if sys.stdin.isatty():
        return asked_password(f"Password of {name}")
    return sys.stdin.readline().rstrip("\n")


def asked_password(prompt: str, *, is_new: bool = False) -> str:
    """Ask at the terminal, unseen; a new one twice. ``BadArguments`` without one."""
    if not sys.stdin.isatty():
        raise BadArguments("no terminal to ask for a password; use --password-stdin")
    answer: str = click.prompt(prompt, hide_input=True, confirmation_prompt=is_new)
    return answer
