"""The engine holds every wanted case of the reload suite, one test per case.

All cases run once, in one process that forks for each: this one has threads, and must
not fork. Cases that are not wanted are run too, but nothing is required of them.
"""

from __future__ import annotations

import functools
import subprocess
import sys
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.reload.suite.lab import CASES, Case
from tests.reload.suite.matrix import matrix
from tests.reload.suite.run import Results, counted, loaded, missed, save
from tests.reload.suite.tools import OWN

REPOSITORY = Path(__file__).resolve().parent.parent.parent
SUITE = (sys.executable, "-m", "tests.reload.suite")
CASE_LIMIT = 20  # seconds; with the longest case at 2, a case so long hangs

ENDS_BADLY = """
import os, threading
from tests.reload.suite.adapters import Base
from tests.reload.suite.forked import run_case
from tests.reload.suite.lab import Case

ends = {
    "hangs": lambda lab: threading.Event().wait(),
    "aborts": lambda lab: os.abort(),
    "asks": lambda lab: lab.module_hook("pass"),
    "holds": lambda lab: lab.put("m", "A = 1"),
}
for name, check in ends.items():
    case = Case("group", name, check, want=True, choice=None)
    print(run_case(Base(), case, 0.5).verdict)
"""


def suite(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the suite's command to its end."""
    return subprocess.run(
        [*SUITE, *arguments],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )


@functools.cache
def engine_results() -> tuple[Results, str]:
    """Run all cases on the engine, once; give the results and what was said."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out.json")
        limit = f"--limit={CASE_LIMIT}"
        done = suite("--tools", OWN, limit, "--out", str(out))
        results = loaded(out) if out.exists() else {}
    return results, done.stdout + done.stderr


class EngineHoldsTheSuite(SynchronousTestCase):
    """Each wanted case; its message is what the case saw."""

    def holds(self, case: Case) -> None:
        """Fail with the case's rule and what it saw, unless it passed."""
        results, said = engine_results()
        self.assertIn(OWN, results, said)
        outcome = results[OWN][case.id]
        self.assertEqual(outcome.verdict, "pass", f"{case.rule} {outcome.said}")


def required(case: Case):
    """Give the test of one case, with the case's rule as its docstring."""

    def test(self: EngineHoldsTheSuite) -> None:
        self.holds(case)

    test.__doc__ = case.rule
    return test


for wanted in (case for case in CASES if case.want):
    name = f"test_{wanted.group}_{wanted.name}"
    setattr(EngineHoldsTheSuite, name, required(wanted))


class SuiteItself(SynchronousTestCase):
    """The suite can tell a tool that holds a case from one that does not."""

    def run_import_reload(self) -> Results:
        """Run a few cases on the standard library's own reload."""
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder, "out.json")
            words = "classes.enum,hooks.module_hook_migrates,functions.module_attr_call"
            done = suite(
                *("--tools", "importlib.reload"),
                *("--cases", words),
                *("--out", str(out)),
            )
            self.assertEqual(done.returncode, 0, done.stderr)
            return loaded(out)

    def test_each_verdict(self) -> None:
        """A rule is held, broken or not offered, and the count says so."""
        outcomes = self.run_import_reload()["importlib.reload"]
        verdicts = {name: outcome.verdict for name, outcome in outcomes.items()}
        self.assertEqual(
            verdicts,
            {
                "classes.enum_new_member": "pass",
                "classes.enum_method_changed": "fail",
                "hooks.module_hook_migrates": "unsup",
                "functions.module_attr_call": "pass",
            },
        )
        self.assertEqual(counted(outcomes), "2 pass, 1 fail, 1 unsup; 2 of 4 wanted")
        self.assertEqual(
            {case.id for case, _outcome in missed(outcomes)},
            {"classes.enum_method_changed", "hooks.module_hook_migrates"},
        )

    def test_matrix_has_each_case(self) -> None:
        """The table has a line for every case, with the tool's letter."""
        text = matrix(self.run_import_reload())
        self.assertIn("| classes.enum_method_changed | yes | . |", text)
        self.assertIn("| hooks.module_hook_migrates | yes | - |", text)
        for case in CASES:
            self.assertIn(f"| {case.id} |", text)

    def test_results_survive_a_file(self) -> None:
        """Results that are saved and loaded are the same results."""
        results = self.run_import_reload()
        with tempfile.TemporaryDirectory() as folder:
            save(results, Path(folder, "out.json"))
            self.assertEqual(loaded(Path(folder, "out.json")), results)

    def test_case_that_ends_badly(self) -> None:
        """A case that hangs or kills its process costs only itself."""
        program = [sys.executable, "-c", ENDS_BADLY]
        done = subprocess.run(
            program, cwd=REPOSITORY, capture_output=True, text=True, check=False
        )
        self.assertEqual(
            done.stdout.split(), ["hang", "crash", "unsup", "pass"], done.stderr
        )

    def test_unknown_tool(self) -> None:
        """A tool that nobody knows is a mistake in the command."""
        done = suite("--tools", "nobody")
        self.assertEqual(done.returncode, 2)
        self.assertIn("'nobody' is not one of importlib.reload", done.stderr)

    def test_rules_and_choices(self) -> None:
        """Each case says its rule, and a rejected one which choice it is a side of."""
        for case in CASES:
            self.assertTrue(case.want or case.choice, case.id)
            self.assertTrue(case.rule, case.id)
