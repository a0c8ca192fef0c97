"""``python -m gameserver.bench``: the same as ``gameserver bench``."""

import sys

import click

from gameserver.bench.command import bench
from gameserver.errors import OperatorError

if __name__ == "__main__":
    try:
        bench(prog_name="gameserver bench")
    except OperatorError as error:
        click.echo(f"gameserver bench: {error}", err=True)
        sys.exit(error.exit_code)
