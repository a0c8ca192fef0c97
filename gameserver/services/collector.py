"""Python's garbage collector, kept from long work while people play.

A full collection walks over every object of the process: 50 to 100 ms in a server that
has just started, over a second with 100,000 live avatars on a busy machine. CPython
begins one whenever many objects have lived for a while, though as many have gone:
logins that come and go are enough. So all that lives is frozen when the server has
started, at once, and walked over no more; a full collection is one of what came since.

What is frozen and then goes in cycles is not found. So, as CPython itself does, all is
collected once a quarter more memory is in use than after the last time, or twice as
much where that takes long; and what lives then is frozen again.

No full collection at all comes while avatars are migrated and stored: a migration makes
so many objects that one or two came in each release. All that lives then is frozen as
long as a release can be undone, and where a collection takes seconds, all is not
collected before the last one is permanent.

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

_FULL: Final = 2  # the oldest generation

GROWTH, FAR_GROWTH = 1.25, 2.0
MANY, MOST = 500_000, 1_500_000
"""Blocks in use from which that takes long, and too long: 0.34 s at 12,000 avatars, 6.9
after releases at 100,000. A server alone has 250,000."""


class Collects(Protocol):
    """What a release asks of the collector."""

    def seeing(self) -> AbstractContextManager[None]:
        """Let every object be seen by scans, and none be collected."""

    def begin(self) -> object:
        """Walk no more over what lives by now, as far as possible, until ``close``."""

    def close(self) -> object:
        """Leave the collector alone from now on."""

    def hold(self) -> object:
        """Begin no full collection until ``rest`` or ``end``."""

    def pass_by(self) -> object:
        """Where it is held, walk no more over what lives now, until ``end``."""

    def rest(self) -> object:
        """Do the same, and go on with what is new."""

    def end(self) -> object:
        """Let the next full collection be one of all; nothing if it is one anyway."""


class Unmoved:
    """Leaves the collector alone: a process may have several games, as tests do."""

    def seeing(self) -> AbstractContextManager[None]:
        """Let none be collected."""
        return no_collection()

    def begin(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""

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
        self._is_resting = self._is_seeing = False
        self._blocks = 0
        """Blocks of memory in use after the last collection of all."""

    @contextmanager
    def seeing(self) -> Iterator[None]:
        """Let every object be seen by scans, and none be collected."""
        with no_collection():
            if self._is_resting:
                gc.unfreeze()
            self._is_seeing = True
            try:
                yield
            finally:
                self._is_seeing = False
                if self._is_resting:
                    gc.freeze()

    def begin(self) -> None:
        """Walk no more over what lives by now, as far as possible, until ``close``."""
        gc.callbacks.append(self._collected)
        self._freeze()

    def close(self) -> None:
        """Leave the collector alone from now on; nothing if it was not begun."""
        if self._collected in gc.callbacks:
            gc.callbacks.remove(self._collected)
        self.end()

    def _collected(self, phase: str, about: dict[str, int]) -> None:
        """Freeze what a collection of all has left; have one come once memory grew."""
        if phase != "stop" or about["generation"] != _FULL:
            return
        if self._is_seeing or self._before is not None:
            return
        if not self._is_resting:
            self._freeze()
        elif self._has_grown():
            self.end()  # so that the next full one is one of all

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
        if self._has_grown():
            if self._blocks and sys.getallocatedblocks() < MOST:
                gc.unfreeze()
                gc.collect()
            self._blocks = 0
        self._freeze()
        self._let_go()

    def _has_grown(self) -> bool:
        # To count blocks is cheap; objects are counted by walking over them all.
        blocks = sys.getallocatedblocks()
        return blocks > self._blocks * (GROWTH if blocks < MANY else FAR_GROWTH)

    def _freeze(self) -> None:
        self._is_resting = True
        self._blocks = self._blocks or sys.getallocatedblocks()
        gc.freeze()

    def end(self) -> None:
        """Let the next full collection be one of all; nothing if it is one anyway."""
        self._let_go()
        if self._is_resting:
            self._is_resting = False
            self._blocks = 0
            gc.unfreeze()

    def _let_go(self) -> None:
        if self._before is not None:
            gc.set_threshold(*self._before)
            self._before = None
