"""The verbs of admins, faces of the admin API: ask, print as a table or as JSON.

They speak to the running server over the UNIX socket in its data directory. Accounts
can be changed while it is stopped, too.
"""

from __future__ import annotations

import getpass
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gameserver.errors import BadArguments, NotRunning
from gameserver.server.directory import admin_socket, is_in_use

if TYPE_CHECKING:
    from collections.abc import Sequence

_data = click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=Path("data"),
    show_default=True,
    help="The server's data directory.",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_secret = click.option(
    "--password-stdin", is_flag=True, help="Read the password from stdin."
)


@click.command()
@_data
@_json
def who(data: Path, as_json: bool) -> None:
    """List who is connected, from where and since when."""
    clients = _asked(data, "who")
    rows = [{**one, "since": _moment(one["since"])} for one in clients]
    _print(
        clients if as_json else rows, ["name", "client", "address", "since"], as_json
    )


@click.command()
@_data
@click.argument("name")
@click.option("--reason", help="What the player is told.")
def kick(data: Path, name: str, reason: str | None) -> None:
    """Close every connection of a player."""
    closed = _asked(data, "kick", name=name, **({"reason": reason} if reason else {}))
    click.echo(f"closed {closed} connection(s) of {name}")


@click.command()
@_data
@click.argument("text", nargs=-1, required=True)
def say(data: Path, text: tuple[str, ...]) -> None:
    """Tell every connected player a line."""
    click.echo(f"told {_asked(data, 'say', text=' '.join(text))} client(s)")


@click.command()
@_data
@_json
def stats(data: Path, as_json: bool) -> None:
    """Show the figures of the running server."""
    figures = _asked(data, "stats")
    if as_json:
        click.echo(json.dumps(figures))
        return
    for name, value in figures.items():
        click.echo(f"{name:>14}  {value}")


@click.command()
@_data
def stop(data: Path) -> None:
    """Stop the server; everything is saved and clients are told."""
    _asked(data, "stop")
    click.echo("the server is stopping")


@click.command()
@_data
@_json
@click.option("--limit", default=50, show_default=True, help="How many entries.")
def audit(data: Path, as_json: bool, limit: int) -> None:
    """Show what admins did, newest first, refused tries too."""
    entries = _performed(data, "audit", limit=limit)
    rows = [{**one, "when": _moment(one["when"])} for one in entries]
    columns = ["when", "who", "origin", "verb", "target", "outcome"]
    _print(entries if as_json else rows, columns, as_json)


@click.group()
def account() -> None:
    """Make, change and remove accounts, with the server running or stopped."""


@account.command("list")
@_data
@_json
def account_list(data: Path, as_json: bool) -> None:
    """List all accounts and which ways of login they have."""
    accounts = _performed(data, "accounts")
    rows = [{**one, "created": _moment(one["created"])} for one in accounts]
    columns = ["name", "role", "password", "token", "created"]
    _print(accounts if as_json else rows, columns, as_json)


@account.command("add")
@_data
@click.argument("name")
@click.option("--role", default="player", show_default=True, help="builder or admin.")
@click.option("--no-password", is_flag=True, help="Only an app token can log in.")
@_secret
def account_add(
    data: Path,
    name: str,
    role: str,
    no_password: bool,
    password_stdin: bool,
) -> None:
    """Make an account; the password is asked for, never an argument."""
    password = None if no_password else _password(password_stdin)
    _performed(data, "account_add", name=name, password=password, role=role)
    click.echo(f"made the account {name} ({role})")


@account.command("passwd")
@_data
@click.argument("name")
@_secret
def account_passwd(data: Path, name: str, password_stdin: bool) -> None:
    """Replace an account's password."""
    password = _password(password_stdin)
    _performed(data, "account_passwd", name=name, password=password)
    click.echo(f"{name} has a new password")


@account.command("token")
@_data
@click.argument("name")
@click.option("--revoke", is_flag=True, help="Close the login by token instead.")
def account_token(data: Path, name: str, revoke: bool) -> None:
    """Print a new app token for stock PB clients; it is not shown again."""
    token = _performed(data, "account_token", name=name, revoke=revoke)
    click.echo(token or f"{name} has no app token now")


@account.command("role")
@_data
@click.argument("name")
@click.argument("role")
def account_role(data: Path, name: str, role: str) -> None:
    """Give an account a role: player, builder or admin."""
    _performed(data, "account_role", name=name, role=role)
    click.echo(f"{name} is {role} now")


@account.command("remove")
@_data
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def account_remove(data: Path, name: str, yes: bool) -> None:
    """Forget an account and all its avatar's state."""
    if not yes:
        click.confirm(f"Forget {name} and all its state?", abort=True)
    _performed(data, "account_remove", name=name)
    click.echo(f"{name} is forgotten")


def _asked(data: Path, verb: str, **kw: Any) -> Any:  # noqa: ANN401 - wire values
    """Perform a verb in the running server."""
    from gameserver.admin.link import ask
    from gameserver.reacting import result_of

    if not is_in_use(data):
        raise NotRunning(f"no server runs on {data}; start it with `gameserver run`")
    return result_of(lambda reactor: ask(reactor, admin_socket(data), verb, kw))


def _performed(data: Path, verb: str, **kw: Any) -> Any:  # noqa: ANN401 - wire values
    """Perform a verb in the running server, or on the stopped server's store."""
    from gameserver.app import StoppedServer
    from gameserver.reacting import result_of

    if is_in_use(data):
        return _asked(data, verb, **kw)
    whoami = f"uid:{os.getuid()} ({getpass.getuser()})"
    return result_of(
        lambda reactor: StoppedServer(data, reactor).perform(whoami, verb, kw)
    )


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    if not sys.stdin.isatty():
        raise BadArguments("no terminal to ask for a password; use --password-stdin")
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def _print(rows: Sequence[dict[str, Any]], columns: list[str], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(rows))
        return
    cells = [columns, *([_cell(row[name]) for name in columns] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(columns))]
    for row in cells:
        shown = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        click.echo("  ".join(shown).rstrip())


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
