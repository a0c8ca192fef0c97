"""One case in a process of its own, with a time limit.

The case may hang, crash the interpreter or leave it unusable; only its process ends.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import tempfile
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from tests.reload.suite.lab import Lab, Unsupported

if TYPE_CHECKING:
    from tests.reload.suite.adapters import Base
    from tests.reload.suite.lab import Case

SHOWN = 160  # characters of an error's text
PATIENCE = {"memory": 3}  # groups that may take so many times the limit


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a case ended: pass, fail, unsup, crash or hang; and what was said."""

    verdict: str
    said: str = ""


def run_case(tool: Base, case: Case, limit: float, *, loud: bool = False) -> Outcome:
    """Run a case on a tool; ``limit`` in seconds; ``loud`` lets it write to stderr."""
    with tempfile.TemporaryDirectory(prefix="reload_", ignore_cleanup_errors=True) as d:
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            run_child(tool, case, d, writer, loud=loud)
        os.close(writer)
        with open(reader, "rb") as answer:  # noqa: PTH123 - a descriptor
            status = wait(pid, limit * PATIENCE.get(case.group, 1))
            if status is None:
                return Outcome("hang", f"over {limit}s")
            told = answer.read()
    return Outcome(*json.loads(told)) if told else Outcome("crash", f"status {status}")


def wait(pid: int, limit: float) -> int | None:
    """Wait for a process to end and give its status; kill it after the limit."""
    with closing(ProcessEnd(pid)) as end:
        ended = end.comes_within(limit)
    if not ended:
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    return status if ended else None


class ProcessEnd:
    """A descriptor that becomes readable when the process ends."""

    def __init__(self, pid: int) -> None:
        self.fd = os.pidfd_open(pid)

    def comes_within(self, limit: float) -> bool:
        """Wait at most so many seconds; say if the process ended."""
        poll = select.poll()
        poll.register(self.fd, select.POLLIN)
        return bool(poll.poll(limit * 1000))

    def close(self) -> None:
        """Forget the process."""
        os.close(self.fd)


def run_child(tool, case, root: str, writer: int, *, loud: bool) -> NoReturn:
    """Run the case and tell the outcome; never return into the parent's code."""
    outcome = Outcome("fail", "nothing was told")
    try:
        silence(loud=loud)
        outcome = judged(tool, case, root)
        save_coverage()
    finally:
        with suppress(OSError):
            os.write(writer, json.dumps([outcome.verdict, outcome.said]).encode())
        os._exit(0)


def judged(tool: Base, case: Case, root: str) -> Outcome:
    """Run the case here and judge how it ended."""
    try:
        lab = Lab(tool, root)
        tool.setup(lab)
        case.check(lab)
    except Unsupported as lacking:
        return Outcome("unsup", str(lacking))
    except BaseException as error:  # noqa: BLE001 - a case may end in any way
        return Outcome("fail", f"{type(error).__name__}: {str(error)[:SHOWN]}")
    return Outcome("pass")


def silence(*, loud: bool) -> None:
    """Send what tools print to nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.__stdout__.fileno())
    if not loud:
        os.dup2(nowhere, sys.__stderr__.fileno())


def save_coverage() -> None:
    """Save what a measured run has seen; ``os._exit`` skips what does that."""
    coverage = sys.modules.get("coverage")
    current = coverage.Coverage.current() if coverage else None
    if current:
        current.stop()
        current.save()
