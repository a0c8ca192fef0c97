"""``gameserver bench durable``, without logic."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from gameserver.bench.durable.measured import Measured
from gameserver.bench.durable.plan import Sizes
from gameserver.bench.durable.population import measure_population
from gameserver.bench.durable.rates import measure_calls, measure_store
from gameserver.bench.durable.table import document, tables
from gameserver.bench.progress import show
from gameserver.cli_seconds import Seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

_PARTS: Final = {
    "store": measure_store,
    "calls": measure_calls,
    "memory": measure_population,
}
_QUICK: Final = Sizes(rounds=1, seconds=0.1, stored=2_000, live=1_000)
_FULL: Final = Sizes()


@click.command()
@click.option(
    "--directory",
    type=click.Path(exists=True, file_okay=False, writable=True, path_type=Path),
    default=Path(),
    help="Where the databases are, on the disk that counts.  [default: here]",
)
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
@click.option("--clients", type=click.IntRange(1), help="How many.  [default: 64]")
@click.option(
    "--in-flight",
    type=click.IntRange(1, 1000),
    help="Calls in flight on each connection.  [default: 8]",
)
@click.option(
    "--stored", type=click.IntRange(101), help="Avatars at rest.  [default: 100000]"
)
@click.option(
    "--live", type=click.IntRange(2), help="Of them brought to life.  [default: 10000]"
)
@click.option(
    "--only",
    type=click.Choice(list(_PARTS)),
    multiple=True,
    help="Measure one part alone; repeat for more.",
)
@click.option(
    "--quick", is_flag=True, help="One short round; for a look, not for figures."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with every round.")
def durable(
    *,
    directory: Path,
    only: Sequence[str],
    quick: bool,
    as_json: bool,
    **sizes: Any,  # noqa: ANN401 - numbers that click has checked, or None
) -> None:
    """Measure what durability costs: changes, calls, memory and the start."""
    given = {name: size for name, size in sizes.items() if size is not None}
    chosen = replace(_QUICK if quick else _FULL, **given)
    measured = Measured()
    try:
        with tempfile.TemporaryDirectory(prefix="bench-", dir=directory) as folder:
            for name, measure in _PARTS.items():
                if not only or name in only:
                    measure(measured, chosen, Path(folder).absolute(), show)
    finally:
        show("")
    if as_json:
        click.echo(json.dumps(document(measured, chosen), indent=2))
    else:
        click.echo(tables(measured, chosen))
