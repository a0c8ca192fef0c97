"""Temporary folders for tests, gone when the test is."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twisted.trial.unittest import SynchronousTestCase


def temporary_folder(test: SynchronousTestCase) -> Path:
    """Give an empty folder; trial's ``mktemp`` under pytest litters the project."""
    folder = tempfile.TemporaryDirectory(prefix="gameserver-")
    test.addCleanup(folder.cleanup)
    return Path(folder.name).resolve()
