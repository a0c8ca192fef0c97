"""Run all tests, two processes at a time: two halves that take about as long.

    python -m tests.halves

What the first half says is shown when the second has ended. All but the engine's tests
write coverage data, each process its own, for ``coverage combine``.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from typing import IO

PLAIN = [sys.executable, "-m", "pytest", "-q"]
TRACED = [sys.executable, "-m", "coverage", "run", "-m", "pytest", "-q"]
ENGINE = "tests/reload"
APART = [
    f"tests/{part}"
    for part in (
        "bench",
        "client",
        "plugins",
        "server",
        "services",
        "soak",
        "store",
        "testing",
    )
]
FAILED = 1
"""The exit code of pytest when tests have failed; others are about pytest itself."""
FIRST = [[*PLAIN, ENGINE], [*TRACED, *APART]]
SECOND = [[*TRACED, *(f"--ignore={part}" for part in (ENGINE, *APART))]]


def ran(commands: list[list[str]], said: IO[bytes] | None = None) -> bool:
    """Run one after the other, until one is interrupted; say whether all passed."""
    codes = []
    for one in commands:
        codes.append(
            subprocess.run(one, stdout=said, stderr=said, check=False).returncode
        )
        if codes[-1] not in {0, FAILED}:
            break
    return not any(codes)


def main() -> int:
    """Give 0 if all passed."""
    with tempfile.TemporaryFile() as said, ThreadPoolExecutor(1) as beside:
        first = beside.submit(ran, FIRST, said)
        is_second_well = ran(SECOND)
        is_first_well = first.result()
        said.seek(0)
        sys.stdout.buffer.write(said.read())
    return 0 if is_first_well and is_second_well else 1


if __name__ == "__main__":
    sys.exit(main())
