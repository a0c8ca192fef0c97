"""The kill soak as a command.

    python -m tests.soak [--kills N] [--changes N] [--seed N] [--wrong] [--json]

Exit code 1 if anything was lost or doubled, or too little was proved.
"""

from __future__ import annotations

import json
import secrets
import sys
import time
from contextlib import ExitStack
from typing import Any

import click

from gameserver.reacting import result_of
from tests.soak.report import document, faults, line, table
from tests.soak.soak import Outcome, Task, soak


@click.command()
@click.option("--kills", type=click.IntRange(1), default=200, show_default=True)
@click.option(
    "--changes",
    type=click.IntRange(1),
    default=500_000,
    show_default=True,
    help="How many have to be acknowledged in all.",
)
@click.option("--seed", type=int, help="Of the moments and the load.  [default: drawn]")
@click.option("--wrong", is_flag=True, help="On a server that answers too early.")
@click.option("--resume", is_flag=True, help="With clients that come back themselves.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with every kill.")
def command(
    *,
    kills: int,
    changes: int,
    seed: int | None,
    wrong: bool,
    resume: bool,
    as_json: bool,
) -> None:
    """Kill the server at random moments under load; count what was lost or doubled."""
    seed = secrets.randbelow(2**31) if seed is None else seed
    click.echo(f"seed {seed}", err=True)
    task, began = Task(kills, changes, seed, wrong, resume), time.monotonic()
    outcome = Outcome(task)
    try:
        outcome = _soaked(task)
    except AssertionError as error:  # a server that is stuck, or did not start again
        click.echo(f"\n{error}", err=True)
        sys.exit(1)
    finally:
        _show("")
    seconds = time.monotonic() - began
    as_document = json.dumps(document(outcome, seconds), indent=2)
    click.echo(as_document if as_json else table(outcome, seconds))
    sys.exit(0 if outcome.is_good and outcome.is_done else 1)


def _soaked(task: Task) -> Outcome:
    with ExitStack() as stack:

        async def work(reactor: Any) -> Outcome:
            return await soak(reactor, task, stack.callback, _progress)

        return result_of(work)


def _progress(outcome: Outcome) -> None:
    for text in faults(outcome.kills[-1]):
        _show("")
        click.echo(text, err=True)
    _show(line(outcome))


def _show(text: str) -> None:
    """Keep one line of progress on a terminal; a pipe is told nothing."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{text}", err=True, nl=False)


if __name__ == "__main__":
    command()
