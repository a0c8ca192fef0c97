"""``gameserver bench wire``, without logic."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import click

from gameserver.bench.progress import show
from gameserver.bench.report import about
from gameserver.bench.wire.measured import PARTS, QUICK, Sizes, measure
from gameserver.bench.wire.table import document, tables
from gameserver.cli_seconds import Seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

_FULL: Final = Sizes()


@click.command()
@click.option(
    "--rounds",
    type=click.IntRange(1),
    help=f"How often each is measured; medians are shown.  [default: {_FULL.rounds}]",
)
@click.option(
    "--seconds",
    type=Seconds(0.05),
    help=f"How long each measurement takes.  [default: {_FULL.seconds}]",
)
@click.option(
    "--only",
    type=click.Choice(PARTS),
    multiple=True,
    help="Measure one part alone; repeat for more.",
)
@click.option(
    "--peers/--no-peers",
    default=True,
    show_default=True,
    help="Measure other protocols, too.",
)
@click.option(
    "--quick", is_flag=True, help="One short round; for a look, not for figures."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with every round.")
def wire(
    *,
    only: Sequence[str],
    peers: bool,
    quick: bool,
    as_json: bool,
    **sizes: Any,  # noqa: ANN401 - numbers that click has checked, or None
) -> None:
    """Measure the wire and the way of a call: rates, CPU time, memory, and peers."""
    given = {name: size for name, size in sizes.items() if size is not None}
    chosen = replace(QUICK if quick else _FULL, **given)
    parts = [one for one in only or PARTS if peers or one != "peers"]
    try:
        measured = measure(parts, chosen, show)
    finally:
        show("")
    run = about(chosen.rounds, chosen.seconds)
    click.echo(
        json.dumps(document(measured, run), indent=2)
        if as_json
        else tables(measured, run)
    )
