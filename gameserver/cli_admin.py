"""The verbs of admins, faces of the admin API: ask, print as a table or as JSON."""

from __future__ import annotations

import json
import sys

import click

from gameserver.cli_reach import Reach, asked_password, reaching
from gameserver.cli_table import cell, moment, print_rows, print_versions

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_secret = click.option(
    "--password-stdin", is_flag=True, help="Read the password from stdin."
)


@click.command()
@reaching
@click.option("--versions", is_flag=True, help="List what runs which release instead.")
@_json
def who(reach: Reach, versions: bool, as_json: bool) -> None:
    """List who is connected, from where and since when.

    With --versions: which release each avatar, service, timer and call at work runs.
    """
    if versions:
        print_versions(reach.ask("who_versions"), as_json)
        return
    clients = reach.ask("who")
    rows = [{**one, "since": moment(one["since"])} for one in clients]
    print_rows(
        clients if as_json else rows, ["name", "client", "address", "since"], as_json
    )


@click.command()
@reaching
@click.argument("name")
@click.option("--reason", help="What the player is told.")
def kick(reach: Reach, name: str, reason: str | None) -> None:
    """Close every connection of a player."""
    closed = reach.ask("kick", name, *([reason] if reason else []))
    click.echo(f"closed {closed} connection(s) of {name}")


@click.command()
@reaching
@click.argument("text", nargs=-1, required=True)
def say(reach: Reach, text: tuple[str, ...]) -> None:
    """Tell every connected player a line."""
    click.echo(f"told {reach.ask('say', ' '.join(text))} client(s)")


@click.command()
@reaching
@_json
def stats(reach: Reach, as_json: bool) -> None:
    """Show the figures of the running server."""
    figures = reach.ask("stats")
    if as_json:
        click.echo(json.dumps(figures))
        return
    for name, value in figures.items():
        click.echo(f"{cell(name):>14}  {cell(value)}")


@click.command()
@reaching
def stop(reach: Reach) -> None:
    """Stop the server; everything is saved and clients are told."""
    reach.ask("stop")
    click.echo("the server is stopping")


@click.command()
@reaching
@_json
@click.option("--limit", default=50, show_default=True, help="How many entries.")
def audit(reach: Reach, as_json: bool, limit: int) -> None:
    """Show what admins did, newest first, refused tries too."""
    entries = reach.perform("audit", limit)
    rows = [{**one, "when": moment(one["when"])} for one in entries]
    columns = ["when", "who", "origin", "verb", "target", "outcome"]
    print_rows(entries if as_json else rows, columns, as_json)


@click.group()
def account() -> None:
    """Make, change and remove accounts, with the server running or stopped."""


@account.command("list")
@reaching
@_json
def account_list(reach: Reach, as_json: bool) -> None:
    """List all accounts and which ways of login they have."""
    accounts = reach.perform("accounts")
    rows = [{**one, "created": moment(one["created"])} for one in accounts]
    columns = ["name", "role", "password", "token", "created"]
    print_rows(accounts if as_json else rows, columns, as_json)


@account.command("add")
@reaching
@click.argument("name")
@click.option("--role", default="player", show_default=True, help="builder or admin.")
@click.option("--no-password", is_flag=True, help="Only an app token can log in.")
@_secret
def account_add(
    reach: Reach,
    name: str,
    role: str,
    no_password: bool,
    password_stdin: bool,
) -> None:
    """Make an account; the password is asked for, never an argument."""
    password = None if no_password else _password(password_stdin)
    reach.perform("account_add", name, password, role)
    click.echo(f"made the account {name} ({role})")


@account.command("passwd")
@reaching
@click.argument("name")
@_secret
def account_passwd(reach: Reach, name: str, password_stdin: bool) -> None:
    """Replace an account's password."""
    password = _password(password_stdin)
    reach.perform("account_passwd", name, password)
    click.echo(f"{name} has a new password")


@account.command("token")
@reaching
@click.argument("name")
@click.option("--revoke", is_flag=True, help="Close the login by token instead.")
def account_token(reach: Reach, name: str, revoke: bool) -> None:
    """Print a new app token for stock PB clients; it is not shown again."""
    token = reach.perform("account_token", name, revoke)
    click.echo(token or f"{name} has no app token now")


@account.command("role")
@reaching
@click.argument("name")
@click.argument("role")
def account_role(reach: Reach, name: str, role: str) -> None:
    """Give an account a role: player, builder or admin."""
    reach.perform("account_role", name, role)
    click.echo(f"{name} is {role} now")


@account.command("remove")
@reaching
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def account_remove(reach: Reach, name: str, yes: bool) -> None:
    """Forget an account and all its avatar's state."""
    if not yes:
        click.confirm(f"Forget {name} and all its state?", abort=True)
    reach.perform("account_remove", name)
    click.echo(f"{name} is forgotten")


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    return asked_password("Password", is_new=True)
