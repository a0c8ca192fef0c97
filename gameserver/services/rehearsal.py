"""Rehearsal: a release carried out on a copy of the world, before anybody notices.

The reactor's thread forks. The child (``rehearsal_child``) commits the plan on its copy
and tells what fails; nothing that it does comes back but lines of text.

Stored snapshots are read by a thread of the parent, on a connection of its own that can
only read, and go to the child through a pipe. The child must not open the database: in
a forked process SQLite believes to hold the locks, and has the map of the log, of the
connection that the parent had open; it would write without a lock. The pipe is what
bounds it: the thread waits when the child is slow, and ends when it is gone.

No lock that the child needs may be held by a thread that is not there in the child. The
fork is made while the engine's turn is held, and not while another thread imports or is
inside the engine. Whatever is left is a child that hangs: it is killed, in time.
"""

from __future__ import annotations

import os
import sys
import threading
import time
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import DeferredLock
from twisted.internet.task import deferLater

from gameserver.errors import PlanStale
from gameserver.services.rehearsal_child import play
from gameserver.services.rehearsal_terms import Original, Rules, Wanted
from gameserver.services.rehearsal_watch import Child, Feed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gameserver.services.rehearsal_watch import Told
    from gameserver.services.release_parts import Rehearses

__all__ = ("Original", "Rehearsal", "Report", "Rules", "Wanted")

_FEW: Final = 3  # failures that a reason names
_TRIES: Final = 20
_PAUSE: Final = 0.05
"""Seconds between two looks at other threads, and how often: a second in all."""

_BUSY: Final = (os.path.join("gameserver", "reload", ""), "importlib._bootstrap")  # noqa: PTH118 - a part of a name
_FORK: Final[Callable[[], int] | None] = getattr(os, "fork", None)


@dataclass(frozen=True, slots=True)
class Report:
    """What a rehearsal found; ``text`` is for people, several lines if it failed.

    ``live``, ``stored``: how many were migrated and can be saved. ``checks``: how many
    ran. ``why_not``: why it was not run; it is ``ok`` then. ``fork``: seconds that the
    server stood still for it. ``failed``: a line for each failure, the first 20;
    ``more``: how many more there were.
    ``plan``: the fingerprint of the plan that was rehearsed; "" if there came to be
    none, for the new bodies failed, or did not end.
    """

    ok: bool
    was_run: bool
    text: str
    live: int = 0
    stored: int = 0
    checks: int = 0
    seconds: float = 0.0
    why_not: str = ""
    fork: float = 0.0
    failed: tuple[str, ...] = ()
    plan: str = ""
    more: int = 0

    @property
    def line(self) -> str:
        """What failed first, in one line; else the text."""
        return in_few(self.failed or self.text.splitlines(), self.more)


def in_few(lines: Sequence[str], more: int = 0) -> str:
    """Put the first few of many lines into one; ``more``: how many are not even here.

    One failing step gives a line for each avatar, and a reason is to be read.
    """
    left = len(lines) - _FEW + more if len(lines) > _FEW else more
    said = [*lines[:_FEW], f"and {left:,} more"] if left else lines
    return "; ".join(said)


