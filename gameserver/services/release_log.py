"""Each log line of author code carries its release: ``[plugins.shop#info release=7]``.

A ``Logger`` made in a plugin has the plugin's name as its namespace. A frame that runs
on in old code, after a release, logs under the number that its module has now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.logger import ILogObserver
from zope.interface import implementer

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.logger import LogEvent


@implementer(ILogObserver)
class ReleaseStamp:
    """Stands before an observer and adds ``release`` to the events of author code.

    ``release_of``: gives the number for a namespace, None for what is not author code.
    """

    def __init__(self, observer: ILogObserver) -> None:
        self.release_of: Callable[[str], int | None] = _unknown
        self._observer = observer

    def __call__(self, event: LogEvent) -> None:
        """Pass an event on; one that is stamped is another dict."""
        number = self.release_of(str(event.get("log_namespace") or ""))
        self._observer(event if number is None else _stamped(event, number))


def _stamped(event: LogEvent, number: int) -> LogEvent:
    level = event.get("log_level")
    plain = f"{event['log_namespace']}#{level.name if level else '-'}"
    system = event.get("log_system") or plain
    return {**event, "release": number, "log_system": f"{system} release={number}"}


def _unknown(namespace: str) -> None:
    """Know of no author code; until the game is there."""
    del namespace
