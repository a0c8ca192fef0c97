"""Each log line of author code carries its release: ``[plugins.shop#info release=7]``.

A ``Logger`` made in a plugin has the plugin's name as its namespace. What comes in by
``twisted.python.log``, or by stdout and stderr where those go to the log, has no such
name: for these events alone the caller is looked for. A frame that runs on in old code,
after a release, logs under the number that its module has now.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from twisted.logger import ILogObserver
from zope.interface import implementer

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.logger import LogEvent, LogPublisher

_NAMELESS: Final = {"log_legacy", "stdout", "stderr"}
_LOGGING: Final = (
    "gameserver.services.release_log",
    "twisted.logger.",
    "twisted.python.log",
    "twisted.python.threadable",
)
"""Modules whose frames lie between whoever logs and an observer."""


@implementer(ILogObserver)
class ReleaseStamp:
    """Adds ``release`` to the events of author code, for the observers after it.

    Every observer of a publisher is handed the same event, so this one must come
    first. It writes into the event, as Twisted's wrapper of old observers does:
    another dict would reach one observer alone.

    ``release_of``: gives the number for a namespace, None for what is not author code.
    """

    def __init__(self) -> None:
        self.release_of: Callable[[str], int | None] = _unknown

    def __call__(self, event: LogEvent) -> None:
        """Stamp an event of author code; others stay as they are."""
        namespace = str(event.get("log_namespace") or "")
        is_nameless = namespace in _NAMELESS
        author = _caller() if is_nameless else namespace
        number = self.release_of(author)
        if number is None:
            return
        level = event.get("log_level")
        plain = author if namespace == "log_legacy" else namespace
        system = event.get("log_system")
        if system in (None, "", "-"):  # "-" is what the old log says of nothing
            system = f"{plain}#{level.name if level else '-'}"
        event.setdefault("release", number)  # the author may have a field of that name
        event["log_system"] = f"{system} release={number}"


def begin_stamping(publisher: LogPublisher) -> ReleaseStamp:
    """Have a publisher's events stamped; call it before its log has begun."""
    stamp = ReleaseStamp()
    publisher.addObserver(stamp)
    return stamp


def _caller() -> str:
    """Name the module that logs: the first frame that is not of the way to the log."""
    frame = sys._getframe(1)  # noqa: SLF001 - whose line it is
    while frame.f_back is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if not name.startswith(_LOGGING):
            return name
        frame = frame.f_back
    return ""


def _unknown(namespace: str) -> None:
    """Know of no author code; until the game is there."""
    del namespace
