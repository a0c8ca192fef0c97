"""The parent's side of a rehearsal: hear the child, feed it, end it, reap it.

The child is reaped by asking for its own id, now and then, and never by a signal:
others in this process may have children, too.
"""

from __future__ import annotations

import json
import os
import re
import signal
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReadDescriptor
from zope.interface import implementer

from gameserver.errors import StoreError
from gameserver.services.rehearsal_pages import send_pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

    from gameserver.model.snapshot import Snapshot

_TICK: Final = 0.05  # seconds between two looks whether the child has ended
_PART: Final = 65536
_LONGEST: Final = 1 << 20
"""Bytes of one line, far more than the child writes; who sends more is killed."""


_FRAME: Final = re.compile(r'  File "(.*)", line (\d+) in ')
_HEAD: Final = re.compile(r"Timeout \(|(Current )?[Tt]hread 0x|  \.\.\.|$")
"""Of a dump of ``faulthandler``."""


_CRASHED: Final = "code in C that the release runs crashed, or it was killed"
_ENDED: Final = "code that the release runs calls os._exit, or code in C has done so"


@dataclass(slots=True)
class Told:
    """What was heard of a child: counts, failures, and how it ended.

    ``plan``: the fingerprint of the plan that it made, or "".
    ``why``: how it ended before its time, or "".
    """

    live: int = 0
    stored: int = 0
    checks: int = 0
    damaged: int = 0
    more: int = 0
    plan: str = ""
    step: str = "its beginning"
    is_done: bool = False
    why: str = ""
    who: str = ""
    """Whose state it migrated then."""
    where: str = ""
    """The line at which it was when its time was nearly over."""
    failed: list[str] = field(default_factory=list)
    _part: bytes = b""

    def hear(self, content: bytes) -> None:
        """Take in some bytes; ``ValueError`` if they are no lines of the child's."""
        *lines, self._part = (self._part + content).split(b"\n")
        if len(self._part) > _LONGEST:
            raise ValueError("a line without an end")
        for line in lines:
            if line.startswith(b"{"):
                self._take(json.loads(line))
            else:
                self._look_at(line.decode("utf-8", "replace"))

    def _look_at(self, line: str) -> None:
        """Take in a line of ``faulthandler``; the first of a frame says where it is."""
        found = _FRAME.match(line)
        if found and not self.where:
            self.where = f"{found[1]}:{found[2]}"
        elif not found and not _HEAD.match(line):
            raise ValueError(f"{line[:80]!r}: expected an object")

    def _take(self, line: Any) -> None:  # noqa: ANN401 - checked here
        if not isinstance(line, dict):
            raise ValueError(f"{line!r}: expected an object")  # noqa: TRY004 - what was heard is wrong
        for name in ("live", "stored", "checks", "damaged", "more"):
            setattr(self, name, int(line.get(name, getattr(self, name))))
        self.plan = str(line.get("plan", self.plan))
        self.step = str(line.get("step", self.step))
        self.who = str(line.get("who", self.who))
        self.is_done = bool(line.get("done"))
        self.failed = [str(one) for one in line.get("failed", self.failed)]

    def end(self, status: int | None, limit: float | None) -> None:
        """Note how it ended: ``os.waitpid``'s status; ``limit`` seconds if killed."""
        where = f"in {self.step}"
        if limit is not None:
            whose = f", with {self.who}" if self.who else ""
            at = f", at {self.where}" if self.where else ""
            why = f"it took longer than {limit:g} s, and was ended"
            self.why = f"{why} {where}{whose}{at}"
        elif self.why or self.is_done:
            return
        elif status is None:
            self.why = f"the rehearsal was gone {where}"
        elif os.WIFSIGNALED(status):
            name = signal.Signals(os.WTERMSIG(status)).name
            self.why = f"the rehearsal was ended {where} by {name}: {_CRASHED}"
        else:
            code = os.waitstatus_to_exitcode(status)
            ended = f"the rehearsal ended by itself {where}, with exit code {code}"
            self.why = f"{ended}: {_ENDED}"


