"""The engine on every CPython that is here, beside the peers: ``make suites``.

Each Python gets an environment below ``.venvs/`` with this package in it. A peer runs
on the oldest of them that it supports. The exit code is 1 if the engine misses a
wanted case on any of them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click

from tests.reload.suite import adapters, tools
from tests.reload.suite.environments import Python, found_pythons, prepare
from tests.reload.suite.matrix import matrix
from tests.reload.suite.run import Results, counted, loaded, missed

ROOT = Path(__file__).resolve().parents[3]
VENVS = ROOT / ".venvs"


def peers_by_python(pythons: list[Python]) -> dict[Python, list[str]]:
    """Share the peers out: each to the oldest Python that it runs on."""
    shares: dict[Python, list[str]] = {python: [] for python in pythons}
    for tool in adapters.ALL:
        python = next((one for one in pythons if one.version >= tool.since), None)
        if python:
            shares[python].append(tool.name)
    return shares


def run(python: Path, names: list[str], out: Path) -> Results:
    """Run the suite in an environment; give no results if it could not start."""
    out.unlink(missing_ok=True)
    # Some peers go through sets in their order: one seed gives one matrix.
    environ = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [str(python), "-m", "tests.reload.suite", "--tools", ",".join(names)]
    done = subprocess.run(
        [*command, "--out", str(out)],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if not out.exists():
        click.echo(f"{python}: the suite ended with {done.returncode}", err=True)
        return {}
    return loaded(out)


def verdict(python: Python, results: Results) -> tuple[bool, str]:
    """Say how the engine did on one Python, and if that is enough."""
    outcomes = results.get(tools.OWN)
    if outcomes is None:
        return False, f"CPython {python.full}: {tools.OWN} was not run"
    lacking = missed(outcomes)
    lines = [f"CPython {python.full}: {tools.OWN} {counted(outcomes)}"]
    lines += [f"    {case.id}: {it.verdict} {it.said}" for case, it in lacking]
    return not lacking, "\n".join(lines)


@click.command()
def main() -> None:
    """Run the suite on all tools and every CPython from 3.11 to 3.13 found here.

    PYTHONS in the environment names other interpreters, separated by spaces.
    """
    pythons = found_pythons(os.environ.get("PYTHONS", "").split())
    if not pythons:
        click.echo("no CPython of 3.11, 3.12 or 3.13 with venv is here", err=True)
        sys.exit(1)
    shares = peers_by_python(pythons)
    merged: Results = {}
    verdicts = []
    for python in pythons:
        environment = prepare(python, VENVS, ROOT, peers=bool(shares[python]))
        out = VENVS / f"{tools.OWN}-{python.short}.json"
        own = run(environment, [tools.OWN], out)
        verdicts.append(verdict(python, own))
        for name, outcomes in own.items():
            merged.setdefault(name, outcomes)
        if shares[python]:
            out = VENVS / f"peers-{python.short}.json"
            merged |= run(environment, shares[python], out)
    click.echo(matrix(merged))
    for _enough, text in verdicts:
        click.echo(text)
    sys.exit(0 if all(enough for enough, _text in verdicts) else 1)


if __name__ == "__main__":
    main(prog_name="python -m tests.reload.suite.everywhere")
