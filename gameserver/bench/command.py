"""``gameserver bench``: the verbs, without logic."""

from __future__ import annotations

import json

import click

from gameserver.bench import codec
from gameserver.bench.cases import MINDS, all_cases
from gameserver.bench.durable.command import durable
from gameserver.bench.process import allow_files
from gameserver.bench.progress import show
from gameserver.bench.reload.command import reload_
from gameserver.bench.report import about, document, table
from gameserver.bench.run import compare
from gameserver.bench.subjects import SUBJECTS
from gameserver.bench.wire.command import wire
from gameserver.cli_seconds import Seconds

_QUICK_SECONDS = 0.1
_QUICK_MINDS = 20
_SPARE_FILES = 300


@click.group()
def bench() -> None:
    """Print the product's figures, each beside what it is measured against."""


@bench.command()
@click.option(
    "--rounds",
    type=click.IntRange(1),
    default=3,
    show_default=True,
    help="How often each case is measured; the table shows medians.",
)
@click.option(
    "--seconds",
    type=Seconds(0.05),
    default=1.0,
    show_default=True,
    help="How long each measurement takes.",
)
@click.option(
    "--quick", is_flag=True, help="One short round; for a look, not for figures."
)
@click.option(
    "--only", type=click.Choice(list(SUBJECTS)), help="Measure one server alone."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with every round.")
def calls(
    *, rounds: int, seconds: float, quick: bool, only: str | None, as_json: bool
) -> None:
    """Measure calls and notifications: rates, delays, and the server's CPU time."""
    if quick:
        rounds, seconds = 1, _QUICK_SECONDS
    cases = all_cases(_QUICK_MINDS if quick else MINDS)
    subjects = [SUBJECTS[only]] if only else list(SUBJECTS.values())
    allow_files(MINDS * len(subjects) + _SPARE_FILES)
    try:
        results = compare(cases, subjects, rounds, seconds, show)
    finally:
        show("")
    run = {**about(rounds, seconds), "codec": codec.in_use()}
    click.echo(
        json.dumps(document(results, run), indent=2) if as_json else table(results, run)
    )


bench.add_command(durable)
bench.add_command(reload_)
bench.add_command(wire)
