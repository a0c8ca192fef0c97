"""Run tests with a twin that finds its own faults: reads past an end, undefined sums.

    python -m tests.wire.sanitized [--fuzz N] [PYTEST ARGUMENTS]

The twin is compiled with gcc's address and undefined-behaviour sanitizers into a folder
that is gone at the end, and put in the place of the built one. Without arguments all
of tests/wire runs, and a fuzz. Python's own memory comes from malloc, so that nothing
is hidden in its pools. What is still held at the end is not looked at: Python holds a
lot then. Leaks have a test of their own.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import hatch_build

ROOT = Path(__file__).parents[2]
NAME = "gameserver.wire._twin"
FLAGS = (
    "-O1", "-g", "-fno-omit-frame-pointer", "-Wall", "-Wextra",
    "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-UNDEBUG",
)  # fmt: skip
LINK = ("-fsanitize=address,undefined",)
_FILE = "GAMESERVER_TEST_TWIN"
_TRACED = re.compile("COVERAGE").match  # both at once take minutes


def library() -> Path | None:
    """Give the sanitizer's library, which has to be there before all others."""
    try:
        asked = subprocess.run(
            ["gcc", "-print-file-name=libasan.so"],  # noqa: S607 - as a build finds it
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    found = Path(asked.stdout.strip())
    return found.resolve() if found.is_absolute() else None


def environment(twin: Path, preloaded: Path) -> dict[str, str]:
    """Give what a process needs in which the twin finds its faults."""
    return {
        **{name: value for name, value in os.environ.items() if not _TRACED(name)},
        _FILE: str(twin),
        "LD_PRELOAD": str(preloaded),
        "ASAN_OPTIONS": "detect_leaks=0:abort_on_error=1:strict_string_checks=1",
        "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
        "PYTHONMALLOC": "malloc",
        "GAMESERVER_PURE": "0",
    }


def run(*commands: list[str]) -> int:
    """Build, and run some modules of Python with it; the first exit code not nought."""
    preloaded = library()
    if preloaded is None:
        sys.stderr.write("gcc has no address sanitizer here\n")
        return 2
    with tempfile.TemporaryDirectory(prefix="gs-sanitized-") as folder:
        twin = hatch_build.compiled(Path(folder), flags=FLAGS, link=LINK)
        for one in commands:
            done = subprocess.run(
                [sys.executable, "-m", "tests.wire.sanitized", "--inside", *one],
                check=False,
                cwd=ROOT,
                env=environment(twin, preloaded),
            )
            if done.returncode:
                return done.returncode
    return 0


def put_in_place() -> None:
    """Have everybody who imports the twin get the one that was named."""
    spec = importlib.util.spec_from_file_location(NAME, os.environ[_FILE])
    assert spec is not None
    assert spec.loader is not None
    sys.modules[NAME] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)


def inside(what: str, *arguments: str) -> int:
    """Run one module here, after the twin was put in its place."""
    put_in_place()
    if what == "pytest":
        import pytest

        return int(pytest.main([*arguments]))
    from tests.wire import fuzz

    fuzz.batch(int(arguments[0]), 0, int(arguments[1]))
    return 0


def main(arguments: list[str]) -> int:
    """Do as the command line says."""
    if arguments[:1] == ["--inside"]:
        return inside(*arguments[1:])
    messages = "20000"
    if arguments[:1] == ["--fuzz"]:
        _, messages, *arguments = arguments
    apart = "--ignore=tests/wire/test_sanitized.py"  # it would do this once more
    tests = arguments or ["-q", "-p", "no:faulthandler", apart, "tests/wire"]
    return run(["pytest", *tests], ["fuzz", str(os.getpid()), messages])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
