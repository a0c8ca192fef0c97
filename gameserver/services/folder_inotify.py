"""Hearing of changes in folders from Linux; importing it fails where there is none."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from twisted.internet import inotify
from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure
from twisted.python.filepath import FilePath

if TYPE_CHECKING:
    from collections.abc import Iterable

INotifyError = inotify.INotifyError

_ENDED = (
    inotify.IN_CLOSE_WRITE
    | inotify.IN_MOVED_FROM
    | inotify.IN_MOVED_TO
    | inotify.IN_DELETE
)
_SELF = inotify.IN_DELETE_SELF | inotify.IN_MOVE_SELF
_ALL = _ENDED | _SELF | inotify.IN_MODIFY | inotify.IN_CREATE | inotify.IN_ATTRIB
_OVERFLOW = 0xFFFF_FFFF
"""The number that the system gives an event of no folder: the queue overflowed."""


class Listener(Protocol):
    """What is told of events."""

    def modified(self, path: Path) -> None:
        """Hear that somebody writes to a file."""

    def ended(self, path: Path) -> None:
        """Hear that a file was closed after writing, moved, or removed."""

    def touched(self, path: Path) -> None:
        """Hear that a file was made, or got other rights."""

    def moved(self, path: Path) -> None:
        """Hear that a folder was made, moved or removed."""

    def lost(self) -> None:
        """Hear that events were lost."""


class Notices(inotify.INotify):
    """Watches some folders, not what is below them, from its making to ``close``.

    Raises ``INotifyError`` or ``OSError`` if the system allows no more watches.
    """

    def __init__(
        self,
        reactor: Any,  # noqa: ANN401 - every reactor interface
        folders: Iterable[Path],
        listener: Listener,
    ) -> None:
        super().__init__(reactor)
        self._listener = listener
        try:
            for folder in folders:
                self.watch(FilePath(str(folder)), _ALL, callbacks=[self._heard])
        except BaseException:
            self._let_go()
            raise
        # Twisted passes over what belongs to no watch, so over the overflow.
        lost = inotify._Watch(FilePath("/"), callbacks=[self._lost])  # noqa: SLF001 - it has no public name
        self._watchpoints[_OVERFLOW] = lost
        self.startReading()

    def loseConnection(self) -> None:
        """Go on: Twisted ends the whole when one of the folders is removed."""

    def close(self) -> None:
        """End it at once."""
        self.stopReading()
        self._let_go()

    def _let_go(self) -> None:
        self.connectionLost(Failure(ConnectionDone()))

    def _lost(self, _watch: object, _path: object, _mask: int) -> None:
        self._listener.lost()

    def _heard(self, _watch: object, path: FilePath[bytes], mask: int) -> None:
        told, found = self._listener, Path(os.fsdecode(path.path))
        if mask & (inotify.IN_ISDIR | _SELF):
            told.moved(found)
        elif mask & inotify.IN_MODIFY:
            told.modified(found)
        elif mask & _ENDED:
            told.ended(found)
        elif mask & (inotify.IN_CREATE | inotify.IN_ATTRIB):
            told.touched(found)