class Rehearsal:
    """Rehearses one release at a time; the next one waits.

    ``forked``: what forks, None where the platform cannot.
    """

    def __init__(
        self,
        world: Original,
        reactor: Any,  # noqa: ANN401 - every reactor interface
        rules: Rules | None = None,
        forked: Callable[[], int] | None = _FORK,
    ) -> None:
        self._world = world
        self._reactor = reactor
        self._rules = rules or Rules()
        self._forked = forked
        self._lock = DeferredLock()
        self._child: Child | None = None
        self._is_stopped = False

    async def run(self, wanted: Wanted | None = None) -> Report:
        """Rehearse the release of what is wanted, None for all that has changed.

        The child makes the plan: no new body runs in this process. Call it on the
        reactor's thread. It never raises for what the game's code does.
        """
        await self._lock.acquire()
        try:
            why = await self._why_not()
            return _not_run(why) if why else await self._run(wanted or Wanted())
        finally:
            self._lock.release()

    async def stop(self) -> None:
        """End what is under way, and rehearse nothing from now on."""
        self._is_stopped = True
        if self._child is not None:
            self._child.kill("the server stops")
        await self._lock.run(lambda: None)

    async def _why_not(self) -> str:
        if self._is_stopped:
            return "the server stops"
        if self._forked is None:
            return "this platform has no fork"
        for _ in range(_TRIES):
            busy = _busy_thread()
            if not busy:
                return ""
            await deferLater(self._reactor, _PAUSE)
        return f"the thread {busy!r} imports or releases code"

    async def _run(self, wanted: Wanted) -> Report:
        begun = time.monotonic()
        with _pipe() as given, _pipe() as said:
            try:
                pid, pause = self._fork(wanted, given, said)
            except (OSError, PlanStale) as refusal:
                return _not_run(f"cannot fork: {refusal}")
            os.close(given.pop(0))
            os.close(said.pop())
            feed = Feed(self._reactor, given.pop(), self._world.stored)
            child = Child(self._reactor, pid, said.pop(), self._rules.seconds)
        self._child = child
        reading = feed.start()
        told = await child.ended()
        trouble = await reading
        self._child = None
        return _report(told, trouble, time.monotonic() - begun, pause)

    def _fork(
        self, wanted: Wanted, given: list[int], said: list[int]
    ) -> tuple[int, float]:
        """Give the child's id, and how long this process stood still."""
        assert self._forked is not None
        world, rules, reactor = self._world, self._rules, self._reactor
        pid, parent = -1, os.getpid()
        try:
            with world.engine.turn(), warnings.catch_warnings():
                # Python 3.12 warns of threads; see above.
                warnings.simplefilter("ignore", DeprecationWarning)
                begun = time.perf_counter()
                pid = self._forked()
                pause = time.perf_counter() - begun
            if not pid:
                play(world, rules, reactor, given[0], said[1], wanted, parent)
        finally:
            if not pid:  # whatever went wrong: the child never goes up this stack
                os._exit(1)
        return pid, pause


if TYPE_CHECKING:
    _is_a_part: type[Rehearses] = Rehearsal


@contextmanager
def _pipe() -> Iterator[list[int]]:
    """Make a pipe; close of it what nobody has taken out of the list."""
    ends = list(os.pipe())
    try:
        yield ends
    finally:
        for end in ends:
            os.close(end)


def _busy_thread() -> str:
    """Name a thread that may hold a lock of the import system or the engine; or ""."""
    here = threading.get_ident()
    names = {one.ident: one.name for one in threading.enumerate()}
    for ident, top in sys._current_frames().items():  # noqa: SLF001 - it is public, if not by its name
        frame = top if ident != here else None
        while frame is not None:
            if any(part in frame.f_code.co_filename for part in _BUSY):
                return names.get(ident, str(ident))
            frame = frame.f_back
    return ""


def _not_run(why: str) -> Report:
    return Report(ok=True, was_run=False, text=f"not rehearsed: {why}", why_not=why)


def _report(told: Told, trouble: str, seconds: float, fork: float) -> Report:
    """Make the report of what the child told and how it ended."""
    failed = [trouble] if trouble else list(told.failed)
    if told.why and not trouble:
        failed.insert(0, told.why)
    how_many = f"{told.live} live and {told.stored} stored, {told.checks} checks"
    still = f"the server stood still for {fork * 1000:.0f} ms"
    lines = failed or [f"rehearsed in {seconds:.1f} s: {how_many}; {still}"]
    if told.more:
        lines = [*lines, f"and {told.more:,} more"]
    if told.damaged:
        rows = "stored rows cannot be read, with or without this release"
        lines = [*lines, f"{told.damaged} {rows}"]
    return Report(
        ok=not failed,
        was_run=True,
        text="\n".join(lines),
        live=told.live,
        stored=told.stored,
        checks=told.checks,
        seconds=seconds,
        fork=fork,
        failed=tuple(failed),
        plan=told.plan,
        more=told.more,
    )
