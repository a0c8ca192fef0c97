"""The page on reloading: a case or a test shows every row of its tables.

A test is named in full, ``tests/x.py::Class::method``, or without the file where the
section says "Tests: `tests/x.py`"; sections below it follow it.
"""

from __future__ import annotations

import ast
import functools
import re

from twisted.trial.unittest import SynchronousTestCase

from tests.docs.pages import REPOSITORY, Page, page
from tests.reload.suite import cases as _all_cases  # noqa: F401 - fills CASES
from tests.reload.suite.lab import CASES

PAGE = page("docs/reference/reloading.md")
_FILE = re.compile(r"Tests:\s`(tests/[\w/]+\.py)`")


@functools.cache
def written(file: str) -> frozenset[str]:
    """Give ``Class::method`` for each test that a file defines."""
    tree = ast.parse((REPOSITORY / file).read_text())
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    return frozenset(
        f"{owner.name}::{node.name}"
        for owner in classes
        for node in owner.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test")
    )


def rows() -> list[tuple[str, str, list[str]]]:
    """Give the file that holds in a section, the row, and what shows it."""
    found = []
    file = ""
    for section in PAGE.sections().values():
        said = _FILE.search(section.text)
        file = said[1] if said else file
        found += [(file, cells[0], Page(cells[-1]).spans) for cells in section.rows()]
    return found


class ReloadingPageTests(SynchronousTestCase):
    def test_every_row_is_shown(self):
        """Each row names at least one case or test, and each of them exists."""
        cases = {case.id for case in CASES if case.want}
        self.assertGreater(len(rows()), 100)
        for file, what, shown_by in rows():
            self.assertTrue(shown_by, what)
            for one in shown_by:
                named, _, test = one.rpartition(".py::")
                if "::" in one:
                    there = written(f"{named}.py" if named else file)
                    self.assertIn(test, there, what)
                else:
                    self.assertIn(one, cases, what)

    def test_every_test_is_named(self):
        """Each test that was written for the page is on it."""
        for file in {file for file, _, _ in rows()}:
            named = {
                one.rpartition(".py::")[2] for _, _, shown in rows() for one in shown
            }
            self.assertEqual(written(file) - named, set(), file)

    def test_every_wanted_case_is_named(self):
        """So is each wanted case of the suite."""
        named = {one for _, _, shown in rows() for one in shown}
        wanted = {case.id for case in CASES if case.want}
        self.assertEqual(wanted - named, set())
