"""Lines of author code that come by other ways than Twisted's log.

``logging``: what a plugin's logger takes is passed on to Twisted's log, unless the
author has configured ``logging`` for it. ``print``: under ``gameserver run`` it goes to
stdout as it is, and its lines begin with ``[plugins.shop release=7]``.
"""

from __future__ import annotations

import logging
import re
import sys
from typing import TYPE_CHECKING, Any, Final

from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure

from gameserver.server.plugins import ROOT

if TYPE_CHECKING:
    from typing import TextIO

    from twisted.logger import ILogObserver

    from gameserver.services.release_log import ReleaseStamp

_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")
_LEVELS: Final = (
    (logging.CRITICAL, LogLevel.critical),
    (logging.ERROR, LogLevel.error),
    (logging.WARNING, LogLevel.warn),
    (logging.INFO, LogLevel.info),
)


class PassedOn(logging.Handler):
    """Passes records on to Twisted's log; the logger's name is the namespace."""

    def __init__(self, observer: ILogObserver | None = None) -> None:
        super().__init__()
        self._observer = observer

    def emit(self, record: logging.LogRecord) -> None:
        """Log it; not if there is another handler, which is the author's."""
        if self._is_alone(record.name):
            try:
                self._pass_on(record)
            except Exception:  # noqa: BLE001 - as every handler of ``logging``
                self.handleError(record)

    def _pass_on(self, record: logging.LogRecord) -> None:
        more: dict[str, Any] = {}
        if record.exc_info and record.exc_info[1] is not None:
            kind, error, trace = record.exc_info
            more["log_failure"] = Failure(error, kind, trace)
        least = ((level, ours) for level, ours in _LEVELS if record.levelno >= level)
        _, level = next(least, (0, LogLevel.debug))
        log = Logger(record.name, observer=self._observer)
        log.emit(level, "{text}", text=record.getMessage(), **more)

    def _is_alone(self, name: str) -> bool:
        logger: logging.Logger | None = logging.getLogger(name)
        while logger is not None:
            if any(one is not self and _writes(one) for one in logger.handlers):
                return False
            logger = logger.parent if logger.propagate else None
        return True


class StampedStream:
    """A stream whose lines carry their release where author code writes them.

    Only who calls ``write`` is looked at: what a library writes for author code, such
    as a traceback, goes out as it is. All else is the stream's own.
    """

    def __init__(self, stream: TextIO, stamp: ReleaseStamp) -> None:
        self._stream = stream
        self._stamp = stamp
        self._is_at_begin = True

    def write(self, text: str) -> int:
        """Write, and give the number of characters of ``text``."""
        caller = sys._getframe(1).f_globals  # noqa: SLF001 - whose line it is
        name = str(caller.get("__name__", ""))
        number = self._stamp.release_of(name)
        mark = f"[{name} release={number}] "
        out = text if number is None else self._stamped(text, mark)
        if text:
            self._is_at_begin = text.endswith("\n")
        self._stream.write(out)
        return len(text)

    def _stamped(self, text: str, mark: str) -> str:
        lines = _LINE.findall(text)
        for place, line in enumerate(lines):
            if place or self._is_at_begin:
                lines[place] = mark + line
        return "".join(lines)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the stream has
        """Give what the stream has."""
        return getattr(self._stream, name)


def pass_on_logging(name: str = ROOT) -> None:
    """Have what ``logging`` takes from a logger, and those below it, in the log."""
    logging.getLogger(name).addHandler(PassedOn())


def stamp_prints(stamp: ReleaseStamp) -> None:
    """Have the lines that author code prints carry their release."""
    sys.stdout = StampedStream(sys.stdout, stamp)
    sys.stderr = StampedStream(sys.stderr, stamp)


def _writes(handler: logging.Handler) -> bool:
    return not isinstance(handler, logging.NullHandler)
