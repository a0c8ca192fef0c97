"""The verbs of whoever looks after the database, without logic."""

from __future__ import annotations

import sys
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gameserver.cli_reach import Reach, check_world, reaching, user
from gameserver.cli_seconds import Seconds
from gameserver.cli_waiting import waiting

if TYPE_CHECKING:
    from collections.abc import Callable

_PATH = click.Path(path_type=Path, readable=False)  # what is wrong, we say ourselves
_PATIENCE = 86_400.0  # seconds: a copy takes as long as the disk needs


def _stored(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that say where state is, as one ``place``."""

    @click.option("--config", type=_PATH, help="Settings; default ./gameserver.toml.")
    @click.option(
        "--data",
        type=_PATH,
        help="The server's data directory.  [default: the settings' server.data]",
    )
    @wraps(command)
    def with_place(data: Path | None, config: Path | None, **given: Any) -> None:  # noqa: ANN401 - click's values
        from gameserver.database import found_place

        command(found_place(data, config), **given)

    return with_place


@click.command()
@_stored
@click.option("--to", type=_PATH, help="A new file.  [default: stdout]")
def export(place: Any, to: Path | None) -> None:  # noqa: ANN401 - imported late
    """Write all that is kept for good as lines of JSON.

    That is accounts, avatars, services, the audit trail, releases and plugin text. The
    server is stopped. Players' sessions are left out. The file holds password
    hashes and sealed app tokens: keep it as you keep the database.
    """
    from gameserver import upkeep
    from gameserver.progress import Progress
    from gameserver.reacting import result_of

    check_world(place)
    with (
        upkeep.written(to) as file,
        Progress("exported", "rows", sys.stderr) as told,
    ):
        counts = result_of(
            lambda reactor: upkeep.export(place, file, told, user(), reactor)
        )
    click.echo(f"exported {_sum(counts)}", err=to is None)


@click.command("import")
@_stored
@click.argument("file", type=_PATH)
def import_(place: Any, file: Path) -> None:  # noqa: ANN401 - imported late
    """Fill an empty database with what `gameserver export` wrote.

    The server is stopped. Every line is checked before anything is changed; then all
    is stored, or nothing. App tokens work on with the token.key of the old data
    directory.
    """
    from gameserver import upkeep
    from gameserver.errors import StoreError
    from gameserver.progress import Progress
    from gameserver.reacting import result_of
    from gameserver.store.transfer import Export

    try:
        opened = file.open("rb")
    except OSError as error:
        text = f"{file}: cannot be read: {error.strerror}; expected an export"
        raise StoreError(text) from error
    with opened:
        with Progress("checked", "rows", sys.stderr) as told:
            given = Export.checked(opened, str(file), told)
        with Progress("imported", "rows", sys.stderr) as told:
            counts = result_of(
                lambda reactor: upkeep.put(place, given, told, user(), reactor)
            )
    click.echo(f"imported {_sum(counts)} into {place}")


@click.command()
@reaching
@click.argument("to", type=_PATH)
def backup(reach: Reach, to: Path) -> None:
    """Copy the SQLite database to a new file, while the server runs or is stopped.

    Nobody waits for it. The copy holds one moment, every row of it is checked, and it
    opens as a database; the count of its commits is beside it, in TO.commits. With
    --connect, TO is a path of the server's machine.
    """
    from dataclasses import replace

    target = to if reach.connect is not None else to.absolute()
    with waiting("copying and reading the copy"):
        copied = replace(reach, patience=_PATIENCE).perform("backup", str(target))
    size, commits = copied["bytes"], copied["commits"]
    click.echo(f"copied {size:,} bytes, {commits:,} commits, to {to}")


@click.command()
@_stored
@click.option("--plugins", type=_PATH, help="The game.  [default: plugins]")
@click.option(
    "--dry-run",
    is_flag=True,
    help="Needed: what is stored is migrated when it is loaded.",
)
@click.option(
    "--seconds",
    type=Seconds(min=0, min_open=True, max=86_400),
    default=10.0,
    show_default=True,
    help="How long one avatar or service may take.",
)
@click.pass_context
def migrate(
    ctx: click.Context,
    place: Any,  # noqa: ANN401 - imported late
    plugins: Path | None,
    dry_run: bool,
    seconds: float,
) -> None:
    """Try the game's code on every stored avatar and service, and change nothing.

    Each is migrated and read as when it is loaded; a line is printed for each that
    cannot be, with its field, or that takes too long, with the line. Stored state
    migrates by itself when it is loaded. The server may be running.
    """
    if not dry_run:
        raise click.UsageError(
            "state migrates when it is loaded; add --dry-run to see how that goes"
        )
    from gameserver.config import load
    from gameserver.dry_run import FAILED, Tally, failures
    from gameserver.game_code import LoadedGame
    from gameserver.progress import Progress
    from gameserver.store.pages import snapshots
    from gameserver.time_limit import Limit

    check_world(place)
    settings = load(ctx.params.get("config"), {"server.plugins": plugins})
    game = LoadedGame.of(settings, place).cast
    tally = Tally()
    with (
        Progress("tried", "snapshots", sys.stderr) as told,
        place.reading(_warn) as connection,
    ):
        stored = snapshots(connection, lambda damage: tally.damaged(str(damage)))
        for line in failures(game, stored, tally, told, Limit(seconds)):
            told.clear()
            click.echo(line)
    click.echo(f"{tally}; nothing was changed")
    ctx.exit(1 if tally.counts[FAILED] else 0)


@click.command("accept-loss")
@_stored
@click.option("--yes", is_flag=True, help="Do not ask.")
def accept_loss(place: Any, yes: bool) -> None:  # noqa: ANN401 - imported late
    """Serve an SQLite database although changes are lost.

    For a database that is refused with "answered changes are lost ... (accept_loss)",
    or whose count of commits is damaged, and of which there is no better copy. The
    server is stopped. What is lost stays lost; counting goes on from what is there. A
    database that lacks nothing stays as it is.
    """
    from gameserver import upkeep
    from gameserver.reacting import result_of

    check_world(place)
    if not yes:
        click.confirm(f"Take {place} as it is, without the changes lost?", abort=True)
    taken = result_of(lambda reactor: upkeep.accept_loss(place, user(), reactor))
    counts = f"with {taken.commits:,} commits"
    if not taken.is_loss:
        click.echo(f"{place} lacks nothing, {counts}: it is as it was")
        return
    click.echo(f"{place} is accepted as it is, {counts}")
    if taken.kept is not None:
        click.echo(f"its log, which cannot be read to the end, is kept: {taken.kept}")


def _warn(note: str) -> None:
    click.echo(f"gameserver: {note}", err=True)


def _sum(counts: dict[str, int]) -> str:
    nouns = {"audit": "audit entries", "revisions": "code revisions"}
    return ", ".join(f"{n:,} {nouns.get(name, name)}" for name, n in counts.items())
