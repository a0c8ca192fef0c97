"""The log's lines as text: what an author's error or a player says forges nothing.

Twisted begins the further lines of an event, such as a traceback's, with a tab. All
other control characters are escaped here: a terminal would obey them, and ``grep``
would take the file for a binary one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twisted.logger import (
    FileLogObserver,
    ILogObserver,
    formatEvent,
    formatEventAsClassicLogText,
    formatTime,
)
from twisted.python.failure import Failure
from zope.interface import implementer

if TYPE_CHECKING:
    from typing import TextIO

    from twisted.logger import LogEvent

_CONTROL: Final = (*range(0x20), *range(0x7F, 0xA0))
_TURNING: Final = (
    0x061C,
    0x2028,
    0x2029,
    0xFEFF,
    0x200E,
    0x200F,
    *range(0x202A, 0x202F),
)
"""Line separators, and what turns the direction of a text."""
_ESCAPED: Final = {
    **{one: f"\\x{one:02x}" for one in _CONTROL if chr(one) not in "\n\t"},
    **{one: f"\\u{one:04x}" for one in (*_TURNING, *range(0x2066, 0x206A))},
}


def escaped(text: str) -> str:
    """Give a text without control characters but for line ends and tabs."""
    return text.translate(_ESCAPED)


@implementer(ILogObserver)
class Escaping:
    """Escapes each event for the observers after it: twistd chooses its own.

    As ``release_log.ReleaseStamp`` it writes into the event, and must come before them.
    An event without control characters stays as it is.
    """

    def __call__(self, event: LogEvent) -> None:
        """Escape text, system and traceback of an event, of the old log's as well."""
        text = formatEvent(event)
        safe = escaped(text)
        if safe != text:
            event["log_format"], event["log_escaped"] = "{log_escaped}", safe
            if event.get("message"):
                event["message"] = (safe,)
            event.pop("format", None)
        system = event.get("log_system")
        if isinstance(system, str):
            event["log_system"] = escaped(system)
        for name in ("log_failure", "failure"):
            failure = event.get(name)
            if isinstance(failure, Failure):
                event[name] = _Escaped(failure)


class _Escaped(Failure):
    """A failure whose traceback holds no control characters."""

    def __init__(self, failure: Failure) -> None:
        vars(self).update(vars(failure))

    def getTraceback(self, *args: Any, **kwargs: Any) -> str:  # noqa: ANN401 - as Twisted has it
        return escaped(super().getTraceback(*args, **kwargs))


def line_observer(stream: TextIO) -> FileLogObserver:
    """Give what writes each event to a stream, escaped."""

    def line(event: LogEvent) -> str | None:
        text = formatEventAsClassicLogText(event, formatTime)
        return None if text is None else escaped(text)

    return FileLogObserver(stream, line)
