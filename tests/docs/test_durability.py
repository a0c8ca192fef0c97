"""The page of levels and faults: whatever it says is shown by a test that exists."""

from __future__ import annotations

import re

from twisted.trial.unittest import SynchronousTestCase

from tests.docs.pages import REPOSITORY

PAGE = (REPOSITORY / "docs/reference/durability.md").read_text()


class DurabilityTests(SynchronousTestCase):
    """What the page names."""

    def test_tests(self) -> None:
        """Each file, class and test is there."""
        named = re.findall(r"`(tests/[\w/]+\.py)((?:::\w+)*)`", PAGE)
        self.assertGreater(len(named), 10)
        for file, inside in named:
            text = (REPOSITORY / file).read_text()
            for name in inside.split("::")[1:]:
                self.assertRegex(text, rf"(class|def) {name}\b", f"{file}{inside}")

    def test_short_names(self) -> None:
        """Those without a file are in the tests of turns or of segments."""
        files = ("tests/server/test_turns.py", "tests/server/test_segments.py")
        text = "".join((REPOSITORY / file).read_text() for file in files)
        named = re.findall(r"`(?:(\w+Tests)::)?(test_\w+)`", PAGE)
        self.assertGreater(len(named), 5)
        for owner, name in named:
            self.assertIn(f"class {owner}", text)
            self.assertIn(f"def {name}(", text)

    def test_rows(self) -> None:
        """Every row names what shows it."""
        for line in PAGE.splitlines():
            if line.startswith("| ") and not line.startswith(("| Level", "| Fault")):
                self.assertRegex(line, r"`(tests/|make )")

    def test_targets(self) -> None:
        """Each make target is in the Makefile."""
        makefile = (REPOSITORY / "Makefile").read_text()
        for name in re.findall(r"`make ([\w-]+)`", PAGE):
            self.assertRegex(makefile, rf"(?m)^{name}:")
