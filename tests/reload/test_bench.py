"""The reload benchmark runs, and its figures come from real runs.

Nothing here depends on how long anything takes.
"""

from __future__ import annotations

import ast
import functools
import itertools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from tests.reload.suite.bench_calls import OPERATIONS, RELEASES, VARIANTS
from tests.reload.suite.bench_reloads import KINDS
from tests.reload.suite.bench_subject import reloadable_source, source
from tests.reload.suite.bench_table import Table

REPOSITORY = Path(__file__).resolve().parent.parent.parent
BENCHMARK = (sys.executable, "-m", "tests.reload.suite.bench")
OWN, PLAIN = "gameserver", "importlib.reload"
SIZES, ROUNDS = (1, 100), 2

ENDS_BADLY = """
import json, os, threading
from tests.reload.suite.bench_process import measured
from tests.reload.suite.lab import Unsupported

def lacks(root):
    raise Unsupported("no such hook")

ends = [
    (lambda root: threading.Event().wait(), 0.2),
    (lambda root: os.abort(), 60),
    (lacks, 60),
    (lambda root: {"folder": os.listdir(root)}, 60),
]
print(json.dumps([measured(measure, limit) for measure, limit in ends]))
"""


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, in a process without threads: it forks."""
    return subprocess.run(
        command, cwd=REPOSITORY, capture_output=True, text=True, check=False
    )


@functools.cache
def document() -> dict[str, Any]:
    """Run all parts once, on the engine and on a tool that needs no package."""
    done = run(
        *BENCHMARK,
        f"--tools={OWN},{PLAIN}",
        f"--sizes={','.join(map(str, SIZES))}",
        f"--rounds={ROUNDS}",
        "--call-rounds=1",
        "--json",
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def reloads(tool: str, *kinds: str) -> list[dict[str, Any]]:
    """Give the measurements of one tool."""
    return [
        one
        for one in document()["reloads"]
        if one["tool"] == tool and one["kind"] in kinds
    ]


class Reloads(SynchronousTestCase):
    """Each tool, each kind of change."""

    def test_all_are_there(self) -> None:
        """Every tool has a measurement of every kind and size."""
        asked = set(itertools.product((OWN, PLAIN), KINDS, SIZES))
        made = document()["reloads"]
        found = [(one["tool"], one["kind"], one["size"]) for one in made]
        self.assertEqual(set(found), asked)
        self.assertEqual(len(found), len(asked))

    def test_engine_reaches_all(self) -> None:
        """Instances and functions from before run each version, hooks were called."""
        for one in reloads(OWN, *KINDS):
            reached = {"instances": True, "functions": True}
            self.assertEqual(one.get("reached"), reached, one)

    def test_import_reaches_nobody(self) -> None:
        """A tool that leaves them with the old code is found out."""
        for one in reloads(PLAIN, "code", "data"):
            reached = {"instances": False, "functions": False}
            self.assertEqual(one.get("reached"), reached, one)

    def test_lacking_hook(self) -> None:
        """What a tool cannot do has no figures but a reason."""
        for one in reloads(PLAIN, "hook"):
            self.assertEqual(one["lacking"], "no per-instance hook")
            self.assertNotIn("figures", one)

    def test_every_sample(self) -> None:
        """Each reload has its time, and its gap."""
        for one in reloads(OWN, *KINDS) + reloads(PLAIN, "code", "data"):
            self.assertTrue(one["figures"].keys() >= {"wall_ms", "gap_ms"})
            for samples in one["figures"].values():
                self.assertEqual(len(samples), ROUNDS)
                self.assertTrue(all(sample > 0 for sample in samples))

    def test_parts(self) -> None:
        """Plan and commit lie within the reload, the writes within the commit."""
        for one in reloads(OWN, *KINDS):
            figures = one["figures"]
            for number in range(ROUNDS):
                wall, plan, commit, writes = (
                    figures[name][number]
                    for name in ("wall_ms", "plan_ms", "commit_ms", "writes_ms")
                )
                self.assertTrue(0 < writes < commit, (writes, commit))
                self.assertTrue(0 < plan < plan + commit < wall, (plan, commit, wall))


class Migrations(SynchronousTestCase):
    """The engine's own part."""

    def test_everybody(self) -> None:
        """All wait at the commit of each release, and all are migrated after it."""
        found = document()["migrations"]
        self.assertEqual([one["size"] for one in found], list(SIZES))
        for one in found:
            self.assertEqual(one["figures"]["waiting"], [one["size"]] * ROUNDS)
            self.assertEqual(one["migrated"], one["size"] * ROUNDS)

    def test_every_sample(self) -> None:
        """Each release has its pause, its worst slice and its rate."""
        for one in document()["migrations"]:
            for samples in one["figures"].values():
                self.assertEqual(len(samples), ROUNDS)
                self.assertTrue(all(sample > 0 for sample in samples))


class Calls(SynchronousTestCase):
    """What is called is what the row says."""

    def test_versions(self) -> None:
        """Each variant runs the code that it should, and gives what that gives."""
        results = document()["calls"]["results"]
        functions = {name: result["function"] for name, result in results.items()}
        first = 2  # what version 0 gives
        self.assertEqual(
            functions,
            {
                "plain": first,
                "again": first,
                "patched": first,
                "rewritten": first,
                "served": first,
                "released": first + RELEASES,
                "migrated": first + 1,
                "later": first + 1,
            },
        )
        for name, result in results.items():
            self.assertEqual(result["method"][0], functions[name] - first)
            self.assertEqual(result["attribute"], 10)

    def test_ratios(self) -> None:
        """With one round, a ratio is that of the times beside it."""
        found = document()["calls"]
        for name in VARIANTS:
            for operation in OPERATIONS:
                ns, plain = found["ns"][name][operation], found["ns"]["plain"]
                self.assertGreater(ns, 0)
                ratio = found["ratio"][name][operation]
                self.assertAlmostEqual(ratio, ns / plain[operation])


