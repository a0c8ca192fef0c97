"""Run all tests in two processes: two that take about as long.

    python -m tests.halves

What the first one says is shown when the second has ended. Both write coverage data of
their own, for ``coverage combine``.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile

RUN = [sys.executable, "-m", "coverage", "run", "-m", "pytest", "-q"]
APART = [
    f"tests/{part}"
    for part in ("plugins", "reload", "server", "services", "store", "testing")
]


def main() -> int:
    """Give 0 if both passed."""
    with tempfile.TemporaryFile() as said:
        one = subprocess.Popen([*RUN, *APART], stdout=said, stderr=said)
        others_only = [f"--ignore={part}" for part in APART]
        try:
            others = subprocess.run([*RUN, *others_only], check=False)
            one.wait()
        finally:
            one.kill()
        said.seek(0)
        sys.stdout.buffer.write(said.read())
    return int(bool(others.returncode or one.returncode))


if __name__ == "__main__":
    sys.exit(main())
