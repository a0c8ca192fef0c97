"""How long a reload blocks, beside other tools: ``make bench-reload``.

``python -m tests.reload.suite.bench`` measures here, with the tools that are installed
here. Every figure comes from a process of its own.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from gameserver.reload import quick
from tests.reload.suite import tools
from tests.reload.suite.bench_calls import calling
from tests.reload.suite.bench_migration import migrating
from tests.reload.suite.bench_process import Progress, measured
from tests.reload.suite.bench_reloads import KINDS, reloading
from tests.reload.suite.bench_table import Table

if TYPE_CHECKING:
    from tests.reload.suite.bench_process import Measured

PACKAGES = {
    "jurigged": "jurigged",
    "ipython.autoreload2": "ipython",
    "twisted.rebuild": "twisted",
    tools.OWN: "gameserver",
}
"""The tools that are measured if none are named, and whose version is theirs."""

PARTS = ("reloads", "migrations", "calls")
NOT_HERE = "not installed here"


class Benchmark:
    """All that is asked for, in order; ``document`` holds it in JSON's types."""

    def __init__(
        self, asked: list[str], sizes: list[int], rounds: int, call_rounds: int
    ) -> None:
        self.asked, self.sizes = asked, sizes
        self.rounds, self.call_rounds = rounds, call_rounds
        self.has_own = tools.OWN in asked

    def run(self, parts: tuple[str, ...], limit: float) -> dict[str, Any]:
        """Measure, and give the document."""
        todo = {part: getattr(self, part)() for part in parts}
        progress = Progress(sum(map(len, todo.values())))
        document: dict[str, Any] = {"about": self.about()}
        for part in PARTS:
            document[part] = []
            for title, ids, measure in todo.get(part, ()):
                progress.step(title)
                document[part].append({**ids, **measured(measure, limit)})
        document["calls"] = document["calls"][0] if document["calls"] else {}
        progress.show("")
        return document

    def reloads(self) -> list[tuple[str, dict[str, Any], Any]]:
        """List what each tool is to do: title, what it is, how it is measured."""
        return [
            (
                f"{name}, {kind}, {size:,} instances",
                {"tool": name, "kind": kind, "size": size},
                partial(self.reload_of, name, kind, size),
            )
            for kind in KINDS
            for name in self.asked
            for size in self.sizes
        ]

    def migrations(self) -> list[tuple[str, dict[str, Any], Any]]:
        """List the migrations, of every size."""
        return [
            (
                f"migration, {size:,} instances",
                {"size": size},
                partial(self.migration_of, size),
            )
            for size in self.sizes
            if self.has_own
        ]

    def calls(self) -> list[tuple[str, dict[str, Any], Any]]:
        """List the one measurement of calls."""
        return [("calls", {}, self.calls_of)] if self.has_own else []

    def reload_of(self, name: str, kind: str, size: int, root: str) -> Measured:
        """Measure one tool, kind and size."""
        if tools.find(name) is None:
            return {"lacking": NOT_HERE}
        return reloading(name, kind, size, root).measure(self.rounds)

    def migration_of(self, size: int, root: str) -> Measured:
        """Measure one migration."""
        return migrating(size, root).measure(self.rounds)

    def calls_of(self, root: str) -> Measured:
        """Measure calls."""
        return calling(root).measure(self.call_rounds)

    def about(self) -> dict[str, Any]:
        """Tell what is measured, where and how often."""
        return {
            "versions": {
                package: version(package)
                for name, package in PACKAGES.items()
                if name in self.asked
            },
            "migrations": quick.NAME,
            "python": platform.python_version(),
            "machine": f"{platform.system()} {platform.machine()}",
            "cores": os.cpu_count(),
            "rounds": self.rounds,
            "call_rounds": self.call_rounds,
        }


def version(package: str) -> str:
    """Give the version of an installed package."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return NOT_HERE


def named(_ctx, _param, value: str) -> list[str]:
    """Split at commas; refuse a tool that nobody knows."""
    asked = [word for word in value.split(",") if word]
    for name in asked:
        if name not in tools.names():
            known = ", ".join(tools.names())
            raise click.BadParameter(f"{name!r} is not one of {known}")
    return asked


def counted(_ctx, _param, value: str) -> list[int]:
    """Split at commas; refuse what is no number of instances."""
    words = value.split(",")
    if not all(word.isdecimal() and int(word) for word in words):
        raise click.BadParameter(f"{value!r}: expected numbers from 1, as in 1,10000")
    return sorted({int(word) for word in words})


@click.command()
@click.option(
    "--tools",
    "asked",
    default=",".join(PACKAGES),
    show_default=True,
    callback=named,
    help="Names, joined by commas.",
)
@click.option(
    "--sizes",
    default="1,10000,100000,1000000",
    show_default=True,
    callback=counted,
    help="Numbers of live instances, joined by commas.",
)
@click.option(
    "--rounds",
    type=click.IntRange(1),
    default=7,
    show_default=True,
    help="Reloads of each measurement.",
)
@click.option(
    "--call-rounds",
    type=click.IntRange(1),
    default=101,
    show_default=True,
    help="Rounds of the measurement of calls.",
)
@click.option(
    "--limit",
    type=click.FloatRange(1),
    default=240.0,
    show_default=True,
    help="Seconds that a measurement may take, all its reloads together.",
)
@click.option(
    "--only",
    type=click.Choice(PARTS),
    multiple=True,
    help="Make some parts of the table; may be given more than once.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with every sample.")
def main(*, asked, sizes, rounds, call_rounds, limit, only, as_json) -> None:
    """Measure how long a reload blocks, by tool, kind of change and instances."""
    benchmark = Benchmark(asked, sizes, rounds, call_rounds)
    document = benchmark.run(only or PARTS, limit)
    click.echo(json.dumps(document, indent=1) if as_json else Table(document).text())


if __name__ == "__main__":
    main(prog_name="python -m tests.reload.suite.bench")