@implementer(IReadDescriptor)
class Child:
    """A forked child, heard through the reactor; takes over ``said``, a pipe's end."""

    def __init__(self, reactor: Any, pid: int, said: int, seconds: float) -> None:  # noqa: ANN401 - every reactor interface
        self._reactor = reactor
        self._pid = pid
        self._said = said
        self._seconds = seconds
        self._end = time.monotonic() + seconds
        self._is_late = self._is_killed = False
        self._told = Told()
        self._ended: Deferred[Told] = Deferred()
        os.set_blocking(said, False)
        reactor.addReader(self)
        self._tick = reactor.callLater(_TICK, self._look)

    def ended(self) -> Deferred[Told]:
        """Give what it told, once it has ended and is reaped."""
        return self._ended

    def fileno(self) -> int:
        """Give the descriptor to be watched."""
        return self._said

    def logPrefix(self) -> str:
        """Say who this is, for the reactor's log."""
        return "rehearsal"

    def connectionLost(self, _reason: object) -> None:
        """Hear from the reactor that it does not watch the descriptor any more."""

    def doRead(self) -> None:
        """Read what is there, a bounded part of it in one turn."""
        try:
            content = os.read(self._said, _PART)
        except BlockingIOError:
            return
        except OSError:
            content = b""
        if not content:
            self._reactor.removeReader(self)
            self._sooner()
            return
        try:
            self._told.hear(content)
        except (ValueError, TypeError, RecursionError) as error:
            self._told.why = f"the rehearsal said what it should not: {error}"
            self.kill()

    def _sooner(self) -> None:
        if self._tick.active():
            self._tick.reset(0.0)

    def _look(self) -> None:
        if not self._is_killed and time.monotonic() >= self._end:
            self._is_late = not self._told.is_done
            self.kill()
        pid, status = self._waited()
        if not pid:
            self._tick = self._reactor.callLater(_TICK, self._look)
            return
        self._kill_session()  # whoever the child has started
        self._drain()
        self._reactor.removeReader(self)
        os.close(self._said)
        self._told.end(status, self._seconds if self._is_late else None)
        self._ended.callback(self._told)

    def _waited(self) -> tuple[int, int | None]:
        try:
            return os.waitpid(self._pid, os.WNOHANG)
        except ChildProcessError:  # somebody else has asked for any child
            return self._pid, None

    def kill(self, why: str = "") -> None:
        """End the child; ``ended`` fires when it is reaped, with ``why``."""
        if self._ended.called:
            return
        self._is_killed = True
        self._told.why = self._told.why or why
        with suppress(ProcessLookupError):  # it may have no session of its own yet
            os.kill(self._pid, signal.SIGKILL)
        self._kill_session()
        self._sooner()

    def _kill_session(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._pid, signal.SIGKILL)

    def _drain(self) -> None:
        """Take in what it said last."""
        with suppress(OSError, ValueError, TypeError, RecursionError):
            while content := os.read(self._said, _PART):
                self._told.hear(content)


class Feed:
    """A thread that reads what is stored and writes it to the child's pipe.

    It takes over ``taken``, a pipe's end, and is started after the fork.
    """

    def __init__(
        self,
        reactor: Any,  # noqa: ANN401 - every reactor interface
        taken: int,
        stored: Callable[[], AbstractContextManager[Iterable[Snapshot | str]]],
    ) -> None:
        self._reactor = reactor
        self._taken = taken
        self._stored = stored

    def start(self) -> Deferred[str]:
        """Begin; fires when the thread is done, with what went wrong or ""."""
        ended: Deferred[str] = Deferred()

        def run() -> None:
            trouble = self._fed()
            self._reactor.callFromThread(ended.callback, trouble)

        threading.Thread(target=run, name="rehearsal", daemon=True).start()
        return ended

    def _fed(self) -> str:
        try:
            with self._stored() as stored:
                send_pages(self._taken, stored)
        except BrokenPipeError:  # the child has ended: it says why
            return ""
        except StoreError as error:
            return f"the stored snapshots cannot be read: {error}"
        except Exception as error:  # noqa: BLE001 - a fence: a thread has nobody to raise to
            return f"the stored snapshots cannot be read: {type(error).__name__}"
        finally:
            os.close(self._taken)
        return ""
