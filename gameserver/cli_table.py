"""How verbs print: rows as a table or as JSON, and text that others wrote."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Sequence


def moment(seconds: float) -> str:
    """Give a moment, in seconds since the epoch, as local date and time."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def print_rows(
    rows: Sequence[dict[str, Any]], columns: list[str], as_json: bool
) -> None:
    """Print rows as a table of some columns, or as JSON with all."""
    if as_json:
        click.echo(json.dumps(rows))
        return
    if not rows:
        click.echo("nothing to show")
        return
    cells = [columns, *([cell(row[name]) for name in columns] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(columns))]
    for row in cells:
        shown = [one.ljust(width) for one, width in zip(row, widths, strict=True)]
        click.echo("  ".join(shown).rstrip())


def print_versions(found: dict[str, Any], as_json: bool) -> None:
    """Print what `who --versions` shows: how many of each, and the first of them."""
    if as_json:
        click.echo(json.dumps(found))
        return
    print_rows(found["counts"], ["kind", "module", "release", "count"], as_json=False)
    if found["rows"]:
        click.echo()
        columns = ["kind", "owner", "what", "module", "release"]
        print_rows(found["rows"], columns, as_json=False)


def clean(text: str) -> str:
    """Give text of authors without what could move a terminal."""
    from gameserver.client.terminal import plain_text

    return plain_text.clean(text)


def cell(value: object) -> str:
    """Write a value on one line; others chose the names, so no escapes get through."""
    from gameserver.client.terminal.plain_text import one_line

    if isinstance(value, bool):
        return "yes" if value else "no"
    return one_line(str(value))
