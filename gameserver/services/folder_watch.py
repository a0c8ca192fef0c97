"""Watching the plugin folder: one call for each burst of changes, once it is whole.

``folder_rules`` decides. Linux tells of events; elsewhere, and when the system allows
no more watches, all files are looked at each second. They are looked at now and then on
Linux, too: nobody is told of changes across a network, or behind a link.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from gameserver.server.awaiting import started
from gameserver.services.folder_files import PluginFiles, is_package, is_text
from gameserver.services.folder_rules import SETTLE, Burst, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IDelayedCall

    from gameserver.services.folder_files import Stamp
    from gameserver.services.folder_inotify import Notices

_log = Logger("gameserver.services.folder_watch")

POLL = 1.0
"""Seconds between two looks at all files where nobody tells of events."""
SURE = 5.0
"""The same where somebody does."""


def _say_waiting(line: str) -> None:
    _log.info("no release yet: {line}", line=line)


def _say_overdue(line: str) -> None:
    _log.warn("not released until it is mended: {line}", line=line)


class FolderWatch:
    """Calls ``changed`` with the files of each burst, by their paths in the folder.

    What it gives may be awaited: the next call comes after its end. ``waiting`` is told
    in a line what is waited for, ``overdue`` what is wrong with that after a while.
    ``polls``: do without the system's events.
    """

    def __init__(
        self,
        folder: Path,
        reactor: Any,  # noqa: ANN401 - time, and file descriptors for inotify
        changed: Callable[[frozenset[str]], object],
        waiting: Callable[[str], object] = _say_waiting,
        overdue: Callable[[str], object] = _say_overdue,
        *,
        polls: bool = False,
    ) -> None:
        self.is_polling = polls
        """Whether nobody tells of events."""
        self._files = PluginFiles(folder.resolve())
        self._reactor = reactor
        self._changed = changed
        self._waiting = waiting
        self._burst = Burst({})
        self._overdue = overdue
        self._waits_for: tuple[str, ...] = ()
        self._late: tuple[str, ...] = ()
        self._stamps: dict[str, Stamp] = {}
        self._notices: Notices | None = None
        self._timer: IDelayedCall | None = None
        self._renewal: IDelayedCall | None = None
        self._loop = LoopingCall(self._poll)
        self._loop.clock = reactor
        self._telling: Deferred[Any] | None = None
        self._is_stopped = False

    def start(self) -> None:
        """Begin: what is there now counts as told. Raises ``OSError``."""
        self._stamps = self._files.stamps()
        self._burst = Burst(self._files.contents())
        if self.is_polling:
            self._begin_to_poll()
            return
        self._loop.start(SURE, now=False)
        self._renew()

    async def stop(self) -> None:
        """End: no call begins any more; wait for one that is under way."""
        self._is_stopped = True
        for timer in (self._timer, self._renewal):
            if timer is not None and timer.active():
                timer.cancel()
        if self._loop.running:
            self._loop.stop()
        if self._notices is not None:
            self._notices.close()
            self._notices = None
        if self._telling is not None:
            await self._telling

    # What folder_inotify tells.

    def modified(self, path: Path) -> None:
        """Note that somebody writes to a file."""
        if is_text(path.name):
            self._files.forget(self._files.name(path))
            self._burst.modified(self._files.name(path), self._reactor.seconds())
            self._ask_later()

    def ended(self, path: Path) -> None:
        """Note that a file was closed after writing, moved, or removed."""
        if is_text(path.name):
            self._files.forget(self._files.name(path))
            self._burst.closed(self._files.name(path), self._reactor.seconds())
            self._ask_later()

    def touched(self, path: Path) -> None:
        """Note that a file was made, or got other rights."""
        if is_text(path.name):
            self._touched()

    def moved(self, path: Path) -> None:
        """Note that a folder was made, moved or removed: watch anew what is there."""
        if path == self._files.root or is_package(path.name):
            self.lost()

    def lost(self) -> None:
        """Note that events may have been lost: look at everything."""
        if self._renewal is None or not self._renewal.active():
            # Not at once: the events that were read with this one come first.
            self._renewal = self._reactor.callLater(0, self._renew)
        self._touched()

    def _renew(self) -> None:
        """Watch all folders that are there; poll if that cannot be."""
        before = self._notices
        # Nobody may tell us of an end any more.
        self._burst.writing.clear()
        try:
            from gameserver.services.folder_inotify import INotifyError, Notices

            self._notices = Notices(self._reactor, self._files.folders(), self)
        except ImportError:
            self._begin_to_poll()
        except (INotifyError, OSError) as error:
            _log.info("plugins are looked at each second: {why}", why=str(error))
            self._begin_to_poll()
        finally:
            if before is not None:
                before.close()

    def _begin_to_poll(self) -> None:
        self._notices = None
        self.is_polling = True
        # Not before the next look has found nothing new.
        self._burst.settle = max(SETTLE, 1.1 * POLL)
        if self._loop.running:
            self._loop.stop()
        self._loop.start(POLL, now=False)

    def _poll(self) -> None:
        try:
            stamps = self._files.stamps()
        except OSError as error:
            self._say((f"{error.filename}: {error.strerror}",))
            return
        if stamps != self._stamps:
            self._stamps = stamps
            self._touched()

    def _touched(self) -> None:
        self._burst.touched(self._reactor.seconds())
        self._ask_later()

    def _ask_later(self) -> None:
        due = self._burst.due
        if due is None or self._is_stopped:
            return
        if self._timer is not None and self._timer.active():
            if self._timer.getTime() <= due:
                return
            self._timer.cancel()  # it was for a text that is late
        self._ask_at(due)

    def _ask_at(self, due: float) -> None:
        wait = max(0.0, due - self._reactor.seconds())
        self._timer = self._reactor.callLater(wait, self._ask)

    def _ask(self) -> None:
        """Get a verdict and carry it out; while a call is under way that waits."""
        if self._telling is not None:
            return
        try:
            found = self._files.contents()
        except OSError as error:
            self._say((f"{error.filename}: {error.strerror}",))
            return
        self._carry_out(self._burst.judge(found, self._reactor.seconds()))

    def _carry_out(self, verdict: Verdict) -> None:
        if verdict.waits_for or verdict.until is None:  # else it is not looked at yet
            self._say(verdict.waits_for)
        if verdict.until is None:
            self._say_overdue(verdict.overdue)
        if verdict.until is not None:
            self._ask_at(verdict.until)
        if verdict.changed:
            self._telling = started(self._told(verdict.changed))
            self._telling.addBoth(self._told_all)

    async def _told(self, files: frozenset[str]) -> None:
        try:
            await started(self._changed(files))
        except Exception:  # noqa: BLE001 - a fence: the next change is told all the same
            _log.failure("a change of {files} could not be told", files=sorted(files))

    def _told_all(self, _none: object) -> None:
        self._telling = None
        self._ask_later()

    def _say_overdue(self, lines: tuple[str, ...]) -> None:
        """Tell what is wrong with a text that is late, once."""
        for line in lines:
            if line not in self._late:
                self._overdue(line)
        self._late = lines

    def _say(self, lines: tuple[str, ...]) -> None:
        """Tell what is waited for, unless that was told last."""
        for line in lines:
            if line not in self._waits_for:
                self._waiting(line)
        self._waits_for = lines
