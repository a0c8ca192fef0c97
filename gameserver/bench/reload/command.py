"""``gameserver bench reload``, without logic."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from gameserver.bench.durable.measured import Measured
from gameserver.bench.progress import show
from gameserver.bench.reload.measure import measure_ours
from gameserver.bench.reload.measure_stock import measure_stock
from gameserver.bench.reload.plan import Sizes
from gameserver.bench.reload.table import document, table

if TYPE_CHECKING:
    from collections.abc import Sequence

_PARTS: Final = {"ours": measure_ours, "stock": measure_stock}
_QUICK: Final = Sizes(live=1_000, clients=8, releases=2, restarts=1)
_FULL: Final = Sizes()


@click.command("reload")
@click.option(
    "--directory",
    type=click.Path(exists=True, file_okay=False, writable=True, path_type=Path),
    default=Path(),
    help="Where the databases are, on the disk that counts.  [default: here]",
)
@click.option(
    "--live",
    type=click.IntRange(1),
    help=f"Live avatars.  [default: {_FULL.live}]",
)
@click.option(
    "--clients",
    type=click.IntRange(1),
    help=f"Clients at work, besides.  [default: {_FULL.clients}]",
)
@click.option(
    "--releases",
    type=click.IntRange(1),
    help=f"Releases, and rebuilds.  [default: {_FULL.releases}]",
)
@click.option(
    "--restarts",
    type=click.IntRange(0),
    help=f"Restarts of the process.  [default: {_FULL.restarts}]",
)
@click.option(
    "--only",
    type=click.Choice(list(_PARTS)),
    multiple=True,
    help="Measure one server alone.",
)
@click.option(
    "--control/--no-control",
    default=True,
    help="Fixed work after each turn with slices.  [default: control]",
)
@click.option("--quick", is_flag=True, help="Few avatars; for a look, not for figures.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with every release.")
def reload_(
    *,
    directory: Path,
    only: Sequence[str],
    quick: bool,
    as_json: bool,
    **sizes: Any,  # noqa: ANN401 - numbers that click has checked, or None
) -> None:
    """Measure what releases cost who plays, beside restarts and stock rebuilds."""
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
        click.echo(table(measured, chosen))
