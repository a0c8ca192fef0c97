"""Run all tests: a folder at a time, in two processes, the longest folders first.

    python -m tests.whole

What a folder's tests say is shown when they have ended, with how long they took. All
but the engine's write coverage data, each process its own, for ``coverage combine``.
"""

from __future__ import annotations

import compileall
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ABREAST = 2  # they would fight for more than the two cores that CI has
PLAIN = [sys.executable, "-m", "pytest", "-q"]
TRACED = [sys.executable, "-m", "coverage", "run", "-m", "pytest", "-q"]
ENGINE = "reload"
PLAYED = "end_to_end"
"""With server processes: it takes twice as long as any other, and goes in two parts."""
LONGEST = (ENGINE, "services", "docs", "client", "bench", "server")
"""So that the last ones to end are short."""


def parts(root: Path) -> list[tuple[str, list[str]]]:
    """Give each folder of tests with what runs it, and the files beside them as one."""
    played = sorted(str(one) for one in (root / PLAYED).glob("**/test_*.py"))
    halves = [(f"{PLAYED}, half", [*TRACED, *played[of::2]]) for of in range(2)]
    folders = {one.name for one in root.iterdir() if any(one.glob("**/test_*.py"))}
    order = [*LONGEST, *sorted(folders - {PLAYED, *LONGEST})]
    files = sorted(str(one) for one in root.glob("test_*.py"))
    found = [
        (name, [*(PLAIN if name == ENGINE else TRACED), str(root / name)])
        for name in order
    ]
    return [*halves, *found, ("the files beside", [*TRACED, *files])]


def ran(name: str, command: list[str]) -> int:
    """Run one part; show what it says, and give its exit code."""
    begun = time.monotonic()
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    took = time.monotonic() - begun
    sys.stdout.buffer.write(b"%s: %.0f s\n%s" % (name.encode(), took, done.stdout))
    sys.stdout.buffer.flush()
    return done.returncode


def main() -> int:
    """Give 0 if all passed."""
    # Hundreds of processes load the package, each half a second longer where Python
    # may keep no bytecode beside it: PYTHONDONTWRITEBYTECODE is common in containers.
    compileall.compile_dir("gameserver", quiet=1)
    with ThreadPoolExecutor(ABREAST) as pool:
        codes = list(pool.map(lambda one: ran(*one), parts(Path("tests"))))
    return 0 if not any(codes) else 1


if __name__ == "__main__":
    sys.exit(main())
