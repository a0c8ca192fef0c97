"""The compiled build under gcc's sanitizers, in short; and that they find something.

``make sanitize`` runs all of tests/wire so, and the migrations.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

import hatch_build
from tests import sanitized
from tests.wire.builds import MISSING

ROOT = Path(__file__).parents[1]
GUARD = "if (size > walk->end - place) {"
READS_PAST_THE_END = "if (size > walk->end - place + 64) {"


class SanitizedTests(SynchronousTestCase):
    if MISSING:
        skip = MISSING
    elif sanitized.library() is None:
        skip = "gcc has no address sanitizer here"

    def ran(self, root: Path, *what: str) -> subprocess.CompletedProcess[str]:
        """Build the twin of some sources, and run a module with it."""
        with tempfile.TemporaryDirectory(prefix="gs-sanitized-") as folder:
            twins = sanitized.built(Path(folder), root)
            return subprocess.run(
                [sys.executable, "-m", "tests.sanitized", "--inside", *what],
                capture_output=True,
                text=True,
                check=False,
                cwd=ROOT,
                env=sanitized.environment(twins, sanitized.library()),
            )

    def test_short(self):
        """Edge cases made by hand, and some changed messages."""
        files = (
            "tests/wire/test_twin.py",
            "tests/wire/test_twin_in_c.py",
            "tests/reload/test_quick_in_c.py",
            "tests/server/test_short_way.py",
            "tests/server/test_short_way_edges.py",
            "tests/server/test_fan_out.py",
            "tests/spread/test_outlet.py",
            "tests/test_compiled.py",
        )
        drawn = (
            "steps",
            "mutated",
            "expressions",
            "values",
            "fields",
            "linked",
            "paced",
            "crowds",
        )
        skipped = f"not ({' or '.join(f'test_{one}' for one in drawn)})"
        done = self.ran(
            ROOT, "pytest", "-q", "-p", "no:faulthandler", "-k", skipped, *files
        )
        self.assertEqual(done.returncode, 0, done.stdout[-3000:] + done.stderr[-3000:])

    def test_finds(self):
        """A read past the end of the bytes ends the process."""
        copy = Path(tempfile.mkdtemp(prefix="gs-wrong-"))
        self.addCleanup(shutil.rmtree, copy)
        for package in hatch_build.PACKAGES:
            shutil.copytree(ROOT / package / "c", copy / package / "c")
        source = copy / hatch_build.WIRE / "c" / "tokens.c"
        right = source.read_text()
        self.assertEqual(right.count(GUARD), 1)
        source.write_text(right.replace(GUARD, READS_PAST_THE_END))
        edition = hatch_build.edition
        self.patch(hatch_build, "edition", lambda package, root: edition(package))
        done = self.ran(copy, "fuzz", "1", "1000")
        self.assertNotEqual(done.returncode, 0)
        found = "AddressSanitizer: (heap-buffer-overflow|negative-size-param)"
        self.assertRegex(done.stderr, found)
