"""The reload soak as a command.

    python -m tests.soak.reload [--callers N] [--releases N] [--wrong KIND] [--json]

Exit code 1 if anybody noticed a release, or too little was proved.
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
from tests.soak.reload.report import document, line, table
from tests.soak.reload.soak import Outcome, Task, soak
from tests.soak.reload.wrong_server import KINDS


@click.command()
@click.option("--callers", type=click.IntRange(1), default=200, show_default=True)
@click.option("--releases", type=click.IntRange(1), default=1000, show_default=True)
@click.option("--rate", default=4.0, show_default=True, help="Calls of each a second.")
@click.option("--processes", default=2, show_default=True, help="Of callers.")
@click.option("--seed", type=int, help="Of moments and the load.  [default: drawn]")
@click.option("--wrong", type=click.Choice(KINDS), help="On a server that is wrong so.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with every release.")
def command(
    *,
    callers: int,
    releases: int,
    rate: float,
    processes: int,
    seed: int | None,
    wrong: str | None,
    as_json: bool,
) -> None:
    """Release under load, a third of it in vain; count what anybody noticed."""
    seed = secrets.randbelow(2**31) if seed is None else seed
    click.echo(f"seed {seed}", err=True)
    task = Task(callers, releases, seed, rate, processes, wrong or "")
    began = time.monotonic()
    try:
        outcome = _soaked(task)
    except AssertionError as error:  # a process that did not end as it should
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
    one = outcome.releases[-1]
    if one.wrong:
        _show("")
        click.echo(
            f"release {one.number}, {one.fails or 'good'}: {one.wrong}", err=True
        )
    _show(line(outcome))


def _show(text: str) -> None:
    """Keep one line of progress on a terminal; a pipe is told nothing."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{text}", err=True, nl=False)


if __name__ == "__main__":
    command()
