"""The benchmark in an environment that has the peers: ``make bench-reload``.

It is the environment that ``make suites`` makes for the oldest Python here, the one
that every peer of the table runs on. Arguments are those of the benchmark.
"""

from __future__ import annotations

import os
import subprocess
import sys

import click

from tests.reload.suite.environments import found_pythons, prepare
from tests.reload.suite.everywhere import ROOT, VENVS

BENCHMARK = ("-m", "tests.reload.suite.bench")


def main() -> int:
    """Set the environment up and run the benchmark there; give its exit code.

    PYTHONS in the environment names other interpreters, separated by spaces; the
    oldest of them is taken.
    """
    pythons = found_pythons(os.environ.get("PYTHONS", "").split())
    if not pythons:
        click.echo("no CPython of 3.11, 3.12 or 3.13 with venv is here", err=True)
        return 1
    environment = prepare(pythons[0], VENVS, ROOT, peers=True)
    environ = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [str(environment), *BENCHMARK, *sys.argv[1:]]
    return subprocess.run(command, cwd=ROOT, env=environ, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
