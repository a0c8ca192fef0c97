"""Who is at work in a rehearsal whose time is nearly over: whose state never ends."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Final

from gameserver.model.snapshot import Snapshot
from gameserver.model.stateful import Stateful

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

_OURS: Final = os.path.join("gameserver", "")  # noqa: PTH118 - a part of a name
_NAMES: Final = ("subject", "snapshot")
"""What our functions call the one whom they migrate."""


def tell_when_late(seconds: float, rest: float, told: Callable[[str], object]) -> None:
    """Say after so many seconds whose state is being migrated, "" for nobody's.

    ``rest``: seconds from then until the kernel ends this process; there is one timer
    for both.

    The signal comes to the main thread amid whatever runs there, also a loop of the
    author's; not amid code in C.
    """

    def late(_: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, rest)
        told(at_work(frame))

    signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)


def at_work(frame: FrameType | None) -> str:
    """Name the avatar or service which the innermost of our functions has in hand."""
    while frame is not None:
        if _OURS in frame.f_code.co_filename:
            for one in map(frame.f_locals.get, _NAMES):
                if isinstance(one, Stateful):
                    return f"live {one.kind} {one.name!r}"
                if isinstance(one, Snapshot):
                    return f"{one.kind} {one.id!r}"
        frame = frame.f_back
    return ""
