"""Run tests with twins that find their own faults: reads past an end, undefined sums.

    python -m tests.sanitized [--fuzz N] [PYTEST ARGUMENTS]

The twins are compiled with gcc's address and undefined-behaviour sanitizers into a
folder that is gone at the end, and put in the place of the built ones. Without
arguments all of tests/wire runs, the migrations of tests/reload, what is compiled of
tests/server, and a fuzz. Python's own memory comes from malloc, so that nothing is
hidden in its pools. What is still held at the end is not looked at: Python holds a lot
then. Leaks have tests of their own.
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

ROOT = Path(__file__).parents[1]
FLAGS = (
    "-O1", "-g", "-fno-omit-frame-pointer", "-Wall", "-Wextra",
    "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-UNDEBUG",
)  # fmt: skip
LINK = ("-fsanitize=address,undefined",)
_FILES = "GAMESERVER_TEST_TWINS"
TESTS = (
    "tests/wire", "tests/reload/test_lending.py", "tests/reload/test_quick_in_c.py",
    "tests/test_compiled.py",
    "tests/reload/test_migrate.py", "tests/reload/test_short_ways.py",
    "tests/server/test_short_way.py", "tests/server/test_short_way_edges.py",
    "tests/server/test_fan_out.py",
)  # fmt: skip
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


def built(folder: Path, root: Path = ROOT) -> Path:
    """Compile the twins of some sources into a folder; give it."""
    for package in hatch_build.PACKAGES:
        own = folder / ".".join(package.parts)
        own.mkdir()
        hatch_build.compiled(package, own, root=root, flags=FLAGS, link=LINK)
    return folder


def environment(twins: Path, preloaded: Path) -> dict[str, str]:
    """Give what a process needs in which the twins find their faults."""
    return {
        **{name: value for name, value in os.environ.items() if not _TRACED(name)},
        _FILES: str(twins),
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
        twins = built(Path(folder))
        for one in commands:
            done = subprocess.run(
                [sys.executable, "-m", "tests.sanitized", "--inside", *one],
                check=False,
                cwd=ROOT,
                env=environment(twins, preloaded),
            )
            if done.returncode:
                return done.returncode
    return 0


def put_in_place() -> None:
    """Have everybody who imports a twin get the one that was built for it."""
    for folder in sorted(Path(os.environ[_FILES]).iterdir()):
        name = f"{folder.name}._twin"
        file = folder / hatch_build.FILE
        spec = importlib.util.spec_from_file_location(name, file)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)


def inside(what: str, *arguments: str) -> int:
    """Run one module here, after the twins were put in their places."""
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
    tests = arguments or ["-q", "-p", "no:faulthandler", *TESTS]
    return run(["pytest", *tests], ["fuzz", str(os.getpid()), messages])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
