"""What a server says of its own process, and how many files it may have open."""

from __future__ import annotations

import gc
import os
import resource
from pathlib import Path
from typing import Final

from gameserver.errors import MeasurementFailed

_STATM: Final = Path("/proc/self/statm")


def memory() -> int:
    """Give the resident memory of this process in bytes, after a full collection."""
    gc.collect()
    return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def allow_files(wanted: int) -> None:
    """Let this process, and those that it starts, have so many files open.

    ``MeasurementFailed`` if the system does not let it.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (ValueError, OSError) as error:
        text = f"{wanted} open files are needed, at most {hard} allowed (ulimit -n)"
        raise MeasurementFailed(text) from error
