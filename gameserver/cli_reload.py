"""The verbs that change a running game: ask the server, print, exit code."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from gameserver.cli_reach import Reach, reaching
from gameserver.cli_table import clean, moment, print_rows
from gameserver.cli_waiting import PATIENCE, waiting
from gameserver.errors import ConnectionFailed, NotReleased, Signalled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_COLUMNS = ["number", "at", "actor", "origin", "outcome", "pause", "modules", "reason"]
_TURNS = {
    "planning": ", in a turn of its own",
    "writes": " of the pause",
    "undoing": ", the pause of the undo",
}
_GOES_ON = {
    "reload": "a release goes on, see `gameserver releases`",
    "release_again": "a release goes on, see `gameserver releases`",
    "undo": "an undo goes on, see `gameserver releases`",
}
"""What the server does, by verb, after nobody waits for its answer."""
_PERHAPS = "what became of it says `gameserver releases`, once the server runs"
_NEXT = (
    "the source is as it was; a text that it still has is released when it is edited or"
    " named, and runs after the next start"
)


@click.command()
@reaching
@click.argument("module", nargs=-1)
@_json
def check(reach: Reach, module: tuple[str, ...], as_json: bool) -> None:
    """Show what a release would do, rehearsed; nothing changes.

    MODULE is a full name, such as plugins.sword; without one, all that have changed.
    """
    answer = _asked(reach, "checking", "check", list(module), as_json)
    plan = "".join(answer["plan"])
    click.echo(plan if as_json else clean(plan))
    if answer["refused"]:
        raise NotReleased(f"this would be refused: {answer['refused']}")


@click.command("reload")
@reaching
@click.argument("module", nargs=-1)
@click.option(
    "--policy",
    type=click.Choice(["wait", "proceed", "refuse"]),
    help="What to do about calls at work in these modules; default: reload.policy.",
)
@_json
def reload_(
    reach: Reach, module: tuple[str, ...], policy: str | None, as_json: bool
) -> None:
    """Release the new text of modules into the running game.

    MODULE is a full name, such as plugins.sword; without one, all that have changed.
    """
    _done(_asked(reach, "releasing", "reload", list(module), policy), as_json)


@click.command()
@reaching
@click.argument("number", type=int, required=False)
@_json
def undo(reach: Reach, number: int | None, as_json: bool) -> None:
    """Take a release back, the newest by default."""
    row = _asked(reach, "taking it back", "undo", number)
    _done(row, as_json)
    if not as_json and "again" not in row["facts"]:
        click.echo(_NEXT)


@click.command()
@reaching
@_json
def permanent(reach: Reach, as_json: bool) -> None:
    """Keep the newest release for good, and all before it.

    It is not watched any more, and cannot be undone.
    """
    _done(_asked(reach, "waiting", "permanent"), as_json)


@click.command()
@reaching
@click.argument("number", type=int)
@_json
def release(reach: Reach, number: int, as_json: bool) -> None:
    """Release the texts of an earlier release again."""
    _done(_asked(reach, "releasing", "release_again", number), as_json)


def _alone(command: Callable[..., None]) -> Callable[..., None]:
    """Run a group's own command only where no verb of the group is named."""

    @wraps(command)
    def run(**given: Any) -> None:  # noqa: ANN401 - click's values
        ctx = click.get_current_context()
        named = ctx.invoked_subcommand
        if named is None:
            command(**given)
            return
        typed = ParameterSource.COMMANDLINE
        if any(ctx.get_parameter_source(one) is typed for one in given):
            raise click.UsageError(f"put the options after {named}")

    return run


@click.group(invoke_without_command=True)
@_alone
@reaching
@_json
@click.option("--limit", default=50, show_default=True, help="How many releases.")
def releases(reach: Reach, as_json: bool, limit: int) -> None:
    """List the releases, newest first, or show one.

    Those that were refused or undone are listed too.
    """
    found = reach.ask("releases", limit)
    rows = found if as_json else [_row(one) for one in found]
    print_rows(rows, _COLUMNS, as_json)


@releases.command("show")
@reaching
@click.argument("number", type=int)
@_json
def releases_show(reach: Reach, number: int, as_json: bool) -> None:
    """Show one release: who, when, how it ended, its plan and its diff."""
    answer = reach.ask("release_show", number, as_json)
    plan = "".join(answer["plan"])
    if as_json:
        click.echo(plan)
        return
    for line in _lines(answer):
        click.echo(clean(line))
    click.echo(clean(plan))


def _asked(reach: Reach, doing: str, verb: str, *args: object) -> Any:  # noqa: ANN401 - any verb's answer
    try:
        with waiting(doing):
            return replace(reach, patience=PATIENCE).ask(verb, *args)
    except Signalled as error:
        if verb not in _GOES_ON:
            raise
        raise Signalled(error.number, _GOES_ON[verb]) from error
    except ConnectionFailed as error:
        if verb not in _GOES_ON or repr(verb) not in error.text:  # it was never asked
            raise
        raise ConnectionFailed(f"{error.text}; {_PERHAPS}") from error


def _done(row: Mapping[str, Any], as_json: bool) -> None:
    """Print what became of a release."""
    if as_json:
        click.echo(json.dumps(row))
        return
    for line in _lines(row):
        click.echo(clean(line))


def _lines(row: Mapping[str, Any]) -> list[str]:
    """Say what became of a release: one line, then one for each figure."""
    shown = _row(row)
    outcome, reason = row["outcome"], row["reason"]
    said = outcome if not reason else f"{outcome}: {reason}"
    if reason.startswith(f"{outcome} "):  # undone by whom
        said = reason
    lines = [f"release {row['number']} is {said}"]
    lines.append(f"  by {row['actor']} from {row['origin']} at {shown['at']}")
    lines += [f"  {one['act']} {one['name']}" for one in row["modules"]]
    if row["pause"] is not None:
        lines.append(f"  pause {shown['pause']}")
    return lines + [f"  {_fact(*one)}" for one in row["facts"].items() if one[1]]


def _fact(name: str, fact: object) -> str:
    """Write a figure; a report has a text for people."""
    if isinstance(fact, dict) and isinstance(fact.get("text"), str):
        return str(fact["text"]).replace("\n", "\n  ")
    if name in _TURNS and isinstance(fact, float):
        return f"{name} {fact * 1000:.1f} ms{_TURNS[name]}"
    if isinstance(fact, list):
        said = ", ".join(str(one) for one in fact)
    else:
        said = fact if isinstance(fact, str) else json.dumps(fact)
    return f"{name.replace('_', ' ')} {said}"


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give a release as a row of the table."""
    pause = row["pause"]
    names = ", ".join(one["name"] for one in row["modules"])
    return {
        **row,
        "at": moment(row["at"]),
        "pause": "" if pause is None else f"{pause * 1000:.1f} ms",
        "modules": names,
    }
