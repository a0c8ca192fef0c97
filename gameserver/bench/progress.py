"""One line of progress on a terminal."""

from __future__ import annotations

import sys

import click


def show(text: str) -> None:
    """Keep one line of progress on a terminal; a pipe is told nothing."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{text}", err=True, nl=False)
