"""The log's lines as text: what an author's error or a player says forges nothing.

Twisted begins the further lines of an event, such as a traceback's, with a tab. All
other control characters are escaped here: a terminal would obey them, and ``grep``
would take the file for a binary one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twisted.logger import (
    FileLogObserver,
    formatEventAsClassicLogText,
    formatTime,
)

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


def line_observer(stream: TextIO) -> FileLogObserver:
    """Give what writes each event to a stream, escaped."""

    def line(event: LogEvent) -> str | None:
        text = formatEventAsClassicLogText(event, formatTime)
        return None if text is None else escaped(text)

    return FileLogObserver(stream, line)
