"""The architecture page: floors as they are, and parts that exist."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

import gameserver
from tests.docs.pages import page

PAGE = page("docs/explanation/architecture.md")
PACKAGE = Path(gameserver.__file__).parent
FLOORS = [
    re.split(r"  +", line)[0].split(", ")
    for line in PAGE.block("floors").text.splitlines()
]
LEVEL = {part: level for level, floor in enumerate(reversed(FLOORS)) for part in floor}


def part_of(path: Path) -> str:
    """Give the part of the package that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """Give the parts that a file imports when it runs, wherever in the file."""
    tree = ast.parse(path.read_text())
    typing = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    names = []
    for node in ast.walk(tree):
        if node in typing:
            continue
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    parts = [name.split(".") for name in names]
    own = [words[1] for words in parts if words[0] == "gameserver" and words[1:]]
    return {one if one in LEVEL else "__init__" for one in own}


class ArchitectureTests(SynchronousTestCase):
    def test_whole(self):
        """Both drawings are read by a test below."""
        self.assertEqual(PAGE.names, ["floors", "way"])

    def test_parts(self):
        """The floors have all parts of the package, each once."""
        there = {part_of(path) for path in PACKAGE.rglob("*.py")}
        drawn = [part for floor in FLOORS for part in floor]
        self.assertEqual(sorted(drawn), sorted(there - {"plugins"}))

    def test_down(self):
        """Every import at run time stays on its floor or goes down."""
        upward = [
            f"{path.relative_to(PACKAGE)} imports {other}"
            for path in PACKAGE.rglob("*.py")
            if (part := part_of(path)) in LEVEL
            for other in imported(path)
            if LEVEL[other] > LEVEL[part]
        ]
        self.assertEqual(upward, [])

    def test_names(self):
        """Every part that the page names exists, down to the class."""
        floors = "|".join(LEVEL)
        names = set(re.findall(rf"\b(?:{floors})\.\w+(?:\.\w+)?", PAGE.text))
        self.assertGreater(len(names), 10)
        for name in names:
            words = name.split(".")
            module = importlib.import_module(f"gameserver.{'.'.join(words[:2])}")
            for word in words[2:]:
                self.assertTrue(hasattr(module, word), name)

    def test_client(self):
        """The client knows only the errors and the wire."""
        parts = set().union(*map(imported, (PACKAGE / "client").rglob("*.py")))
        self.assertEqual(parts - {"client"}, {"errors", "spread", "wire"})
