"""Python's garbage collector, kept from long work while a release is brought about.

A full collection walks over every object of the process: over a second with 100,000
live avatars on a busy machine, and a migration makes so many objects that one or two
came in each release. So none comes while avatars are migrated and stored; all that
lives then is frozen, at once, and is walked over no more as long as a release can be
undone. When none can, all is as it was, and what went in cycles meanwhile is found.

What is frozen and then dropped, as old code is, would stay for as long as releases
follow one another. So, as CPython itself does, all is collected once a quarter more
memory is in use than after the last time; where that takes long once it is twice as
much, and where it takes seconds not before the last release is permanent.

What a slice has made is frozen after it (``pass_by``), for it is there to stay: to
collect the young objects of slices took 2 to 11 ms more of a turn. A scan of the engine
does not see what is frozen: so what the engine does, it does within ``seeing``.
"""

from __future__ import annotations

import gc
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol

from gameserver.reload.journal import no_collection

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

_NEVER: Final = 2**31 - 1
"""Collections of the middle generation until a full one; an ``int`` of C."""


GROWTH, FAR_GROWTH = 1.25, 2.0
MANY, MOST = 500_000, 1_500_000
"""Blocks in use from which that takes long, and too long: 0.34 s at 12,000 avatars, 6.9
after releases at 100,000. A server alone has 250,000."""


class Collects(Protocol):
    """What a release asks of the collector."""

    def seeing(self) -> AbstractContextManager[None]:
        """Let every object be seen by scans, and none be collected."""

    def hold(self) -> object:
        """Begin no full collection until ``rest`` or ``end``."""

    def pass_by(self) -> object:
        """Where it is held, walk no more over what lives now, until ``end``."""

    def rest(self) -> object:
        """Do the same, and go on with what is new."""

    def end(self) -> object:
        """Be as if nothing had been; it does nothing if nothing was."""


class Unmoved:
    """Leaves the collector alone: a process may have several games, as tests do."""

    def seeing(self) -> AbstractContextManager[None]:
        """Let none be collected."""
        return no_collection()

    def hold(self) -> None:
        """Do nothing."""

    def pass_by(self) -> None:
        """Do nothing."""

    def rest(self) -> None:
        """Do nothing."""

    def end(self) -> None:
        """Do nothing."""


class Collector:
    """The collector of this process, which serves one game."""

    def __init__(self) -> None:
        self._before: tuple[int, int, int] | None = None
        self._is_resting = False
        self._blocks = 0
        """Blocks of memory in use after the last full collection."""

    @contextmanager
    def seeing(self) -> Iterator[None]:
        """Let every object be seen by scans, and none be collected."""
        with no_collection():
            if self._is_resting:
                gc.unfreeze()
            try:
                yield
            finally:
                if self._is_resting:
                    gc.freeze()

    def hold(self) -> None:
        """Begin no full collection until ``rest`` or ``end``."""
        if self._before is None:
            self._before = gc.get_threshold()
            gc.set_threshold(*self._before[:2], _NEVER)

    def pass_by(self) -> None:
        """Where it is held, walk no more over what lives now, until ``end``."""
        if self._before is not None:
            self._is_resting = True
            gc.freeze()  # which costs nothing

    def rest(self) -> None:
        """Do the same, and go on with what is new."""
        self._is_resting = True
        # To count blocks is cheap; objects are counted by walking over them all.
        blocks = sys.getallocatedblocks()
        growth = GROWTH if blocks < MANY else FAR_GROWTH
        if blocks > self._blocks * growth:
            if self._blocks and blocks < MOST:
                gc.unfreeze()
                gc.collect()
            self._blocks = sys.getallocatedblocks()
        gc.freeze()
        self._let_go()

    def end(self) -> None:
        """Be as if nothing had been; it does nothing if nothing was."""
        self._let_go()
        if self._is_resting:
            self._is_resting = False
            self._blocks = 0
            gc.unfreeze()

    def _let_go(self) -> None:
        if self._before is not None:
            gc.set_threshold(*self._before)
            self._before = None
