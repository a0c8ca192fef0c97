"""Lets a test set the wall clock of a child process back while it runs.

Put this folder on the child's PYTHONPATH and name a file in WALL_CLOCK_OFFSET. Before
the child imports anything else, ``time.time`` and ``time.time_ns`` become the real ones
plus the seconds that the file holds, from the moment it is there.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

_OFFSET = Path(os.environ["WALL_CLOCK_OFFSET"])
_true_time, _true_time_ns = time.time, time.time_ns


def _offset() -> float:
    try:
        return float(_OFFSET.read_text())
    except (FileNotFoundError, ValueError):  # not yet there, or not yet written
        return 0.0


def _time() -> float:
    return _true_time() + _offset()


def _time_ns() -> int:
    return _true_time_ns() + int(_offset() * 1e9)


time.time, time.time_ns = _time, _time_ns
