"""``python -m tests.reload.suite``: run the cases on every tool that is installed."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import click

from tests.reload.suite import tools
from tests.reload.suite.matrix import matrix
from tests.reload.suite.run import (
    Progress,
    Results,
    chosen,
    counted,
    missed,
    run_tool,
    save,
)


def words(_ctx, _param, value: str) -> list[str]:
    """Split at commas."""
    return [word for word in value.split(",") if word]


def known(ctx, param, value: str) -> list[str]:
    """Split at commas and refuse a tool that nobody knows."""
    asked = words(ctx, param, value)
    for name in asked:
        if name not in tools.names():
            raise click.BadParameter(
                f"{name!r} is not one of {', '.join(tools.names())}"
            )
    return asked or tools.names()


@click.command()
@click.option("--tools", "asked", default="", metavar="NAMES", callback=known)
@click.option("--cases", "words_", default="", metavar="WORDS", callback=words)
@click.option("--out", type=click.Path(path_type=Path), help="Write results as JSON.")
@click.option(
    "--limit", default=60.0, show_default=True, help="Seconds a case may take."
)
@click.option("--matrix", "shows_matrix", is_flag=True, help="Print a markdown table.")
@click.option("--loud", is_flag=True, help="Let tools write to stderr.")
@click.option("-v", "--verbose", is_flag=True, help="Print each case.")
def main(asked, words_, out, limit, shows_matrix, loud, verbose) -> None:
    """Run the reload cases on tools, each case in a process of its own.

    NAMES: tools, joined by commas; all if not given. WORDS, joined by commas: only
    cases whose id holds one of them.

    Exit code 1: the project's own engine misses a wanted case, or cannot be imported.
    """
    tools.preload()
    todo = chosen(words_)
    results: Results = {}
    for name in asked:
        tool = tools.find(name)
        if tool is None:
            click.echo(f"{name:24} not installed here")
            continue
        progress = Progress(name, len(todo))
        tell = partial(tell_case, name) if verbose else progress.step
        results[name] = run_tool(tool(), todo, limit, tell, loud=loud)
        progress.end()
        click.echo(f"{name:24} {counted(results[name])}")
    if out:
        save(results, out)
    if shows_matrix:
        click.echo("\n" + matrix(results))
    sys.exit(tell_missed(results))


def tell_case(name: str, case, outcome) -> None:
    """Print how a case ended."""
    click.echo(f"{name} {case.id} {outcome.verdict} {outcome.said}".rstrip())


def tell_missed(results: Results) -> int:
    """Print what the project's engine misses, and give the exit code."""
    lacking = missed(results.get(tools.OWN, {}))
    for case, outcome in lacking:
        click.echo(
            f"{case.id}: {case.rule}\n    {outcome.verdict}: {outcome.said}", err=True
        )
    return 1 if lacking else 0


if __name__ == "__main__":
    main(prog_name="python -m tests.reload.suite")
