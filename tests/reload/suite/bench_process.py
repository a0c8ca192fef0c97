"""One measurement in a process of its own, with a time limit.

What a tool leaves behind, and the heap of a million instances, end with the process.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import tempfile
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn, Self

from tests.reload.suite.forked import SHOWN, silence, wait
from tests.reload.suite.lab import Unsupported

if TYPE_CHECKING:
    from collections.abc import Callable

    Measured = dict[str, Any]
    """What a measurement tells, in JSON's types; ``lacking`` says why there is none."""


def measured(measure: Callable[[str], Measured], limit: float) -> Measured:
    """Call ``measure`` with an empty folder, in a process that gets ``limit`` seconds.

    Whatever goes wrong there is a measurement too: one that says what is lacking.
    """
    with tempfile.TemporaryDirectory(prefix="reload_", ignore_cleanup_errors=True) as d:
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            run_child(measure, d, writer)
        os.close(writer)
        with open(reader, "rb") as answer:  # noqa: PTH123 - a descriptor
            if wait(pid, limit) is None:
                return {"lacking": f"takes more than {limit:g} s"}
            told = answer.read()
    return json.loads(told) if told else {"lacking": "its process crashed"}


def run_child(measure: Callable[[str], Measured], root: str, writer: int) -> NoReturn:
    """Measure and tell; never return into the parent's code."""
    try:
        silence(loud=False)
        told = json.dumps(attempt(measure, root)).encode()
        with suppress(OSError), open(writer, "wb") as answer:
            answer.write(told)
    finally:
        os._exit(0)


def attempt(measure: Callable[[str], Measured], root: str) -> Measured:
    """Measure here."""
    try:
        return measure(root)
    except Unsupported as lacking:
        return {"lacking": str(lacking)}
    except BaseException as error:  # noqa: BLE001 - a tool may fail in any way
        return {"lacking": f"{type(error).__name__}: {error}"[:SHOWN]}


def populate(avatar: Callable[[str], object], size: int) -> list[Any]:
    """Make so many instances, and have the collector done with them."""
    gc.disable()  # it would look at all of them again and again
    live = [avatar(str(number)) for number in range(size)]
    gc.enable()
    gc.collect()
    return live


class Ticker(threading.Thread):
    """Another thread; notes the longest time in which it could not run."""

    worst = 0.0  # seconds
    goes_on = True

    def __enter__(self) -> Self:
        self.start()
        time.sleep(0.02)  # it is in its stride, and starts counting here
        self.worst = 0.0
        return self

    def __exit__(self, *_raised: object) -> None:
        time.sleep(0.005)  # it has woken since, however long the gap was
        self.goes_on = False
        self.join()

    def run(self) -> None:
        """Wake every half millisecond until told to stop."""
        last = time.perf_counter()
        while self.goes_on:
            time.sleep(0.0005)
            now = time.perf_counter()
            self.worst = max(self.worst, now - last)
            last = now


def clock_ms() -> float:
    """Give the time in milliseconds."""
    return time.perf_counter() * 1e3


class Progress:
    """One line on a terminal, rewritten for each measurement; silent elsewhere."""

    def __init__(self, total: int) -> None:
        self.total, self.done = total, 0
        self.shown = sys.stderr.isatty()

    def step(self, text: str) -> None:
        """Show what is measured now."""
        self.done += 1
        self.show(f"{self.done}/{self.total} {text}")

    def show(self, text: str) -> None:
        """Replace the line; an empty one takes it away."""
        if self.shown:
            sys.stderr.write(f"\r\x1b[K{text[:78]}")
            sys.stderr.flush()