class Subject(SynchronousTestCase):
    """The module that is measured."""

    def changed(self, before: str, after: str) -> list[str]:
        """Name the functions and methods that two sources have and differ in."""
        first, second = (
            {
                node.name: ast.dump(node)
                for node in ast.walk(ast.parse(text))
                if isinstance(node, ast.FunctionDef)
            }
            for text in (before, after)
        )
        return [name for name in first if first[name] != second[name]]

    def test_size(self) -> None:
        """It has 31 methods and 20 functions."""
        tree = ast.parse(source(0))
        (avatar,) = (node for node in tree.body if isinstance(node, ast.ClassDef))
        for body, count in ((avatar.body, 31), (tree.body, 20)):
            self.assertEqual([*map(type, body)].count(ast.FunctionDef), count)

    def test_change(self) -> None:
        """A version changes 5 methods and 3 functions, with a migration too."""
        names = {"m0", "m1", "m2", "m3", "m4", "f0", "f1", "f2"}
        self.assertEqual(set(self.changed(source(0), source(1))), names)
        before, after = reloadable_source(0, 1), reloadable_source(1, 2)
        self.assertEqual(set(self.changed(before, after)), names)


class Process(SynchronousTestCase):
    """A measurement is a process."""

    def test_ends(self) -> None:
        """One that hangs, crashes or cannot be made says so, and costs only itself."""
        done = run(sys.executable, "-c", ENDS_BADLY)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(
            json.loads(done.stdout),
            [
                {"lacking": "takes more than 0.2 s"},
                {"lacking": "its process crashed"},
                {"lacking": "no such hook"},
                {"folder": []},
            ],
        )

    def test_arguments(self) -> None:
        """A tool that nobody knows, or a size that is none, is a mistake."""
        for argument, said in (
            ("--tools=nobody", "'nobody' is not one of importlib.reload"),
            ("--sizes=1,none", "expected numbers from 1"),
            ("--sizes=0", "expected numbers from 1"),
        ):
            done = run(*BENCHMARK, argument)
            self.assertEqual(done.returncode, 2, argument)
            self.assertIn(said, done.stderr)


ABOUT = {
    "versions": {"one": "1.0", "two": "2.0"},
    "migrations": "compiled",
    "python": "3.11",
    "machine": "Linux",
    "cores": 2,
    "rounds": 3,
    "call_rounds": 5,
}


class TheTable(SynchronousTestCase):
    """The same as text."""

    def lines(self, *found: dict[str, Any]) -> list[str]:
        """Give the lines of a table with these reloads of one tool."""
        made = [{"tool": "one", "kind": "code", **one} for one in found]
        whole = {"about": ABOUT, "reloads": made, "migrations": [], "calls": {}}
        return Table(whole).text().splitlines()

    def test_real(self) -> None:
        """A real run fills all parts; only what a tool cannot do is a dash."""
        lines = Table(document()).text().splitlines()
        for part in (*KINDS, "migration", "calls"):
            self.assertTrue(any(line.startswith(f"{part}: ") for line in lines), part)
        (dash,) = (line for line in lines if " - [" in line)
        self.assertEqual(dash.split(), [PLAIN, *["-", "[3]"] * len(SIZES)])
        self.assertIn("[3] no per-instance hook", lines)

    def test_median_and_most(self) -> None:
        """The first row is the median of the samples, the next the largest."""
        wall, gap = [9.0, 1.0, 2.0], [1.0, 1.0, 3.5]
        lines = self.lines({"size": 1, "figures": {"wall_ms": wall, "gap_ms": gap}})
        last = [line.split()[-1] for line in lines[5:8]]
        self.assertEqual(last, ["2.0", "9.0", "1.0"])

    def test_dashes(self) -> None:
        """A dash refers to its reason; one reason is told once."""
        lines = self.lines(
            {"size": 1, "figures": {"wall_ms": [1.0], "gap_ms": [1.0]}},
            {"size": 10, "lacking": "too slow"},
            {"size": 100, "lacking": "too slow"},
        )
        self.assertEqual(lines[5].split(), ["one", "1.0", "-", "[1]", "-", "[1]"])
        self.assertEqual([line for line in lines if "slow" in line], ["[1] too slow"])

    def test_nothing_at_all(self) -> None:
        """A tool without any figure has one row of dashes."""
        lines = self.lines({"size": 1, "lacking": "not installed here"})
        self.assertEqual(lines[5].split(), ["one", "-", "[1]"])
        self.assertEqual(lines[6:], ["", "[1] not installed here"])

    def test_not_reached(self) -> None:
        """A figure of a tool that leaves old code behind refers to what it leaves."""
        figures = {"wall_ms": [1.0], "gap_ms": [1.0]}
        reached = {"instances": True, "functions": False}
        lines = self.lines({"size": 1, "figures": figures, "reached": reached})
        self.assertEqual(lines[5].split(), ["one", "1.0", "[1]"])
        self.assertIn("functions", lines[-1])
